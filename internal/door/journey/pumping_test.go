//go:build !race

package journey

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb/sqldbtest"
)

// It is not among the race suites: the detector makes SQLite nine times slower. What may
// race in it does in TestBudgetHoldsOverReplicas and TestEnrolmentLimits.

// T-11: ten thousand requests over a thousand numbers and addresses, by four hundred
// accounts of forty organizations. They cost what strangers may, and who is known gets
// codes in the same minute.
func TestPumpingCostsNoMoreThanItsBudget(t *testing.T) {
	t.Parallel()
	sqldbtest.EachWhenProving(t, store.Migrations, func(t *testing.T, address string) { // the stores' tests run its statements on both databases
		h := newHouse(t, address)
		const people, texts = 1000, 12_000
		purse := h.withBudget(texts)
		h.Settings.Limits.ResendWait = 0
		h.knowNetwork("198.51.100.7")
		for o := range 40 {
			h.addOrganization(fmt.Sprint("o", o))
			for n := range 10 {
				h.halfWay(fmt.Sprintf("bot-%d-%d", o, n), fmt.Sprint("o", o))
			}
		}
		for n := range 10 {
			h.halfWay(fmt.Sprint("honest-", n), "o")
		}
		areas := strings.Fields("202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253 254 256")
		var requests, pumped, told atomic.Int64
		var all sync.WaitGroup
		attack := func(lane int) {
			for n := lane; n < people; n += 8 {
				c := h.from(fmt.Sprint("bot", n), fmt.Sprintf("203.%d.113.%d", n/4, n%4*9))
				s := h.enrolling(fmt.Sprintf("bot-%d-%d", n%40, n/40%10), c)
				for range 10 {
					requests.Add(1)
					before := s.Version
					out, err := h.Submit(t.Context(), s.do("send_code", "country", "US", "phone", fmt.Sprintf("%s%d%04d", areas[n%30], 220+n/30, 1000+n)))
					switch {
					case err != nil:
						t.Error(err)
					case out.Page != nil:
						told.Add(1)
					default:
						pumped.Add(1)
						s.Version = before + 1
						if out, err := h.Submit(t.Context(), s.do("change_number")); err == nil && out.Page == nil {
							s.Version++
						}
					}
				}
			}
		}
		for lane := range 8 {
			all.Go(func() { attack(lane) })
		}
		var failed []string
		all.Go(func() { // meanwhile
			for n := range 10 {
				if !h.sent(h.ok(h.begin("login-with-phone", fmt.Sprint("dana", n)).signIn("right password")).do("send_code")) {
					failed = append(failed, "a sign-in by text")
				}
				s := h.enrolling(fmt.Sprint("honest-", n), h.from(fmt.Sprint("honest", n), "198.51.100.7"))
				if !h.sent(s.do("send_code", "country", "US", "phone", fmt.Sprintf("617867%04d", 5300+n))) {
					failed = append(failed, "a registration from a network that people sign in from")
				}
			}
		})
		all.Wait()
		spent, err := purse.Today(h.Store.Read(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		h.mu.Lock()
		sent := len(h.codes)
		h.mu.Unlock()
		t.Logf("%d requests, %d accepted, %d told to wait, %d texts went out; budget: %+v", requests.Load(), pumped.Load(), told.Load(), sent, spent)
		if requests.Load() != 10*people || sent > texts*30/100/6+20 {
			t.Errorf("%d requests, %d texts", requests.Load(), sent)
		}
		if len(failed) > 0 {
			t.Errorf("kept from honest people: %v", failed)
		}
		if money := spent[len(spent)-1]; money.Used > int64(sent+2*texts/100)*textPrice {
			t.Errorf("money: %+v for %d texts", money, sent)
		}
		// Two minutes later it is plain that nobody uses these codes.
		h.pass(5 * time.Minute)
		closed := make(chan string, 9)
		h.Toll().OnClose = func(channel, country string) { closed <- channel + " " + country }
		if err := h.Toll().Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.pass(5 * time.Minute)
		h.Toll().Add(delivery.Slot{Channel: "sms", Carrier: "test", Country: "US"}, delivery.Counts{Sent: 1})
		if err := h.Toll().Flush(t.Context()); err != nil || !h.Toll().Closed("sms", "US") || h.Toll().Closed("voice", "US") || <-closed != "sms US" {
			t.Fatalf("strangers do not wait (%v)", err)
		}
		out, err := h.Submit(t.Context(), h.enrolling("bot-1-1", h.from("late", "203.9.9.9")).do("send_code", "country", "US", "phone", "2012201234"))
		if err != nil || out.Page == nil || out.Page.Reject.Key != "error.strangers_wait" {
			t.Errorf("a stranger: %+v, %v", out, err)
		}
		if !h.sent(h.enrolling("honest-1", h.from("more", "198.51.100.7")).do("send_code", "country", "US", "phone", "6178675399")) {
			t.Error("who registers where people sign in waits, too")
		}
		var rows int
		h.Store.Read(t.Context()).QueryRow(`SELECT COUNT(*) FROM audit WHERE type = $1`, string(audit.DeliveryTrouble)).Scan(&rows)
		if rows != 1 {
			t.Errorf("%d rows in the audit log", rows)
		}
	})
}
