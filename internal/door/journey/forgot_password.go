package journey

// ForgotPassword lets a registered person choose a new password (product.md 1.7,
// F-11). The mailbox is proven first, then the telephone of who registered one; it
// is verified and never enrolled here (T-28). Who stopped a registration half-way
// is led through the steps that are missing.
var ForgotPassword = Journey{
	Name: "forgot-password", Slug: "forgot", Start: "/signin/forgot", Leave: "/",
	Steps: []Step{
		ProveMailbox,                // Email Address, Send verification code, Verify code, Continue
		ChooseMethod.On(unfinished), // LOGIN METHOD: PHONE / EMAIL
		ProvePhone.On(usesPhone),    // Send Code / Call Me, Verify Code
		ResetPassword,               // New Password, Confirm New Password, Continue
		AgreeToTerms.On(newTerms),   // a new version asks once
		Register.On(unfinished),     // account half -> registered
		SignIn,                      // session, labelled with what was really done
	},
}
