package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

// crashJourneys is how many people there are at once: `make drill` has a thousand.
var crashJourneys = map[bool]int{false: 200, true: 1000}[sqldbtest.Proving()]

// killEvery is how long a server lives. It is a time, and not a moment that is observed:
// with hundreds of people on their way, each kill hits some of them at every step.
const killEvery = 2 * time.Second

// TestKillUnderLoad has people of all kinds, hundreds at once, go through their journeys,
// while the server is killed every two seconds (kill −9) and started again: everybody
// arrives, what they were told stays true, and no code is handed over or used twice.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	empty := sqldbtest.Of(fstest.MapFS{"sqlite/0001_x.sql": nothing, "postgres/0001_x.sql": nothing})
	t.Run("sqlite", func(t *testing.T) { // one after the other: each takes a machine
		killUnderLoad(t, "sqlite:"+filepath.Join(t.TempDir(), "door.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		killUnderLoad(t, emptied(t, sqldbtest.Postgres(t, empty)))
	})
}

func killUnderLoad(t *testing.T, database string) {
	h := newHouseUnderFire(t, database)
	stop := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() { h.killEvery(killEvery, stop) })
	var all sync.WaitGroup
	var late atomic.Int64
	people := make([]*drive.Person, crashJourneys)
	until := time.Now().Add(150 * time.Second)
	for n := range people {
		all.Go(func() {
			p, err := h.goThrough(n, until)
			if err != nil && late.Add(1) < 10 {
				t.Errorf("person %d (%s): %v", n, crashKinds[n%len(crashKinds)], err)
			}
			people[n] = p
		})
	}
	all.Wait()
	close(stop)
	killer.Wait()
	t.Logf("%d kills, %d people did not arrive", h.kills, late.Load())
	if h.kills < 2 {
		t.Errorf("only %d kills: nothing was tried", h.kills)
	}
	for n, p := range people {
		if late.Load() == 0 && !h.stillIn(p) {
			t.Errorf("person %d (%s) was signed in and is not any more: %s", n, crashKinds[n%len(crashKinds)], p.Visitor.Path)
		}
	}
	h.checkRecords()
}

// crashKinds are the journeys, in turns. An end in + is the second half of one whose
// first half was done by somebody who closed the browser.
var crashKinds = []string{"sign-in-phone", "sign-in-email", "sign-in-call", "first-registration", "first-registration-email", "new-provider", "forgot-password", "unfinished", "registration-error"}

type houseUnderFire struct {
	t        *testing.T
	inbox    *drive.Inbox
	config   string
	port     string
	database string
	keys     string
	mu       sync.Mutex
	cmd      *exec.Cmd
	kills    int
}

func newHouseUnderFire(t *testing.T, database string) *houseUnderFire {
	h := &houseUnderFire{t: t, database: database, port: freePort(t), inbox: &drive.Inbox{Secret: secret.NewText(hookSecret), Answers: true}}
	if err := h.inbox.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.inbox.Close)
	dir := t.TempDir()
	h.config, h.keys = filepath.Join(dir, "config.yaml"), filepath.Join(dir, "keys")
	text := fmt.Sprintf(`
public_url: http://localhost:%s
listen: 127.0.0.1:%s
data_dir: %s
database: %q
trusted_proxies: [127.0.0.1/32]
log: {level: error}
brand: {name: Harbor Review, support_phone: 1-555-010-0100}
email: {from: no-reply@harbor.example, smtp: {host: 127.0.0.1, port: %d, tls: none}}
text: {webhook: {url: %q, secret: %s}}
voice: {webhook: {url: %q, secret: %s}}
password_hash: {memory_kib: 19456, passes: 1, queue_for: 10s}
limits: {email_code_life: 5m}
`, h.port, h.port, dir, database, h.inbox.MailPort(), h.inbox.HookURL(), hookSecret, h.inbox.HookURL(), hookSecret)
	if err := os.WriteFile(h.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, nil, "migrate", "--config", h.config); code != 0 {
		t.Fatal(out)
	}
	h.open(func(s *store.Store) {
		people := drive.Population{Registered: crashJourneys, Imported: crashJourneys, Cost: passhash.Cost{MemoryKiB: 64, Passes: 1}}
		if err := people.Fill(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	})
	h.start()
	t.Cleanup(func() { h.kill() })
	return h
}

func (h *houseUnderFire) open(fn func(s *store.Store)) {
	keys, err := secret.LoadOrCreateKeys(h.keys)
	if err != nil {
		h.t.Fatal(err)
	}
	db, err := sqldb.Open(context.Background(), h.database, sqldb.Options{Clock: time.Now})
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	fn(&store.Store{DB: db, Keys: keys})
}

// start starts the server and returns when it answers.
func (h *houseUnderFire) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cmd = exec.Command(program, "serve", "--config", h.config)
	h.cmd.Stderr = os.Stderr
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	for range 400 {
		if answers(h.port) {
			return
		}
		time.Sleep(25 * time.Millisecond) // between two looks; this is not the test's goroutine, so it can't call eventually
	}
	h.t.Error("the server did not come back")
}

// answers reports whether a process listens on the port.
func answers(port string) bool {
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func (h *houseUnderFire) kill() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cmd.Process.Kill()
	h.cmd.Wait()
}

func (h *houseUnderFire) killEvery(every time.Duration, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(every):
			h.kill()
			h.kills++
			h.start()
		}
	}
}

func (h *houseUnderFire) person(n int) *drive.Person {
	return &drive.Person{Email: drive.Email(n), Username: drive.Username(n), Phone: drive.Phone(n), Password: drive.Password, OldPassword: drive.OldPassword,
		NPI: drive.NPI, Code: drive.Code, Inbox: h.inbox, Wait: 3 * time.Second,
		Visitor: &drive.Visitor{Server: "127.0.0.1:" + h.port, Host: "localhost:" + h.port, Address: drive.Address(n), Stop: "/portal/"}}
}

// goThrough is person number n's journey, of the kind whose turn it is.
func (h *houseUnderFire) goThrough(n int, until time.Time) (*drive.Person, error) {
	kind := crashKinds[n%len(crashKinds)]
	p := h.person(n)
	switch kind {
	case "sign-in-call":
		p.ByCall, kind = true, "sign-in-phone"
	case "first-registration", "first-registration-email", "unfinished", "registration-error":
		p = h.person(crashJourneys + n)
		p.ByEmail = kind == "first-registration-email"
		p.Password = "violet tractor umbrella"
		if kind == "unfinished" || kind == "registration-error" {
			if err := p.PersistAsFar("first-registration", "send_code", until); err != nil {
				return p, err
			}
		} else {
			kind = "first-registration"
		}
	case "new-provider":
		p = h.person(2*crashJourneys + n)
		p.Password, p.ByEmail = "violet tractor umbrella", true
	case "forgot-password":
		p.Password = "seven quiet lanterns"
	}
	return p, p.Persist(kind, until)
}

// stillIn tells whether the door still knows the person's session.
func (h *houseUnderFire) stillIn(p *drive.Person) bool {
	return p.Visitor.Get("/account") == nil && p.Visitor.Status == 200 && strings.Contains(p.Visitor.Page, p.Email)
}

// checkRecords looks at what was written: every journey signed in once, every code
// accepted once, and nothing handed over twice.
func (h *houseUnderFire) checkRecords() {
	if n := h.inbox.Twice(); n > 0 {
		h.t.Errorf("%d codes or calls were handed over twice", n)
	}
	h.open(func(s *store.Store) {
		tx := s.Read(context.Background())
		var signedIn, twice, registered sql.NullInt64
		for into, query := range map[*sql.NullInt64]string{
			&signedIn:   `SELECT COUNT(DISTINCT journey_id) FROM audit WHERE type = 'signed_in'`,
			&twice:      `SELECT COUNT(*) FROM (SELECT journey_id FROM audit WHERE type = 'signed_in' GROUP BY journey_id HAVING COUNT(*) > 1) AS x`,
			&registered: `SELECT COUNT(*) FROM account WHERE state = 'registered'`,
		} {
			if err := tx.QueryRow(query).Scan(into); err != nil {
				h.t.Fatal(err)
			}
		}
		if twice.Int64 > 0 || signedIn.Int64 < int64(crashJourneys) {
			h.t.Errorf("%d journeys signed somebody in, %d of them twice", signedIn.Int64, twice.Int64)
		}
		if want := int64(crashJourneys + crashJourneys/len(crashKinds)*5); registered.Int64 < want {
			h.t.Errorf("%d accounts are registered, of at least %d", registered.Int64, want)
		}
		r, err := s.VerifyAudit(context.Background(), nil, nil) // the sequencer was killed in the middle, too
		if err != nil {
			h.t.Fatal(err)
		}
		for _, f := range r.Findings {
			h.t.Errorf("audit log: %s", f)
		}
		if r.Leaves == 0 {
			h.t.Error("no row is in the audit log's tree")
		}
	})
}
