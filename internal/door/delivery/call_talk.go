package delivery

import (
	"bytes"
	"context"
	"crypto/subtle"
	"strconv"
	"sync/atomic"
	"time"

	"sallyport/internal/secret"
	"sallyport/internal/trunk"
)

// talk is what is said on one answered call, and what is pressed.
type talk struct {
	*SIPTrunk
	call    *trunk.Call
	m       Message
	settled atomic.Bool      // its outcome was told: nobody need be asked whether it is wanted
	over    <-chan time.Time // the time for keys
	parting atomic.Bool      // the last words are said, and no more is asked
}

const (
	againAfter = 8 * time.Second // without a key it is asked for again
	mostWrong  = 3
	nextKey    = 5 * time.Second // between the keys of one number
	readings   = 3               // of a code
)

// talk leads an answered call as its mode wants it.
func (s *SIPTrunk) talk(call *trunk.Call, m Message) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	t := &talk{SIPTrunk: s, call: call, m: m}
	if s.Machines && call.Who(ctx) == trunk.Machine {
		t.settle("machine", "it talked on, or whistled")
		return
	}
	go t.watch(ctx)
	switch m.Mode {
	case "spoken":
		t.spoken(ctx)
	case "keypad":
		t.keypad(ctx)
	default:
		t.pound(ctx)
	}
	if t.settled.CompareAndSwap(false, true) {
		t.tell(m.ID, "hung_up", noteOf(call.Why()))
	}
}

func noteOf(why error) string {
	if why == nil {
		return "no key in time"
	}
	return why.Error()
}

// settle tells the outcome, once.
func (t *talk) settle(event, note string) {
	if t.settled.CompareAndSwap(false, true) {
		t.tell(t.m.ID, event, note)
	}
}

// watch ends a call that a machine took, or that nobody waits for any more.
func (t *talk) watch(ctx context.Context) {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	whistles := t.call.Beeped()
	if !t.Machines {
		whistles = nil
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.call.Ended():
			return
		case <-whistles:
			whistles = nil
			if !t.settled.Load() {
				t.settle("machine", "it whistled")
				t.call.HangUp()
			}
		case <-look.C:
			if (!t.settled.Load() || t.m.Mode == "spoken") && !t.parting.Load() && !t.wanted(t.m.ID) {
				t.settled.Store(true)
				t.call.HangUp()
			}
		}
	}
}

// say plays prompts to their end, whatever is pressed meanwhile, and tells whether the
// call goes on.
func (t *talk) say(ctx context.Context, names ...string) bool {
	return t.call.Play(ctx, t.sound(names...)) == nil
}

// sound is prompts one after another. A name that begins with a space is silence of so
// many milliseconds.
func (t *talk) sound(names ...string) []byte {
	var all []byte
	for _, name := range names {
		if name[0] == ' ' {
			ms, _ := strconv.Atoi(name[1:])
			all = append(all, bytes.Repeat([]byte{0xff}, 8*ms)...)
			continue
		}
		all = append(all, t.Prompts.Sound(t.m.Lang, name)...)
	}
	return all
}

// asked says that the sentence that asks for a key was spoken. Keys until then are nobody's.
func (t *talk) asked() {
	for {
		select {
		case <-t.call.Keys():
			continue
		default:
		}
		break
	}
	t.tell(t.m.ID, "prompt_ended", "")
	t.over = time.After(t.KeyWait)
}

// key plays prompts until one is pressed, or some seconds after them. 0: none was, and
// goesOn tells whether there is time for more.
func (t *talk) key(ctx context.Context, names ...string) (key byte, goesOn bool) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	played := make(chan struct{})
	go func() { defer close(played); t.say(ctx, names...) }()
	var again <-chan time.Time
	for {
		select {
		case k := <-t.call.Keys():
			return k, true
		case <-played:
			played, again = nil, time.After(againAfter)
		case <-again:
			return 0, true
		case <-t.over:
			return 0, false
		case <-t.call.Ended():
			return 0, false
		}
	}
}

// next is the next key of a number.
func (t *talk) next() byte {
	select {
	case k := <-t.call.Keys():
		return k
	case <-time.After(nextKey):
	case <-t.call.Ended():
	}
	return 0
}

// reported is what * and 0# do: somebody did not ask for the call.
func (t *talk) reported(ctx context.Context) {
	t.parting.Store(true)
	if !t.settled.Swap(true) || t.m.Mode == "spoken" { // also after the code was read
		t.tell(t.m.ID, "key_star", "")
	}
	t.say(ctx, "denied")
}

// isReport tells whether a key begins a report; after 0, the key that decides it is read,
// and returned where it does not.
func (t *talk) isReport(key byte) (report bool, then byte) {
	if key == '0' {
		if then = t.next(); then != '#' && then != '*' {
			return false, then
		}
	}
	return key == '*' || key == '0', key
}

// answered asks until the right key is pressed, and tells whether it was. What else is
// pressed, and that nothing is, it settles itself.
func (t *talk) answered(ctx context.Context, right byte, ask, again []string) bool {
	for wrong := 0; wrong < mostWrong; {
		key, goesOn := t.key(ctx, ask...)
		ask = again
		switch report, then := t.isReport(key); {
		case !goesOn:
			t.say(ctx, "bye")
			return false
		case report:
			t.reported(ctx)
			return false
		case key == right:
			return true
		case then != 0:
			wrong++
			ask = append([]string{"wrong"}, again...)
		}
	}
	t.say(ctx, "goodbye")
	return false
}

// approved tells the key that approves, and says how it was taken.
func (t *talk) approved(ctx context.Context, event string) {
	t.settle(event, "")
	if t.stands(t.m.ID).Confirmed {
		t.say(ctx, "thanks")
		return
	}
	t.say(ctx, "goodbye")
}

func (t *talk) opening() []string { return []string{" 200", "greeting", t.m.Purpose} }

// pound: # approves.
func (t *talk) pound(ctx context.Context) {
	if !t.say(ctx, append(t.opening(), "press")...) {
		return
	}
	t.asked()
	if t.answered(ctx, '#', []string{"report"}, []string{"now"}) {
		t.approved(ctx, "key_pound")
	}
}

// spoken: who presses the digit that is said hears the code. A machine presses none.
func (t *talk) spoken(ctx context.Context) {
	digit := randomDigit()
	ask := []string{"digit", digit}
	if !t.say(ctx, append(append(t.opening(), "report", " 300"), ask...)...) {
		return
	}
	t.asked()
	if t.answered(ctx, digit[0], ask, ask) {
		t.read(ctx, digit)
	}
}

// randomDigit is 1 to 9: 0 begins a report.
func randomDigit() string { return strconv.Itoa(1 + int(secret.Salt(1)[0])%9) }

// read reads the code, slowly, three times; and again for who presses the digit.
func (t *talk) read(ctx context.Context, digit string) {
	for range readings {
		for n := range readings {
			words := []string{"code", " 300"}
			if n > 0 {
				words = []string{" 900", "again", " 300"}
			}
			for _, d := range t.m.Code {
				words = append(words, string(d), " 350")
			}
			if !t.say(ctx, words...) {
				return
			}
			t.settle("told", "")
		}
		t.over = time.After(t.KeyWait)
		key, _ := t.key(ctx, " 600", "type", digit)
		if report, _ := t.isReport(key); report {
			t.reported(ctx)
			return
		}
		if key != digit[0] {
			break
		}
	}
	t.say(ctx, "goodbye")
}

// keypad: who keys in the number that the browser shows approves.
func (t *talk) keypad(ctx context.Context) {
	if !t.say(ctx, append(t.opening(), "keypad")...) {
		return
	}
	t.asked()
	ask := []string{"report"}
	for wrong := 0; wrong < mostWrong; {
		key, goesOn := t.key(ctx, ask...)
		ask = []string{"keypad"}
		if !goesOn {
			t.say(ctx, "bye")
			return
		}
		if key == 0 || key == '#' {
			continue
		}
		number := []byte{key}
		for len(number) < len(t.m.Code) && key != '*' {
			k := t.next()
			if k == 0 || k == '#' || k == '*' {
				key = k
				break
			}
			number = append(number, k)
		}
		switch {
		case key == '*' || string(number) == "0":
			t.reported(ctx)
			return
		case subtle.ConstantTimeCompare(number, []byte(t.m.Code)) == 1:
			t.approved(ctx, "keyed")
			return
		}
		wrong++
		ask = []string{"mismatch", "keypad"}
	}
	t.say(ctx, "goodbye")
}
