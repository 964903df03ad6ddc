package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/admin"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/store"
	"sallyport/internal/door/web"
	"sallyport/internal/secret"
	"sallyport/internal/ui"
	"sallyport/internal/words"
)

// channels are the carriers: the message desk in the demo, else what the
// operator configured.
func (a *App) channels(ctx context.Context, o Options) (delivery.Channels, error) {
	if !o.Demo {
		made := &carriers{Options: o, keys: a.Store.Keys, words: a.Words, receive: a.receive, calls: follower{a}}
		return made.all()
	}
	db, err := a.open(ctx, o, deskFile(o.Config))
	if err != nil {
		return nil, err
	}
	if _, err := db.Migrate(ctx, demo.Migrations); err != nil {
		return nil, err
	}
	a.Desk = &demo.Desk{DB: db, Ring: o.Config.Limits.CallRing.D(), Wait: o.Config.Limits.CallKeyWait.D(), Log: o.Log,
		Events: func(ctx context.Context, id string, e factor.CallEvent) error {
			return a.Engine.CallEvent(ctx, id, e, "")
		},
		Report: func(ctx context.Context, r delivery.Receipt) error { return a.worker.Receive(ctx, r) }}
	all := delivery.Channels{}
	for _, channel := range []string{"email", "sms", "voice"} {
		all[channel] = delivery.Plain(demo.Channel{Desk: a.Desk})
	}
	return all, nil
}

// receive takes a receipt from a channel that has a session of its own.
func (a *App) receive(r delivery.Receipt) {
	if err := a.worker.Receive(context.Background(), r); err != nil {
		a.log.Error("delivery: receipt not recorded", "carrier", r.Carrier, "error", err)
	}
}

// receipts returns who reads the receipts of a carrier of texts that come as requests.
func (a *App) receipts(carrier string) delivery.ReceiptReader {
	if c := a.worker.Channels.Named("sms", carrier); c != nil {
		reader, _ := c.Channel.(delivery.ReceiptReader)
		return reader
	}
	return nil
}

// calls returns who reads the requests of a carrier that leads calls by them.
func (a *App) calls(carrier string) delivery.CallReader {
	if c := a.worker.Channels.Named("voice", carrier); c != nil {
		reader, _ := c.Channel.(delivery.CallReader)
		return reader
	}
	return nil
}

// carrierHealth is how the carriers of messages to people do, as this replica sees it.
func (a *App) carrierHealth() (list []admin.Carrier) {
	for _, channel := range []string{"sms", "voice", "email"} {
		for _, c := range a.worker.Channels[channel] {
			list = append(list, admin.Carrier{Channel: channel, Name: c.Name(), Health: string(c.Health()), Countries: c.Countries, Price: c.Price})
		}
	}
	return list
}

// paused is where strangers' numbers wait.
func (a *App) paused() (list []admin.Paused) {
	for _, p := range a.Engine.Toll().ClosedNow() {
		list = append(list, admin.Paused(p))
	}
	return list
}

// carriers makes the operator's carriers.
type carriers struct {
	Options
	keys    *secret.Keys
	words   *words.Catalog
	receive func(delivery.Receipt)
	calls   delivery.CallFollower
}

// Carriers makes the carriers that a configuration names, without running them: for a
// look whether they work. Calls is told what happens to calls; nil: none are placed.
func Carriers(c config.Config, o Options, keys *secret.Keys, calls delivery.CallFollower) (delivery.Channels, error) {
	o.Config = c
	w, err := loadWords(c)
	if err != nil {
		return nil, err
	}
	return (&carriers{Options: o, keys: keys, words: w, receive: func(delivery.Receipt) {}, calls: calls}).all()
}

// DeliveryProblems are what is wrong with carriers and words beyond what the configuration
// shows by itself: templates, expressions, certificates, words of the operator's own.
func DeliveryProblems(c config.Config) (list config.Problems) {
	if _, err := Carriers(c, Options{Log: slog.New(slog.DiscardHandler)}, secret.NewKeys(), nil); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			path, message, found := strings.Cut(line, ": ")
			if !found {
				path, message = "text", line
			}
			list = append(list, config.Problem{Path: path, Message: message})
		}
	}
	return list
}

func (c *carriers) all() (delivery.Channels, error) {
	all, composer := delivery.Channels{}, Composer(c.Config, c.keys, c.words)
	for _, r := range c.Config.Email.AllRelays() {
		relay := delivery.SMTP{Label: r.Name, Host: r.Host, Port: r.Port, TLS: r.TLS, Username: r.Username, Password: r.Password, Composer: composer}
		if r.CAFile != "" {
			roots, err := rootsOf(r.CAFile)
			if err != nil {
				return nil, fmt.Errorf("email relay %s: ca_file: %w", r.Name, err)
			}
			relay.Trust = append(relay.Trust, gomail.WithTLSConfig(&tls.Config{RootCAs: roots, ServerName: r.Host, MinVersion: tls.VersionTLS12}))
		}
		all["email"] = append(all["email"], delivery.NewCarrier(delivery.NewSMTP(relay)))
	}
	for _, t := range c.Config.Text.AllCarriers() {
		channel, err := c.text(t)
		if err != nil {
			return nil, fmt.Errorf("text carrier %s: %w", t.Name, err)
		}
		carrier := delivery.NewCarrier(channel)
		carrier.Countries, carrier.Price = t.Countries, int64(t.Price)
		all["sms"] = append(all["sms"], carrier)
	}
	if hook := c.Config.Voice.Webhook; hook.URL != "" {
		all["voice"] = delivery.Plain(delivery.NewWebhook(delivery.Webhook{URL: hook.URL, Secret: hook.Secret, EventsURL: c.Config.PublicURL + "/hooks/voice", Clock: c.Clock}))
	}
	for _, v := range c.Config.Voice.Carriers {
		channel, err := c.call(v)
		if err != nil {
			return nil, fmt.Errorf("voice carrier %s: %w", v.Name, err)
		}
		carrier := delivery.NewCarrier(channel)
		carrier.Countries, carrier.Price = v.Countries, int64(v.Price)
		all["voice"] = append(all["voice"], carrier)
	}
	if hook := c.Config.Alerts.Webhook; hook.URL != "" {
		all[AlertChannel] = delivery.Plain(delivery.NewWebhook(delivery.Webhook{URL: hook.URL, Secret: hook.Secret, Clock: c.Clock}))
	}
	return all, nil
}

// Composer makes mails in the configuration's brand.
func Composer(c config.Config, keys *secret.Keys, w *words.Catalog) delivery.Composer {
	composer := delivery.Composer{From: c.Email.From, ReplyTo: c.Email.ReplyTo, ReturnPath: c.Email.ReturnPath, Bounces: &delivery.BounceKey{Keys: keys},
		Look: delivery.MailLook{Name: c.Brand.Name, Color: c.Brand.Color, Footer: map[string]string{}}}
	for _, l := range w.All() {
		if c.Email.ReplyTo != "" { // somebody does read the answers
			break
		}
		composer.Look.Footer[l.Tag] = l.Say("message.mail.footer")
	}
	return composer
}

// rootsOf are the system's certificates and those of a file.
func rootsOf(file string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate (PEM) in it")
	}
	return pool, nil
}

// bounces is the server that takes them, or nil.
func (a *App) bounces(c config.Config) *delivery.BounceServer {
	if c.Email.Bounces.Listen == "" {
		return nil
	}
	return &delivery.BounceServer{Listen: c.Email.Bounces.Listen, Key: &delivery.BounceKey{Keys: a.Store.Keys}, Receive: a.worker.Receive, Log: a.log}
}

// newPurse holds the day's budget.
func (a *App) newPurse(c config.Config) *store.Purse {
	b := c.Budget
	return &store.Purse{Store: a.Store, Log: a.log, OnLow: func(k string, percent int) { a.alerts.budget(k, percent) },
		Budget: store.Budget{Messages: map[string]int64{"sms": int64(b.Texts), "voice": int64(b.Calls), "email": int64(b.Mails), AlertChannel: 100_000}, Money: int64(b.Money), Strangers: b.Strangers, Reserve: b.Reserve}}
}

// demoPages adds /demo and the desk, in the demo alone.
func (a *App) demoPages(server *web.Server, renderer *ui.Renderer) func(*http.ServeMux) {
	if a.Desk == nil {
		return nil
	}
	pages := &demo.Pages{Desk: a.Desk, UI: renderer, Wrap: server.WithinAnyHost}
	return both(pages.Mount, a.standIn(server, renderer))
}

// receiptURL is the public address of a carrier's receipts.
func receiptURL(c config.Config, name string) string {
	return strings.TrimRight(c.PublicURL, "/") + "/hooks/text/" + name
}
