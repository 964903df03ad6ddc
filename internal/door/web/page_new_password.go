package web

import (
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// NewPasswordPage is “New Password”, “Confirm New Password”, “Create” (1.2, step 4).
type NewPasswordPage struct {
	Frame
	View journey.NewPasswordView
	Hint string
}

func (NewPasswordPage) Template() string { return "page_new_password" }

func newPasswordPage(r *request, f Frame, v journey.NewPasswordView) ui.Page {
	hint := "newpassword.hint"
	if v.Reset {
		hint = "newpassword.hint.reset"
	}
	return NewPasswordPage{f.titled(r, "newpassword.title").waits(false), v, r.lang.Say(hint, "N", v.Least)}
}
