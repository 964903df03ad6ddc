package web

import "sallyport/internal/ui"

// OldLoginPage is “LOGIN” with the old portal's username and password (1.2, step 1).
type OldLoginPage struct {
	Frame
	Refused bool
	Error   bool // “Registration Error”: its user began to register and did not finish
}

func (OldLoginPage) Template() string { return "page_old_login" }

func oldLoginPage(r *request, f Frame) ui.Page {
	return OldLoginPage{f.titled(r, "oldlogin.title").waits(false), f.Mistake == "error.old_login", f.Mistake == "error.registration_error"}
}
