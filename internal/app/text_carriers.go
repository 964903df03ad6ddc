package app

import (
	"crypto/tls"
	"net"
	"strings"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
	"sallyport/internal/smpp"
)

// text makes one carrier of texts.
func (c *carriers) text(t config.TextCarrier) (delivery.Channel, error) {
	receipts := receiptURL(c.Config, t.Name)
	switch t.Kind() {
	case "twilio":
		return delivery.NewTwilio(delivery.Twilio{Label: t.Name, AccountSID: t.Twilio.AccountSID, AuthToken: t.Twilio.AuthToken, From: t.Twilio.From,
			Service: t.Twilio.MessagingServiceSID, API: t.Twilio.APIURL, Callback: receipts}), nil
	case "http":
		h := t.HTTP
		channel := delivery.HTTP{Label: t.Name, Method: h.Method, URL: h.URL, Headers: h.Headers, Body: h.Body, Secrets: h.Secrets, Accepted: h.Accepted, Ref: h.Ref, Bad: h.BadNumber, Keys: c.keys}
		if h.Receipts.Field != "" {
			channel.Receipts, channel.Status, channel.Good, channel.Lost = receipts, h.Receipts.Field, h.Receipts.Delivered, h.Receipts.Undelivered
		}
		return delivery.NewHTTP(channel)
	case "smpp":
		o, err := smppOptions(t.SMPP)
		return delivery.NewSMPP(t.Name, o, c.receive, c.Log), err
	}
	return delivery.NewWebhook(delivery.Webhook{Label: t.Name, URL: t.Webhook.URL, Secret: t.Webhook.Secret, EventsURL: receipts, Clock: c.Clock}), nil
}

func smppOptions(s config.SMPP) (o smpp.Options, err error) {
	o = smpp.Options{Address: s.Address, SystemID: s.SystemID, Password: s.Password.Reveal(), SystemType: s.SystemType, Alphabet: smpp.Alphabet(s.Alphabet),
		Window: s.Window, DecimalReceipts: s.DecimalReceipts, Source: smppSource(s)}
	if s.TLS {
		host, _, _ := net.SplitHostPort(s.Address)
		o.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
		if s.CAFile != "" {
			o.TLS.RootCAs, err = rootsOf(s.CAFile)
		}
	}
	return o, err
}

// smppSource tells the kind of a source by how it looks, where nobody said: +12025550100
// is a number, Harbor a name, 72345 a short code (SMPP 3.4 §5.2.5).
func smppSource(s config.SMPP) smpp.Source {
	source := smpp.Source{TON: byte(s.SourceTON), NPI: byte(s.SourceNPI), Address: strings.TrimPrefix(s.Source, "+")}
	if source.TON != 0 || source.NPI != 0 || s.Source == "" {
		return source
	}
	switch digits := strings.Trim(source.Address, "0123456789") == ""; {
	case !digits:
		source.TON = 5
	case len(source.Address) <= 6:
		source.TON = 3
	default:
		source.TON, source.NPI = 1, 1
	}
	return source
}
