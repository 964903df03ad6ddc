package app_test

import (
	"context"
	"crypto"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb/sqldbtest"
)

// world is a demo installation in this process: one database, one clock moved by
// hand, and any number of replicas behind one address.
type world struct {
	t       testing.TB
	config  config.Config
	clock   *handClock
	quiet   bool // replicas do nothing periodically
	log     *logBuffer
	server  *httptest.Server
	serving atomic.Pointer[replica]
	all     []*replica
}

type replica struct {
	*app.App
	stop func()
}

type handClock struct {
	sync.Mutex
	now     time.Time
	running bool
}

func (c *handClock) Now() time.Time {
	c.Lock()
	defer c.Unlock()
	if c.running {
		return time.Now()
	}
	return c.now
}

// live lets the clock run from now on, for clients that tell the time themselves.
func (c *handClock) live() { c.Lock(); defer c.Unlock(); c.running = true }

func (c *handClock) add(d time.Duration) { c.Lock(); defer c.Unlock(); c.now = c.now.Add(d) }

type logBuffer struct {
	sync.Mutex
	strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Builder.Write(p)
}
func (b *logBuffer) text() string { b.Lock(); defer b.Unlock(); return b.Builder.String() }

// settled waits until every relying party has been told of every logout so far.
func (w *world) settled() {
	w.t.Helper()
	until(w.t, "every relying party is told", func() bool {
		var waiting int
		err := w.serving.Load().Store.Read(context.Background()).QueryRow(`SELECT COUNT(*) FROM outbox WHERE kind = 'logout' AND done_at = 0`).Scan(&waiting)
		return err == nil && waiting == 0
	})
}

// errors are the lines of the log that tell of trouble.
func (w *world) errors() (lines string) {
	for line := range strings.Lines(w.log.text()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") {
			lines += line
		}
	}
	return lines
}

// newWorld starts a demo on a fresh database at address.
func newWorld(t testing.TB, address string, profile config.Profile, change ...func(*config.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &handClock{now: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}, log: &logBuffer{}}
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.serving.Load().Handler.ServeHTTP(rw, r) }))
	t.Cleanup(w.server.Close)
	w.config = config.Default(profile)
	w.config.Enroll.StaffDomains = []string{"sallyport.example"}
	w.config.DataDir, w.config.Database = t.TempDir(), address
	w.config.KeysFile = filepath.Join(w.config.DataDir, "keys")
	w.config.PublicURL = strings.Replace(w.server.URL, "127.0.0.1", "localhost", 1)
	w.config.Hash.MemoryKiB, w.config.Hash.Passes = 64, 1 // fullHash undoes this
	for _, c := range change {
		c(&w.config)
	}
	for _, p := range w.config.Validate(true) {
		if !strings.HasPrefix(p.Path, "password_hash.") { // a test may hash as fast as it likes
			t.Fatal(p)
		}
	}
	w.serving.Store(w.start())
	t.Cleanup(func() {
		for _, r := range w.all {
			r.stop()
		}
	})
	return w
}

// fullHash gives a world the password hash that operators get. Tests that measure time
// need it; the others only need a hash.
func fullHash(c *config.Config) { c.Hash = config.Default(config.Guide).Hash }

// start adds a replica.
func (w *world) start() *replica {
	w.t.Helper()
	a, err := app.New(context.Background(), app.Options{Config: w.config, Demo: true, Clock: w.clock.Now, Quiet: w.quiet, OnHeld: sqldbtest.CheckHold(w.t, w.config.Database), NewKey: func(alg string) (crypto.Signer, error) { return signingKeys[alg]() },
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := a.OP.Tend(context.Background()); err != nil { // before anybody counts commits
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { a.Run(ctx); close(ended) }()
	var once sync.Once
	r := &replica{App: a, stop: func() {
		once.Do(func() { cancel(); <-ended; a.Close() })
	}}
	w.all = append(w.all, r)
	<-a.Started()
	return r
}

// restart ends the replica that serves and starts another.
func (w *world) restart() {
	old := w.serving.Load()
	old.stop()
	w.all = slices.DeleteFunc(w.all, func(r *replica) bool { return r == old })
	w.serving.Store(w.start())
}

// otherReplica lets the next requests go to another one, both running.
func (w *world) otherReplica() {
	for _, r := range w.all {
		if r != w.serving.Load() {
			w.serving.Store(r)
			return
		}
	}
	w.serving.Store(w.start())
}

// get reads a small address of the demo, without a browser.
func (w *world) get(path string) (int, string) {
	w.t.Helper()
	resp, err := http.Get(w.server.URL + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// schema is the door's and the portal's; on SQLite the portal's file is the world's
// own.
var schema = sqldbtest.Schema{Name: "app", Prepare: func(ctx context.Context, address string) error {
	c := config.Default(config.Guide)
	if c.Database = address; strings.HasPrefix(address, "sqlite:") {
		c.Portal.Database = address + ".portal"
	}
	_, err := app.Migrate(ctx, c, slog.New(slog.DiscardHandler))
	return err
}}

// signingKeys are made once: an RSA key takes a while.
var signingKeys = map[string]func() (crypto.Signer, error){
	"ES256": sync.OnceValues(func() (crypto.Signer, error) { return secret.NewSigningKey("ES256") }),
	"RS256": sync.OnceValues(func() (crypto.Signer, error) { return secret.NewSigningKey("RS256") }),
}

// bothWorlds runs fn on both databases: for tests in which requests meet, statements are
// counted, or text is sorted and searched, so that the database makes a difference.
func bothWorlds(t *testing.T, profile config.Profile, fn func(t *testing.T, w *world), change ...func(*config.Config)) {
	sqldbtest.EachOf(t, schema, func(t *testing.T, address string) {
		fn(t, newWorld(t, address, profile, change...))
	})
}

// eachWorld runs fn on SQLite, and on PostgreSQL too when `make prove` runs it.
func eachWorld(t *testing.T, profile config.Profile, fn func(t *testing.T, w *world), change ...func(*config.Config)) {
	if sqldbtest.Proving() {
		bothWorlds(t, profile, fn, change...)
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, newWorld(t, sqldbtest.SQLite(t, schema), profile, change...))
	})
}

// liteWorld is a world on SQLite alone, for what the database does not change.
func liteWorld(t *testing.T, change ...func(*config.Config)) *world {
	return newWorld(t, sqldbtest.SQLite(t, schema), config.Guide, change...)
}
