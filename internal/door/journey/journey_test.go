package journey

import (
	"errors"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/account"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/store"
)

var t0 = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func runOf(j *Journey, f Facts) *Run {
	return &Run{Engine: &Engine{Settings: Settings{Limits: config.Default(config.Guide).Limits, EmailForPhoneUsers: true, Text: true, Voice: true}},
		Journey: j, Facts: f, Now: t0, Row: &store.Loaded{Account: &account.Account{ID: "a", State: account.Registered, Method: account.PhoneMethod, Phone: "+12025550185", Email: "d@x.example"}}}
}

// Facts to step, for each journey: the current step is the first that is not done.
func TestFactsToStep(t *testing.T) {
	t.Parallel()
	password, half := PasswordFacts{Account: "a", At: t0}, PasswordFacts{Account: "a", At: t0, Unfinished: true}
	old, proven, made := OldLoginFacts{Account: "a", At: t0}, NewEmailFacts{Address: "a@b.example", ProvenAt: t0}, NewPasswordFacts{At: t0}
	phone, email := MethodFacts{account.PhoneMethod}, MethodFacts{account.EmailMethod}
	for _, tc := range []struct {
		name    string
		journey *Journey
		facts   Facts
		want    string
	}{
		{"nothing", &LoginWithPhone, Facts{}, "password"},
		{"remember alone proves nothing", &LoginWithPhone, Facts{Asked: Asked{Remember: true}}, "password"},
		{"password", &LoginWithPhone, Facts{Password: password}, "prove-phone"},
		{"a code was sent", &LoginWithPhone, Facts{Password: password, Phone: PhoneFacts{Sends: Sends{Count: 3}}}, "prove-phone"},
		{"text proven", &LoginWithPhone, Facts{Password: password, Phone: PhoneFacts{Proven: factor.Text}}, "sign-in"},
		{"call proven", &LoginWithPhone, Facts{Password: password, Phone: PhoneFacts{Proven: factor.Voice}}, "sign-in"},
		{"phone without password", &LoginWithPhone, Facts{Phone: PhoneFacts{Proven: factor.Text}}, "password"},
		{"a proven mailbox is no phone", &LoginWithPhone, Facts{Password: password, Email: EmailFacts{ProvenAt: t0, Continued: true}}, "prove-phone"},
		{"signed in", &LoginWithPhone, Facts{Password: password, Phone: PhoneFacts{Proven: factor.Text}, SignIn: SignInFacts{At: t0}}, ""},
		{"unfinished", &LoginWithPhone, Facts{Password: half}, "choose-method"},
		{"unfinished, phone", &LoginWithPhone, Facts{Password: half, Method: phone}, "prove-phone"},
		{"unfinished, phone proven", &LoginWithPhone, Facts{Password: half, Method: phone, Phone: PhoneFacts{Proven: factor.Text}}, "register"},
		{"unfinished, email", &LoginWithPhone, Facts{Password: half, Method: email}, "prove-email"},
		{"unfinished, email proven", &LoginWithPhone, Facts{Password: half, Method: email, Email: EmailFacts{Continued: true}}, "register"},
		{"unfinished, phone, by email", &LoginWithEmail, Facts{Password: half, Method: phone}, "prove-phone"},
		{"unfinished, registered", &LoginWithEmail, Facts{Password: half, Method: phone, Phone: PhoneFacts{Proven: factor.Text}, Register: RegisterFacts{At: t0}}, "sign-in"},
		{"nothing", &FirstRegistration, Facts{}, "old-login"},
		{"old login", &FirstRegistration, Facts{OldLogin: old}, "choose-method"},
		{"method", &FirstRegistration, Facts{OldLogin: old, Method: phone}, "enrol-email"},
		{"mailbox entered", &FirstRegistration, Facts{OldLogin: old, Method: phone, NewEmail: NewEmailFacts{Address: "a@b.example"}}, "enrol-email"},
		{"mailbox proven", &FirstRegistration, Facts{OldLogin: old, Method: phone, NewEmail: proven}, "new-password"},
		{"password made, phone", &FirstRegistration, Facts{OldLogin: old, Method: phone, NewEmail: proven, NewPassword: made}, "prove-phone"},
		{"password made, email", &FirstRegistration, Facts{OldLogin: old, Method: email, NewEmail: proven, NewPassword: made}, "register"},
		{"phone proven", &FirstRegistration, Facts{OldLogin: old, Method: phone, NewEmail: proven, NewPassword: made, Phone: PhoneFacts{Proven: factor.Voice}}, "register"},
		{"registered", &FirstRegistration, Facts{OldLogin: old, Method: email, NewEmail: proven, NewPassword: made, Register: RegisterFacts{At: t0}}, "sign-in"},
		{"a password without the old login", &FirstRegistration, Facts{Method: phone, NewEmail: proven, NewPassword: made}, "old-login"},
		{"nothing", &LoginWithEmail, Facts{}, "password"},
		{"password", &LoginWithEmail, Facts{Password: password}, "prove-email"},
		{"more time", &LoginWithEmail, Facts{Password: password, Email: EmailFacts{MoreTime: true}}, "prove-email"},
		{"verified, not continued", &LoginWithEmail, Facts{Password: password, Email: EmailFacts{ProvenAt: t0}}, "prove-email"},
		{"continued", &LoginWithEmail, Facts{Password: password, Email: EmailFacts{ProvenAt: t0, Continued: true}}, "sign-in"},
		{"signed in", &LoginWithEmail, Facts{Password: password, Email: EmailFacts{ProvenAt: t0, Continued: true}, SignIn: SignInFacts{At: t0}}, ""},
	} {
		got := ""
		if step := runOf(tc.journey, tc.facts).current(); step != nil {
			got = step.Name
		}
		if got != tc.want {
			t.Errorf("%s, %s: %q, want %q", tc.journey.Name, tc.name, got, tc.want)
		}
	}
}

// Every step of every journey is whole: a page or an effect, a Clear that zeroes
// what Done looks at, and no button of one name in two steps.
func TestStepsAreWhole(t *testing.T) {
	t.Parallel()
	slugs := map[string]bool{}
	for _, j := range All() {
		if j.Name == "" || j.Slug == "" || j.Start == "" || j.Leave == "" || slugs[j.Slug] {
			t.Errorf("%s: name, slug, start or leave is missing or taken", j.Name)
		}
		slugs[j.Slug] = true
		buttons := map[string]string{}
		for _, step := range j.Steps {
			if (step.View == nil) == (step.Effect == nil) || step.Done == nil || step.Clear == nil {
				t.Errorf("%s: step %s is neither page nor effect, or lacks Done or Clear", j.Name, step.Name)
			}
			end := step.View != nil && len(step.Actions) == 0 // what is left is in the mail
			if end {
				if step.Name != j.Steps[len(j.Steps)-1].Name || step.Label != "" {
					t.Errorf("%s: step %s has no buttons, and is not the end", j.Name, step.Name)
				}
				continue
			}
			if (step.View == nil) != (len(step.Actions) == 0) || (step.View == nil) != (step.Label == "") {
				t.Errorf("%s: step %s: pages have buttons and a label, effects none", j.Name, step.Name)
			}
			for name := range step.Actions {
				if other, taken := buttons[name]; taken {
					t.Errorf("%s: button %s is in %s and %s", j.Name, name, other, step.Name)
				}
				buttons[name] = step.Name
			}
			done := Facts{OldLogin: OldLoginFacts{Account: "a"}, Method: MethodFacts{account.PhoneMethod}, NewEmail: NewEmailFacts{ProvenAt: t0},
				NewPassword: NewPasswordFacts{At: t0}, Mailbox: MailboxFacts{Continued: true}, Reset: ResetFacts{At: t0}, Terms: TermsFacts{At: t0}, Ask: AskFacts{At: t0},
				Link: LinkFacts{Account: "a"}, Organization: OrganizationFacts{ID: "o"}, User: UserFacts{At: t0}, Register: RegisterFacts{At: t0}, Password: PasswordFacts{Account: "a"}, Email: EmailFacts{Continued: true}, Phone: PhoneFacts{Proven: factor.Text}, SignIn: SignInFacts{At: t0}}
			if step.Clear(&done); step.Done(&done) {
				t.Errorf("%s: step %s is done after Clear", j.Name, step.Name)
			}
		}
		if last := j.Steps[len(j.Steps)-1]; last.Name != "sign-in" && len(last.Actions) > 0 {
			t.Errorf("%s ends in %s", j.Name, last.Name)
		}
	}
}

// A journey with a wrong list of steps can't create a session.
func TestSignInRefusesWhatWasNotProven(t *testing.T) {
	t.Parallel()
	for name, facts := range map[string]Facts{
		"nothing":             {},
		"password alone":      {Password: PasswordFacts{Account: "a"}},
		"phone alone":         {Phone: PhoneFacts{Proven: factor.Text}},
		"mail not continued":  {Password: PasswordFacts{Account: "a"}, Email: EmailFacts{ProvenAt: t0}},
		"another's password":  {Password: PasswordFacts{Account: "b"}, Phone: PhoneFacts{Proven: factor.Text}},
		"old login alone":     {OldLogin: OldLoginFacts{Account: "a"}, Phone: PhoneFacts{Proven: factor.Text}},
		"another's old login": {OldLogin: OldLoginFacts{Account: "b"}, NewPassword: NewPasswordFacts{At: t0}, NewEmail: NewEmailFacts{ProvenAt: t0}},
		"mailbox alone":       {Mailbox: MailboxFacts{Account: "a", ProvenAt: t0, Continued: true}},
		"reset alone":         {Reset: ResetFacts{At: t0}, Phone: PhoneFacts{Proven: factor.Text}},
		"another's mailbox":   {Mailbox: MailboxFacts{Account: "b", ProvenAt: t0, Continued: true}, Reset: ResetFacts{At: t0}},
		"link alone":          {Link: LinkFacts{Account: "a", At: t0}, Phone: PhoneFacts{Proven: factor.Text}},
		"another's link":      {Link: LinkFacts{Account: "b", At: t0}, NewPassword: NewPasswordFacts{At: t0}, NewEmail: NewEmailFacts{ProvenAt: t0}},
		"terms alone":         {Terms: TermsFacts{At: t0}},
		"sends prove nothing": {Password: PasswordFacts{Account: "a"}, Phone: PhoneFacts{Sends: Sends{Count: 1}}},
	} {
		r := runOf(&LoginWithPhone, facts)
		r.Row.AccountID = "a"
		if err := signIn(r); !errors.Is(err, factor.ErrNotProven) {
			t.Errorf("%s: %v", name, err)
		}
	}
	disabled := runOf(&LoginWithPhone, Facts{Password: PasswordFacts{Account: "a"}, Phone: PhoneFacts{Proven: factor.Text}})
	disabled.Row.AccountID, disabled.Row.Account.State = "a", account.Disabled
	if err := signIn(disabled); !errors.Is(err, factor.ErrNotProven) {
		t.Errorf("disabled: %v", err)
	}
}

func TestPhoneViews(t *testing.T) {
	t.Parallel()
	sentNow := factor.Challenge{Channel: factor.Text, CreatedAt: t0, SentAt: t0, Delivery: factor.Sent, Life: time.Minute}
	for name, tc := range map[string]struct {
		change func(r *Run)
		want   string
	}{
		"choose":   {func(r *Run) {}, "choose"},
		"no phone": {func(r *Run) { r.Row.Account.Phone = "" }, "none"},
		"sending":  {func(r *Run) { c := sentNow; c.SentAt, c.Delivery = time.Time{}, factor.Queued; r.Row.Challenge = &c }, "sending"},
		"sent":     {func(r *Run) { c := sentNow; r.Row.Challenge = &c }, "sent"},
		"expired":  {func(r *Run) { c := sentNow; c.Life = 0; r.Row.Challenge = &c }, "expired"},
		"spent":    {func(r *Run) { c := sentNow; c.Tries = 5; r.Row.Challenge = &c }, "spent"},
		"failed":   {func(r *Run) { c := sentNow; c.SentAt, c.Delivery = time.Time{}, factor.Failed; r.Row.Challenge = &c }, "failed"},
		"unknown":  {func(r *Run) { c := sentNow; c.SentAt, c.Delivery = time.Time{}, factor.Unknown; r.Row.Challenge = &c }, "unknown"},
		"never sent": {func(r *Run) {
			c := sentNow
			c.SentAt, c.Delivery, c.CreatedAt = time.Time{}, factor.Queued, t0.Add(-time.Hour)
			r.Row.Challenge = &c
		}, "expired"},
		"ringing": {func(r *Run) {
			c := sentNow
			c.Channel, c.Call.State, c.Call.RingingAt = factor.Voice, factor.Ringing, t0
			r.Row.Challenge = &c
		}, "call ringing"},
		"call failed": {func(r *Run) { c := sentNow; c.Channel, c.Delivery = factor.Voice, factor.Failed; r.Row.Challenge = &c }, "call failed"},
		"# long ago": {func(r *Run) {
			c := sentNow
			c.Channel, c.CreatedAt, c.Call.State = factor.Voice, t0.Add(-11*time.Minute), factor.Confirmed
			r.Row.Challenge = &c
		}, "call hung_up"},
	} {
		r := runOf(&LoginWithPhone, Facts{Password: PasswordFacts{Account: "a"}})
		tc.change(r)
		got := ""
		switch v := r.current().View(r).(type) {
		case ChoosePhoneView:
			got = "choose"
		case NoPhoneView:
			got = "none"
		case PhoneCodeView:
			got = v.Code.State
		case CallingView:
			got = "call " + string(v.State)
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// product.md rule 8: another channel waits for nothing, the same one for longer each time.
func TestSendsWait(t *testing.T) {
	t.Parallel()
	var s Sends
	wait := func(by factor.Channel) time.Duration { return s.Wait(t0, by, 20*time.Second, true) }
	if wait(factor.Text) != 0 {
		t.Error("the first waits")
	}
	s = s.Add(t0, factor.Text)
	if wait(factor.Text) != 20*time.Second || wait(factor.Voice) != 0 {
		t.Errorf("after a text: %v, %v", wait(factor.Text), wait(factor.Voice))
	}
	s = s.Add(t0, factor.Text)
	if wait(factor.Text) != 40*time.Second {
		t.Errorf("after two texts: %v", wait(factor.Text))
	}
	s = s.Add(t0, factor.Voice)
	if wait(factor.Text) != 0 || wait(factor.Voice) != 20*time.Second || s.Count != 3 {
		t.Errorf("after a call: %v %v %d", wait(factor.Text), wait(factor.Voice), s.Count)
	}
}

func TestWaitsInWords(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		limit store.Limited
		key   string
		n     int
	}{
		{store.Limited{Wait: time.Millisecond}, "error.wait_seconds", 1},
		{store.Limited{Wait: 90 * time.Second}, "error.wait_seconds", 90},
		{store.Limited{Wait: 91 * time.Second}, "error.wait_minutes", 2},
		{store.Limited{Wait: time.Hour}, "error.wait_minutes", 60},
	} {
		if r := tooMany(&tc.limit); r.Key != tc.key || r.Args[1] != tc.n || r.Status != 429 {
			t.Errorf("%v: %+v", tc.limit.Wait, r)
		}
	}
	if r := tooMany(&store.Limited{Off: true, Wait: time.Hour}); r.Key != "error.factor_off" {
		t.Errorf("off: %+v", r)
	}
}
