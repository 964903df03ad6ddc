package journey

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
	"sallyport/internal/words"
)

var cheap = passhash.Cost{MemoryKiB: 64, Passes: 1}

// house is an engine on a fresh database with Dana in it, and a carrier that
// keeps what it is given.
type house struct {
	*Engine
	t     *testing.T
	mu    sync.Mutex
	now   time.Time
	codes []string
	last  string // id of the last message
}

func (h *house) clock() time.Time     { h.mu.Lock(); defer h.mu.Unlock(); return h.now }
func (h *house) pass(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.now = h.now.Add(d) }

func (h *house) Name() string { return "test" }
func (h *house) Send(_ context.Context, m delivery.Message) (delivery.Handed, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.codes, h.last = append(h.codes, m.Code), m.ID
	return delivery.Handed{}, nil
}

func eachHouse(t *testing.T, fn func(h *house)) {
	sqldbtest.Each(t, store.Migrations, func(t *testing.T, address string) { fn(newHouse(t, address)) })
}

func newHouse(t *testing.T, address string) *house {
	h := &house{t: t, now: t0}
	catalog, err := words.Load(words.Brand{Name: "Test"})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	s := &store.Store{DB: sqldbtest.Open(t, address, h.clock), Keys: secret.NewKeys()}
	worker := &delivery.Worker{Outbox: store.Outbox{Store: s}, Channels: delivery.Channels{"sms": delivery.Plain(h), "voice": delivery.Plain(h), "email": delivery.Plain(h)}, Log: log, Poll: time.Hour, Lanes: 2}
	h.Engine = New(Engine{Store: s, Words: catalog, Gate: passhash.NewGate(2, 5*time.Second), Sender: worker, Wake: worker.Wake, Log: log,
		Settings: Settings{Limits: config.Default(config.Guide).Limits, EmailForPhoneUsers: true, Text: true, Voice: true, Host: "localhost", Countries: []string{"US"}, Home: "/account", HashCost: cheap}}, All()...)
	worker.HandedOver = h.HandedOver
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { worker.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	err = s.Write(t.Context(), func(tx *sqldb.Tx) error {
		if err := s.InsertOrganization(tx, account.Organization{ID: "o", Name: "Org", NPI: "1"}); err != nil {
			return err
		}
		return s.InsertAccount(tx, account.Account{ID: "dana", OrganizationID: "o", Username: "dana", Email: "dana@x.example", Role: account.User,
			State: account.Registered, Method: account.PhoneMethod, Phone: "+12025550185", PasswordHash: passhash.Hash("right password", cheap), Epoch: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) client(browser string) Client {
	return Client{Browser: browser, Address: "192.0.2.1", Network: "192.0.2.1", Lang: h.Words.All()[0]}
}

func (h *house) begin(journey, browser string) Submission {
	p, err := h.Begin(journey, Asked{}, h.client(browser))
	if err != nil {
		h.t.Fatal(err)
	}
	return Submission{ID: p.ID, Start: p.Start, Version: p.Version, Client: h.client(browser)}
}

func (s Submission) do(action string, fields ...string) Submission {
	s.Action, s.Form = action, Form{}
	for i := 0; i+1 < len(fields); i += 2 {
		s.Form[fields[i]] = fields[i+1]
	}
	return s
}

func (s Submission) signIn(password string) Submission {
	return s.do("sign_in", "email", "dana@x.example", "password", password)
}

// ok submits and demands that it was accepted; the next submission has the next version.
func (h *house) ok(s Submission) Submission {
	h.t.Helper()
	out, err := h.Submit(h.t.Context(), s)
	if err != nil || out.Page != nil || out.Stale {
		h.t.Fatalf("%s: %+v, %v", s.Action, out, err)
	}
	s.Version++
	return s
}

func (h *house) code() string { h.mu.Lock(); defer h.mu.Unlock(); return h.codes[len(h.codes)-1] }

// A double click on “Sign in”: the loser neither counts nor hashes, and both end
// on the same page. The journey exists once.
func TestDoubleClickOnPassword(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		s := h.begin("login-with-phone", "b")
		var stale, accepted atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				out, err := h.Submit(h.t.Context(), s.signIn("right password"))
				switch {
				case err != nil || out.Page != nil:
					h.t.Errorf("%+v %v", out, err)
				case out.Stale:
					stale.Add(1)
				default:
					accepted.Add(1)
				}
			})
		}
		all.Wait()
		if accepted.Load() != 1 || stale.Load() != 7 {
			h.t.Errorf("accepted %d, stale %d", accepted.Load(), stale.Load())
		}
		var tries int
		if err := h.Store.Read(h.t.Context()).QueryRow(`SELECT COUNT(*) FROM tries`).Scan(&tries); err != nil || tries != 0 {
			h.t.Errorf("%d counters after success, %v", tries, err)
		}
	})
}

// T-08, T-09 through the engine: many right codes at once make one session, and
// everybody gets the same.
func TestParallelVerify(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		s := h.ok(h.ok(h.begin("login-with-phone", "b").signIn("right password")).do("send_code")).do("verify")
		s.Form["code"] = h.code()
		tokens := make(chan string, 50)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				out, err := h.Submit(h.t.Context(), s)
				if err != nil || out.SignedIn == nil {
					h.t.Errorf("%+v %v", out, err)
					return
				}
				tokens <- out.SignedIn.SessionToken
			})
		}
		all.Wait()
		close(tokens)
		first := <-tokens
		for token := range tokens {
			if token != first {
				h.t.Error("two sessions from one code")
			}
		}
		var sessions, signedIn int
		h.Store.Read(h.t.Context()).QueryRow(`SELECT (SELECT COUNT(*) FROM session), (SELECT COUNT(*) FROM audit WHERE type = 'signed_in')`).Scan(&sessions, &signedIn)
		if sessions != 1 || signedIn != 1 {
			h.t.Errorf("%d sessions, %d records", sessions, signedIn)
		}
	})
}

// ASVS 6.6.2, T-10: a journey, and so a code, works in no other browser.
func TestAnotherBrowserHasNoSuchJourney(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		s := h.ok(h.ok(h.begin("login-with-phone", "b").signIn("right password")).do("send_code"))
		thief := s.do("verify", "code", h.code())
		thief.Client = h.client("thief")
		if _, err := h.Submit(h.t.Context(), thief); !errors.Is(err, ErrGone) {
			h.t.Errorf("submit: %v", err)
		}
		if _, err := h.Show(h.t.Context(), s.ID, "", h.client("thief")); !errors.Is(err, ErrGone) {
			h.t.Errorf("show: %v", err)
		}
		other := h.ok(h.begin("login-with-phone", "b").signIn("right password")) // nor in another journey of the same browser
		h.pass(time.Second)
		other = h.ok(other.do("send_code"))
		first := h.codes[0]
		if out, err := h.Submit(h.t.Context(), other.do("verify", "code", first)); err != nil || out.SignedIn != nil || (out.Page == nil && first != h.code()) {
			h.t.Errorf("the first journey's code in the second: %+v %v", out, err)
		}
	})
}

// The epoch: a password reset, a disabled account end the journey, and a session.
func TestEpochEndsJourneysAndSessions(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		s := h.ok(h.ok(h.begin("login-with-phone", "b").signIn("right password")).do("send_code")).do("verify", "code", "")
		s.Form["code"] = h.code()
		raise := func() {
			if err := h.Store.Write(h.t.Context(), func(tx *sqldb.Tx) error { return h.Store.EndEverything(tx, "dana") }); err != nil {
				h.t.Fatal(err)
			}
		}
		raise()
		if _, err := h.Submit(h.t.Context(), s); !errors.Is(err, ErrGone) {
			h.t.Errorf("a proof older than the reset: %v", err)
		}
		s = h.ok(h.ok(h.begin("login-with-phone", "b").signIn("right password")).do("send_code")).do("verify", "code", "")
		s.Form["code"] = h.code()
		out, err := h.Submit(h.t.Context(), s)
		if err != nil || out.SignedIn == nil {
			h.t.Fatalf("%+v %v", out, err)
		}
		sessions := NewSessions(h.Engine)
		if v, _, err := sessions.Of(h.t.Context(), h.client("b"), out.SignedIn.SessionToken); v == nil || err != nil {
			h.t.Fatalf("no session: %v", err)
		}
		if v, _, _ := sessions.Of(h.t.Context(), h.client("another"), out.SignedIn.SessionToken); v != nil {
			h.t.Error("a stolen token works in another browser")
		}
		raise()
		if v, _, _ := sessions.Of(h.t.Context(), h.client("b"), out.SignedIn.SessionToken); v != nil {
			h.t.Error("the session outlived the reset")
		}
		if _, err := h.Submit(h.t.Context(), s); !errors.Is(err, ErrGone) {
			h.t.Errorf("the finished journey gives its outcome after the reset: %v", err)
		}
	})
}

// A finished journey answers for five minutes, then it is gone.
func TestFinishedJourneyAnswersForFiveMinutes(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		s := h.ok(h.ok(h.begin("login-with-email", "b").signIn("right password")).do("send_email"))
		s = h.ok(s.do("verify_email", "code", h.code())).do("continue_email")
		first, err := h.Submit(h.t.Context(), s)
		if err != nil || first.SignedIn == nil {
			h.t.Fatalf("%+v %v", first, err)
		}
		h.pass(5*time.Minute - time.Second)
		again, err := h.Submit(h.t.Context(), s)
		if err != nil || again.SignedIn == nil || *again.SignedIn != *first.SignedIn {
			h.t.Errorf("again: %+v %v", again, err)
		}
		h.pass(time.Second)
		if _, err := h.Submit(h.t.Context(), s); !errors.Is(err, ErrGone) {
			h.t.Errorf("after five minutes: %v", err)
		}
	})
}

// What is not the current step's is stale, whatever is posted: steps can't be
// skipped or reordered (ASVS 2.3.1).
func TestStepsCannotBeSkipped(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		fresh := h.begin("login-with-phone", "b")
		for _, action := range []string{"verify", "send_code", "call_me", "continue", "more_time", "nonsense", ""} {
			out, err := h.Submit(h.t.Context(), fresh.do(action, "code", "123456"))
			if err != nil || !out.Stale || out.SignedIn != nil {
				h.t.Errorf("%q before the password: %+v %v", action, out, err)
			}
		}
		s := h.ok(fresh.signIn("right password"))
		for _, action := range []string{"sign_in", "verify", "continue", "more_time"} {
			out, err := h.Submit(h.t.Context(), s.do(action, "email", "dana@x.example", "password", "right password", "code", "123456"))
			if err != nil || !out.Stale || out.SignedIn != nil {
				h.t.Errorf("%q before a code was sent: %+v %v", action, out, err)
			}
		}
		old := s.do("send_code")
		h.ok(old)
		if out, err := h.Submit(h.t.Context(), old); err != nil || !out.Stale {
			h.t.Errorf("an old version: %+v %v", out, err)
		}
		forged := h.begin("login-with-phone", "b")
		forged.Start = fresh.Start
		if _, err := h.Submit(h.t.Context(), forged.signIn("right password")); !errors.Is(err, ErrGone) {
			h.t.Errorf("another journey's start: %v", err)
		}
	})
}

// T-32: a reported # signs nobody in by itself, and reports of no call of ours change nothing.
func TestCallReports(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		s := h.ok(h.ok(h.begin("login-with-phone", "b").signIn("right password")).do("call_me"))
		ctx := h.t.Context()
		report := func(events ...factor.CallEvent) {
			for _, e := range events {
				if err := h.CallEvent(ctx, h.last, e, ""); err != nil {
					h.t.Fatal(err)
				}
			}
		}
		if err := h.CallEvent(ctx, "no-such-call", factor.EventPound, ""); err != nil {
			h.t.Error(err)
		}
		report(factor.EventRinging, factor.EventAnswered, factor.EventPromptEnded)
		h.pass(1500 * time.Millisecond)
		report(factor.EventPound) // T-25: a machine's
		if out, err := h.Submit(ctx, s.do("continue")); err != nil || out.Page == nil || out.Page.Reject.Key != "error.not_pressed" {
			h.t.Fatalf("# at 1.5 s: %+v %v", out, err)
		}
		mark := func() string { p, _ := h.Show(ctx, s.ID, "", s.Client); return p.Mark }
		before := mark()
		if changed, err := h.Changed(ctx, s.ID, before, s.Client); changed || err != nil {
			h.t.Errorf("nothing happened, yet: %v %v", changed, err)
		}
		h.pass(time.Second)
		report(factor.EventPound, factor.EventHungUp)
		if changed, err := h.Changed(ctx, s.ID, before, s.Client); !changed || err != nil {
			h.t.Errorf("# was pressed, yet: %v %v", changed, err)
		}
		if p, err := h.Show(ctx, s.ID, "", s.Client); err != nil || p.SignedIn != nil {
			h.t.Errorf("GET signed in: %+v %v", p, err)
		}
		if out, err := h.Submit(ctx, s.do("continue")); err != nil || out.SignedIn == nil {
			h.t.Errorf("continue: %+v %v", out, err)
		}
	})
}

// NIST-THR-1: the wrong code that switches the factor off is on record as that.
func TestFactorOffIsRecorded(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		h.Settings.Limits.CodeWaitFrom, h.Settings.Limits.CodeOffAt = 2, 3
		s := h.ok(h.ok(h.begin("login-with-phone", "b").signIn("right password")).do("send_code"))
		wrong := "000000"
		if h.code() == wrong {
			wrong = "111111"
		}
		for range 3 {
			if out, err := h.Submit(h.t.Context(), s.do("verify", "code", wrong)); err != nil || out.Page == nil || out.Page.Reject.Key != "error.code_wrong" {
				h.t.Fatalf("%+v %v", out, err)
			}
			h.pass(2 * time.Minute)
		}
		if out, err := h.Submit(h.t.Context(), s.do("verify", "code", h.code())); err != nil || out.Page == nil || out.Page.Reject.Key != "error.factor_off" {
			h.t.Fatalf("the right code after it: %+v %v", out, err)
		}
		rows, genuine, err := h.Store.AuditOf(h.Store.Read(h.t.Context()), "dana")
		count := map[audit.Type]int{}
		for _, r := range rows {
			count[r.Type]++
		}
		if err != nil || !genuine || count[audit.CodeRefused] != 2 || count[audit.FactorOff] != 1 {
			h.t.Errorf("%v %v %v", count, genuine, err)
		}
	})
}

// A journey may begin with quick work: its first POST adds the row then, too.
func TestJourneyThatBeginsWithQuickWork(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		quick := Journey{Name: "quick", Slug: "quick", Start: "/", Leave: "/", Steps: []Step{
			{Name: "one", Label: "step.method", Done: func(f *Facts) bool { return f.Method.Choice != "" }, Clear: func(*Facts) {}, View: func(*Run) View { return ChooseMethodView{} },
				Actions: map[string]Action{"go": {Do: choose(account.PhoneMethod)}, "no": {Do: func(*Run, Form) error { return reject("", "error.busy") }}}},
			{Name: "two", Label: "step.phone", Done: func(*Facts) bool { return false }, Clear: func(*Facts) {}, View: func(*Run) View { return NoPhoneView{} }},
		}}
		h.Engine = New(*h.Engine, append(All(), &quick)...)
		s := h.begin("quick", "b")
		if out, err := h.Submit(h.t.Context(), s.do("no")); err != nil || out.Page == nil || out.Page.Reject == nil {
			h.t.Fatalf("%+v %v", out, err)
		}
		h.ok(s.do("go"))
		if p, err := h.Show(h.t.Context(), s.ID, "", s.Client); err != nil || p.View != (NoPhoneView{}) || p.Version != 2 {
			h.t.Errorf("%+v %v", p, err)
		}
		if out, err := h.Submit(h.t.Context(), s.do("go")); err != nil || !out.Stale {
			h.t.Errorf("twice: %+v %v", out, err)
		}
	})
}
