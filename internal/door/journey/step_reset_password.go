package journey

import (
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
)

// ResetPassword is “New Password”, “Confirm New Password”, “Continue” (product.md
// 1.7). Everything else that is open of the account ends, here and at every
// relying party, and every address on file is told, with a link that undoes it
// (NIST-NOT-1, TM-33).
var ResetPassword = Step{
	Name: "reset-password", Label: "step.new_password",
	Done:  func(f *Facts) bool { return !f.Reset.At.IsZero() },
	Clear: func(f *Facts) { f.Reset = ResetFacts{} },
	View: func(r *Run) View {
		return NewPasswordView{Email: r.Account().Email, Least: r.Settings.Limits.PasswordLength, Reset: true}
	},
	Actions: map[string]Action{"reset": {Count: judgeReset, Slow: hashPassword, Do: takeReset}},
}

// judgeReset says what is wrong before anything is hashed.
func judgeReset(r *Run, f Form) error {
	last := r.Facts.Mailbox.ProvenAt
	if r.Facts.Phone.ProvenAt.After(last) {
		last = r.Facts.Phone.ProvenAt
	}
	if !r.Now.Before(last.Add(r.Settings.Limits.PasswordGrant.D())) { // TM-15
		return reject("", "error.reset_expired")
	}
	return r.judge(f, r.Account().Email)
}

func takeReset(r *Run, f Form) error {
	hash, ok := r.Slow.(string)
	if !ok {
		return errStale
	}
	done, err := r.Store.SetPassword(r.Tx, r.Row.AccountID, r.Row.Epoch, hash)
	if err != nil {
		return err
	}
	if !done {
		return ErrGone
	}
	a := *r.Account()
	a.PasswordHash, a.Epoch, a.ReportedAt = hash, a.Epoch+1, time.Time{}
	r.bind(&a)
	r.Facts.Reset.At = r.Now
	if err := r.Store.ResetTries(r.Tx, r.passwordKey(a.Email)); err != nil {
		return err
	}
	if err := r.record(audit.PasswordReset, nil); err != nil {
		return err
	}
	return r.tellReset(&a)
}

// UndoReset is the purpose of the link in the notices of a new password.
const UndoReset = "undo-reset"

// tellReset tells the mailbox and the telephone on file.
func (r *Run) tellReset(a *account.Account) error {
	token, life := secret.Token(), r.Settings.Limits.UndoLife.D()
	if err := r.Store.InsertLink(r.Tx, token, store.Link{Purpose: UndoReset, AccountID: a.ID, ExpiresAt: r.Now.Add(life)}); err != nil {
		return err
	}
	link := r.Settings.PublicURL + "/undo/" + token
	if err := r.notice(a.Email, "reset", []string{link}, "Link", link, "N", int(life/(24*time.Hour))); err != nil {
		return err
	}
	if a.Phone == "" || !r.Settings.Text {
		return nil
	}
	return r.Store.InsertMessage(r.Tx, delivery.Message{ID: secret.TimeID(r.Now), Kind: delivery.Link, Class: delivery.SecurityNotice, Channel: "sms", To: a.Phone, Country: account.Region(a.Phone), Lang: r.Client.Lang.Tag, Links: []string{link},
		Text: r.Client.Lang.Say("notice.reset.sms", "Link", link), Expires: r.Now.Add(24 * time.Hour)})
}
