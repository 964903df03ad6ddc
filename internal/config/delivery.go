package config

import (
	"fmt"
	"strconv"
	"strings"

	"sallyport/internal/secret"
)

// Email is how mail goes out: by smtp, and then by each of relays where that does not
// take it.
type Email struct {
	From       string  `yaml:"from"`        // address, or Name <address>
	ReplyTo    string  `yaml:"reply_to"`    // where replies go; default: from
	ReturnPath string  `yaml:"return_path"` // address that bounces go to, each message's with its own “+…”; empty: from, and bounces are not recorded
	Bounces    Bounces `yaml:"bounces"`
	SMTP       SMTP    `yaml:"smtp"`
	Relays     []SMTP  `yaml:"relays"`
}

// Bounces is where your mail server hands us the mail to return_path, by SMTP.
type Bounces struct {
	Listen string `yaml:"listen"` // host:port; empty: off
}

// SMTP is one mail server.
type SMTP struct {
	Name         string      `yaml:"name"` // for staff and metrics; default: smtp, and relay-2 and so on
	Host         string      `yaml:"host"`
	Port         int         `yaml:"port"`
	TLS          string      `yaml:"tls"`     // starttls (required; the default), tls (from the first byte), none (loopback only)
	CAFile       string      `yaml:"ca_file"` // certificates (PEM) to trust beside the system's
	Username     string      `yaml:"username"`
	Password     secret.Text `yaml:"password"`
	PasswordFile string      `yaml:"password_file"`
}

// AllRelays are smtp and relays, with their defaults.
func (e Email) AllRelays() (list []SMTP) {
	for i, r := range append([]SMTP{e.SMTP}, e.Relays...) {
		if r.Name == "" {
			r.Name = "smtp"
			if i > 0 {
				r.Name = fmt.Sprintf("relay-%d", i+1)
			}
		}
		if r.TLS == "" {
			r.TLS = "starttls"
		}
		if r.Port == 0 {
			r.Port = 587
		}
		list = append(list, r)
	}
	return list
}

// Texts is how texts go out: by each carrier in this order, where the one before did not
// take the message; the webhook comes first.
type Texts struct {
	Webhook  Webhook       `yaml:"webhook"`
	Carriers []TextCarrier `yaml:"carriers"`
}

// TextCarrier is one carrier of texts: exactly one of the last four is set.
type TextCarrier struct {
	Name      string   `yaml:"name"`      // for staff, metrics and the address of its receipts: lower-case letters, digits and -
	Countries []string `yaml:"countries"` // regions (ISO 3166) that it is for; none: all
	Price     Money    `yaml:"price"`     // of one segment
	Twilio    Twilio   `yaml:"twilio"`
	HTTP      HTTP     `yaml:"http"`
	SMPP      SMPP     `yaml:"smpp"`
	Webhook   Webhook  `yaml:"webhook"`
}

// Kind names the one that is set; empty where none is, or several.
func (t TextCarrier) Kind() (kind string) {
	for name, set := range map[string]bool{"twilio": t.Twilio.AccountSID != "", "http": t.HTTP.URL != "", "smpp": t.SMPP.Address != "", "webhook": t.Webhook.URL != ""} {
		if set && kind != "" {
			return ""
		}
		if set {
			kind = name
		}
	}
	return kind
}

// AllCarriers are the webhook, where it is set, and the carriers.
func (t Texts) AllCarriers() (list []TextCarrier) {
	if t.Webhook.URL != "" {
		list = append(list, TextCarrier{Name: "webhook", Webhook: t.Webhook})
	}
	return append(list, t.Carriers...)
}

// Twilio is Twilio's Programmable Messaging, or another's of the same API.
type Twilio struct {
	AccountSID          string      `yaml:"account_sid"`
	AuthToken           secret.Text `yaml:"auth_token"`
	AuthTokenFile       string      `yaml:"auth_token_file"`
	From                string      `yaml:"from"`                  // number, or …
	MessagingServiceSID string      `yaml:"messaging_service_sid"` // … service
	APIURL              string      `yaml:"api_url"`               // default https://api.twilio.com
}

// HTTP is a provider with an API of its own. url, headers and body are templates
// (docs/operator/delivery.md).
type HTTP struct {
	Method      string                 `yaml:"method"` // default POST
	URL         string                 `yaml:"url"`
	Headers     map[string]string      `yaml:"headers"`
	Body        string                 `yaml:"body"`
	Secrets     map[string]secret.Text `yaml:"secrets"`      // by the name that templates use
	SecretFiles map[string]string      `yaml:"secret_files"` // the same, in files
	Accepted    string                 `yaml:"accepted"`     // regular expression of an answer that accepts; default: every 2xx
	Ref         string                 `yaml:"ref"`          // … whose first group is the provider's id
	BadNumber   string                 `yaml:"bad_number"`   // … of an answer that blames the number
	Receipts    HTTPReceipts           `yaml:"receipts"`
}

// HTTPReceipts tell how the provider says what became of a message.
type HTTPReceipts struct {
	Field       string `yaml:"field"`       // of the address, form or JSON that tells it; empty: it sends none
	Delivered   string `yaml:"delivered"`   // regular expression of that field
	Undelivered string `yaml:"undelivered"` // …
}

// SMPP is a message centre (SMPP 3.4).
type SMPP struct {
	Address         string      `yaml:"address"` // host:port
	TLS             bool        `yaml:"tls"`
	CAFile          string      `yaml:"ca_file"`
	SystemID        string      `yaml:"system_id"`
	Password        secret.Text `yaml:"password"`
	PasswordFile    string      `yaml:"password_file"`
	SystemType      string      `yaml:"system_type"`
	Source          string      `yaml:"source"`           // whom texts are from
	SourceTON       int         `yaml:"source_ton"`       // its type of number
	SourceNPI       int         `yaml:"source_npi"`       // and numbering plan
	Alphabet        string      `yaml:"alphabet"`         // gsm (default), latin1, ucs2
	Window          int         `yaml:"window"`           // messages under way at once; default 10
	DecimalReceipts bool        `yaml:"decimal_receipts"` // receipts give in decimal what was hexadecimal
}

// Webhook is an address of the operator's that takes signed requests.
type Webhook struct {
	URL        string      `yaml:"url"`
	Secret     secret.Text `yaml:"secret"`
	SecretFile string      `yaml:"secret_file"`
}

// Messages are the words of mails, texts and calls.
type Messages struct {
	Dir string `yaml:"dir"` // folder of en.json, es.json: words of yours in place of ours (docs/operator/delivery.md)
}

// Budget is what may be sent a day (UTC), by all replicas together (T-11).
type Budget struct {
	Texts     int    `yaml:"texts" range:"1..100000000"`
	Calls     int    `yaml:"calls" range:"1..100000000"`
	Mails     int    `yaml:"mails" range:"1..1000000000"`
	Money     Money  `yaml:"money"`                    // by the carriers' prices
	Currency  string `yaml:"currency"`                 // for staff to read
	Strangers int    `yaml:"strangers" range:"1..100"` // percent of each that messages may take which somebody requested before a right password or an invitation, and texts and calls to unproven numbers
	Reserve   int    `yaml:"reserve" range:"0..90"`    // percent of each that only codes after the right password and security notices may take
}

// Alerts tell when delivery is in trouble: a carrier is down, a budget runs low, codes
// are asked for and not used.
type Alerts struct {
	Email   []string `yaml:"email"`
	Webhook Webhook  `yaml:"webhook"`
}

// Money is an amount in millionths; written 0.0079.
type Money int64

// MarshalText writes 0.0079, not 7900.
func (m Money) MarshalText() ([]byte, error) {
	text := fmt.Sprintf("%d.%06d", int64(m)/1_000_000, int64(m)%1_000_000)
	text = strings.TrimRight(text, "0")
	return []byte(strings.TrimSuffix(text, ".")), nil
}

// UnmarshalText reads 250 or 0.0079.
func (m *Money) UnmarshalText(text []byte) error {
	whole, part, _ := strings.Cut(string(text), ".")
	if len(part) > 6 {
		return fmt.Errorf("%q has more than six places", text)
	}
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", 6-len(part)), 10, 62)
	if err != nil || whole == "" {
		return fmt.Errorf("%q is no amount, such as 0.0079", text)
	}
	*m = Money(n)
	return nil
}
