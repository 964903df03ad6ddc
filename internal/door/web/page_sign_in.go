package web

import (
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// SignInPage is “Sign in with your email address” (product.md 1.4).
type SignInPage struct {
	Frame
	ByEmail bool
	Email   string // typed, or what the relying party expects
	Refused bool   // address or password were not right: say where else to go
}

func (SignInPage) Template() string { return "page_sign_in" }

func signInPage(f Frame, v journey.SignInView) ui.Page {
	email := f.Typed.Email
	if email == "" && f.Problem == nil {
		email = v.Email
	}
	return SignInPage{Frame: f.waits(false), ByEmail: v.ByEmail, Email: email, Refused: f.Mistake == "error.sign_in"}
}
