package journey

// NewProvider registers a user of an organisation that has an NPI and a
// registration code (product.md 1.3, F-06). It ends with a link to the mailbox,
// and nothing is usable before that was opened (T-20).
var NewProvider = Journey{
	Name: "new-provider", Slug: "new", Start: "/register/new", Leave: "/",
	Steps: []Step{
		SpecifyOrganization, // NPI, PROVIDER REGISTRATION CODE, NEXT
		EnterUser,           // Enter User Information, NEXT
		MailSent,            // “Registration is complete. To complete the Multi-Factor …”
	},
}

// CompleteNewProvider is what that link leads to: the second half of a first
// registration, with the address filled in.
var CompleteNewProvider = Journey{
	Name: "complete-new-provider", Slug: "complete", Start: "/help/registration-error", Leave: "/",
	Steps: []Step{
		OpenedLink,                // the link's “Continue”
		ChooseMethod,              // LOGIN METHOD: PHONE / EMAIL
		EnrolEmail,                // Send verification code, Verify code; Change starts this step over
		NewPassword,               // New Password, Confirm New Password, Create
		ProvePhone.On(chosePhone), // Send Code / Call Me
		AgreeToTerms.On(newTerms), // Terms of Use Agreement
		Register,                  // account half -> registered
		SignIn,                    // session, labelled with what was really done
	},
}
