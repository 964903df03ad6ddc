package app

import (
	"context"
	"net/http"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/web"
	"sallyport/internal/ui"
)

// channels are the carriers: the message desk in the demo, else what the
// operator configured.
func (a *App) channels(ctx context.Context, o Options) (delivery.Channels, error) {
	if !o.Demo {
		return carriers(o.Config, o.Clock), nil
	}
	db, err := a.open(ctx, o, deskFile(o.Config))
	if err != nil {
		return nil, err
	}
	if _, err := db.Migrate(ctx, demo.Migrations); err != nil {
		return nil, err
	}
	a.Desk = &demo.Desk{DB: db, Ring: o.Config.Limits.CallRing.D(), Wait: o.Config.Limits.CallKeyWait.D(), Log: o.Log,
		Events: func(ctx context.Context, id string, e factor.CallEvent) error { return a.Engine.CallEvent(ctx, id, e) }}
	desk := []delivery.Channel{demo.Channel{Desk: a.Desk}}
	return delivery.Channels{"email": desk, "sms": desk, "voice": desk}, nil
}

func carriers(c config.Config, clock func() time.Time) delivery.Channels {
	smtp := &delivery.SMTP{Host: c.Email.SMTP.Host, Port: c.Email.SMTP.Port, TLS: c.Email.SMTP.TLS, Username: c.Email.SMTP.Username,
		Password: c.Email.SMTP.Password, From: c.Email.From}
	channels := delivery.Channels{"email": {smtp}}
	if hook := c.Text.Webhook; hook.URL != "" {
		channels["sms"] = []delivery.Channel{delivery.NewWebhook(hook.URL, hook.Secret, "", clock)}
	}
	if hook := c.Voice.Webhook; hook.URL != "" {
		channels["voice"] = []delivery.Channel{delivery.NewWebhook(hook.URL, hook.Secret, c.PublicURL+"/hooks/voice", clock)}
	}
	return channels
}

// demoPages adds /demo and the desk, in the demo alone.
func (a *App) demoPages(server *web.Server, renderer *ui.Renderer) func(*http.ServeMux) {
	if a.Desk == nil {
		return nil
	}
	pages := &demo.Pages{Desk: a.Desk, UI: renderer, Wrap: server.WithinAnyHost}
	return both(pages.Mount, a.standIn(server, renderer))
}
