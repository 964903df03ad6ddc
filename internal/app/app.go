package app

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/internal/background"
	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/journey"
	"sallyport/internal/door/op"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/door/web"
	portalstore "sallyport/internal/portal/store"
	portalweb "sallyport/internal/portal/web"
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
	Quiet  bool                                          // tests that count statements: nothing runs periodically
	OnHeld func(time.Duration)                           // tests: how long each write transaction's own work took
	NewKey func(algorithm string) (crypto.Signer, error) // of tokens; default secret.NewSigningKey
}

// App is one running replica. Handler serves it; Run does its work in the
// background; Close ends it.
type App struct {
	Handler  http.Handler
	Metrics  http.Handler
	Store    *store.Store
	Engine   *journey.Engine
	Sessions *journey.Sessions
	OP       *op.Provider
	Desk     *demo.Desk // nil outside the demo
	Words    *words.Catalog

	PortalStore *portalstore.Store

	portal      *portalweb.Server
	sequencer   *sequencer
	retention   time.Duration    // of the audit log
	staff       *web.Staff       // nil: LOGIN is not switched on
	worker      *delivery.Worker // messages to people
	logouts     *delivery.Worker // and to relying parties
	purse       *store.Purse
	alerts      *alerts
	bounced     *delivery.BounceServer // nil: bounces are not recorded
	backChannel *http.Client
	log         *slog.Logger
	running     atomic.Bool
	started     chan struct{} // closed once running
	closers     []func() error
	quiet       bool
}

// New opens the databases and builds everything.
func New(ctx context.Context, o Options) (_ *App, err error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.NewKey == nil {
		o.NewKey = secret.NewSigningKey
	}
	a := &App{log: o.Log, quiet: o.Quiet, started: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	keys, err := secret.LoadOrCreateKeys(o.Config.KeysFile)
	if err != nil {
		return nil, err
	}
	var dbs []*sqldb.DB
	for _, h := range houses(o.Config) {
		db, err := a.openHouse(ctx, o, h)
		if err != nil {
			return nil, err
		}
		dbs = append(dbs, db)
	}
	a.Store, a.PortalStore = &store.Store{DB: dbs[0], Keys: keys}, &portalstore.Store{DB: dbs[1], Keys: keys}
	if a.Words, err = loadWords(o.Config); err != nil {
		return nil, err
	}
	if err := a.Store.BuildDirectory(ctx); err != nil { // a first load was interrupted
		return nil, err
	}
	if a.Store.DB.Dialect == sqldb.SQLite {
		if err := errors.Join((store.Outbox{Store: a.Store}).Abandon(ctx), a.Store.LoseCalls(ctx, trunks(o.Config))); err != nil {
			return nil, err
		}
	}
	metrics := newMetrics(a)
	if err := a.build(ctx, o, metrics); err != nil {
		return nil, err
	}
	return a, nil
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
		if err := demo.SeedPortal(ctx, a.PortalStore); err != nil {
			return fmt.Errorf("sample contracts: %w", err)
		}
	}
	if a.OP, err = a.newProvider(o, c); err != nil {
		return err
	}
	a.backChannel = newBackChannel(strings.TrimPrefix(strings.TrimPrefix(issuer(c), "https://"), "http://"), func() http.Handler { return a.Handler })
	a.sequencer, a.retention = a.newSequencer(c.Audit), c.Audit.Retention.D()
	gate := passhash.NewGate(runtime.NumCPU(), c.Hash.QueueFor.D())
	a.alerts = &alerts{app: a, config: c, queue: make(chan alert, 100)}
	a.purse = a.newPurse(c)
	if err := a.purse.Fill(ctx); err != nil {
		return err
	}
	a.worker = &delivery.Worker{Outbox: store.Outbox{Store: a.Store}, Channels: channels, Purse: a.purse, Log: o.Log, Clock: o.Clock, Poll: a.poll(), Lanes: lanes, OnHealth: a.alerts.health}
	a.bounced = a.bounces(c)
	a.logouts = &delivery.Worker{Outbox: store.Outbox{Store: a.Store, BackChannel: true}, Log: o.Log, Poll: a.poll(), Lanes: 8, Observe: m.delivered,
		Channels: delivery.Channels{store.BackChannel: {delivery.NewRouter(&op.BackChannel{Provider: a.OP, HTTP: a.backChannel})}}}
	set := settings(c)
	if set.Terms, err = a.terms(ctx, c); err != nil {
		return err
	}
	set.Text, set.Voice, set.HashCost = channels.Has("sms"), channels.Has("voice"), cost
	a.Engine = journey.New(journey.Engine{Store: a.Store, Words: a.Words, Gate: gate, Sender: a.worker, Wake: func() { a.worker.Wake(); a.logouts.Wake() },
		Observe: m.happened, Log: o.Log, Settings: set}, journey.All()...)
	a.worker.HandedOver = a.Engine.HandedOver
	a.Engine.OnReport = a.alerts.reported
	a.worker.Observe = func(o delivery.Observation) { m.delivered(o); a.Engine.Toll().Observe(o) }
	a.Engine.Toll().OnClose = a.alerts.unused
	a.Sessions = journey.NewSessions(a.Engine)
	m.watch(gate)
	return a.pages(o, m)
}

// poll: other replicas' messages are looked for often; on SQLite there are none.
func (a *App) poll() time.Duration {
	if a.quiet {
		return time.Hour
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
	renderer, err := ui.New(a.Words, assets, web.Templates, portalweb.Templates, portalweb.Bare, demo.Templates)
	if err != nil {
		return err
	}
	proxies, err := networks(c.TrustedProxies)
	if err != nil {
		return err
	}
	server := &web.Server{Large: map[string]int64{portalweb.CasesPath + "/": portalweb.MostForm, portalweb.MessagesPath + "/": portalweb.MostForm}, Engine: a.Engine, Sessions: a.Sessions, OP: a.OP, Portal: PortalClient, Words: a.Words, UI: renderer, Assets: assets, PublicURL: c.PublicURL,
		TrustedProxies: proxies, RememberMe: c.Limits.RememberFor > 0, VoiceSecret: c.Voice.Webhook.Secret, Receipts: a.receipts, Calls: a.calls, Receive: a.worker.Receive, Ready: a.ready, Clock: o.Clock, Observe: m.served, Log: o.Log,
		Brand: ui.Brand{LogoURL: assets.Logo(), PrivacyURL: c.Brand.PrivacyURL, AccessibilityURL: c.Brand.AccessibilityURL,
			Brand: words.Brand{Name: c.Brand.Name, Product: c.Brand.Product, SupportPhone: c.Brand.SupportPhone, SupportEmail: c.Brand.SupportEmail}}}
	a.staff = a.staffLogin(o)
	server.Staff = a.staff
	if server.Assurance, err = assurance(c); err != nil {
		return err
	}
	a.Metrics = m.handler()
	acts := a.newAdmin(c, a.Engine.Settings.Text)
	a.portal = a.newPortal(o, portalweb.Server{UI: renderer, Wrap: server.Within, Users: userAdmin{acts}, Codes: userAdmin{acts}, HelpDesk: helpDesk{acts}, Audit: portalAudit{a.Store}, Notifier: messageNotices{acts}})
	a.Handler, err = server.Handler(both(a.portal.Mount, a.demoPages(server, renderer)))
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
	return errors.Join(a.Store.DB.Ping(ctx), a.PortalStore.DB.Ping(ctx))
}

// lanes are how many messages are handed over at once: carriers take a tenth of a second
// and more to answer.
const lanes = 32

const (
	flushEvery = 5 * time.Second
	sweepEvery = time.Minute
	tendEvery  = time.Hour
	mostPruned = 1000 // rows of the audit log, each time
)

// Run does the background work until ctx ends: delivery, last-seen times, the
// sweeper, and the demo's telephone. It returns when all of it has stopped. Work that
// panics is logged and begins again.
func (a *App) Run(ctx context.Context) {
	var all sync.WaitGroup
	keep := func(name string, work func(context.Context)) {
		all.Go(func() { background.Keep(ctx, a.log, name, work) })
	}
	keep("delivery", a.worker.Run)
	keep("logouts", a.logouts.Run)
	tended := make(chan struct{})
	looked := sync.OnceFunc(func() { close(tended) })
	keep("signing keys", func(ctx context.Context) { a.tendKeys(ctx, looked) })
	keep("staff", a.discoverStaff)
	keep("alerts", a.alerts.run)
	if !a.quiet {
		keep("last seen", func(ctx context.Context) { a.Sessions.Seen.Run(ctx, flushEvery) })
		keep("last seen in the portal", func(ctx context.Context) { a.portal.Seen.Run(ctx, flushEvery) })
		keep("audit log", func(ctx context.Context) { a.sequencer.run(ctx, a.log.Error) })
		keep("sweeper", a.sweep)
		keep("alarm", a.Engine.Alarm().Run)
		keep("toll", a.Engine.Toll().Run)
	}
	keep("budget", a.purse.Run)
	a.worker.Channels.Run(ctx, func(work func()) { keep("carrier", func(context.Context) { work() }) })
	if a.bounced != nil {
		keep("bounces", a.takeBounces)
	}
	if a.Desk != nil {
		keep("message desk", a.Desk.Run)
	}
	all.Go(func() {
		for _, begun := range []<-chan struct{}{tended, a.worker.Looked(), a.logouts.Looked()} {
			select {
			case <-begun:
			case <-ctx.Done():
				return
			}
		}
		a.running.Store(true)
		close(a.started)
	})
	all.Wait()
	a.running.Store(false)
	if err := a.purse.Close(context.WithoutCancel(ctx)); err != nil {
		a.log.Warn("delivery: the rest of the budget was not given back", "error", err)
	}
}

func (a *App) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, err1 := a.Store.Sweep(ctx)
			_, err2 := a.PortalStore.Sweep(ctx)
			err4 := a.portal.Tell(ctx) // what a crash left untold
			_, err3 := a.Store.Prune(ctx, a.Store.DB.Now().Add(-a.retention), mostPruned)
			if err := errors.Join(err1, err2, err3, err4); err != nil && ctx.Err() == nil {
				a.log.Error("sweeper", "error", err)
			}
		}
	}
}

// tendKeys makes the signing keys at the first start, and their successors when
// those are due. It calls looked whenever it has looked.
func (a *App) tendKeys(ctx context.Context, looked func()) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		if err := a.OP.Tend(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("signing keys", "error", err)
		}
		looked()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Started is closed when Run has begun all that it does in the background.
func (a *App) Started() <-chan struct{} { return a.started }

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
