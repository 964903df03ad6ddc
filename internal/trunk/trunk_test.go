package trunk_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/internal/trunk"
	"sallyport/internal/trunk/siptest"
)

const number = "+12025550185"

// to makes a trunk to a far end and runs it until the test ends.
func to(t *testing.T, server string, change ...func(*trunk.Options)) *trunk.Trunk {
	t.Helper()
	o := trunk.Options{Server: server, Domain: "trunk.example", From: "+12025550100", Listen: "127.0.0.1:0", Timers: trunk.Timers{Ping: -1, Drain: 100 * time.Millisecond}}
	for _, c := range change {
		c(&o)
	}
	tr, err := trunk.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { tr.Run(ctx); close(ended) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		if n := tr.Calls(); n != 0 {
			t.Errorf("%d calls were never over", n)
		}
	})
	for range 200 {
		if _, err := tr.Place(ctx, "nobody"); errors.Is(err, trunk.ErrNumber) && tr.Open() {
			return tr
		}
		time.Sleep(5 * time.Millisecond) // nothing else tells that it listens
	}
	t.Fatal("the trunk does not open")
	return nil
}

// place places a call that the trunk takes.
func place(t *testing.T, tr *trunk.Trunk) *trunk.Call {
	t.Helper()
	c, err := tr.Place(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.HangUp)
	return c
}

func soon(t *testing.T, what string, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(5 * time.Second):
		t.Fatalf("not %s within five seconds", what)
	}
}

// pressed is what is pressed within d.
func pressed(c *trunk.Call, d time.Duration) string {
	var got []byte
	for limit := time.After(d); ; {
		select {
		case k := <-c.Keys():
			got = append(got, k)
		case <-limit:
			return string(got)
		}
	}
}

// An answered call: the sound arrives sample for sample, keys come back once each, and
// hanging up ends it on both sides.
func TestAnsweredCall(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Trying(), siptest.Ring(), siptest.Pause(100 * time.Millisecond), siptest.Answer(m.Describe()), siptest.Bye()}})
	c := place(t, to(t, far.Address()))
	soon(t, "ringing", c.Ringing())
	soon(t, "answered", c.Answered())
	sound := siptest.Speech(500)
	m.Await(time.Second)
	if err := c.Play(t.Context(), sound); err != nil {
		t.Fatal(err)
	}
	m.Press(101, '#', 3)
	m.Press(101, '5', 3)
	m.Press(101, '5', 1)
	if got := pressed(c, 300*time.Millisecond); got != "#55" {
		t.Errorf("pressed #55, heard %q", got)
	}
	got, kinds := m.Got()
	if !bytes.Contains(got, sound) {
		t.Error("the sound that arrived is not the sound that was played")
	}
	if len(kinds) != 1 || kinds[0] == 0 {
		t.Errorf("payload types %v", kinds)
	}
	c.HangUp()
	far.Wait(3 * time.Second)
	if !errors.Is(c.Why(), trunk.ErrEnded) {
		t.Errorf("ended because %v", c.Why())
	}
	text := far.Messages()
	for _, want := range []string{"INVITE sip:+12025550185@trunk.example;user=phone", "P-Asserted-Identity: <sip:+12025550100@trunk.example>", "a=rtpmap:101 telephone-event/8000"} {
		if !strings.Contains(text, want) {
			t.Errorf("the call did not say %q", want)
		}
	}
}

// How calls end that nobody answers: each is told apart, and the far end sees what it
// should.
func TestCallsThatAreNotAnswered(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		steps []string
		kind  trunk.Kind
		early bool // Place itself says so
	}{
		"busy":         {[]string{siptest.Invited, siptest.Trying(), siptest.Ring(), siptest.Pause(100 * time.Millisecond), siptest.Refuse("486 Busy Here")}, trunk.Busy, false},
		"busy at once": {[]string{siptest.Invited, siptest.Refuse("486 Busy Here")}, trunk.Busy, true},
		"declined":     {[]string{siptest.Invited, siptest.Ring(), siptest.Pause(100 * time.Millisecond), siptest.Refuse("603 Decline")}, trunk.Declined, false},
		"absent":       {[]string{siptest.Invited, siptest.Ring(), siptest.Pause(100 * time.Millisecond), siptest.Refuse("480 Temporarily Unavailable")}, trunk.Absent, false},
		"no number":    {[]string{siptest.Invited, siptest.Refuse("404 Not Found")}, trunk.Unknown, true},
		"not allowed":  {[]string{siptest.Invited, siptest.Refuse("403 Forbidden")}, trunk.Denied, true},
		"overloaded":   {[]string{siptest.Invited, siptest.Refuse("503 Service Unavailable")}, trunk.Fault, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far := siptest.Start(t, siptest.Script{Steps: tc.steps})
			c, err := to(t, far.Address()).Place(t.Context(), number)
			if !tc.early {
				if err != nil {
					t.Fatal(err)
				}
				soon(t, "over", c.Ended())
				err = c.Why()
			}
			refused, ok := errors.AsType[*trunk.Refusal](err)
			if !ok || refused.Kind() != tc.kind {
				t.Errorf("said %v", err)
			}
			far.Wait(3 * time.Second)
		})
	}
}

// Nobody answers: the call is given up after the time to ring.
func TestRingsOut(t *testing.T) {
	t.Parallel()
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Cancelled()}})
	c := place(t, to(t, far.Address(), func(o *trunk.Options) { o.Timers.Ring = 500 * time.Millisecond }))
	soon(t, "over", c.Ended())
	if !errors.Is(c.Why(), trunk.ErrNoAnswer) {
		t.Errorf("ended because %v", c.Why())
	}
	far.Wait(3 * time.Second)
}

// Hung up while it rings: the far end stops ringing.
func TestHungUpWhileRinging(t *testing.T) {
	t.Parallel()
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Cancelled()}})
	c := place(t, to(t, far.Address()))
	soon(t, "ringing", c.Ringing())
	c.HangUp()
	far.Wait(3 * time.Second)
}

// A trunk that says nothing at all: the call is not begun elsewhere forever, and one that
// it answers too late is ended.
func TestSilentTrunk(t *testing.T) {
	t.Parallel()
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Pause(400 * time.Millisecond), siptest.Ring(), siptest.Cancelled()}})
	tr := to(t, far.Address(), func(o *trunk.Options) { o.Timers.First = 150 * time.Millisecond })
	if _, err := tr.Place(t.Context(), number); !errors.Is(err, trunk.ErrSilent) {
		t.Errorf("said %v", err)
	}
	far.Wait(5 * time.Second)
}

func itoa(n int) string { return strconv.Itoa(n) }
