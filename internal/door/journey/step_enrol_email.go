package journey

import (
	"slices"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/factor"
)

// EnrolEmail proves the mailbox that the person will sign in with (product.md
// 1.2, step 3).
var EnrolEmail = Step{
	Name: "enrol-email", Label: "step.email",
	Done:  func(f *Facts) bool { return !f.NewEmail.ProvenAt.IsZero() },
	Clear: func(f *Facts) { f.NewEmail = NewEmailFacts{} },
	View:  viewEnrolEmail,
	Actions: map[string]Action{
		"send_address":   {Do: sendAddress},
		"verify_address": {Do: verifyAddress},
		"other_address":  {Do: changeAddress},
	},
}

// EnrolEmailView asks for the address, then for its code.
type EnrolEmailView struct {
	Address string // empty: not entered yet
	Suggest string // to begin with: where the link was sent (WCAG 3.3.7)
	Code    CodeStatus
	Length  int
}

func viewEnrolEmail(r *Run) View {
	v := EnrolEmailView{Address: r.Facts.NewEmail.Address, Length: r.Settings.Limits.CodeLength}
	if a := r.Account(); r.Facts.Link.Account != "" || a.State == account.Reset {
		v.Suggest = a.FileEmail
	}
	if c := r.Challenge(factor.Email); c != nil && v.Address != "" {
		v.Code = r.codeStatus(c)
	}
	return v
}

// sendAddress takes the address, or sends another code to the one that was taken.
func sendAddress(r *Run, f Form) error {
	if r.Facts.NewEmail.Address == "" {
		address := account.FoldEmail(f["email"])
		if err := r.mayEnrol(f["email"], address); err != nil {
			return err
		}
		r.Facts.NewEmail.Address = address
	}
	var err error
	r.Facts.NewEmail.Sends, err = r.challenge(send{purpose: enrolling, channel: factor.Email, to: r.Facts.NewEmail.Address,
		life: r.Settings.Limits.EnrolCodeLife.D(), grows: true}, r.Facts.NewEmail.Sends)
	return err
}

// mayEnrol: a plain address, not of the operating organisation's staff, and the
// one on file where policy demands that (T-21).
func (r *Run) mayEnrol(typed, address string) error {
	onFile := r.Account().FileEmail
	switch {
	case strings.TrimSpace(typed) == "":
		return reject("email", "error.email_missing")
	case address == "":
		return reject("email", "error.email_malformed")
	}
	if err := r.staffAddress(address, "email"); err != nil {
		return err
	}
	switch {
	case address != onFile && r.Settings.EmailMatch == "require":
		return reject("email", "error.email_on_file")
	case address != onFile && r.Settings.EmailMatch == "admin":
		return reject("email", "error.email_by_admin")
	}
	return nil
}

// staffAddress: people of the operating organisation sign in by LOGIN.
func (r *Run) staffAddress(address, field string) error {
	if slices.Contains(r.Settings.StaffDomains, address[strings.LastIndex(address, "@")+1:]) {
		return reject(field, "error.email_staff")
	}
	return nil
}

// verifyAddress proves the mailbox. That its address belongs to another account
// is said only now (T-20).
func verifyAddress(r *Run, f Form) error {
	if err := r.verify(r.Challenge(factor.Email), f["code"]); err != nil {
		return err
	}
	other, err := r.Store.AccountByEmail(r.Tx, r.Facts.NewEmail.Address)
	if err != nil {
		return err
	}
	if other != nil && other.ID != r.Row.AccountID {
		return reject("", "error.email_taken")
	}
	r.Facts.NewEmail.ProvenAt = r.Now
	if err := r.Store.SetProgress(r.Tx, r.Row.AccountID, account.Mailbox); err != nil {
		return err
	}
	return r.record(audit.CodeAccepted, map[string]string{"channel": string(factor.Email), "purpose": enrolling})
}

// changeAddress starts the step over with another address, which waits for nothing.
func changeAddress(r *Run, _ Form) error {
	r.Facts.NewEmail = NewEmailFacts{}
	return r.dropChallenge()
}

// dropChallenge makes the present code worthless.
func (r *Run) dropChallenge() error {
	if r.Row.ChallengeID == "" {
		return nil
	}
	err := r.Store.EndChallenge(r.Tx, r.Row.ChallengeID)
	r.Row.ChallengeID, r.Row.Challenge = "", nil
	return err
}

// grantLeft is how long the proven mailbox still allows to set a password (TM-15).
func (r *Run) grantLeft() time.Duration {
	return r.Facts.NewEmail.ProvenAt.Add(r.Settings.Limits.PasswordGrant.D()).Sub(r.Now)
}
