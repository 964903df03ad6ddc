package store

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/session"
	"sallyport/internal/sqldb"
)

func queue(t *testing.T, s *Store, id string, kind delivery.Kind, life time.Duration) {
	t.Helper()
	write(t, s, func(tx *sqldb.Tx) error {
		if kind == delivery.Code {
			if err := s.InsertChallenge(tx, &factor.Challenge{ID: id, Channel: factor.Text, CodeHash: []byte("h"), Destination: []byte("d"), Life: life}); err != nil {
				return err
			}
		}
		return s.InsertMessage(tx, delivery.Message{ID: id, Kind: kind, Channel: "sms", To: "+12025550185", Text: "code 482117", Expires: tx.Now.Add(life)})
	})
}

func claim(t *testing.T, s *Store, n int) (ids string) {
	t.Helper()
	jobs, err := Outbox{Store: s}.Claim(t.Context(), n, 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, j := range jobs {
		list = append(list, j.Message.ID)
	}
	return strings.Join(list, " ")
}

func deliveryOf(t *testing.T, s *Store, id string) (d factor.Delivery, sentAt time.Time) {
	t.Helper()
	write(t, s, func(tx *sqldb.Tx) error {
		c, err := s.ChallengeByID(tx, id)
		if err == nil {
			d, sentAt = c.Delivery, c.SentAt
		}
		return err
	})
	return d, sentAt
}

func TestMessageIsSealedClaimedOnceAndDropped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		queue(t, s, "m1", delivery.Code, time.Minute)
		payload := func() (p []byte) {
			if err := s.Read(t.Context()).QueryRow(`SELECT payload FROM outbox WHERE id = 'm1'`).Scan(&p); err != nil {
				t.Fatal(err)
			}
			return p
		}
		if p := payload(); strings.Contains(string(p), "482117") || strings.Contains(string(p), "0185") {
			t.Error("the payload is in clear")
		}
		if got := claim(t, s, 10); got != "m1" {
			t.Fatalf("claimed %q", got)
		}
		if got := claim(t, s, 10); got != "" {
			t.Errorf("claimed twice: %q", got)
		}
		c.add(2 * time.Second)
		if err := (Outbox{Store: s}).Sent(t.Context(), delivery.Job{Message: delivery.Message{ID: "m1"}}, delivery.HandOff{}); err != nil {
			t.Fatal(err)
		}
		if d, at := deliveryOf(t, s, "m1"); d != factor.Sent || !at.Equal(c.Now()) {
			t.Errorf("delivery %s at %v", d, at)
		}
		if payload() != nil {
			t.Error("the text is kept after the hand-off")
		}
	})
}

// A crash while a code was being handed over: unknown, never sent again. A
// notice is sent again.
func TestInterruptedHandOff(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		queue(t, s, "code", delivery.Code, 10*time.Minute)
		queue(t, s, "notice", delivery.Notice, 24*time.Hour)
		claim(t, s, 10)
		c.add(29 * time.Second)
		if got := claim(t, s, 10); got != "" {
			t.Errorf("under lease, yet claimed: %q", got)
		}
		c.add(2 * time.Second)
		if got := claim(t, s, 10); got != "notice" {
			t.Errorf("claimed %q", got)
		}
		if d, at := deliveryOf(t, s, "code"); d != factor.Unknown || !at.IsZero() {
			t.Errorf("the code is %s", d)
		}
	})
}

// A single process that starts again need not wait for its own lease.
func TestAbandonedHandOff(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		queue(t, s, "code", delivery.Code, 10*time.Minute)
		claim(t, s, 10)
		if err := (Outbox{Store: s}).Abandon(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := claim(t, s, 10); got != "" {
			t.Errorf("claimed %q", got)
		}
		if d, _ := deliveryOf(t, s, "code"); d != factor.Unknown {
			t.Errorf("the code is %s", d)
		}
	})
}

func TestExpiredCodeIsDroppedNotSent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		queue(t, s, "m1", delivery.Code, time.Minute)
		c.add(time.Minute)
		if got := claim(t, s, 10); got != "" {
			t.Errorf("claimed %q", got)
		}
		if d, _ := deliveryOf(t, s, "m1"); d != factor.Failed {
			t.Errorf("it is %s", d)
		}
	})
}

func TestRetryAndFailure(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		queue(t, s, "m1", delivery.Code, 10*time.Minute)
		jobs, err := Outbox{Store: s}.Claim(t.Context(), 1, time.Minute)
		if err != nil || jobs[0].Try != 1 || jobs[0].Message.Text != "code 482117" {
			t.Fatalf("%v %v", jobs, err)
		}
		if err := (Outbox{Store: s}).Retry(t.Context(), jobs[0], 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if got := claim(t, s, 1); got != "" {
			t.Errorf("claimed at once: %q", got)
		}
		c.add(5 * time.Second)
		jobs, _ = Outbox{Store: s}.Claim(t.Context(), 1, time.Minute)
		if len(jobs) != 1 || jobs[0].Try != 2 {
			t.Fatalf("second try: %v", jobs)
		}
		if err := (Outbox{Store: s}).Failed(t.Context(), jobs[0], delivery.Failure{}); err != nil {
			t.Fatal(err)
		}
		if d, _ := deliveryOf(t, s, "m1"); d != factor.Unknown {
			t.Errorf("silence is %s", d)
		}
	})
}

// Rolled back means not sent; two workers never hand the same message over twice.
func TestTwoWorkersShareTheOutbox(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		s.Write(t.Context(), func(tx *sqldb.Tx) error {
			s.InsertMessage(tx, delivery.Message{ID: "rolled-back", Kind: delivery.Notice, Channel: "sms", Expires: tx.Now.Add(time.Hour)})
			return io.EOF
		})
		const messages = 60
		carried := &counting{seen: map[string]int{}, all: make(chan struct{}), want: messages}
		ctx, cancel := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		for range 2 {
			w := &delivery.Worker{Outbox: Outbox{Store: s}, Channels: delivery.Channels{"sms": delivery.Plain(carried)}, Log: slog.Default(), Poll: 5 * time.Millisecond, Lanes: 3}
			ended.Go(func() { w.Run(ctx) })
		}
		for i := range messages {
			queue(t, s, "m"+string(rune('A'+i)), delivery.Code, time.Minute)
		}
		select {
		case <-carried.all:
		case <-time.After(30 * time.Second):
			t.Error("not everything was handed over")
		}
		cancel()
		ended.Wait()
		for id, n := range carried.seen {
			if n != 1 || id == "rolled-back" {
				t.Errorf("%s was handed over %d times", id, n)
			}
		}
	})
}

type counting struct {
	sync.Mutex
	seen map[string]int
	all  chan struct{}
	want int
}

func (c *counting) Name() string { return "counting" }
func (c *counting) Send(_ context.Context, m delivery.Message) (delivery.Handed, error) {
	c.Lock()
	defer c.Unlock()
	c.seen[m.ID]++
	if len(c.seen) == c.want {
		select {
		case <-c.all:
		default:
			close(c.all)
		}
	}
	return delivery.Handed{}, nil
}

// sessionOf is Dana's in this browser.
func sessionOf(browser string, c *clock) *session.Session {
	return &session.Session{ID: "s1", Browser: []byte(browser), Token: []byte("t1"), AccountID: "dana", Epoch: 3, Method: "phone",
		AMR: []string{"pwd", "sms", "mfa"}, ACR: "2step", AuthTime: c.Now(), Remembered: true, LastSeenAt: c.Now(), ExpiresAt: c.Now().Add(time.Hour)}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		v := sessionOf("b", c)
		write(t, s, func(tx *sqldb.Tx) error { return s.PutSession(tx, v) })
		got, person, err := s.SessionOf(s.Read(t.Context()), []byte("b"), []byte("t1"))
		if err != nil || person.Organization != "Lakeside" || len(got.AMR) != 3 || !got.Remembered || !got.AuthTime.Equal(v.AuthTime) || got.Method != v.Method {
			t.Fatalf("%+v %+v %v", got, person, err)
		}
		v.ID, v.Token = "s2", []byte("t2")
		write(t, s, func(tx *sqldb.Tx) error { return s.PutSession(tx, v) })
		if old, _, err := s.SessionOf(s.Read(t.Context()), []byte("b"), []byte("t1")); old != nil || err != nil {
			t.Error("a browser has two sessions")
		}
		if again, _, err := s.SessionOf(s.Read(t.Context()), []byte("b"), []byte("t2")); err != nil || again.ID != "s1" {
			t.Errorf("the same person goes on as %+v, %v: relying parties know s1", again, err)
		}
		write(t, s, func(tx *sqldb.Tx) error {
			return s.TouchSessions(tx, map[string]int64{"s1": sqldb.Micros(c.Now()) + 5, "gone": 1})
		})
		if got, _, _ := s.SessionOf(s.Read(t.Context()), []byte("b"), []byte("t2")); sqldb.Micros(got.LastSeenAt) != sqldb.Micros(c.Now())+5 {
			t.Errorf("last seen %v", got.LastSeenAt)
		}
		write(t, s, func(tx *sqldb.Tx) error {
			for _, want := range []string{"dana", ""} {
				if id, err := s.DeleteSession(tx, []byte("b"), []byte("t2")); id != want || err != nil {
					t.Errorf("ended %q, %v", id, err)
				}
			}
			return nil
		})
	})
}

func TestAuditRowsAreSignedAndChangesShow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		write(t, s, func(tx *sqldb.Tx) error {
			return s.Record(tx, audit.Row{Type: audit.SignedIn, AccountID: "dana", JourneyID: "j", Address: "127.0.0.1", Detail: map[string]string{"method": "phone"}})
		})
		rows, genuine, err := s.AuditOf(s.Read(t.Context()), "dana")
		if err != nil || !genuine || len(rows) != 1 || rows[0].Type != audit.SignedIn || rows[0].Detail["method"] != "phone" {
			t.Fatalf("%+v %v %v", rows, genuine, err)
		}
		write(t, s, func(tx *sqldb.Tx) error { _, err := tx.Exec(`UPDATE audit SET detail = '{}'`); return err })
		if _, genuine, _ := s.AuditOf(s.Read(t.Context()), "dana"); genuine {
			t.Error("a changed row is genuine")
		}
	})
}

func TestSweepKeepsWhatLivesAndDropsWhatDoesNot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		write(t, s, func(tx *sqldb.Tx) error { _, err := s.InsertJourney(tx, newJourney(s)); return err })
		queue(t, s, "m1", delivery.Code, time.Minute)
		claim(t, s, 1)
		(Outbox{Store: s}).Sent(t.Context(), delivery.Job{Message: delivery.Message{ID: "m1"}}, delivery.HandOff{})
		countTry(t, s, tenThenWait, []byte("a"))
		take(t, s, NewToken("x", []byte("x"), 5, time.Minute))
		write(t, s, func(tx *sqldb.Tx) error {
			return s.PutSession(tx, &session.Session{ID: "s", Browser: []byte("b"), Token: []byte("t"), AccountID: "dana", ExpiresAt: c.Now().Add(time.Hour)})
		})
		if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		c.add(48 * time.Hour)
		if n, err := s.Sweep(t.Context()); n != 6 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
	})
}
