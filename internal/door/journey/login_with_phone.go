package journey

// LoginWithPhone is the daily way in with a telephone (product.md 1.4, F-07).
var LoginWithPhone = Journey{
	Name: "login-with-phone", Slug: "phone", Start: "/signin/phone", Leave: "/",
	Steps: []Step{
		Password,   // Email Address, Password, Sign in
		ProvePhone, // Send Code / Call Me, Verify Code
		SignIn,     // session, labelled with what was really done
	},
}
