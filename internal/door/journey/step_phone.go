package journey

import (
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/factor"
	"sallyport/internal/secret"
)

// What a code or a call is for. It is bound to it, and its words say so.
const (
	signingIn = "sign_in"
	enrolling = "enrol"
	resetting = "reset"
)

// ProvePhone shows that a telephone is at hand: by a code in a text, or by a call
// answered with #. At sign-in it is the number on record (product.md 1.4); while
// registering, a number that the person enters first (1.2, step 5).
var ProvePhone = Step{
	Name: "prove-phone", Label: "step.phone",
	Done:  func(f *Facts) bool { return f.Phone.Proven != "" },
	Clear: func(f *Facts) { f.Phone = PhoneFacts{} },
	View:  viewPhone,
	Actions: map[string]Action{
		"send_code":     {Do: sendText},
		"verify":        {Do: verifyText},
		"call_me":       {Do: callMe},
		"continue":      {Do: continueCall},
		"change_number": {Do: changeNumber},
		"other_method":  {Do: otherMethod},
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
	State   string // sending, sent, expired, spent, failed, unknown
	Receipt string // what became of it (factor.Delivered …)
	Left    time.Duration
	Life    time.Duration
}

// PhoneCodeView is “Enter your verification code below, or send a new code”.
type PhoneCodeView struct {
	Masked    string
	Enrolling bool
	Code      CodeStatus
	Length    int
	Voice     bool
}

// CallingView follows a call.
type CallingView struct {
	Masked    string
	Enrolling bool
	State     factor.CallState
	Over      bool
	Ring      time.Duration
	Text      bool
	Mode      factor.CallMode
	Number    string     // of keypad: what is to be keyed in
	Code      CodeStatus // of spoken: where the code stands that it reads out
	Length    int
}

func viewPhone(r *Run) View {
	number := r.phoneNumber()
	switch {
	case number == "" && r.registering():
		return r.enterPhone()
	case number == "":
		return NoPhoneView{Email: r.Account().Email}
	}
	masked := account.MaskPhone(number)
	if c := r.Challenge(factor.Text); c != nil {
		return PhoneCodeView{Masked: masked, Enrolling: r.registering(), Code: r.codeStatus(c), Length: r.Settings.Limits.CodeLength, Voice: r.Settings.Voice}
	}
	if c := r.Row.Challenge; c != nil && c.Channel == factor.Voice {
		return r.calling(c, masked)
	}
	return ChoosePhoneView{Masked: masked, Text: r.Settings.Text, Voice: r.Settings.Voice}
}

// calling is how a call stands, as its page shows it.
func (r *Run) calling(c *factor.Challenge, masked string) CallingView {
	state := r.callState(c)
	switch {
	case c.Delivery == factor.Failed, c.Delivery == factor.Unknown:
		state = factor.CallLost
	case (c.Receipt == factor.Undelivered || c.Receipt == factor.Unreachable) && !state.Over(): // its carrier could not place it, and there is no other
		state = factor.CallLost
	case c.UsedAt.IsZero() && (state == factor.Confirmed || state == factor.Told) && !r.Now.Before(c.CreatedAt.Add(factor.Longest)):
		state = factor.HungUp
	}
	v := CallingView{Masked: masked, Enrolling: r.registering(), State: state, Over: state.Over(), Ring: r.Settings.Limits.CallRing.D(), Text: r.Settings.Text,
		Mode: c.Call.Mode, Code: r.codeStatus(c), Length: r.Settings.Limits.CodeLength}
	if v.Mode == factor.Keypad {
		v.Number = r.keypadNumber(c.ID)
	}
	return v
}

// codeStatus says where a code stands.
func (r *Run) codeStatus(c *factor.Challenge) CodeStatus {
	s := CodeStatus{State: "sent", Receipt: c.Receipt, Left: c.Left(r.Now), Life: c.Life}
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

// phoneNumber is the number on record, or the one that is being enrolled.
func (r *Run) phoneNumber() string {
	if r.registering() {
		return r.Facts.Phone.Number
	}
	return r.Account().Phone
}

// phone is where to send: the number, taken from the form where one is being
// enrolled. An action of a page that has none is stale.
func (r *Run) phone(possible bool, f Form) (send, error) {
	if !possible {
		return send{}, errStale
	}
	s := send{purpose: signingIn, grows: true}
	if r.registering() {
		s.purpose = enrolling
		if err := r.takeNumber(f); err != nil {
			return s, err
		}
	}
	if s.to = r.phoneNumber(); s.to == "" {
		return s, errStale
	}
	return s, nil
}

func sendText(r *Run, f Form) error {
	s, err := r.phone(r.Settings.Text, f)
	if err != nil {
		return err
	}
	s.channel, s.life = factor.Text, r.Settings.Limits.TextCodeLife.D()
	r.Facts.Phone.Sends, err = r.challenge(s, r.Facts.Phone.Sends)
	return err
}

func verifyText(r *Run, f Form) error {
	c := r.Challenge(factor.Text, factor.Voice)
	if c != nil && c.Channel == factor.Voice && c.Call.Mode != factor.Spoken {
		return errStale
	}
	if err := r.verify(c, f["code"]); err != nil {
		return err
	}
	r.Facts.Phone.Proven, r.Facts.Phone.ProvenAt = c.Channel, r.Now
	if c.Channel == factor.Voice {
		r.Facts.Phone.Spoken = true
		r.Facts.Taken = append(r.Facts.Taken, r.Facts.Phone.Calls...)
	}
	return nil
}

func callMe(r *Run, f Form) error {
	s, err := r.phone(r.Settings.Voice, f)
	if err != nil {
		return err
	}
	s.channel, s.life = factor.Voice, r.Settings.Limits.CallWhole.D()
	if r.Settings.CallMode == factor.Spoken { // a code like any other, to type when it was heard
		s.life = r.Settings.Limits.TextCodeLife.D()
	}
	sends, err := r.challenge(s, r.Facts.Phone.Sends)
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
	r.toll.used(c)
	r.Facts.Phone.Proven, r.Facts.Phone.ProvenAt = factor.Voice, r.Now
	r.Facts.Taken = append(r.Facts.Taken, r.Facts.Phone.Calls...)
	return r.Store.ResetTries(r.Tx, r.codeKeys(c)...)
}

func newCode(r *Run) string { return secret.Code(r.Settings.Limits.CodeLength) }
