package journey

import "sallyport/internal/door/account"

// LoginWithEmail is the way in without a direct telephone line (product.md 1.5,
// F-08). Who stopped a registration half-way is led through the steps that are
// missing.
var LoginWithEmail = Journey{
	Name: "login-with-email", Slug: "email", Button: account.EmailMethod, Start: "/signin/email", Leave: "/",
	Steps: []Step{
		Password,                             // Email Address, Password, Sign in
		ChooseMethod.On(unfinished),          // LOGIN METHOD: PHONE / EMAIL
		ProvePhone.On(finishingByPhone),      // Send Code / Call Me, Verify Code
		ProveEmail.On(not(finishingByPhone)), // Send verification code, Verify code, Continue
		AgreeToTerms.On(newTerms),            // a new version asks once
		Register.On(unfinished),              // account half -> registered
		SignIn,                               // session, labelled with what was really done
	},
}
