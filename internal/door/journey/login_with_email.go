package journey

// LoginWithEmail is the way in without a direct telephone line (product.md 1.5, F-08).
var LoginWithEmail = Journey{
	Name: "login-with-email", Slug: "email", Start: "/signin/email", Leave: "/",
	Steps: []Step{
		Password,   // Email Address, Password, Sign in
		ProveEmail, // Send verification code, Verify code, Continue
		SignIn,     // session, labelled with what was really done
	},
}
