package journey

// FirstRegistration moves a user of the old portal to multi-factor sign-in
// (product.md 1.2, F-02 to F-05). It is one-time: a registered user can't run it.
var FirstRegistration = Journey{
	Name: "first-registration", Slug: "first", Start: "/register/first", Leave: "/",
	Steps: []Step{
		OldLogin,                  // USERNAME, PASSWORD of the old portal
		ChooseMethod,              // LOGIN METHOD: PHONE / EMAIL
		EnrolEmail,                // Send verification code, Verify code; Change starts this step over
		NewPassword,               // New Password, Confirm New Password, Create
		ProvePhone.On(chosePhone), // Send Code / Call Me
		AgreeToTerms.On(newTerms), // a new version asks once
		Register,                  // account half -> registered; the old hash is deleted
		SignIn,                    // session, labelled with what was really done
	},
}
