package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/journey"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/door/web"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
	"sallyport/internal/words"
)

// Options of New. Clock and Log have defaults.
type Options struct {
	Config config.Config
	Demo   bool
	Clock  func() time.Time
	Log    *slog.Logger
	Poll   time.Duration       // how often to look for messages that other replicas left behind; default by database
	OnHeld func(time.Duration) // tests: how long each write transaction's own work took
}

// App is one running replica. Handler serves it; Run does its work in the
// background; Close ends it.
type App struct {
	Handler  http.Handler
	Metrics  http.Handler
	Store    *store.Store
	Engine   *journey.Engine
	Sessions *journey.Sessions
	Desk     *demo.Desk // nil outside the demo
	Words    *words.Catalog

	worker  *delivery.Worker
	log     *slog.Logger
	running atomic.Bool
	closers []func() error
}

// ErrPending means that the database lacks migrations: run `sallyport migrate`.
var ErrPending = errors.New("the database is not migrated: run `sallyport migrate` with the same configuration")

// New opens the database and builds everything. SQLite is migrated on the way;
// PostgreSQL, which other replicas may be using, must have been.
func New(ctx context.Context, o Options) (_ *App, err error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	a := &App{log: o.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	keys, err := secret.LoadOrCreateKeys(o.Config.KeysFile)
	if err != nil {
		return nil, err
	}
	db, err := a.open(ctx, o, o.Config.Database)
	if err != nil {
		return nil, err
	}
	if err := ready(ctx, db); err != nil {
		return nil, err
	}
	a.Store = &store.Store{DB: db, Keys: keys}
	a.Words, err = words.Load(words.Brand{Name: o.Config.Brand.Name, Product: o.Config.Brand.Product,
		SupportPhone: o.Config.Brand.SupportPhone, SupportEmail: o.Config.Brand.SupportEmail})
	if err != nil {
		return nil, err
	}
	if db.Dialect == sqldb.SQLite {
		if err := (store.Outbox{Store: a.Store}).Abandon(ctx); err != nil {
			return nil, err
		}
	}
	metrics := newMetrics(a)
	if err := a.build(ctx, o, metrics); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context, o Options, address string) (*sqldb.DB, error) {
	db, err := sqldb.Open(ctx, address, sqldb.Options{Clock: o.Clock, Log: o.Log, OnHeld: o.OnHeld})
	if err == nil {
		a.closers = append(a.closers, db.Close)
	}
	return db, err
}

func ready(ctx context.Context, db *sqldb.DB) error {
	if db.Dialect == sqldb.SQLite {
		_, err := db.Migrate(ctx, store.Migrations)
		return err
	}
	pending, err := db.Pending(ctx, store.Migrations)
	if err == nil && pending > 0 {
		err = ErrPending
	}
	return err
}

func (a *App) build(ctx context.Context, o Options, m *metrics) error {
	c := o.Config
	channels, err := a.channels(ctx, o)
	if err != nil {
		return err
	}
	cost := passhash.Cost{MemoryKiB: uint32(c.Hash.MemoryKiB), Passes: uint32(c.Hash.Passes)}
	if o.Demo {
		if err := demo.Seed(ctx, a.Store, cost); err != nil {
			return fmt.Errorf("sample accounts: %w", err)
		}
	}
	public, err := url.Parse(c.PublicURL)
	if err != nil {
		return err
	}
	gate := passhash.NewGate(runtime.NumCPU(), c.Hash.QueueFor.D())
	a.worker = &delivery.Worker{Outbox: store.Outbox{Store: a.Store}, Channels: channels, Log: o.Log, Poll: a.poll(o.Poll), Lanes: 8, Observe: m.delivered}
	a.Engine = journey.New(journey.Engine{Store: a.Store, Words: a.Words, Gate: gate, Wake: a.worker.Wake, Observe: m.happened, Log: o.Log,
		Settings: journey.Settings{Limits: c.Limits, EmailForPhoneUsers: c.SignIn.EmailForPhoneUsers, RememberAdmins: c.SignIn.RememberAdmins, Host: public.Hostname(), PublicURL: strings.TrimSuffix(c.PublicURL, "/"),
			ContextWords: []string{c.Brand.Name, c.Brand.Product}, StaffDomains: c.Enroll.StaffDomains, Countries: c.Enroll.Countries, EmailMatch: c.Enroll.EmailMatch, Home: "/account",
			Text: channels.Has("sms"), Voice: channels.Has("voice"), HashCost: cost}}, journey.All()...)
	a.worker.HandedOver = a.Engine.HandedOver
	a.Sessions = journey.NewSessions(a.Engine)
	m.watch(gate)
	return a.pages(o, m)
}

// poll: other replicas' messages are looked for often; on SQLite there are none.
func (a *App) poll(set time.Duration) time.Duration {
	if set > 0 {
		return set
	}
	if a.Store.DB.Dialect == sqldb.Postgres {
		return 200 * time.Millisecond
	}
	return time.Second
}

// pages builds everything that is seen.
func (a *App) pages(o Options, m *metrics) error {
	c := o.Config
	assets, err := ui.NewAssets(ui.Look{Color: c.Brand.Color, ColorDark: c.Brand.ColorDark, LogoFile: c.Brand.LogoFile})
	if err != nil {
		return err
	}
	renderer, err := ui.New(a.Words, assets, web.Templates, demo.Templates)
	if err != nil {
		return err
	}
	proxies, err := networks(c.TrustedProxies)
	if err != nil {
		return err
	}
	server := &web.Server{Engine: a.Engine, Sessions: a.Sessions, Words: a.Words, UI: renderer, Assets: assets, PublicURL: c.PublicURL,
		TrustedProxies: proxies, RememberMe: c.Limits.RememberFor > 0, VoiceSecret: c.Voice.Webhook.Secret, Ready: a.ready, Clock: o.Clock, Observe: m.served, Log: o.Log,
		Brand: ui.Brand{LogoURL: assets.Logo(), PrivacyURL: c.Brand.PrivacyURL, AccessibilityURL: c.Brand.AccessibilityURL,
			Brand: words.Brand{Name: c.Brand.Name, Product: c.Brand.Product, SupportPhone: c.Brand.SupportPhone, SupportEmail: c.Brand.SupportEmail}}}
	a.Metrics = m.handler()
	a.Handler, err = server.Handler(a.demoPages(server, renderer))
	return err
}

func networks(texts []string) (list []netip.Prefix, err error) {
	for _, text := range texts {
		n, err := config.ParseNetwork(text)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// ready tells whether requests can be served.
func (a *App) ready(ctx context.Context) error {
	if !a.running.Load() {
		return errors.New("the delivery worker is not running")
	}
	return a.Store.DB.Ping(ctx)
}

const (
	flushEvery = 5 * time.Second
	sweepEvery = time.Minute
)

// Run does the background work until ctx ends: delivery, last-seen times, the
// sweeper, and the demo's telephone. It returns when all of it has stopped.
func (a *App) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { a.worker.Run(ctx) })
	all.Go(func() { a.Sessions.Run(ctx, flushEvery) })
	all.Go(func() { a.sweep(ctx) })
	if a.Desk != nil {
		all.Go(func() { a.Desk.Run(ctx) })
	}
	a.running.Store(true)
	all.Wait()
	a.running.Store(false)
}

func (a *App) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := a.Store.Sweep(ctx); err != nil && ctx.Err() == nil {
				a.log.Error("sweeper", "error", err)
			}
		}
	}
}

// Close closes the databases. Run must have returned.
func (a *App) Close() error {
	var errs []error
	for _, c := range a.closers {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// deskFile is where the demo keeps its messages.
func deskFile(c config.Config) string { return "sqlite:" + filepath.Join(c.DataDir, "desk.db") }
