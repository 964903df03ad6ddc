package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/secret"
)

// checker is a channel that can be tried without sending anything.
type checker interface {
	Check(ctx context.Context) error
}

func (d *Doctor) mail(ctx context.Context) []Finding {
	return d.carriers(ctx, "email", "e-mail by ", d.SendEmail)
}

func (d *Doctor) texts(ctx context.Context) []Finding {
	list := d.carriers(ctx, "sms", "texts by ", d.SendText)
	switch n := len(d.Channels["sms"]); {
	case n == 0:
		list = append(list, Finding{"texts", Warn, "no carrier is configured: people can register by e-mail alone", "Add one under text.carriers."})
	case n == 1:
		list = append(list, Finding{"texts", Warn, "there is one carrier: when it fails, nobody gets a text", "Add a second under text.carriers."})
	}
	for _, c := range d.Channels["sms"] {
		if c.Price == 0 {
			list = append(list, Finding{"texts by " + c.Name(), Warn, "no price: the budget of money does not hold for it", "Set price, of one segment."})
		}
	}
	return list
}

func (d *Doctor) voice(ctx context.Context) []Finding {
	if len(d.Channels["voice"]) == 0 {
		return []Finding{{"calls", Warn, "nobody places calls: people without text messages can't register a phone", "Add voice.carriers, or voice.webhook."}}
	}
	list := d.carriers(ctx, "voice", "calls by ", "")
	for _, c := range d.Channels["voice"] {
		if c.Price == 0 && c.Name() != "webhook" {
			list = append(list, Finding{"calls by " + c.Name(), Warn, "no price: the budget of money does not hold for it", "Set price, of one call."})
		}
		if d.SendCall != "" {
			list = append(list, d.call(context.WithoutCancel(ctx), c)) // somebody has to answer it
		}
	}
	return list
}

func (d *Doctor) carriers(ctx context.Context, channel, what, to string) (list []Finding) {
	for _, c := range d.Channels[channel] {
		if check, ok := c.Channel.(checker); ok {
			list = append(list, finding(what+c.Name(), answers(c.Channel), limit(ctx, check.Check)))
		}
		if to != "" {
			list = append(list, d.send(ctx, channel, what, to, c))
		}
	}
	return list
}

// answers says how much a check showed.
func answers(c delivery.Channel) string {
	switch c.(type) {
	case *delivery.HTTP, *delivery.Webhook:
		return "can be reached; whether it takes our secret shows with a message"
	}
	return "answers, and takes our credentials"
}

// send hands one message to one carrier.
func (d *Doctor) send(ctx context.Context, channel, what, to string, c *delivery.Carrier) Finding {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	defer func() { cancel(); <-ended }()
	go func() {
		defer close(ended)
		if r, ok := c.Channel.(delivery.Runner); ok {
			r.Run(ctx)
		}
	}()
	subject, text := d.Words(channel)
	m := delivery.Message{Kind: delivery.Notice, Channel: channel, To: to, Lang: "en", Subject: subject, Text: text, Expires: d.Clock().Add(time.Hour)}
	began := d.Clock()
	var err error
	for range 20 { // a session may have to be made first
		m.ID = secret.TimeID(d.Clock())
		err = limit(ctx, func(ctx context.Context) error { _, err := c.Send(ctx, m); return err })
		if _, runs := c.Channel.(delivery.Runner); !runs || !isTemporary(err) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return finding(what+c.Name()+", one message", "accepted after "+seconds(d.Clock().Sub(began))+"; see whether it arrives", err)
}

func isTemporary(err error) bool {
	refused, ok := errors.AsType[*delivery.Refused](err)
	return ok && refused.Temporary
}

func limit(ctx context.Context, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return fn(ctx)
}

// bounces looks whether the server takes them.
func (d *Doctor) bounces(ctx context.Context) []Finding {
	e := d.Config.Email
	if e.ReturnPath == "" {
		return []Finding{{"bounces", Warn, "mail that comes back is not noticed", "Set email.return_path and email.bounces.listen, and have your mail server hand such mail on."}}
	}
	if e.Bounces.Listen == "" {
		return []Finding{{"bounces", Warn, "nobody takes the mail to " + e.ReturnPath, "Set email.bounces.listen."}}
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", e.Bounces.Listen)
	if err == nil {
		conn.Close()
	}
	f := finding("bounces", "the server takes them at "+e.Bounces.Listen, err)
	if err != nil {
		f.Grade, f.Do = Warn, "The running server listens there; start it."
	}
	return []Finding{f}
}

func (d *Doctor) alerts(ctx context.Context) []Finding {
	a := d.Config.Alerts
	if len(a.Email) == 0 && a.Webhook.URL == "" {
		return []Finding{{"alerts", Warn, "nobody is told when a carrier is down or a budget is spent", "Set alerts.email or alerts.webhook."}}
	}
	list := d.carriers(ctx, "alert", "alerts by ", "")
	if len(a.Email) > 0 {
		list = append(list, Finding{"alerts", OK, fmt.Sprintf("%d people are told by e-mail", len(a.Email)), ""})
	}
	return list
}
