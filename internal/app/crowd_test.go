package app_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/config"
	"sallyport/internal/door/passhash"
)

// crowded is a world of many people, whose addresses a trusted proxy tells.
func crowded(t *testing.T, w *world, people int) {
	w.clock.add(time.Second)
	if err := (drive.Population{Registered: people, Cost: passhash.Cost{MemoryKiB: 8, Passes: 1}}).Fill(t.Context(), w.serving.Load().Store); err != nil {
		t.Fatal(err)
	}
}

func behindProxy(c *config.Config) {
	c.TrustedProxies = []string{"127.0.0.0/8"}
	c.Hash = config.Hash{MemoryKiB: 64, Passes: 1, QueueFor: config.Duration(10 * time.Second)}
}

// arrives is a browser that a proxy says has this address.
func (w *world) arrives(address string) *drive.Visitor {
	host := strings.TrimPrefix(w.config.PublicURL, "http://")
	return &drive.Visitor{Server: strings.Replace(host, "localhost", "127.0.0.1", 1), Host: host, Address: address, Stop: "/portal/"}
}

// tries is one password; the status tells what came of it: 200 is the next page.
func tries(v *drive.Visitor, email, password string) int {
	v.Cookies = nil
	if v.Get("/signin/phone") != nil || v.Press("sign_in", "email", email, "password", password) != nil {
		return 0
	}
	return v.Status
}

// signsIn is a whole sign-in by text.
func (w *world) signsIn(v *drive.Visitor, n int) error {
	if got := tries(v, drive.Email(n), drive.Password); got != 200 {
		return fmt.Errorf("password: %d", got)
	}
	if err := v.Press("send_code"); err != nil || v.Status != 200 {
		return fmt.Errorf("send: %d %w", v.Status, err)
	}
	if err := v.Press("verify", "code", w.newest(drive.Phone(n), "sms").Code); err != nil || v.Cookies["sallyport_session"] == "" {
		return fmt.Errorf("verify: %d %w", v.Status, err)
	}
	return nil
}

// eightAtOnce runs fn for so many numbers, eight at a time.
func eightAtOnce(n int, fn func(worker, i int)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for worker := range 8 {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				fn(worker, i)
			}
		})
	}
	all.Wait()
}

// Rule 7: a hospital of two thousand people behind one address signs in within ten
// minutes on Monday at eight, one in ten after a mistyped password. Nobody waits.
func TestHospitalBehindOneAddress(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		const people = 2000
		crowded(t, w, people)
		alarm := w.serving.Load().Engine.Alarm()
		var browsers [8]*drive.Visitor
		for i := range browsers {
			browsers[i] = w.arrives("203.0.113.7")
		}
		var late atomic.Int64
		eightAtOnce(people, func(worker, i int) {
			v := browsers[worker]
			if i%10 == 3 {
				if got := tries(v, drive.Email(i), "mistyped"); got != 422 && late.Add(1) < 5 {
					t.Errorf("person %d mistypes: %d", i, got)
				}
			}
			if err := w.signsIn(v, i); err != nil && late.Add(1) < 5 {
				t.Errorf("person %d: %v", i, err)
			}
			w.clock.add(10 * time.Minute / people)
			if i%100 == 0 {
				if err := alarm.Flush(t.Context()); err != nil || alarm.On() {
					t.Errorf("the alarm is on: %v, %v", alarm.On(), err)
				}
			}
		})
		if late.Load() > 0 {
			t.Errorf("%d of %d had trouble", late.Load(), people)
		}
	}, behindProxy)
}

// T-07, ASVS 6.3.1: ten thousand stolen pairs, tried from five hundred addresses all
// over the net within ten minutes, one in a hundred of them right: no session comes
// of it, most are never looked at, and nobody else has to wait meanwhile.
func TestStolenPairsGetNowhere(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		const pairs, addresses, people = 10_000, 500, 2_000
		crowded(t, w, people)
		alarm := w.serving.Load().Engine.Alarm()
		for i := range 20 { // Monday's first sign-ins make the clinic's address known
			if err := w.signsIn(w.arrives("203.0.113.7"), i); err != nil {
				t.Fatal(err)
			}
		}
		var bots [addresses]*drive.Visitor
		var busy [addresses]sync.Mutex
		for i := range bots {
			bots[i] = w.arrives(fmt.Sprintf("100.%d.%d.9", 64+i/250, i%250))
		}
		var looked, right, turned, locked atomic.Int64
		clinic := w.arrives("203.0.113.7")
		var atClinic sync.Mutex
		eightAtOnce(pairs, func(_, i int) {
			n := i % addresses
			email, password := fmt.Sprintf("somebody%d@elsewhere.example", i), "Summer2019!"
			if i%2 == 0 {
				email = drive.Email(100 + i/2%(people-100))
			}
			if i%100 == 42 {
				password = drive.Password
			}
			busy[n].Lock()
			got := tries(bots[n], email, password)
			session := bots[n].Cookies["sallyport_session"]
			busy[n].Unlock()
			switch got {
			case 200:
				right.Add(1)
				looked.Add(1)
			case 422:
				looked.Add(1)
			case 429:
				turned.Add(1)
			default:
				t.Errorf("try %d: %d", i, got)
			}
			if session != "" {
				t.Error("a stolen pair made a session")
			}
			w.clock.add(10 * time.Minute / pairs)
			if i%80 == 0 {
				if err := alarm.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if i%500 == 499 { // the clinic goes on
				atClinic.Lock()
				defer atClinic.Unlock()
				if err := w.signsIn(clinic, i/500); err != nil && locked.Add(1) < 5 {
					t.Errorf("during the attack: %v", err)
				}
			}
		})
		t.Logf("%d of %d pairs were looked at, %d were right, %d were turned away", looked.Load(), pairs, right.Load(), turned.Load())
		if looked.Load() > pairs*2/5 || right.Load() > 45 || turned.Load() < pairs/2 {
			t.Error("too many were looked at")
		}
		if !alarm.On() {
			t.Error("the alarm is off")
		}
		signedIn, raised, limits := w.count("audit", "type = 'signed_in'"), w.count("audit", "type = 'alarm.raised'"), w.count("audit", "type = 'limit.reached'")
		if signedIn != 40 || raised != 1 || limits == 0 {
			t.Errorf("the records tell of %d sign-ins, %d alarms, %d limits", signedIn, raised, limits)
		}
		w.clock.add(6 * time.Minute)
		if err := alarm.Flush(t.Context()); err != nil || alarm.On() {
			t.Errorf("six minutes later the alarm is still on (%v)", err)
		}
	}, behindProxy)
}

// count counts rows.
func (w *world) count(table, where string) (n int) {
	w.t.Helper()
	if err := w.serving.Load().Store.Read(w.t.Context()).QueryRow("SELECT COUNT(*) FROM " + table + " WHERE " + where).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
