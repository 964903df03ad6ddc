package journey

import (
	"sallyport/internal/door/audit"
)

// PortalPassword is “Forgot Password?” of the first registration (product.md 1.2,
// step 1): a link to the address on file of a username.
var PortalPassword = Journey{
	Name: "portal-password", Slug: "portal", Start: "/register/forgot", Leave: "/register/first",
	Steps: []Step{AskForPortalPassword, LinkSent},
}

// ResetPortalPassword is what that link leads to: another password of the old
// portal, with which the person then begins to register.
var ResetPortalPassword = Journey{
	Name: "reset-portal-password", Slug: "portalreset", Start: "/register/forgot", Leave: "/register/first",
	Steps: []Step{OpenedLink, NewPortalPassword, PortalPasswordSet},
}

// NewPortalPassword is “New Password”, “Confirm New Password”, “Continue”.
var NewPortalPassword = Step{
	Name: "new-portal-password", Label: "step.new_password",
	Done:  func(f *Facts) bool { return !f.PortalPassword.At.IsZero() },
	Clear: func(f *Facts) { f.PortalPassword = PortalPasswordFacts{} },
	View: func(r *Run) View {
		return NewPasswordView{Email: r.Account().Username, Least: r.Settings.Limits.PasswordLength, Reset: true, ByUsername: true}
	},
	Actions: map[string]Action{"reset": {Count: judgePortalPassword, Slow: hashPassword, Do: takePortalPassword}},
}

// PortalPasswordSet leads to the first registration. There is nothing to press.
var PortalPasswordSet = Step{
	Name:  "portal-password-set",
	Done:  func(f *Facts) bool { return false },
	Clear: func(f *Facts) {},
	View:  func(r *Run) View { return PortalPasswordSetView{Username: r.Account().Username} },
}

// PortalPasswordSetView says how to go on.
type PortalPasswordSetView struct{ Username string }

// PortalPasswordLink is the purpose of the link.
const PortalPasswordLink = "portal-password"

func judgePortalPassword(r *Run, f Form) error { return r.judge(f, r.Account().FileEmail) }

func takePortalPassword(r *Run, f Form) error {
	hash, ok := r.Slow.(string)
	if !ok {
		return errStale
	}
	done, err := r.Store.SetOldPassword(r.Tx, r.Row.AccountID, r.Row.Epoch, hash)
	if err != nil {
		return err
	}
	if !done {
		return ErrGone
	}
	a := *r.Account()
	a.OldHash, a.Epoch = hash, a.Epoch+1
	r.bind(&a)
	r.Facts.PortalPassword.At = r.Now
	if err := r.Store.ResetTries(r.Tx, r.usernameKey(a.Username)); err != nil {
		return err
	}
	if err := r.record(audit.PasswordReset, map[string]string{"of": "the old portal"}); err != nil {
		return err
	}
	return r.notice(a.FileEmail, "portal_password", nil, "Username", a.Username)
}
