//go:build !race

package journey

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
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

// inbox is an email carrier that keeps every message.
type inbox struct {
	mu   sync.Mutex
	got  []delivery.Message
	fail error // what it answers
}

func (b *inbox) Name() string { return "inbox" }

func (b *inbox) Send(_ context.Context, m delivery.Message) (delivery.Handed, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail == nil {
		b.got = append(b.got, m)
	}
	return delivery.Handed{}, b.fail
}

// to returns the messages to one address.
func (b *inbox) to(address string) (list []delivery.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.got {
		if m.To == address {
			list = append(list, m)
		}
	}
	return list
}

// withInbox sends the house's emails to an inbox, within a day's budget of emails.
func (h *house) withInbox(emails int64) (*inbox, *store.Purse) {
	b, purse := &inbox{}, h.withBudget(1000)
	purse.Budget.Messages["email"] = emails
	w := h.Sender.(*delivery.Worker)
	<-w.Looked() // from here on it hands over what is committed
	w.Channels["email"] = delivery.Plain(b)
	return b, purse
}

// byEmail adds a registered person who signs in by email.
func (h *house) byEmail(id string) {
	h.t.Helper()
	err := h.Store.Write(h.t.Context(), func(tx *sqldb.Tx) error {
		return h.Store.InsertAccount(tx, account.Account{ID: id, OrganizationID: "o", Username: id, Email: id + "@x.example", Role: account.User,
			State: account.Registered, Method: account.EmailMethod, PasswordHash: passhash.Hash("right password", cheap), Epoch: 1})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// forgets asks for a reset code for an address.
func (h *house) forgets(browser, network, email string) Submission {
	s := h.begin("forgot-password", browser)
	s.Client = h.from(browser, network)
	return s.do("send_address", "email", email)
}

// T-11, T-13: ten thousand requests in one day by strangers at five hundred addresses. They
// get their share of the emails, hour by hour; every person with the right password gets every
// code, every security notice goes out, and an address without an account gets one email.
func TestStrangersEmailsCostNoMoreThanTheirShare(t *testing.T) {
	t.Parallel()
	sqldbtest.EachWhenProving(t, store.Migrations, func(t *testing.T, address string) { // the stores' tests run its statements on both databases
		h := newHouse(t, address)
		const emails, hours, requests, networks, people = 1000, 24, 10_000, 500, 10
		box, purse := h.withInbox(emails)
		purse.Budget.Reserve = 30
		h.pass(16 * time.Hour) // the day of the budget begins
		for n := range people {
			h.byEmail(fmt.Sprint("eli", n))
		}
		for n := range 200 {
			h.halfWay(fmt.Sprint("half", n), "o")
		}
		ask := func(n int) Submission {
			browser, network := fmt.Sprint("bot", n), fmt.Sprintf("203.0.%d.%d", n%networks/250, n%networks%250)
			switch n % 8 {
			case 0, 1:
				return h.forgets(browser, network, fmt.Sprintf("eli%d@x.example", n/8%people))
			case 2:
				s := h.begin("registration-error", browser)
				s.Client = h.from(browser, network)
				return s.do("submit", "username", fmt.Sprint("half", n/8%200))
			}
			return h.forgets(browser, network, fmt.Sprintf("nobody%d@y.example", n%400))
		}
		var failed []string
		codes, notices := 0, 0
		for hour := range hours {
			var all sync.WaitGroup
			for lane := range 2 { // as many as the worker has lanes
				all.Go(func() {
					for n := hour*requests/hours + lane; n < (hour+1)*requests/hours; n += 2 {
						if _, err := h.Submit(t.Context(), ask(n)); err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			for n := range people {
				id := fmt.Sprint("eli", n)
				s := h.ok(h.begin("login-with-email", fmt.Sprint(id, "-", hour)).do("sign_in", "email", id+"@x.example", "password", "right password"))
				h.ok(s.do("send_email"))
				codes++
			}
			notices++
			err := h.Store.Write(t.Context(), func(tx *sqldb.Tx) error {
				return (&Run{Engine: h.Engine, Tx: tx, Now: tx.Now, Client: h.client("b")}).notice("eli0@x.example", "reset_undone", nil)
			})
			if err != nil {
				t.Fatal(err)
			}
			h.Wake()
			h.handedOver()
			h.pass(time.Hour)
		}
		strangers, perAddress := 0, map[string]int{}
		for _, m := range box.got {
			switch {
			case m.Kind == delivery.Code && m.Subject == h.Words.All()[0].Say("message.sign_in.mail.subject"):
				codes--
			case m.Subject == h.Words.All()[0].Say("notice.reset_undone.subject"):
				notices--
			default:
				strangers++
				perAddress[m.To]++
			}
		}
		if codes != 0 {
			failed = append(failed, fmt.Sprintf("%d codes after the right password", codes))
		}
		if notices != 0 {
			failed = append(failed, fmt.Sprintf("%d security notices", notices))
		}
		if len(failed) > 0 {
			t.Errorf("kept from honest people: %v", failed)
		}
		if share := emails * 30 / 100; strangers > share || strangers < share/2 {
			t.Errorf("strangers had %d emails sent, and their share is %d", strangers, share)
		}
		for to := range perAddress {
			if n := perAddress[to]; n > 1 && strings.HasPrefix(to, "nobody") {
				t.Errorf("%s has no account and got %d emails", to, n)
				break
			}
		}
	})
}

// handedOver waits until every message of the outbox has an outcome.
func (h *house) handedOver() {
	h.t.Helper()
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		var open int
		if err := h.Store.Read(h.t.Context()).QueryRow(`SELECT COUNT(*) FROM outbox WHERE done_at = 0`).Scan(&open); err != nil {
			h.t.Fatal(err)
		}
		if open == 0 {
			return
		}
	}
	h.t.Fatal("messages wait in the outbox")
}

// T-02: an address without an account gets one email in 24 hours. Each further request is
// answered like the same request for an account: pages, refusals, commits and statements,
// whether the carrier works or not.
func TestAddressWithoutAccountGetsOneEmailADay(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		box, purse := h.withInbox(100_000)
		if err := purse.Fill(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		type answer struct {
			views   []View
			rejects []Reject
			spent   sqldb.Stats
		}
		try := func(email string, n int) (a answer) {
			before := h.Store.DB.Stats()
			look := func(out *Outcome, err error, s Submission) {
				if err != nil || out.Stale {
					h.t.Fatalf("%s: %+v, %v", email, out, err)
				}
				if out.Page != nil && out.Page.Reject != nil {
					a.rejects = append(a.rejects, *out.Page.Reject)
				}
				p, err := h.Show(h.t.Context(), s.ID, "", s.Client)
				if err != nil {
					h.t.Fatal(err)
				}
				v := p.View.(MailboxView)
				v.Address = ""
				a.views = append(a.views, v)
			}
			s := h.forgets(fmt.Sprint(email, n), "192.0.2.7", email)
			out, err := h.Submit(h.t.Context(), s)
			look(out, err, s)
			s.Version++
			if box.fail == nil {
				s = s.do("verify_address", "code", "000000")
				out, err = h.Submit(h.t.Context(), s)
				look(out, err, s)
			}
			after := h.Store.DB.Stats()
			a.spent = sqldb.Stats{Commits: after.Commits - before.Commits, Statements: after.Statements - before.Statements}
			return a
		}
		const nobody = "nobody@y.example"
		same := func(n int) {
			h.t.Helper()
			known, unknown := try("dana@x.example", n), try(nobody, n)
			if !reflect.DeepEqual(known, unknown) {
				h.t.Errorf("request %d: without an account %+v, with one %+v", n, unknown, known)
			}
		}
		for n := range 3 {
			same(n)
		}
		if n, known := len(box.to(nobody)), len(box.to("dana@x.example")); n != 1 || known != 3 {
			h.t.Errorf("%d emails to an address without an account, %d to one with an account", n, known)
		}
		box.fail = &delivery.Refused{Reason: "closed"}
		same(3)
		box.fail = nil
		h.pass(24 * time.Hour)
		if err := purse.Fill(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		same(4)
		same(5)
		if n := len(box.to(nobody)); n != 2 {
			h.t.Errorf("%d emails in two days", n)
		}
	})
}

// What the person has proven decides what share of the budget a message may spend.
func TestClassOfMessages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, sqldbtest.SQLite(t, sqldbtest.Of(store.Migrations)))
	box, _ := h.withInbox(1000)
	h.Sender.(*delivery.Worker).Channels["sms"] = delivery.Plain(box)
	h.byEmail("eli")
	h.halfWay("half", "o")
	h.knowNetwork("198.51.100.7")
	want := func(what string, class delivery.Class, s Submission) {
		t.Helper()
		before := len(box.got)
		h.ok(s)
		h.handedOver()
		if len(box.got) != before+1 || box.got[before].Class != class {
			t.Errorf("%s: %+v, want class %q", what, box.got[before:], class)
		}
	}
	signIn := func(journey string) Submission { return h.ok(h.begin(journey, journey).signIn("right password")) }
	want("a sign-in by text", delivery.SignInCode, signIn("login-with-phone").do("send_code"))
	want("a sign-in by email", delivery.SignInCode, signIn("login-with-email").do("send_email"))
	want("a forgotten password", delivery.Stranger, h.forgets("a", "192.0.2.1", "eli@x.example"))
	want("an address without an account", delivery.Stranger, h.forgets("b", "192.0.2.1", "nobody@x.example"))
	if nobody := box.got[len(box.got)-1]; nobody.Kind != delivery.Code || nobody.Code != "" {
		t.Errorf("it is retried and given up as %s, and a code is not: %+v", nobody.Kind, nobody)
	}
	want("a link by username", delivery.Stranger, h.begin("registration-error", "c").do("submit", "username", "half"))
	want("a new number", delivery.Stranger, h.enrolling("half", h.from("d", "192.0.2.1")).do("send_code", "country", "US", "phone", "2022201234"))
	want("a new number, where people sign in", delivery.Ordinary, h.enrolling("half", h.from("e", "198.51.100.7")).do("send_code", "country", "US", "phone", "2022201235"))
	before := len(box.got)
	err := h.Store.Write(t.Context(), func(tx *sqldb.Tx) error {
		return (&Run{Engine: h.Engine, Tx: tx, Now: tx.Now, Client: h.client("f")}).notice("eli@x.example", "reset_undone", nil)
	})
	if h.Wake(); err != nil {
		t.Fatal(err)
	}
	h.handedOver()
	if len(box.got) != before+1 || box.got[before].Class != delivery.SecurityNotice {
		t.Errorf("a security notice: %+v", box.got[before:])
	}
	r := runOf(&CompleteNewProvider, Facts{Link: LinkFacts{Account: "a", At: t0}})
	if class := r.codeClass(enrolling); class != delivery.Ordinary {
		t.Errorf("a new mailbox, by a link: %q", class)
	}
	r.Facts.Password.Account = "a"
	if class := r.codeClass(enrolling); class != delivery.Ordinary {
		t.Errorf("a new mailbox, after the right password: %q", class)
	}
}
