package factor

import (
	"errors"
	"slices"
	"testing"
	"time"
)

var (
	t0     = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	limits = CallLimits{Ring: 45 * time.Second, KeyWait: 30 * time.Second, Whole: 180 * time.Second}
)

func sec(n float64) time.Time { return t0.Add(time.Duration(n * float64(time.Second))) }

// TM-01 and NIST-OOB-2: from hand-off, and never older than ten minutes.
func TestExpiry(t *testing.T) {
	c := Challenge{CreatedAt: t0, Life: 30 * time.Second}
	if !c.Expires().IsZero() || c.Left(sec(1)) != 0 {
		t.Error("a code that was not sent has an end")
	}
	c.SentAt = sec(4)
	if c.Left(sec(33.9)) <= 0 || c.Left(sec(34)) != 0 {
		t.Errorf("expires %v", c.Expires())
	}
	c.SentAt, c.Life = sec(300), 10*time.Minute
	if got := c.Expires(); !got.Equal(sec(600)) {
		t.Errorf("a slow carrier stretched the code to %v", got)
	}
}

func TestFoldCode(t *testing.T) {
	for typed, want := range map[string]string{" 123 456 ": "123456", "123-456": "123456", "12345a": "12345a", "١٢٣٤٥٦": "١٢٣٤٥٦", "": ""} {
		if got := FoldCode(typed); got != want {
			t.Errorf("FoldCode(%q) = %q", typed, got)
		}
	}
}

// TM-09, product.md rule 8.
func TestResendWaitGrowsOnlyWhereItShould(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 20 * time.Second, 2: 40 * time.Second, 4: 160 * time.Second, 9: 5 * time.Minute} {
		if got := ResendWait(20*time.Second, n, true); got != want {
			t.Errorf("after %d: %v, want %v", n, got, want)
		}
		if got := ResendWait(20*time.Second, n, false); got != 20*time.Second {
			t.Errorf("the e-mail code's wait grew to %v", got)
		}
	}
	if ResendWait(0, 5, true) != 0 {
		t.Error("switched off, yet it waits")
	}
}

type step struct {
	at float64
	ev CallEvent
}

func play(steps ...step) (Call, []bool) {
	var c Call
	var changed []bool
	for _, s := range steps {
		var ok bool
		c, ok = c.Apply(s.ev, sec(s.at), t0, limits)
		changed = append(changed, ok)
	}
	return c, changed
}

// T-25: # from a greeting or a machine does not sign anybody in.
func TestPoundCountsOnlyFromAPerson(t *testing.T) {
	for name, tc := range map[string]struct {
		steps []step
		want  CallState
	}{
		"at 0.4 s, prompt over":         {[]step{{1, EventRinging}, {2, EventAnswered}, {2.2, EventPromptEnded}, {2.4, EventPound}}, Answered},
		"at 1.5 s, prompt over":         {[]step{{1, EventRinging}, {2, EventAnswered}, {3, EventPromptEnded}, {3.5, EventPound}}, Answered},
		"at 3 s, during the prompt":     {[]step{{1, EventRinging}, {2, EventAnswered}, {5, EventPound}}, Answered},
		"at 4 s, after the prompt":      {[]step{{1, EventRinging}, {2, EventAnswered}, {5, EventPromptEnded}, {6, EventPound}}, Confirmed},
		"at 8 s, no word of the prompt": {[]step{{1, EventRinging}, {2, EventAnswered}, {10, EventPound}}, Confirmed},
		"machine":                       {[]step{{1, EventRinging}, {2, EventAnswered}, {3, EventMachine}, {9, EventPromptEnded}, {11, EventPound}}, Machine},
		"before the answer":             {[]step{{1, EventRinging}, {2, EventPound}}, Ringing},
		"after hanging up":              {[]step{{1, EventRinging}, {2, EventAnswered}, {6, EventPromptEnded}, {7, EventHungUp}, {8, EventPound}}, HungUp},
		"after the key wait":            {[]step{{1, EventRinging}, {2, EventAnswered}, {6, EventPromptEnded}, {52, EventPound}}, Answered},
		"after it rang out":             {[]step{{1, EventRinging}, {47, EventAnswered}, {55, EventPound}}, Ringing},
		"star":                          {[]step{{1, EventRinging}, {2, EventAnswered}, {5, EventStar}, {20, EventPound}}, Denied},
		"star of a greeting":            {[]step{{1, EventRinging}, {2, EventAnswered}, {3, EventStar}, {20, EventPound}}, Confirmed},
		"declined":                      {[]step{{1, EventRinging}, {2, EventDeclined}, {3, EventAnswered}}, Declined},
		"a number that nobody asked":    {[]step{{1, EventRinging}, {2, EventAnswered}, {6, EventPromptEnded}, {7, EventKeyed}}, Answered},
		"a code that nobody asked":      {[]step{{1, EventRinging}, {2, EventAnswered}, {6, EventPromptEnded}, {7, EventTold}}, Answered},
		"busy":                          {[]step{{1, EventBusy}, {2, EventAnswered}}, Busy},
	} {
		if c, _ := play(tc.steps...); c.State != tc.want {
			t.Errorf("%s: %q, want %q", name, c.State, tc.want)
		}
	}
}

// TM-04, one second on either side of each deadline.
func TestCallDeadlines(t *testing.T) {
	ringing, _ := play(step{1, EventRinging})
	answered, _ := play(step{1, EventRinging}, step{10, EventAnswered}, step{13, EventPromptEnded})
	speaks, _ := play(step{1, EventRinging}, step{10, EventAnswered})
	for name, tc := range map[string]struct {
		call Call
		at   float64
		want CallState
	}{
		"rings":           {ringing, 45, Ringing},
		"rang out":        {ringing, 47, NoAnswer},
		"never rang":      {Call{}, 46, NoAnswer},
		"waits for a key": {answered, 57, Answered},
		"waited enough":   {answered, 59, HungUp},
		"speaks for long": {speaks, 69, Answered},
		"spoke too long":  {speaks, 71, HungUp},
	} {
		if got := tc.call.At(sec(tc.at), t0, limits); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if got := (Call{}).At(sec(900), time.Time{}, limits); got != Placing {
		t.Errorf("a call that was never placed is %q", got)
	}
}

// What a call is for decides what counts on it: the number alone, or the code's reading,
// which neither hanging up nor # afterwards takes back.
func TestModesOfCalls(t *testing.T) {
	begin := []step{{1, EventRinging}, {2, EventAnswered}, {6, EventPromptEnded}}
	for name, tc := range map[string]struct {
		mode CallMode
		then []step
		want CallState
	}{
		"keypad, only #":         {Keypad, []step{{8, EventPound}}, Answered},
		"keypad, the number":     {Keypad, []step{{8, EventKeyed}}, Confirmed},
		"spoken, #":              {Spoken, []step{{8, EventPound}}, Answered},
		"spoken, told":           {Spoken, []step{{8, EventTold}}, Told},
		"spoken, told, hung up":  {Spoken, []step{{8, EventTold}, {9, EventHungUp}, {170, EventFailed}}, Told},
		"spoken, told, reported": {Spoken, []step{{8, EventTold}, {9, EventStar}}, Denied},
	} {
		c := Call{Mode: tc.mode}
		for _, s := range append(slices.Clone(begin), tc.then...) {
			c, _ = c.Apply(s.ev, sec(s.at), t0, limits)
		}
		if c.State != tc.want {
			t.Errorf("%s: %q, want %q", name, c.State, tc.want)
		}
	}
}

func TestRepeatedEventsChangeNothing(t *testing.T) {
	_, changed := play(step{1, EventRinging}, step{2, EventRinging}, step{3, EventAnswered}, step{4, EventAnswered},
		step{5, EventRinging}, step{6, EventPromptEnded}, step{7, EventPromptEnded}, step{8, EventPound}, step{9, EventPound}, step{10, "other"})
	want := []bool{true, false, true, false, false, true, false, true, false, false}
	if !slices.Equal(changed, want) {
		t.Errorf("changed = %v", changed)
	}
}

// Section 1.8: honest claims.
func TestClaims(t *testing.T) {
	for _, tc := range []struct {
		proofs Proofs
		amr    []string
	}{
		{Proofs{Password: true, Text: true}, []string{"pwd", "sms", "mfa"}},
		{Proofs{Password: true, Call: true}, []string{"pwd", "tel"}},
		{Proofs{Password: true, Email: true}, []string{"pwd", "email"}},
	} {
		got, err := Claim(tc.proofs)
		if err != nil || !slices.Equal(got.AMR, tc.amr) || got.ACR != TwoStep {
			t.Errorf("%+v: %+v, %v", tc.proofs, got, err)
		}
	}
	for _, p := range []Proofs{{}, {Password: true}, {Text: true, Email: true, Call: true}} {
		if _, err := Claim(p); !errors.Is(err, ErrNotProven) {
			t.Errorf("%+v made a sign-in: %v", p, err)
		}
	}
}
