package doctor

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/delivery/mailtest"
	"sallyport/internal/secret"
)

// names is a DNS server on loopback that knows these TXT and MX records.
func names(t *testing.T, txt map[string]string, mx map[string]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		for buffer := make([]byte, 1500); ; {
			n, to, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var query dnsmessage.Message
			if query.Unpack(buffer[:n]) != nil {
				continue
			}
			q := query.Questions[0]
			answer := dnsmessage.Message{Header: dnsmessage.Header{ID: query.ID, Response: true, RCode: dnsmessage.RCodeNameError}, Questions: query.Questions}
			head := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1}
			name := strings.TrimSuffix(q.Name.String(), ".")
			if text, ok := txt[name]; ok && q.Type == dnsmessage.TypeTXT {
				answer.RCode = dnsmessage.RCodeSuccess
				answer.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.TXTResource{TXT: []string{text}}}}
			}
			if host, ok := mx[name]; ok && q.Type == dnsmessage.TypeMX {
				answer.RCode = dnsmessage.RCodeSuccess
				answer.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.MXResource{MX: dnsmessage.MustNewName(host + ".")}}}
			}
			raw, _ := answer.Pack()
			conn.WriteTo(raw, to)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// well is an installation that there is nothing to say of.
func well(t *testing.T) *Doctor {
	t.Helper()
	server := mailtest.Start(t, "none", "", "")
	public := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
	}))
	t.Cleanup(public.Close)
	hook := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(hook.Close)
	keys := filepath.Join(t.TempDir(), "keys")
	if _, err := secret.LoadOrCreateKeys(keys); err != nil {
		t.Fatal(err)
	}
	bounces, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bounces.Close() })
	c := config.Config{PublicURL: public.URL, KeysFile: keys, Email: config.Email{From: "no-reply@harbor.example", ReturnPath: "bounces@mail.harbor.example", Bounces: config.Bounces{Listen: bounces.Addr().String()}},
		Alerts: config.Alerts{Email: []string{"ops@harbor.example"}}}
	text := func(name string) *delivery.Carrier {
		c := delivery.NewCarrier(delivery.NewWebhook(delivery.Webhook{Label: name, URL: hook.URL, Clock: time.Now}))
		c.Price = 5000
		return c
	}
	relay := delivery.NewSMTP(delivery.SMTP{Host: "127.0.0.1", Port: server.Port, TLS: "none", Composer: delivery.Composer{From: c.Email.From}})
	return &Doctor{Config: c, HTTP: http.DefaultClient, Clock: time.Now, Words: func(string) (string, string) { return "Test", "A test." },
		Resolver:  names(t, map[string]string{"mail.harbor.example": "v=spf1 -all", "_dmarc.harbor.example": "v=DMARC1; p=reject"}, map[string]string{"mail.harbor.example": "mx.harbor.example"}),
		Databases: []Database{{"door", func(context.Context) (string, error) { return "SQLite, migrated", nil }}},
		Channels:  delivery.Channels{"email": delivery.Plain(relay), "sms": {text("one"), text("two")}, "voice": {text("voice")}}}
}

func run(t *testing.T, d *Doctor) (out string, bad, warned int) {
	t.Helper()
	var b bytes.Buffer
	bad, warned = d.Run(t.Context(), &b)
	return b.String(), bad, warned
}

func TestAllIsWell(t *testing.T) {
	t.Parallel()
	d := well(t)
	if out, bad, warned := run(t, d); bad+warned != 0 {
		t.Errorf("%d bad, %d warned:\n%s", bad, warned, out)
	}
	d.SendEmail = "ops@harbor.example"
	if out, bad, _ := run(t, d); bad != 0 || !strings.Contains(out, "e-mail by smtp, one message: accepted after") {
		t.Errorf("with a mail:\n%s", out)
	}
	d.SendEmail = "gone@harbor.example"
	if out, bad, _ := run(t, d); bad != 1 || !strings.Contains(out, "FAIL  e-mail by smtp, one message") {
		t.Errorf("a mailbox that is not there:\n%s", out)
	}
}

// Everything that can be wrong is said, with what to do.
func TestWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil       func(t *testing.T, d *Doctor)
		says, do    string
		bad, warned int
	}{
		"mail server down": {func(t *testing.T, d *Doctor) {
			d.Channels["email"] = delivery.Plain(delivery.NewSMTP(delivery.SMTP{Host: "127.0.0.1", Port: 1, TLS: "none"}))
		}, "nothing listens there", "Check host and port", 1, 0},
		"no STARTTLS": {func(t *testing.T, d *Doctor) {
			server := mailtest.Start(t, "none", "", "")
			d.Channels["email"] = delivery.Plain(delivery.NewSMTP(delivery.SMTP{Host: "127.0.0.1", Port: server.Port, TLS: "starttls"}))
		}, "does not offer STARTTLS", "tls: tls", 1, 0},
		"foreign certificate": {func(t *testing.T, d *Doctor) {
			server := mailtest.Start(t, "starttls", "", "")
			d.Channels["email"] = delivery.Plain(delivery.NewSMTP(delivery.SMTP{Host: "127.0.0.1", Port: server.Port, TLS: "starttls"}))
		}, "signed by nobody that this machine trusts", "ca_file", 1, 0},
		"no SPF": {func(t *testing.T, d *Doctor) {
			d.Resolver = names(t, map[string]string{"_dmarc.harbor.example": "v=DMARC1"}, map[string]string{"mail.harbor.example": "mx.x"})
		}, "SPF of mail.harbor.example: is missing", "v=spf1", 0, 1},
		"not migrated": {func(t *testing.T, d *Doctor) {
			d.Databases[0].Check = func(context.Context) (string, error) {
				return "", errors.New("the database is not migrated: run `sallyport migrate`")
			}
		}, "sallyport migrate", "", 1, 0},
		"open keys":     {func(t *testing.T, d *Doctor) { os.Chmod(d.Config.KeysFile, 0o644) }, "can be read by others", "chmod 600", 1, 0},
		"no keys":       {func(t *testing.T, d *Doctor) { os.Remove(d.Config.KeysFile) }, "is not there", "first start", 1, 0},
		"nobody public": {func(t *testing.T, d *Doctor) { d.Config.PublicURL = "http://127.0.0.1:1" }, "nothing listens there", "links in mails", 1, 0},
		"somebody else": {func(t *testing.T, d *Doctor) {
			other := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(other.Close)
			d.Config.PublicURL = other.URL
		}, "something else answers there (404)", "DNS and the proxy", 1, 0},
		"clock":        {func(t *testing.T, d *Doctor) { d.Clock = func() time.Time { return time.Now().Add(time.Minute) } }, "apart from the server", "time service", 1, 0},
		"one carrier":  {func(t *testing.T, d *Doctor) { d.Channels["sms"] = d.Channels["sms"][:1] }, "there is one carrier", "a second", 0, 1},
		"no carrier":   {func(t *testing.T, d *Doctor) { delete(d.Channels, "sms") }, "by e-mail alone", "text.carriers", 0, 1},
		"no price":     {func(t *testing.T, d *Doctor) { d.Channels["sms"][0].Price = 0 }, "no price", "Set price", 0, 1},
		"no calls":     {func(t *testing.T, d *Doctor) { delete(d.Channels, "voice") }, "nobody places calls", "voice.webhook", 0, 1},
		"no bounces":   {func(t *testing.T, d *Doctor) { d.Config.Email.Bounces.Listen = "127.0.0.1:1" }, "nothing listens there", "start it", 0, 1},
		"nobody told":  {func(t *testing.T, d *Doctor) { d.Config.Alerts.Email = nil }, "nobody is told", "alerts.email", 0, 1},
		"staff's gone": {func(t *testing.T, d *Doctor) { d.Config.Staff.Issuer = "http://127.0.0.1:1" }, "identity provider of staff: nothing listens", "", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := well(t)
			tc.spoil(t, d)
			out, bad, warned := run(t, d)
			if bad != tc.bad || warned != tc.warned || !strings.Contains(out, tc.says) || !strings.Contains(out, tc.do) {
				t.Errorf("%d bad, %d warned:\n%s", bad, warned, out)
			}
		})
	}
}

// The certificate that is served: its name, and when it ends.
func TestCertificate(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, "tls", "", "")
	d := well(t)
	d.Config.TLS = config.TLS{CertFile: server.CAFile, KeyFile: filepath.Join(filepath.Dir(server.CAFile), "key.pem")}
	d.Config.PublicURL = "https://localhost:1"
	if got := d.certificate(t.Context()); len(got) != 1 || got[0].Grade != Warn || !strings.Contains(got[0].Says, "ends in 0 days") {
		t.Errorf("%+v", got)
	}
	d.Clock = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if got := d.certificate(t.Context()); got[0].Grade != Bad || !strings.Contains(got[0].Says, "expired") {
		t.Errorf("%+v", got)
	}
	d.Config.PublicURL = "https://signin.example.org"
	if got := d.certificate(t.Context()); got[0].Grade != Bad || !strings.Contains(got[0].Says, "not for signin.example.org") {
		t.Errorf("%+v", got)
	}
	d.Config.TLS.KeyFile = server.CAFile
	if got := d.certificate(t.Context()); got[0].Grade != Bad {
		t.Errorf("%+v", got)
	}
	d.Config.TLS = config.TLS{}
	if got := d.certificate(t.Context()); got[0].Grade != Warn || !strings.Contains(got[0].Do, "trusted_proxies") {
		t.Errorf("%+v", got)
	}
}
