package journey

import (
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/factor"
)

// ProveMailbox asks for an address and proves that its mailbox is at hand, before
// anything is said of whose it is (product.md 1.7). An unknown address goes the
// same way, as far as it goes: it gets a mail that says so, and no code works
// (T-02).
var ProveMailbox = Step{
	Name: "prove-mailbox", Label: "step.email",
	Done:  func(f *Facts) bool { return f.Mailbox.Continued },
	Clear: func(f *Facts) { f.Mailbox = MailboxFacts{} },
	View:  viewMailbox,
	Actions: map[string]Action{
		"send_address":   {Do: sendReset},
		"verify_address": {Do: verifyReset},
		"other_address":  {Do: otherMailbox},
		"continue_reset": {Do: continueReset},
	},
}

// MailboxView asks for the address, then for its code, then to go on.
type MailboxView struct {
	Address  string // empty: not entered yet
	Verified bool
	Code     CodeStatus
	Length   int
}

func viewMailbox(r *Run) View {
	v := MailboxView{Address: r.Facts.Mailbox.Address, Verified: !r.Facts.Mailbox.ProvenAt.IsZero(), Length: r.Settings.Limits.CodeLength}
	if c := r.Challenge(factor.Email); c != nil {
		v.Code = r.codeStatus(c)
	}
	return v
}

// sendReset sends a code to who can use one, and to everybody else a mail that
// says that there is no account: the same rows, the same page.
func sendReset(r *Run, f Form) error {
	if !r.Facts.Mailbox.ProvenAt.IsZero() {
		return errStale
	}
	if r.Facts.Mailbox.Address == "" {
		address := account.FoldEmail(f["email"])
		switch {
		case strings.TrimSpace(f["email"]) == "":
			return reject("email", "error.email_missing")
		case address == "":
			return reject("email", "error.email_malformed")
		}
		r.Facts.Mailbox.Address = address
	}
	a, err := r.Store.AccountByEmail(r.Tx, r.Facts.Mailbox.Address)
	if err != nil {
		return err
	}
	r.Facts.Mailbox.Sends, err = r.challenge(send{purpose: resetting, channel: factor.Email, to: r.Facts.Mailbox.Address, nobody: !a.CanReset(),
		life: r.Settings.Limits.EnrolCodeLife.D(), grows: true}, r.Facts.Mailbox.Sends)
	return err
}

// verifyReset proves the mailbox, and finds out whose it is.
func verifyReset(r *Run, f Form) error {
	if err := r.verify(r.Challenge(factor.Email), f["code"]); err != nil {
		return err
	}
	a, err := r.Store.AccountByEmail(r.Tx, r.Facts.Mailbox.Address)
	if err != nil {
		return err
	}
	if !a.CanReset() { // it was changed while the code was under way
		return ErrGone
	}
	r.bind(a)
	r.Facts.Mailbox.Account, r.Facts.Mailbox.Unfinished, r.Facts.Mailbox.ProvenAt = a.ID, a.Unfinished(), r.Now
	return r.record(audit.CodeAccepted, map[string]string{"channel": string(factor.Email), "purpose": resetting})
}

// otherMailbox starts over with another address.
func otherMailbox(r *Run, _ Form) error {
	if !r.Facts.Mailbox.ProvenAt.IsZero() {
		return errStale
	}
	r.Facts.Mailbox = MailboxFacts{}
	return r.dropChallenge()
}

func continueReset(r *Run, _ Form) error {
	if r.Facts.Mailbox.ProvenAt.IsZero() {
		return errStale
	}
	r.Facts.Mailbox.Continued = true
	return r.dropChallenge()
}
