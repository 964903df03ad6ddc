package journey

import (
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/factor"
	"sallyport/internal/secret"
)

// ProvePhone shows that the telephone on record is at hand: by a code in a text,
// or by a call answered with # (product.md 1.4).
var ProvePhone = Step{
	Name: "prove-phone", Label: "step.phone",
	Done:  func(f *Facts) bool { return f.Phone.Proven != "" },
	Clear: func(f *Facts) { f.Phone = PhoneFacts{} },
	View:  viewPhone,
	Actions: map[string]Action{
		"send_code": {Do: sendText},
		"verify":    {Do: verifyText},
		"call_me":   {Do: callMe},
		"continue":  {Do: continueCall},
	},
}

// ChoosePhoneView is “We have the following number on record for you …”.
type ChoosePhoneView struct {
	Masked      string
	Text, Voice bool // can be sent
}

// NoPhoneView tells who registered by e-mail that no telephone is on file.
type NoPhoneView struct{ Email string }

// CodeStatus is where a code stands that a page waits for.
type CodeStatus struct {
	State  string // sending, sent, expired, spent, failed, unknown
	Left   time.Duration
	Life   time.Duration
	Resend time.Duration // until “send a new code” may be pressed
}

// PhoneCodeView is “Enter your verification code below, or send a new code”.
type PhoneCodeView struct {
	Masked string
	Code   CodeStatus
	Length int
	Voice  bool
}

// CallingView follows a call.
type CallingView struct {
	Masked string
	State  factor.CallState
	Over   bool
	Ring   time.Duration
	Text   bool
}

func viewPhone(r *Run) View {
	a := r.Account()
	if a.Phone == "" {
		return NoPhoneView{Email: a.Email}
	}
	masked := account.MaskPhone(a.Phone)
	if c := r.Challenge(factor.Text); c != nil {
		return PhoneCodeView{Masked: masked, Code: r.codeStatus(c, r.Facts.Phone.Sends, true), Length: r.Settings.Limits.CodeLength, Voice: r.Settings.Voice}
	}
	if c := r.Row.Challenge; c != nil && c.Channel == factor.Voice {
		state := r.callState(c)
		if c.Delivery == factor.Failed || c.Delivery == factor.Unknown {
			state = factor.CallLost
		}
		if c.UsedAt.IsZero() && state == factor.Confirmed && !r.Now.Before(c.CreatedAt.Add(10*time.Minute)) {
			state = factor.HungUp
		}
		return CallingView{Masked: masked, State: state, Over: state.Over(), Ring: r.Settings.Limits.CallRing.D(), Text: r.Settings.Text}
	}
	return ChoosePhoneView{Masked: masked, Text: r.Settings.Text, Voice: r.Settings.Voice}
}

// codeStatus says where a code stands.
func (r *Run) codeStatus(c *factor.Challenge, sends Sends, grows bool) CodeStatus {
	s := CodeStatus{State: "sent", Left: c.Left(r.Now), Life: c.Life, Resend: sends.Wait(r.Now, c.Channel, r.Settings.Limits.ResendWait.D(), grows)}
	switch {
	case c.Delivery == factor.Failed, c.Delivery == factor.Unknown:
		s.State = string(c.Delivery)
	case c.Waiting(r.Now):
		s.State = "sending"
	case c.Tries >= r.Settings.Limits.TriesPerCode:
		s.State = "spent"
	case s.Left == 0:
		s.State = "expired"
	}
	return s
}

// phone is the number on record; an action of a page that has none is stale.
func (r *Run) phone(possible bool) (string, error) {
	if !possible || r.Account().Phone == "" {
		return "", errStale
	}
	return r.Account().Phone, nil
}

func sendText(r *Run, _ Form) error {
	to, err := r.phone(r.Settings.Text)
	if err != nil {
		return err
	}
	r.Facts.Phone.Sends, err = r.challenge(send{channel: factor.Text, to: to, life: r.Settings.Limits.TextCodeLife.D(), grows: true}, r.Facts.Phone.Sends)
	return err
}

func verifyText(r *Run, f Form) error {
	if err := r.verify(r.Challenge(factor.Text), f["code"]); err != nil {
		return err
	}
	r.Facts.Phone.Proven, r.Facts.Phone.ProvenAt = factor.Text, r.Now
	return nil
}

func callMe(r *Run, _ Form) error {
	to, err := r.phone(r.Settings.Voice)
	if err != nil {
		return err
	}
	sends, err := r.challenge(send{channel: factor.Voice, to: to, life: r.Settings.Limits.CallWhole.D(), grows: true}, r.Facts.Phone.Sends)
	if err != nil {
		return err
	}
	r.Facts.Phone.Sends = sends
	r.Facts.Phone.Calls = r.callTokens(r.Row.Challenge.Destination)
	r.take(r.Facts.Phone.Calls...)
	return nil
}

// continueCall goes on when # was counted on the call. That was decided when the
// key came (Engine.CallEvent); the button alone proves nothing (T-32).
func continueCall(r *Run, _ Form) error {
	c := r.Challenge(factor.Voice)
	if c == nil {
		return errStale
	}
	used, err := r.Store.UseCall(r.Tx, c.ID)
	if err != nil {
		return err
	}
	if !used {
		return reject("", "error.not_pressed")
	}
	r.Facts.Phone.Proven, r.Facts.Phone.ProvenAt = factor.Voice, r.Now
	r.Facts.Taken = append(r.Facts.Taken, r.Facts.Phone.Calls...)
	return r.Store.ResetTries(r.Tx, r.codeKeys(c)...)
}

func newCode(r *Run) string { return secret.Code(r.Settings.Limits.CodeLength) }
