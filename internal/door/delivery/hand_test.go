package delivery

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"
)

// named is a carrier that answers as told and counts.
type named struct {
	name string
	mu   sync.Mutex
	err  error
	had  []string
}

func (n *named) Name() string { return n.name }
func (n *named) Send(ctx context.Context, m Message) (Handed, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.had = append(n.had, m.ID)
	return Handed{Ref: n.name + m.ID, Receipts: true}, n.err
}

func handing(now *time.Time, carriers ...*Carrier) *Worker {
	return &Worker{Channels: Channels{"sms": carriers}, Log: slog.New(slog.DiscardHandler), Clock: func() time.Time { return *now }}
}

func TestFailoverSkipsWhatIsDown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	bad, good := &named{name: "bad", err: &Refused{Temporary: true}}, &named{name: "good"}
	var told []Health
	w := handing(&now, NewCarrier(bad), NewCarrier(good))
	w.OnHealth = func(_, carrier string, h Health) { told = append(told, h) }
	send := func(n int) {
		for range n {
			if done, err := w.hand(t.Context(), Job{Message: Message{ID: "m", Channel: "sms"}}); err != nil || done.Carrier != "good" || done.Ref != "goodm" {
				t.Fatalf("%+v, %v", done, err)
			}
		}
	}
	send(10)
	if len(bad.had) != 3 || len(good.had) != 10 {
		t.Errorf("the carrier that is down had %d messages, the other %d", len(bad.had), len(good.had))
	}
	now = now.Add(openFirst)
	bad.err = nil
	if done, _ := w.hand(t.Context(), Job{Message: Message{ID: "m", Channel: "sms"}}); done.Carrier != "bad" {
		t.Errorf("when a try is due, %s has it", done.Carrier)
	}
	if len(told) != 2 || told[0] != Silent || told[1] != Good {
		t.Errorf("told %v", told)
	}
}

func TestCarriersByCountry(t *testing.T) {
	t.Parallel()
	now := time.Time{}
	home, abroad, all := NewCarrier(&named{name: "home"}), NewCarrier(&named{name: "abroad"}), NewCarrier(&named{name: "all", err: nil})
	home.Countries, abroad.Countries = []string{"US", "PR"}, []string{"CA"}
	w := handing(&now, home, abroad, all)
	for country, want := range map[string]string{"US": "home", "PR": "home", "CA": "abroad", "GB": "all"} {
		if done, err := w.hand(t.Context(), Job{Message: Message{ID: "m", Channel: "sms", Country: country}}); err != nil || done.Carrier != want {
			t.Errorf("%s: %s, %v", country, done.Carrier, err)
		}
	}
	if done, err := w.hand(t.Context(), Job{Message: Message{ID: "m", Channel: "sms", Country: "US"}, Tried: []string{"home"}}); err != nil || done.Carrier != "all" {
		t.Errorf("after home: %s, %v", done.Carrier, err)
	}
	if _, err := w.hand(t.Context(), Job{Message: Message{ID: "m", Channel: "sms", Country: "US"}, Tried: []string{"home", "all"}}); !certain(err) {
		t.Errorf("nobody is left: %v", err)
	}
}

// T-02: a withheld message reaches no carrier and costs nothing, and goes the way of the most
// recent real one. It does not take the turn of the message that may try a carrier again.
func TestWithheldMessagesGoTheWayOfRealOnes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	first, second := &named{name: "first"}, &named{name: "second"}
	w, p := handing(&now, NewCarrier(first), NewCarrier(second)), &purse{left: 100}
	w.Purse = p
	hand := func(withheld bool) (string, error) {
		done, err := w.hand(t.Context(), Job{Message: Message{ID: "m", Channel: "sms", Withheld: withheld}})
		return done.Carrier, err
	}
	same := func(carrier string, want error) {
		t.Helper()
		for _, withheld := range []bool{false, true} {
			if got, err := hand(withheld); got != carrier || !errors.Is(err, want) {
				t.Errorf("withheld %v: %s, %v; want %s, %v", withheld, got, err, carrier, want)
			}
		}
	}
	same("first", nil)
	first.err = &Refused{Reason: "closed"}
	same("second", nil)
	second.err = errors.New("silence")
	same("second", second.err)
	second.err = &Refused{Address: true} // says nothing about another recipient
	hand(false)
	if _, err := hand(true); err != nil {
		t.Errorf("after an address that can't be reached: %v", err)
	}
	if had := len(first.had) + len(second.had); had != 1+2+2+2 {
		t.Errorf("the carriers had %d messages", had)
	}
	left := p.left
	if hand(true); p.left != left {
		t.Errorf("a withheld message cost %d", left-p.left)
	}
	if p.left = 0; true {
		if _, err := hand(true); !certain(err) {
			t.Errorf("with nothing left: %v", err)
		}
		p.left = left
	}
	first.err, second.err = errors.New("down"), errors.New("down")
	for range 3 {
		hand(false)
	}
	now = now.Add(openFirst)
	first.err, second.err = nil, nil
	for range 5 {
		if _, err := hand(true); err == nil {
			t.Error("a withheld message was accepted while no carrier works")
		}
	}
	if carrier, err := hand(false); carrier != "first" || err != nil {
		t.Errorf("the turn to try is gone: %s, %v", carrier, err)
	}
	same("first", nil)
}

type purse struct {
	left  int
	spent int64
	err   error
}

func (p *purse) Spend(_ context.Context, s Spending) error {
	if p.err != nil || p.left == 0 {
		return errors.Join(p.err, &Refused{Reason: "spent"})
	}
	p.left, p.spent = p.left-1, p.spent+s.Cost
	return nil
}
func (p *purse) Refund(s Spending) { p.left, p.spent = p.left+1, p.spent-s.Cost }

// Every try at a carrier is paid for; what was refused for certain is given back, and
// where nothing is left nothing is sent (T-11).
func TestHandingSpends(t *testing.T) {
	t.Parallel()
	now := time.Time{}
	refuses, silent, works := &named{name: "refuses", err: &Refused{}}, &named{name: "silent", err: errors.New("silence")}, &named{name: "works"}
	list := []*Carrier{NewCarrier(refuses), NewCarrier(silent), NewCarrier(works)}
	for i, c := range list {
		c.Price = int64(1000 * (i + 1))
	}
	w, p := handing(&now, list...), &purse{left: 2}
	w.Purse = p
	m := Message{ID: "m", Channel: "sms", Text: "código" /* UCS-2 */ + string(make([]rune, 100))}
	done, err := w.hand(t.Context(), Job{Message: m})
	if err != nil || done.Segments != 2 || done.Cost != 6000 || p.spent != 2*2000+6000 {
		t.Errorf("%+v, %v; spent %d", done, err, p.spent)
	}
	if _, err := w.hand(t.Context(), Job{Message: m}); !certain(err) || len(works.had) != 1 {
		t.Errorf("with nothing left: %v", err)
	}
}
