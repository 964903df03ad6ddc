package app

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// AlertChannel carries alerts to the operator's webhook.
const AlertChannel = "alert"

// alertEvery is how often one and the same trouble is told of.
const alertEvery = time.Hour

// alerts tell the operator of trouble with delivery, by e-mail and webhook. They go
// through the outbox like every message: when the mail server is what is down, they
// arrive when it is back.
type alerts struct {
	app    *App
	config config.Config
	queue  chan alert
}

// alert is one trouble. Words are under alert.KIND in the catalogue.
type alert struct {
	kind string
	of   string // what it is of, so that it is not told of twice
	args []any
	path string // of the page that tells more; default: that of delivery
}

func (a *alerts) health(channel, carrier string, h delivery.Health) {
	kind := map[delivery.Health]string{delivery.Good: "carrier_back", delivery.Silent: "carrier_down", delivery.Useless: "carrier_lying"}[h]
	a.raise(alert{kind: kind, of: channel + " " + carrier, args: []any{"Carrier", carrier, "Channel", channel}})
}

func (a *alerts) budget(k string, percent int) {
	kind := "budget_low"
	if percent >= 100 {
		kind = "budget_spent"
	}
	a.raise(alert{kind: kind, of: k, args: []any{"Budget", k, "N", percent}})
}

func (a *alerts) unused(channel, country string) {
	a.raise(alert{kind: "codes_unused", of: channel + " " + country, args: []any{"Channel", channel, "Country", country}})
}

// reported: a call was reported as not asked for (T-12).
func (a *alerts) reported(account string) {
	a.raise(alert{kind: "call_reported", of: account, path: "/staff/users/" + account})
}

// raise never blocks: it is called from within deliveries.
func (a *alerts) raise(raised alert) {
	select {
	case a.queue <- raised:
	default:
		a.app.log.Warn("alerts: too many at once", "alert", raised.kind)
	}
}

func (a *alerts) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case raised := <-a.queue:
			if err := a.tell(ctx, raised); err != nil && ctx.Err() == nil {
				a.app.log.Error("alerts: not told", "alert", raised.kind, "error", err)
			}
		}
	}
}

// tell queues the alert for everybody who is to know, unless they were told lately.
func (a *alerts) tell(ctx context.Context, raised alert) error {
	to := a.config.Alerts.Email
	hook := a.config.Alerts.Webhook.URL != ""
	if len(to) == 0 && !hook {
		return nil
	}
	s, l := a.app.Store, a.app.Words.All()[0]
	once := store.NewToken("alerts", s.Keys.Hash("rate", "alert", raised.kind, raised.of), 1, alertEvery)
	err := s.Write(ctx, func(tx *sqldb.Tx) error {
		m := delivery.Message{Kind: delivery.Notice, Lang: l.Tag, Expires: tx.Now.Add(24 * time.Hour),
			Subject: l.Say("alert."+raised.kind+".subject", raised.args...), Text: l.Say("alert."+raised.kind+".text", raised.args...) + "\n\n" + a.config.PublicURL + cmp.Or(raised.path, "/staff/delivery") + "\n"}
		for _, address := range to {
			m.ID, m.Channel, m.To = secret.TimeID(tx.Now), "email", address
			if err := s.InsertMessage(tx, m); err != nil {
				return err
			}
		}
		if hook {
			m.ID, m.Channel, m.To = secret.TimeID(tx.Now), AlertChannel, ""
			if err := s.InsertMessage(tx, m); err != nil {
				return err
			}
		}
		return s.Take(tx, once)
	})
	if _, told := err.(*store.Limited); told {
		return nil
	}
	if err == nil {
		a.app.worker.Wake()
		a.app.log.Warn("alert", "kind", raised.kind, "of", fmt.Sprintf("%.60s", raised.of))
	}
	return err
}

// takeBounces serves them, and says when it can't.
func (a *App) takeBounces(ctx context.Context) {
	if err := a.bounced.Run(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("bounces are not taken", "error", err)
	}
}
