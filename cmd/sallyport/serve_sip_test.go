package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/delivery/mailtest"
	"sallyport/internal/door/store"
	"sallyport/internal/prompts"
	"sallyport/internal/sqldb"
	"sallyport/internal/trunk/siptest"
)

// caller is an installation whose calls go by SIP trunks.
type caller struct{ *deliverer }

// newCaller is one with these trunks, as lines of voice.carriers.
func newCaller(t *testing.T, voice string, carriers ...string) *caller {
	d := &deliverer{installation: newInstallation(t, "sqlite:"+filepath.Join(t.TempDir(), "door.db")), mail: mailtest.Start(t, "none", "", "")}
	config := fmt.Sprintf(`
public_url: %s
listen: 127.0.0.1:%s
data_dir: %s
database: %q
tls: {cert_file: %s, key_file: %s}
brand: {name: Harbor Review, support_phone: 1-555-010-0100}
email: {from: no-reply@harbor.example, smtp: {host: 127.0.0.1, port: %d, tls: none}}
text: {webhook: {url: "%s/text", secret: %s}}
limits: {email_code_life: 5m, resend_wait: 0s}
alerts: {email: [ops@harbor.example]}
voice:
%s
  carriers:
    - %s
`, d.base, d.base[len("https://localhost:"):], d.dir, d.database, filepath.Join(d.dir, "cert.pem"), filepath.Join(d.dir, "key.pem"), d.mail.Port, d.hooks, hookSecret, voice, strings.Join(carriers, "\n    - "))
	if err := os.WriteFile(d.file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, nil, "migrate", "--config", d.file); code != 0 {
		t.Fatal(out)
	}
	d.seed()
	return &caller{d}
}

// trunkTo is a trunk as an operator would write it.
func trunkTo(name, address string) string {
	return fmt.Sprintf(`{name: %s, price: 0.01, sip: {server: %q, from: "+12025550100", listen: "127.0.0.1:0", keepalive: 0s}}`, name, address)
}

// pressesPound waits for the end of the sentence that asks for it, as the softphone hears it.
func (c *caller) pressesPound(v *visitor, phone *siptest.Softphone) {
	c.t.Helper()
	c.await(v, map[bool]string{true: "Contestada", false: "Answered"}[strings.Contains(v.page, `<html lang="es"`)])
	phone.Press("#") // at once: it is nobody's (T-25)
	time.Sleep(1500 * time.Millisecond)
	phone.Press("#")
	time.Sleep(300 * time.Millisecond)
	v.get(v.url.String())
	if strings.Contains(v.page, "data-auto") {
		c.t.Error("# counted before it was asked for")
	}
	for range 60 {
		phone.Press("#")
		v.get(v.url.String())
		if strings.Contains(v.page, "data-auto") {
			v.post("continue")
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	c.t.Fatalf("# is never counted: %s\n%s", v.page, c.log)
}

// heard tells whether a softphone heard these prompts one after another, sample for sample.
func (c *caller) heard(phone *siptest.Softphone, lang string, names ...string) {
	c.t.Helper()
	set, err := prompts.Load("", "en", "es")
	if err != nil {
		c.t.Fatal(err)
	}
	var want []byte
	for _, name := range names {
		want = append(want, set.Sound(lang, name)...)
	}
	phone.HangUp()
	time.Sleep(500 * time.Millisecond)
	if !bytes.Contains(phone.Recording(), want) {
		c.t.Errorf("the softphone did not hear %v in %s", names, lang)
	}
}

// A person registers and signs in by real SIP calls answered with #, in Spanish and in
// English, with the first trunk down and the second refusing.
func TestRegisterAndSignInBySIP(t *testing.T) {
	t.Parallel()
	phone := siptest.StartSoftphone(t, "+12025550123")
	full := siptest.Start(t, siptest.Script{Calls: 2, Steps: []string{siptest.Invited, siptest.Trying(), siptest.Refuse("503 Service Unavailable")}})
	c := newCaller(t, "", trunkTo("gone", "127.0.0.1:9")+" # nobody listens there: tcp", trunkTo("full", full.Address()), trunkTo("phone", phone.Address()))
	text, err := os.ReadFile(c.file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.file, bytes.Replace(text, []byte(`from: "+12025550100", listen: "127.0.0.1:0", keepalive: 0s}} # nobody`), []byte(`from: "+12025550100", transport: tcp}} # nobody`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	c.seedImported("smar")
	c.serve()
	v := c.visitor()
	v.get(c.base + "/register/first?lang=es")
	v.post("old_login", "username", "smar", "password", "Portal-Pass-2020")
	v.post("phone")
	v.post("send_address", "email", "smar@pier.example")
	mailed, _ := c.mailedPlainCode()
	c.await(v, `name="code"`)
	v.post("verify_address", "code", mailed)
	v.post("create", "password", "a long enough password", "confirm", "a long enough password")
	v.post("call_me", "country", "US", "phone", "202 555 0123")
	c.pressesPound(v, phone)
	if !strings.Contains(v.page, "Sol Mar") {
		t.Fatalf("registered by a call in Spanish: %s", v.page)
	}
	c.heard(phone, "es", "greeting", "enrol", "press")

	v = c.visitor()
	c.signIn(v, "phone", "ana@pier.example", "a long enough password")
	v.post("call_me")
	c.pressesPound(v, phone)
	if !strings.Contains(v.page, "Ana Ruiz") {
		t.Fatalf("signed in by a call: %s", v.page)
	}
	c.heard(phone, "en", "greeting", "sign_in", "press")
	for _, leak := range []string{"2025550123", "12025550100"} {
		if strings.Contains(c.log.String(), leak) {
			t.Errorf("the log shows %q", leak)
		}
	}
	if n := strings.Count(full.Messages(), "INVITE sip:"); n < 2 {
		t.Errorf("the trunk before was asked %d times", n)
	}
}

// mailedPlainCode is the next mailed code, of a server without TLS.
func (c *caller) mailedPlainCode() (string, mailtest.Event) {
	c.t.Helper()
	for {
		mail := c.mail.Mail()
		if i := strings.Index(mail.Mail, "\r\n    "); i >= 0 {
			return mail.Mail[i+6:][:6], mail
		}
	}
}

var _ = account.User
var _ store.Store
var _ sqldb.Tx
