package doctor

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/prompts"
	"sallyport/internal/trunk"
	"sallyport/internal/trunk/siptest"
)

// phones is a doctor who has a trunk to a far end.
func phones(t *testing.T, address string) *Doctor {
	t.Helper()
	d := well(t)
	tr, err := trunk.New(trunk.Options{Server: address, From: "+12025550100", Listen: "127.0.0.1:0", Timers: trunk.Timers{Ping: -1, Ring: time.Second, First: 3 * time.Second, Drain: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	sounds, err := prompts.Load(siptest.ShortPrompts(t), "en", "es")
	if err != nil {
		t.Fatal(err)
	}
	d.Calls, d.SendCall = &Calls{}, "+12025550185"
	c := delivery.NewCarrier(&delivery.SIPTrunk{Label: "trunk", Trunk: tr, Prompts: sounds, KeyWait: 2 * time.Second, Calls: d.Calls, Receive: func(delivery.Receipt) {}, Log: slog.New(slog.DiscardHandler)})
	c.Price = 1
	d.Channels["voice"] = []*delivery.Carrier{c}
	return d
}

// A test call: what is said of each way that it can go.
func TestTestCall(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	for name, tc := range map[string]struct {
		steps []string
		press byte
		says  string
		grade Grade
	}{
		"answered":     {[]string{siptest.Invited, siptest.Ring(), siptest.Answer(m.Describe()), siptest.Bye()}, '#', "# was heard", OK},
		"no key":       {[]string{siptest.Invited, siptest.Ring(), siptest.Answer(siptest.Voice(siptest.FreePort(t), "0")), siptest.Bye()}, 0, "no # was heard", Warn},
		"busy":         {[]string{siptest.Invited, siptest.Ring(), siptest.Pause(100 * time.Millisecond), siptest.Refuse("486 Busy Here")}, 0, "busy (SIP 486 Busy Here)", Warn},
		"busy at once": {[]string{siptest.Invited, siptest.Refuse("486 Busy Here")}, 0, "busy (SIP 486 Busy Here)", Warn},
		"nobody":       {[]string{siptest.Invited, siptest.Ring(), siptest.Cancelled()}, 0, "nobody answered", Warn},
		"not allowed":  {[]string{siptest.Invited, siptest.Refuse("403 Forbidden")}, 0, "the trunk refused us: refused: SIP 403 Forbidden", Bad},
		"no such":      {[]string{siptest.Invited, siptest.Refuse("404 Not Found")}, 0, "does not know the number", Bad},
		"out of order": {[]string{siptest.Invited, siptest.Ring(), siptest.Pause(100 * time.Millisecond), siptest.Refuse("500 Server Internal Error")}, 0, "could not go on", Bad},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far := siptest.Start(t, siptest.Script{Steps: tc.steps})
			d := phones(t, far.Address())
			if tc.press != 0 {
				go func() {
					m.Await(10 * time.Second)
					for range 60 {
						m.Press(101, tc.press, 3)
						time.Sleep(200 * time.Millisecond) // a person's pace, until it is asked for
					}
				}()
			}
			f := d.call(t.Context(), d.Channels["voice"][0])
			if f.Grade != tc.grade || !strings.Contains(f.Says, tc.says) || (f.Do == "") != (f.Grade == OK) {
				t.Errorf("%+v", f)
			}
			far.Wait(5 * time.Second)
		})
	}
}

// A trunk that says nothing is explained.
func TestSilentTrunkIsExplained(t *testing.T) {
	t.Parallel()
	d := phones(t, "127.0.0.1:9")
	if f := d.call(t.Context(), d.Channels["voice"][0]); f.Grade != Bad || !strings.Contains(f.Says, "no answer") || !strings.Contains(f.Do, "public_address") {
		t.Errorf("%+v", f)
	}
}
