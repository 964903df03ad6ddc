package journey

import (
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/factor"
)

// ProveEmail shows that the mailbox on record is at hand, by a code that lives
// 30 seconds from hand-off in profile guide (product.md 1.5, TM-01).
var ProveEmail = Step{
	Name: "prove-email", Label: "step.email",
	Done:  func(f *Facts) bool { return f.Email.Continued },
	Clear: func(f *Facts) { f.Email = EmailFacts{} },
	View:  viewEmail,
	Actions: map[string]Action{
		"send_email":     {Do: sendEmail},
		"more_time":      {Do: moreTime},
		"verify_email":   {Do: verifyEmail},
		"continue_email": {Do: continueEmail},
	},
}

// SendEmailView is “Verification is necessary. Please click Send button.”
type SendEmailView struct {
	Email    string
	Life     string // in words
	MoreTime string // what “Give me more time” would make of it; empty where it is no longer
	Given    bool   // it was chosen
	Aged     bool   // it is asked because the telephone was not used for so long
}

// EmailCodeView is “Verification code has been sent to your inbox …”.
type EmailCodeView struct {
	Email    string
	Code     CodeStatus
	Length   int
	MoreTime string
}

// EmailVerifiedView is “E-mail address verified. You can now continue.”
type EmailVerifiedView struct{ Email string }

// EmailNotAllowedView tells who registered a telephone that policy wants it used.
type EmailNotAllowedView struct{}

func viewEmail(r *Run) View {
	email, limits := r.Account().Email, r.Settings.Limits
	more := ""
	if !r.Facts.Email.MoreTime && limits.EmailCodeMoreTime > limits.EmailCodeLife {
		more = r.spell(limits.EmailCodeMoreTime.D())
	}
	switch c := r.Challenge(factor.Email); {
	case !r.mayUseEmail():
		return EmailNotAllowedView{}
	case !r.Facts.Email.ProvenAt.IsZero():
		return EmailVerifiedView{email}
	case c != nil:
		return EmailCodeView{Email: email, Code: r.codeStatus(c), Length: limits.CodeLength, MoreTime: more}
	}
	return SendEmailView{Email: email, Life: r.spell(r.emailLife()), MoreTime: more, Given: r.Facts.Email.MoreTime, Aged: r.Journey.Button == account.PhoneMethod && r.phoneAged()}
}

// mayUseEmail: a person with a registered telephone only where policy allows (1.5).
func (r *Run) mayUseEmail() bool {
	return r.Settings.EmailForPhoneUsers || r.Account().Method != account.PhoneMethod || r.phoneAged()
}

func (r *Run) emailLife() time.Duration {
	if r.Facts.Email.MoreTime {
		return r.Settings.Limits.EmailCodeMoreTime.D()
	}
	return r.Settings.Limits.EmailCodeLife.D()
}

func sendEmail(r *Run, _ Form) error {
	if !r.mayUseEmail() || !r.Facts.Email.ProvenAt.IsZero() {
		return errStale
	}
	var err error
	r.Facts.Email.Sends, err = r.challenge(send{purpose: signingIn, channel: factor.Email, to: r.Account().Email, life: r.emailLife()}, r.Facts.Email.Sends)
	return err
}

// moreTime makes this code live five minutes from its hand-off, and every later
// one (A-2, WCAG 2.2.1). A code that has already run out stays so.
func moreTime(r *Run, _ Form) error {
	if !r.mayUseEmail() || !r.Facts.Email.ProvenAt.IsZero() {
		return errStale
	}
	r.Facts.Email.MoreTime = true
	if err := r.record(audit.MoreTime, nil); err != nil {
		return err
	}
	if c := r.Challenge(factor.Email); c != nil {
		_, err := r.Store.ExtendChallenge(r.Tx, c.ID, r.Settings.Limits.EmailCodeMoreTime.D())
		return err
	}
	return nil
}

func verifyEmail(r *Run, f Form) error {
	if err := r.verify(r.Challenge(factor.Email), f["code"]); err != nil {
		return err
	}
	r.Facts.Email.ProvenAt = r.Now
	return r.record(audit.CodeAccepted, map[string]string{"channel": string(factor.Email)})
}

func continueEmail(r *Run, _ Form) error {
	if r.Facts.Email.ProvenAt.IsZero() {
		return errStale
	}
	r.Facts.Email.Continued = true
	return nil
}
