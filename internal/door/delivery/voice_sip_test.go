package delivery

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/prompts"
	"sallyport/internal/trunk"
	"sallyport/internal/trunk/siptest"
)

// told is who follows the calls: it keeps what it is told.
type told struct {
	mu       sync.Mutex
	events   []string
	unwanted bool
	more     chan struct{} // closed when it is told something
}

func (f *told) Told(_ context.Context, _, event, note string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, event)
	if f.more != nil {
		close(f.more)
		f.more = nil
	}
	return nil
}

// until waits for an event, and tells whether it came.
func (f *told) until(event string, within time.Duration) bool {
	for limit := time.After(within); ; {
		f.mu.Lock()
		if f.more == nil {
			f.more = make(chan struct{})
		}
		more := f.more
		f.mu.Unlock()
		if f.has(event) {
			return true
		}
		select {
		case <-more:
		case <-limit:
			return false
		}
	}
}

func (f *told) Stands(context.Context, string) (CallStanding, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return CallStanding{Wanted: !f.unwanted, Confirmed: slices.Contains(f.events, "key_pound") || slices.Contains(f.events, "keyed")}, nil
}

func (f *told) has(event string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.events, event)
}

func (f *told) all() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.events, " ")
}

// onCall is a call that a far end has answered.
type onCall struct {
	t     *testing.T
	m     *siptest.Media
	far   *siptest.SIPp
	calls *told
	set   *prompts.Set
	lang  string
	said  []Receipt
}

// answers places a call that a far end answers, and goes on as the far end's steps say.
func answers(t *testing.T, m Message, then ...string) *onCall {
	t.Helper()
	return answersWith(t, siptest.ShortPrompts(t), m, then...)
}

// answersWith is answers with the prompts of a folder in place of ours.
func answersWith(t *testing.T, dir string, m Message, then ...string) *onCall {
	t.Helper()
	t.Parallel()
	c := &onCall{t: t, m: siptest.NewMedia(t), calls: &told{}, lang: m.Lang}
	c.far = siptest.Start(t, siptest.Script{Steps: append([]string{siptest.Invited, siptest.Trying(), siptest.Ring(), siptest.Answer(c.m.Describe())}, then...)})
	channel := sipTrunk(t, dir, c.far.Address(), c.calls, func(r Receipt) { c.said = append(c.said, r) })
	c.set = channel.Prompts
	m.ID, m.Kind, m.Channel, m.To = "call1", Call, "voice", "+12025550185"
	if m.Purpose == "" {
		m.Purpose = "sign_in"
	}
	if handed, err := channel.Send(t.Context(), m); err != nil || !handed.Receipts {
		t.Fatalf("%+v, %v", handed, err)
	}
	c.m.Await(5 * time.Second)
	return c
}

func sipTrunk(t *testing.T, dir, address string, calls CallFollower, receive func(Receipt)) *SIPTrunk {
	t.Helper()
	tr, err := trunk.New(trunk.Options{Server: address, From: "+12025550100", Listen: "127.0.0.1:0", Timers: trunk.Timers{Ping: -1, First: 2 * time.Second, Drain: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := prompts.Load(dir, "en", "es")
	if err != nil {
		t.Fatal(err)
	}
	channel := &SIPTrunk{Label: "trunk", Trunk: tr, Prompts: set, KeyWait: 10 * time.Second, Machines: true, Calls: calls, Receive: receive, Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { channel.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	for limit := time.Now().Add(10 * time.Second); !tr.Open(); time.Sleep(time.Millisecond) { // nothing else tells
		if time.Now().After(limit) {
			t.Fatal("the trunk does not open")
		}
	}
	return channel
}

// until waits for an event.
func (c *onCall) until(event string) {
	c.t.Helper()
	if !c.calls.until(event, 30*time.Second) {
		c.t.Fatalf("never %s: %s", event, c.calls.all())
	}
}

func (c *onCall) press(keys string) {
	for _, k := range keys {
		c.m.Press(101, byte(k), 3)
		time.Sleep(120 * time.Millisecond) // a person's pace
	}
}

// heard tells whether these prompts came one after another, sample for sample.
func (c *onCall) heard(names ...string) {
	c.t.Helper()
	sound, _ := c.m.Got()
	if want := (&talk{SIPTrunk: &SIPTrunk{Prompts: c.set}, m: Message{Lang: c.lang}}).sound(names...); !bytes.Contains(sound, want) {
		c.t.Errorf("it did not say %v", names)
	}
}

// awaits waits until these prompts came.
func (c *onCall) awaits(names ...string) {
	c.t.Helper()
	want := (&talk{SIPTrunk: &SIPTrunk{Prompts: c.set}, m: Message{Lang: c.lang}}).sound(names...)
	if !c.m.Until(15*time.Second, func(sound []byte) bool { return bytes.Contains(sound, want) }) {
		c.t.Fatalf("it never said %v: %s", names, c.calls.all())
	}
}

// over waits for the end, and for the far end to have seen what it should.
func (c *onCall) over(events string) {
	c.t.Helper()
	c.far.Wait(30 * time.Second)
	if got := c.calls.all(); got != events {
		c.t.Errorf("told %q, not %q", got, events)
	}
}

// # at 0.4 s and at 1.5 s is nobody's, then it counts once, however often; the message was
// heard as it is, in Spanish.
func TestPoundOnASIPCall(t *testing.T) {
	c := answersWith(t, "", Message{Lang: "es"}, siptest.Bye())
	time.Sleep(400 * time.Millisecond) // when it was pressed is what is tested
	c.press("#")
	time.Sleep(1100 * time.Millisecond) // and again
	c.press("##")
	c.until("prompt_ended")
	if c.calls.has("key_pound") {
		t.Error("# counted before it was asked for")
	}
	c.press("##")
	c.over("ringing answered prompt_ended key_pound")
	c.heard("greeting", "sign_in", "press")
	c.heard("thanks")
	if len(c.said) != 1 || c.said[0].Fate != Delivered {
		t.Errorf("receipts %+v", c.said)
	}
}

// * and 0# report, and so does 0 before *; 0 and another key does not.
func TestReportsOnASIPCall(t *testing.T) {
	t.Parallel()
	for _, keys := range []string{"*", "0#", "0*", "05*"} {
		t.Run(keys, func(t *testing.T) {
			c := answers(t, Message{Lang: "en", Purpose: "enrol"}, siptest.Bye())
			c.until("prompt_ended")
			c.press(keys)
			c.over("ringing answered prompt_ended key_star")
			c.heard("greeting", "enrol", "press")
			c.heard("denied")
		})
	}
}

// Other keys are said to be others, three times; none at all, goodbye.
func TestWrongKeysOnASIPCall(t *testing.T) {
	t.Parallel()
	t.Run("wrong", func(t *testing.T) {
		c := answers(t, Message{Lang: "en"}, siptest.Bye())
		c.until("prompt_ended")
		c.press("5")
		c.awaits("wrong", "now")
		c.press("7")
		time.Sleep(300 * time.Millisecond) // in the middle of what it says
		c.press("7")
		c.over("ringing answered prompt_ended hung_up")
		c.heard("goodbye")
	})
	t.Run("none", func(t *testing.T) {
		c := answers(t, Message{Lang: "en"}, siptest.Bye())
		c.over("ringing answered prompt_ended hung_up")
		c.heard("now")
		c.heard("bye")
	})
}

// The far end hangs up in the middle.
func TestHungUpOnASIPCall(t *testing.T) {
	c := answers(t, Message{Lang: "en"}, siptest.Pause(1500*time.Millisecond), siptest.Request("BYE", "", "", 1))
	c.far.Wait(10 * time.Second)
	c.until("hung_up")
	if got := c.calls.all(); got != "ringing answered hung_up" {
		t.Errorf("told %q", got)
	}
}

// A machine takes it: nothing is said, and nothing left (T-25).
func TestMachineOnASIPCall(t *testing.T) {
	t.Parallel()
	t.Run("talks on", func(t *testing.T) {
		c := answers(t, Message{Lang: "en"}, siptest.Bye())
		go c.m.Speak(0, siptest.Speech(8000))
		c.over("ringing answered machine")
		if sound, _ := c.m.Got(); len(bytes.Trim(sound, "\xff")) != 0 {
			t.Error("it spoke to a machine")
		}
	})
	t.Run("whistles later", func(t *testing.T) {
		c := answers(t, Message{Lang: "en"}, siptest.Bye())
		go c.m.Speak(0, slices.Concat(siptest.Speech(900), siptest.Quiet(2500), siptest.Tone(1000, 500), siptest.Quiet(2000)))
		c.over("ringing answered prompt_ended machine")
	})
}

// Who asked for a text instead is not called any longer: while it rings, and while it speaks.
func TestUnwantedSIPCall(t *testing.T) {
	c := answers(t, Message{Lang: "en"}, siptest.Bye())
	c.calls.mu.Lock()
	c.calls.unwanted = true
	c.calls.mu.Unlock()
	c.far.Wait(5 * time.Second)
	if c.calls.has("hung_up") {
		t.Errorf("told %q", c.calls.all())
	}
}

// The code is read three times, to who pressed the digit that was said, and again to who
// presses it again. Before that, nobody hears it.
func TestSpokenCodeOnASIPCall(t *testing.T) {
	c := answers(t, Message{Lang: "en", Mode: "spoken", Code: "204816"}, siptest.Bye())
	c.until("prompt_ended")
	digit := ""
	for _, d := range "123456789" {
		sound, _ := c.m.Got()
		if bytes.Contains(sound, append(slices.Clone(c.set.Sound("en", "digit")), c.set.Sound("en", string(d))...)) {
			digit += string(d)
		}
	}
	if len(digit) != 1 {
		t.Fatalf("asked for %q", digit)
	}
	c.press(map[bool]string{true: "2", false: "1"}[digit == "1"]) // another
	c.awaits("wrong", "digit", digit)
	c.press(digit)
	c.until("told")
	reading := []string{"code", " 300", "2", " 350", "0", " 350", "4", " 350", "8", " 350", "1", " 350", "6"}
	c.heard(reading...)
	read := (&talk{SIPTrunk: &SIPTrunk{Prompts: c.set}, m: Message{Lang: "en"}}).sound(reading[2:]...)
	c.m.Until(30*time.Second, func(sound []byte) bool { return bytes.Count(sound, read) == 3 })
	c.awaits("type", digit)
	if !c.calls.has("told") || c.calls.has("key_star") {
		t.Errorf("told %q", c.calls.all())
	}
	c.press("*")
	c.over("ringing answered prompt_ended told key_star")
}

// Who has typed the code need not hear it again: the call ends within a second or two.
func TestSpokenCodeThatWasTyped(t *testing.T) {
	c := answers(t, Message{Lang: "en", Mode: "spoken", Code: "204816"}, siptest.Bye())
	c.until("prompt_ended")
	for _, d := range "123456789" {
		c.press(string(d))
		if c.calls.until("told", 50*time.Millisecond) {
			break
		}
	}
	c.calls.mu.Lock()
	c.calls.unwanted = true
	c.calls.mu.Unlock()
	c.far.Wait(4 * time.Second)
}

// The number that the browser shows is keyed in, after a mistake.
func TestKeypadOnASIPCall(t *testing.T) {
	t.Parallel()
	t.Run("right", func(t *testing.T) {
		c := answers(t, Message{Lang: "es", Mode: "keypad", Code: "204816"}, siptest.Bye())
		c.until("prompt_ended")
		c.press("204817")
		c.awaits("mismatch", "keypad")
		c.press("204816")
		c.over("ringing answered prompt_ended keyed")
		c.heard("thanks")
	})
	t.Run("only #, then 0#", func(t *testing.T) {
		c := answers(t, Message{Lang: "en", Mode: "keypad", Code: "204816"}, siptest.Bye())
		c.until("prompt_ended")
		c.press("#")
		c.awaits("keypad")
		c.press("0#")
		c.over("ringing answered prompt_ended key_star")
	})
	t.Run("guessed", func(t *testing.T) {
		c := answers(t, Message{Lang: "en", Mode: "keypad", Code: "204816"}, siptest.Bye())
		c.until("prompt_ended")
		for _, guess := range []string{"111111", "222222", "33#"} {
			c.press(guess)
			time.Sleep(200 * time.Millisecond) // a person's pace
		}
		c.over("ringing answered prompt_ended hung_up")
	})
}

// What a trunk says at once, for the other carriers.
func TestRefusalsOfSIPTrunks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status             string
		temporary, address bool
		event              string
	}{
		"busy": {"486 Busy Here", false, false, "busy"}, "declined": {"603 Decline", false, false, "declined"}, "absent": {"480 Temporarily Unavailable", false, false, "no_answer"},
		"no number": {"404 Not Found", false, true, ""}, "forbidden": {"403 Forbidden", false, false, ""}, "overloaded": {"503 Service Unavailable", true, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Refuse(tc.status)}})
			calls := &told{}
			handed, err := sipTrunk(t, "", far.Address(), calls, nil).Send(t.Context(), Message{ID: "x", Kind: Call, Channel: "voice", To: "+12025550185"})
			far.Wait(5 * time.Second)
			if tc.event != "" {
				time.Sleep(100 * time.Millisecond) // nothing more is told
				if err != nil || handed.Receipts || calls.all() != tc.event {
					t.Errorf("%+v, %v, %s", handed, err, calls.all())
				}
				return
			}
			if refused, ok := err.(*Refused); !ok || refused.Temporary != tc.temporary || refused.Address != tc.address {
				t.Errorf("%+v", err)
			}
		})
	}
}

// A trunk that takes a call and then can't place it: another has it, unless it had rung.
func TestTrunkThatGivesUp(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		steps []string
		fate  Fate
		event string
	}{
		"before it rang":  {[]string{siptest.Invited, siptest.Trying(), siptest.Pause(200 * time.Millisecond), siptest.Refuse("503 Service Unavailable")}, Undelivered, ""},
		"no such number":  {[]string{siptest.Invited, siptest.Trying(), siptest.Pause(200 * time.Millisecond), siptest.Refuse("404 Not Found")}, Unreachable, ""},
		"after it rang":   {[]string{siptest.Invited, siptest.Ring(), siptest.Pause(200 * time.Millisecond), siptest.Refuse("503 Service Unavailable")}, Delivered, "ringing failed"},
		"busy, after all": {[]string{siptest.Invited, siptest.Trying(), siptest.Pause(200 * time.Millisecond), siptest.Refuse("486 Busy Here")}, Delivered, "busy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far := siptest.Start(t, siptest.Script{Steps: tc.steps})
			calls, receipts := &told{}, make(chan Receipt, 9)
			if _, err := sipTrunk(t, "", far.Address(), calls, func(r Receipt) { receipts <- r }).Send(t.Context(), Message{ID: "x", Kind: Call, Channel: "voice", To: "+12025550185"}); err != nil {
				t.Fatal(err)
			}
			far.Wait(5 * time.Second)
			select {
			case r := <-receipts:
				if r.Fate != tc.fate || r.Message != "x" || r.Carrier != "trunk" {
					t.Errorf("%+v", r)
				}
			case <-time.After(5 * time.Second):
				t.Error("no receipt")
			}
			time.Sleep(100 * time.Millisecond) // nothing more is told
			if calls.all() != tc.event {
				t.Errorf("told %q", calls.all())
			}
		})
	}
}
