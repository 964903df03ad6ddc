package journey

// Unfinished sends who stopped a registration half-way a link to the address that
// they proved (product.md 1.8, F-13): “Email Address”, “Password”, “Send link”.
var Unfinished = Journey{
	Name: "unfinished-registration", Slug: "unfinished", Start: "/help/unfinished", Leave: "/help",
	Steps: []Step{AskByPassword, LinkSent},
}

// RegistrationError sends a link to the address on file of a username (product.md
// 1.8, F-10): “USERNAME”, “Submit”.
var RegistrationError = Journey{
	Name: "registration-error", Slug: "error", Start: "/help/registration-error", Leave: "/help",
	Steps: []Step{AskByUsername, LinkSent},
}

// FinishRegistration is what such a link leads to: the password that the person
// chose, and the steps that are missing.
var FinishRegistration = Journey{
	Name: "finish-registration", Slug: "finish", Start: "/help/unfinished", Leave: "/",
	Steps: []Step{
		OpenedLink,                      // the link's “Continue”
		Password,                        // Email Address, Password, Sign in
		ChooseMethod.On(unfinished),     // LOGIN METHOD: PHONE / EMAIL
		ProvePhone.On(finishingByPhone), // Send Code / Call Me, Verify Code
		AgreeToTerms.On(newTerms),       // a new version asks once
		Register.On(unfinished),         // account half -> registered
		SignIn,                          // session, labelled with what was really done
	},
}

// RestartRegistration is what a link to the address on file of a half-finished account
// leads to (product.md 1.8): whoever has that mailbox chooses the password, and what
// somebody else began is forgotten.
var RestartRegistration = Journey{
	Name: "restart-registration", Slug: "restart", Start: "/help/registration-error", Leave: "/",
	Steps: []Step{
		OpenedLink,                // the link's “Continue”
		ChooseMethod,              // LOGIN METHOD: PHONE / EMAIL; preselected where one was chosen
		RestartPassword,           // New Password, Confirm New Password, Continue
		ProvePhone.On(chosePhone), // Send Code / Call Me, Verify Code
		AgreeToTerms.On(newTerms), // a new version asks once
		Register,                  // account half -> registered
		SignIn,                    // session, labelled with what was really done
	},
}
