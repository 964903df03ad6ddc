package journey

import (
	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/sqldb"
)

// RestartPassword is “New Password”, “Confirm New Password”, “Continue” of a half-finished
// account whose address on file was just proven by a link. It ends what was begun with
// another address.
var RestartPassword = Step{
	Name: "restart-password", Label: "step.new_password",
	Done:  func(f *Facts) bool { return !f.NewPassword.At.IsZero() },
	Clear: func(f *Facts) { f.NewPassword = NewPasswordFacts{} },
	View: func(r *Run) View {
		return NewPasswordView{Email: r.Facts.NewEmail.Address, Least: r.Settings.Limits.PasswordLength, Reset: true}
	},
	Actions: map[string]Action{"reset": {Count: judgePassword, Slow: hashPassword, Do: takeRestartPassword}},
}

func takeRestartPassword(r *Run, f Form) error {
	hash, ok := r.Slow.(string)
	if !ok {
		return errStale
	}
	done, err := r.Store.RestartRegistration(r.Tx, r.Row.AccountID, r.Row.Epoch, hash)
	switch {
	case sqldb.Duplicate(err):
		return &abandoned{&Reject{Key: "error.email_taken"}}
	case err != nil:
		return err
	case !done:
		return ErrGone
	}
	a := *r.Account()
	begunWith := a.Email
	a.Email, a.PasswordHash, a.Phone, a.Epoch = a.FileEmail, hash, "", a.Epoch+1
	r.bind(&a)
	r.Facts.NewPassword.At = r.Now
	return r.record(audit.PasswordCreated, map[string]string{"instead_of": account.MaskEmail(begunWith)})
}
