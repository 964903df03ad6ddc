package journey

import (
	"fmt"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
)

// Register completes a registration: the account becomes registered with the
// method that was proven, the old hash is deleted, and every address is told
// (NIST-BND-1, NIST-NOT-1).
var Register = Step{
	Name:   "register",
	Done:   func(f *Facts) bool { return !f.Register.At.IsZero() },
	Clear:  func(f *Facts) { f.Register = RegisterFacts{} },
	Effect: register,
}

func register(r *Run) error {
	a := *r.Account()
	a.Method, a.Phone = r.Facts.Method.Choice, ""
	switch {
	case a.Method == account.PhoneMethod && r.Facts.Phone.Proven != "" && r.Facts.Phone.Number != "":
		a.Phone = r.Facts.Phone.Number
	case a.Method == account.EmailMethod && (r.Facts.Email.Continued || r.Facts.Mailbox.Continued && r.Facts.Mailbox.Address == a.Email || r.Facts.Link.Account == a.ID || r.Facts.NewEmail.Address == a.Email && !r.Facts.NewEmail.ProvenAt.IsZero()):
	default:
		return fmt.Errorf("register: %w", factor.ErrNotProven)
	}
	done, err := r.Store.BecomeRegistered(r.Tx, a.ID, r.Row.Epoch, a.Method, a.Phone, r.Client.Lang.Tag)
	if err != nil {
		return err
	}
	if !done {
		return ErrGone
	}
	a.State, a.OldHash, a.Epoch = account.Registered, "", a.Epoch+1
	r.bind(&a)
	r.Facts.Register.At = r.Now
	if err := r.record(audit.Registered, map[string]string{"method": string(a.Method)}); err != nil {
		return err
	}
	return r.tellRegistered(&a)
}

// tellRegistered tells the new address. The one on file was told at Create, where it is
// another; it is told now if no link of then works.
func (r *Run) tellRegistered(a *account.Account) error {
	how := r.Client.Lang.Say("notice.by_" + string(a.Method))
	if err := r.notice(a.Email, "registered", nil, "How", how); err != nil {
		return err
	}
	if a.FileEmail == "" || a.FileEmail == a.Email {
		return nil
	}
	told, err := r.Store.HasLink(r.Tx, store.UndoRegistrationLink, a.ID)
	if err != nil || told {
		return err
	}
	return r.tellAddressOnFile(a)
}

// tellAddressOnFile tells the address on file that the user was registered with another,
// with a link that undoes it (T-21, TM-33).
func (r *Run) tellAddressOnFile(a *account.Account) error {
	if a.FileEmail == "" || a.FileEmail == a.Email {
		return nil
	}
	token, life := secret.Token(), r.Settings.Limits.UndoLife.D()
	err := r.Store.InsertLink(r.Tx, token, store.Link{Purpose: store.UndoRegistrationLink, AccountID: a.ID, ExpiresAt: r.Now.Add(life)})
	if err != nil {
		return err
	}
	link := r.Settings.PublicURL + "/undo/" + token
	return r.notice(a.FileEmail, "enrolled_elsewhere", []string{link}, "Username", a.Username, "Email", account.MaskEmail(a.Email),
		"Link", link, "N", int(life/(24*time.Hour)))
}

// notice queues a mail that is not a code.
func (r *Run) notice(to, name string, links []string, args ...any) error {
	kind := delivery.Notice
	if len(links) > 0 {
		kind = delivery.Link
	}
	r.queued = true
	return r.Store.InsertMessage(r.Tx, delivery.Message{ID: secret.TimeID(r.Now), Kind: kind, Class: delivery.SecurityNotice, Channel: "email", To: to, Lang: r.Client.Lang.Tag, Links: links,
		Subject: r.Client.Lang.Say("notice."+name+".subject", args...), Text: r.Client.Lang.Say("notice."+name+".text", args...), Expires: r.Now.Add(24 * time.Hour)})
}
