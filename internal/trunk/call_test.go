package trunk_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/zaf/g711"

	"sallyport/internal/trunk"
	"sallyport/internal/trunk/siptest"
)

// answered is a call that a far end took, which then goes on as the steps say.
func answered(t *testing.T, m *siptest.Media, body string, then []string, change ...func(*trunk.Options)) (*trunk.Call, *siptest.SIPp) {
	t.Helper()
	far := siptest.Start(t, siptest.Script{Steps: append([]string{siptest.Invited, siptest.Answer(body)}, then...)})
	c := place(t, to(t, far.Address(), change...))
	soon(t, "answered", c.Answered())
	m.Await(2 * time.Second)
	return c, far
}

const relay = "application/dtmf-relay"

// Keys by INFO count, in both forms, and not a second time where events say the same.
func TestKeysByInfo(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	c, far := answered(t, m, siptest.Voice(m.Port, "0"), []string{siptest.Pause(100 * time.Millisecond), siptest.Request("INFO", relay, "Signal=#\nDuration=160", 1), siptest.Request("INFO", "application/dtmf", "7", 2), siptest.Bye()})
	if got := pressed(c, 500*time.Millisecond); got != "#7" {
		t.Errorf("heard %q", got)
	}
	c.HangUp()
	far.Wait(3 * time.Second)
}

func TestKeysInBothWays(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	c, far := answered(t, m, m.Describe(), []string{siptest.Pause(300 * time.Millisecond), siptest.Request("INFO", relay, "Signal=5", 1), siptest.Bye()})
	m.Press(101, '5', 3)
	if got := pressed(c, 700*time.Millisecond); got != "5" {
		t.Errorf("pressed 5 once, heard %q", got)
	}
	c.HangUp()
	far.Wait(3 * time.Second)
}

// A key whose every end was lost still counts, once, when something else follows.
func TestLostEnds(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	c, _ := answered(t, m, m.Describe(), []string{siptest.Bye()})
	m.Press(101, '4', 0)
	m.Press(101, '2', 3)
	m.Press(101, '#', 0)
	m.Speak(0, siptest.Quiet(1300))
	if got := pressed(c, 200*time.Millisecond); got != "42#" {
		t.Errorf("pressed 42#, heard %q", got)
	}
}

// Whoever guesses the port presses no key: not from elsewhere, and not as another source.
func TestKeysOfStrangers(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	c, _ := answered(t, m, m.Describe(), []string{siptest.Bye()})
	m.Speak(0, siptest.Quiet(100))
	stranger := siptest.NewMedia(t)
	stranger.SendTo(m.From())
	stranger.Press(101, '#', 3)
	m.SSRC++
	m.Press(101, '#', 3)
	m.SSRC--
	if got := pressed(c, 300*time.Millisecond); got != "" {
		t.Errorf("a stranger pressed %q", got)
	}
	m.Press(101, '1', 3)
	if got := pressed(c, 300*time.Millisecond); got != "1" {
		t.Errorf("the far end pressed 1, heard %q", got)
	}
}

// Keys and sound before the answer are nobody's; and what the far end sends by a port of
// its own, behind a NAT, is answered there.
func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.EarlyMedia(m.Describe()), siptest.Pause(400 * time.Millisecond), siptest.Answer(m.Describe()), siptest.Bye()}})
	c := place(t, to(t, far.Address()))
	soon(t, "ringing", c.Ringing())
	m.Await(time.Second)
	m.Press(101, '#', 3)
	m.Speak(0, siptest.Tone(440, 280)) // it rings
	soon(t, "answered", c.Answered())
	if got := pressed(c, 200*time.Millisecond); got != "" {
		t.Errorf("%q was pressed before the answer", got)
	}
	select {
	case <-c.Beeped():
		t.Error("ringing was taken for a machine's signal")
	default:
	}
	c.HangUp()
	far.Wait(3 * time.Second)
}

// In A-law, what arrives is what was played, in A-law.
func TestALaw(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	c, _ := answered(t, m, siptest.Voice(m.Port, "8 101", siptest.Events(101)), []string{siptest.Bye()})
	sound := siptest.Speech(200)
	if err := c.Play(t.Context(), sound); err != nil {
		t.Fatal(err)
	}
	came := m.Until(time.Second, func(got []byte) bool { return bytes.Contains(got, g711.Ulaw2Alaw(sound)) })
	_, kinds := m.Got()
	if !came || len(kinds) != 1 || kinds[8] == 0 {
		t.Errorf("not the sound in A-law: %v", kinds)
	}
}

// On hold nothing is sent; from where it is taken off hold, it is, also to another port.
func TestReInvite(t *testing.T) {
	t.Parallel()
	m, moved := siptest.NewMedia(t), siptest.NewMedia(t)
	c, far := answered(t, m, m.Describe(), []string{siptest.Pause(100 * time.Millisecond), siptest.Request("INVITE", "application/sdp", siptest.Voice(m.Port, "0 101", siptest.Events(101), "a=inactive"), 1),
		siptest.Pause(400 * time.Millisecond), siptest.Request("UPDATE", "application/sdp", moved.Describe(), 2), siptest.Pause(200 * time.Millisecond), siptest.Request("INVITE", "", "", 3), siptest.Bye()})
	within(t, 3*time.Second, "put on hold", func() bool { return strings.Count(far.Messages(), "ACK sip:sallyport@") == 1 })
	time.Sleep(40 * time.Millisecond) // for what was on its way
	held, _ := m.Got()
	time.Sleep(150 * time.Millisecond) // the silence is what is tested
	if later, _ := m.Got(); len(later) != len(held) {
		t.Error("it spoke on hold")
	}
	moved.Await(2 * time.Second)
	moved.Press(101, '#', 3)
	if got := pressed(c, 300*time.Millisecond); got != "#" {
		t.Errorf("after the move: %q", got)
	}
	within(t, 3*time.Second, "invited again", func() bool { return strings.Count(far.Messages(), "ACK sip:sallyport@") == 2 })
	c.HangUp()
	far.Wait(3 * time.Second)
}

// A far end that says nonsense, or speaks nothing that we do, is accepted and hung up.
func TestNoCommonVoice(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"malformed": "v=0\nthis is no description", "no voice": siptest.Voice(0, "0"), "another codec": siptest.Voice(4000, "18", "a=rtpmap:18 G729/8000")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Answer(body), siptest.Bye()}})
			c := place(t, to(t, far.Address()))
			soon(t, "over", c.Ended())
			if !errors.Is(c.Why(), trunk.ErrMedia) {
				t.Errorf("ended because %v", c.Why())
			}
			far.Wait(3 * time.Second)
		})
	}
}

// The far end hangs up; it does so without ever sending voice; and one that never confirms
// our hanging up holds nothing up.
func TestEnds(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	c, far := answered(t, m, m.Describe(), []string{siptest.Pause(300 * time.Millisecond), siptest.Request("BYE", "", "", 1)})
	soon(t, "over", c.Ended())
	if !errors.Is(c.Why(), trunk.ErrHungUp) {
		t.Errorf("ended because %v", c.Why())
	}
	if err := c.Play(t.Context(), siptest.Quiet(100)); !errors.Is(err, trunk.ErrEnded) {
		t.Errorf("played after the end: %v", err)
	}
	far.Wait(3 * time.Second)

	m = siptest.NewMedia(t)
	c, _ = answered(t, m, m.Describe(), []string{siptest.NoBye()})
	c.HangUp()
	soon(t, "over", c.Ended())

	m = siptest.NewMedia(t)
	c, far = answered(t, m, m.Describe(), []string{siptest.Bye()}, func(o *trunk.Options) { o.Timers.Whole = 700 * time.Millisecond })
	soon(t, "over", c.Ended())
	if !errors.Is(c.Why(), trunk.ErrTooLong) {
		t.Errorf("ended because %v", c.Why())
	}
	far.Wait(3 * time.Second)
}

// People say a few words; machines talk on, and whistle; nobody says nothing (T-25).
func TestWhoAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sound []byte
		who   trunk.Answerer
	}{
		"person":       {append(append(siptest.Quiet(300), siptest.Speech(700)...), siptest.Quiet(1500)...), trunk.Person},
		"long hello":   {append(append(append(siptest.Speech(1500), siptest.Quiet(300)...), siptest.Speech(1800)...), siptest.Quiet(1500)...), trunk.Person},
		"nobody":       {siptest.Quiet(2000), trunk.Nobody},
		"machine":      {append(append(siptest.Speech(2500), siptest.Quiet(400)...), siptest.Speech(3000)...), trunk.Machine},
		"only whistle": {append(append(siptest.Quiet(200), siptest.Tone(1000, 400)...), siptest.Quiet(1500)...), trunk.Machine},
		"facsimile":    {siptest.Tone(1100, 600), trunk.Machine},
		"no packets":   {nil, trunk.Nobody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := siptest.NewMedia(t)
			c, _ := answered(t, m, m.Describe(), []string{siptest.Bye()})
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
			defer cancel()
			go m.Speak(0, tc.sound)
			if got := c.Who(ctx); got != tc.who {
				t.Errorf("taken for %v", got)
			}
			time.Sleep(200 * time.Millisecond) // sound that comes after the decision must do no harm
		})
	}
}

// More calls than may be are not begun; the ports of voice are those of the range.
func TestMostCalls(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	first := siptest.FreePort(t) &^ 1
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Answer(m.Describe()), siptest.Bye()}})
	tr := to(t, far.Address(), func(o *trunk.Options) { o.Most, o.FirstPort, o.LastPort = 1, first, first+1 })
	c := place(t, tr)
	soon(t, "answered", c.Answered())
	m.Await(time.Second)
	if m.From().Port != first {
		t.Errorf("voice from port %d, not %d", m.From().Port, first)
	}
	if _, err := tr.Place(t.Context(), number); !errors.Is(err, trunk.ErrFull) {
		t.Errorf("a second call: %v", err)
	}
	c.HangUp()
	far.Wait(3 * time.Second)
}

// A stop lets nobody hang on for ever: calls end, and their far ends know.
func TestStopEndsCalls(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Answer(m.Describe()), siptest.Bye()}})
	tr, err := trunk.New(trunk.Options{Server: far.Address(), From: "+12025550100", Listen: "127.0.0.1:0", Timers: trunk.Timers{Ping: -1, Drain: 200 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { tr.Run(ctx); close(ended) }()
	within(t, time.Second, "open", tr.Open)
	c := place(t, tr)
	soon(t, "answered", c.Answered())
	cancel()
	soon(t, "stopped", ended)
	far.Wait(time.Second)
}
