package admin

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
)

// resets is how many registrations one actor may reset in an hour: whoever took over an
// administrator's session empties no organisation (T-22).
const resets = 60

// mostReason is the longest reason, in characters.
const mostReason = 500

// ResetRegistration takes somebody's second factor away: the telephone was lost, the
// address changed, the wrong method was chosen (product.md 2, F-12). Everything that
// is open for them ends; the password stays, and with it and the mailed link, or on
// the login page's “click here”, they register again. Both reasons are kept (NIST-REC-1).
func (a *Admin) ResetRegistration(ctx context.Context, by Actor, id string, epoch int64, reason, verified string) error {
	return a.do(ctx, by, audit.RegistrationReset, id, func(x *act) error {
		if err := explained(&reason, "reason", "users.reset.reason_missing"); err != nil {
			return err
		}
		if err := explained(&verified, "verified", "users.reset.verified_missing"); err != nil {
			return err
		}
		t := x.target
		if t.State != account.Registered && t.State != account.Half {
			return ErrChanged
		}
		if err := x.Store.Take(x.tx, store.NewToken("resets by an administrator", x.Store.Keys.Hash("rate", "resets", by.name()), resets, time.Hour)); err != nil {
			return err
		}
		reset, tell := x.Store.ResetRegistration, x.tellReset
		if t.StoppedHalfWay() && t.FileEmail != "" { // nobody has shown that the password and the mailbox are the person's
			reset, tell = x.Store.ResetUnfinished, x.tellRestart
		}
		done, err := reset(x.tx, t.ID, epoch)
		if err != nil {
			return err
		}
		if !done {
			return ErrChanged
		}
		t.Epoch++
		if err := x.record(audit.RegistrationReset, map[string]string{"reason": reason, "verified": verified, "method": string(t.Method)}); err != nil {
			return err
		}
		return tell()
	})
}

// tellReset sends the link to the address that they sign in with, and tells every other
// one (NIST-NOT-1). The address on file gets a link that undoes the registration: the
// person who was reset may be somebody else.
func (x *act) tellReset() error {
	t := x.target
	if err := x.sendLink(t, t.Email, store.FinishLink, "reset"); err != nil {
		return err
	}
	if t.FileEmail != "" && t.FileEmail != t.Email {
		if err := x.sendUndo(t); err != nil {
			return err
		}
	}
	return x.text(t, "reset_told")
}

// tellRestart sends the link to the address on file of an account that was never
// registered, and tells the address that was begun with.
func (x *act) tellRestart() error {
	t := x.target
	if err := x.sendLink(t, t.FileEmail, store.RestartLink, "restart"); err != nil {
		return err
	}
	if t.FileEmail == t.Email {
		return nil
	}
	return x.tell(t, delivery.SecurityNotice, t.Email, "reset_told")
}

// explained trims what was typed; it may be neither empty nor a novel.
func explained(text *string, field, missing string) error {
	*text = strings.Join(strings.Fields(*text), " ")
	switch n := utf8.RuneCountInString(*text); {
	case n == 0:
		return &Mistake{field, missing}
	case n > mostReason:
		return &Mistake{field, "users.too_long"}
	}
	return nil
}
