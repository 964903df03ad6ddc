package journey

import "sallyport/internal/door/account"

// LoginWithPhone is the daily way in with a telephone (product.md 1.4, F-07). Who
// stopped a registration half-way is led through the steps that are missing.
var LoginWithPhone = Journey{
	Name: "login-with-phone", Slug: "phone", Button: account.PhoneMethod, Start: "/signin/phone", Leave: "/",
	Steps: []Step{
		Password,                             // Email Address, Password, Sign in
		ChooseMethod.On(unfinished),          // LOGIN METHOD: PHONE / EMAIL
		ProveEmail.On(asksMailbox),           // Send verification code, Verify code, Continue; also where the phone was not used for a year
		ProvePhone.On(not(finishingByEmail)), // Send Code / Call Me, Verify Code
		AgreeToTerms.On(newTerms),            // a new version asks once
		Register.On(unfinished),              // account half -> registered
		SignIn,                               // session, labelled with what was really done
	},
}
