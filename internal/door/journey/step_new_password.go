package journey

import (
	"context"
	"crypto/subtle"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/passhash"
	"sallyport/internal/sqldb"
)

// NewPassword is “New Password”, “Confirm New Password”, “Create” (product.md
// 1.2, step 4). It writes the account: from here on the person signs in with
// the proven address and this password, and the old one opens nothing.
var NewPassword = Step{
	Name: "new-password", Label: "step.new_password",
	Done:  func(f *Facts) bool { return !f.NewPassword.At.IsZero() },
	Clear: func(f *Facts) { f.NewPassword = NewPasswordFacts{} },
	View: func(r *Run) View {
		return NewPasswordView{Email: r.Facts.NewEmail.Address, Least: r.Settings.Limits.PasswordLength}
	},
	Actions: map[string]Action{
		"create": {Count: judgePassword, Slow: hashPassword, Do: takeNewPassword},
		"change": {Do: changeAddress},
	},
}

// NewPasswordView is “The code has been verified. You can now continue.” with the
// address, “Change”, and the new password.
type NewPasswordView struct {
	Email string
	Least int
	Reset bool // of a forgotten password: no “Change”, and “Continue”

	ByUsername bool // Email is a username: of the old portal
}

// judgePassword says what is wrong before anything is hashed.
func judgePassword(r *Run, f Form) error {
	if r.grantLeft() <= 0 {
		return reject("", "error.grant_expired")
	}
	return r.judge(f, r.Facts.NewEmail.Address)
}

// judge checks the two fields of a new password of who signs in with email.
func (r *Run) judge(f Form, email string) error {
	a := r.Account()
	context := append([]string{a.FirstName, a.LastName, a.Username, a.Organization, email}, r.Settings.ContextWords...)
	fault := account.CheckPassword(f["password"], r.Settings.Limits.PasswordLength, context...)
	switch {
	case f["password"] == "":
		return reject("password", "error.new_password_missing")
	case fault != account.PasswordGood:
		return reject("password", "error.password_"+string(fault), "N", r.Settings.Limits.PasswordLength)
	case subtle.ConstantTimeCompare([]byte(f["password"]), []byte(f["confirm"])) != 1:
		return reject("confirm", "error.passwords_differ")
	}
	return nil
}

func hashPassword(_ context.Context, r *Run, f Form) (any, error) {
	return passhash.Hash(f["password"], r.Settings.HashCost), nil
}

func takeNewPassword(r *Run, f Form) error {
	hash, ok := r.Slow.(string)
	if !ok {
		return errStale
	}
	done, err := r.Store.BecomeHalf(r.Tx, r.Row.AccountID, r.Row.Epoch, r.Facts.NewEmail.Address, hash, r.Facts.Method.Choice)
	switch {
	case sqldb.Duplicate(err):
		return &abandoned{&Reject{Key: "error.email_taken"}} // somebody else enrolled it a moment ago
	case err != nil:
		return err
	case !done:
		return ErrGone
	}
	a := *r.Account()
	a.State, a.Email, a.Epoch = account.Half, r.Facts.NewEmail.Address, a.Epoch+1
	r.bind(&a)
	r.Facts.NewPassword.At = r.Now
	if err := r.dropChallenge(); err != nil {
		return err
	}
	if err := r.tellAddressOnFile(&a); err != nil {
		return err
	}
	return r.record(audit.PasswordCreated, nil)
}
