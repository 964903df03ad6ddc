package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	lang, answered := "en", "Answered"
	if strings.Contains(v.page, `<html lang="es"`) {
		lang, answered = "es", "Contestada"
	}
	c.await(v, answered)
	phone.Press("#") // at once: it is nobody's (T-25)
	greeting := shipped(c.t).Sound(lang, "greeting")
	eventually(c.t, patience, "the greeting is heard", func() bool { return bytes.Contains(phone.Recording(), greeting) })
	phone.Press("#") // in the middle of the sentence
	c.asked()
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
		time.Sleep(200 * time.Millisecond) // a person does not press faster
	}
	c.t.Fatalf("# is never counted: %s\n%s", v.page, c.log)
}

// asked waits until the newest call's sentence that asks for a key was spoken.
func (c *caller) asked() {
	c.t.Helper()
	db := open(c.t, strings.TrimPrefix(c.database, "sqlite:"))
	defer db.Close()
	eventually(c.t, patience, "the call asks for a key", func() bool {
		var at int64
		err := db.QueryRow(`SELECT prompt_ended_at FROM challenge WHERE channel = 'voice' ORDER BY created_at DESC LIMIT 1`).Scan(&at)
		return err == nil && at > 0
	})
}

// shipped returns the prompts that calls are made of.
func shipped(t *testing.T) *prompts.Set {
	t.Helper()
	set, err := prompts.Load("", "en", "es")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// heard hangs up and makes sure that the softphone heard these prompts one after another,
// sample for sample.
func (c *caller) heard(phone *siptest.Softphone, lang string, names ...string) {
	c.t.Helper()
	set := shipped(c.t)
	var want []byte
	for _, name := range names {
		want = append(want, set.Sound(lang, name)...)
	}
	phone.HangUp()
	eventually(c.t, 5*time.Second, fmt.Sprintf("the softphone has heard %v in %s", names, lang), func() bool { return bytes.Contains(phone.Recording(), want) })
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

// onCall asks for a call by a visitor who has given the password, and waits for its voice.
func (c *caller) onCall(m *siptest.Media) *visitor {
	c.t.Helper()
	v := c.visitor()
	c.signIn(v, "phone", "ana@pier.example", "a long enough password")
	v.post("call_me")
	m.Await(10 * time.Second)
	return v
}

// counted presses # until it counts, and continues.
func (c *caller) counted(v *visitor, m *siptest.Media) {
	c.t.Helper()
	for range 80 {
		m.Press(101, '#', 3)
		v.get(v.url.String())
		if strings.Contains(v.page, "data-auto") {
			v.post("continue")
			return
		}
		time.Sleep(200 * time.Millisecond) // a person does not press faster
	}
	c.t.Fatalf("# is never counted: %s\n%s", v.page, c.log)
}

// The server is killed in the middle of a call: the page says that it ended, and the next
// call signs in. The # of the lost call is nobody's.
func TestKilledInTheMiddleOfACall(t *testing.T) {
	t.Parallel()
	m, next := siptest.NewMedia(t), siptest.NewMedia(t)
	lost := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Answer(m.Describe()), siptest.Bye()}})
	c := newCaller(t, "", trunkTo("trunk", lost.Address()))
	cmd := c.serve()
	v := c.onCall(m)
	c.await(v, "Answered")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	text, err := os.ReadFile(c.file)
	if err != nil {
		t.Fatal(err)
	}
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Answer(next.Describe()), siptest.Bye()}})
	if err := os.WriteFile(c.file, bytes.Replace(text, []byte(lost.Address()), []byte(far.Address()), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	c.serve()
	m.Press(101, '#', 3)
	v.get(v.url.String())
	if !strings.Contains(v.page, "The call ended before # was pressed") {
		t.Errorf("after the crash: %s", v.page)
	}
	v.post("call_me")
	next.Await(10 * time.Second)
	c.counted(v, next)
	if !strings.Contains(v.page, "Ana Ruiz") {
		t.Fatalf("the next call: %s", v.page)
	}
	far.Wait(20 * time.Second)
}

// Two people have one number, and are called at once: each # is of its own call.
func TestTwoPeopleWithOneNumber(t *testing.T) {
	t.Parallel()
	one, two := siptest.NewMedia(t), siptest.NewMedia(t)
	first := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Answer(one.Describe()), siptest.Bye()}})
	second := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Answer(two.Describe()), siptest.Bye()}})
	c := newCaller(t, "", strings.Replace(trunkTo("line-1", first.Address()), "keepalive", "most: 1, keepalive", 1), trunkTo("line-2", second.Address()))
	c.change(func(s *store.Store, tx *sqldb.Tx) error {
		a, err := s.AccountByID(tx, "ana")
		if err != nil {
			return err
		}
		b := *a
		b.ID, b.Username, b.Email, b.FirstName, b.LastName = "bea", "bea", "bea@pier.example", "Bea", "Solis"
		return s.InsertAccount(tx, b)
	})
	c.serve()
	ana := c.onCall(one) // the first line is full from here on
	bea := c.visitor()
	c.signIn(bea, "phone", "bea@pier.example", "a long enough password")
	bea.post("call_me")
	two.Await(10 * time.Second)
	c.counted(bea, two)
	if !strings.Contains(bea.page, "Bea Solis") {
		t.Fatalf("Bea: %s", bea.page)
	}
	ana.get(ana.url.String())
	if strings.Contains(ana.page, "data-auto") {
		t.Error("the # of the other call counted here")
	}
	c.counted(ana, one)
	if !strings.Contains(ana.page, "Ana Ruiz") {
		t.Fatalf("Ana: %s", ana.page)
	}
}

// A person reports a call: the sign-in stops, no code is sent any more, neither here nor in
// another browser, the mailbox and the operator are told, and a new password opens the
// account.
func TestReportedCall(t *testing.T) {
	t.Parallel()
	m := siptest.NewMedia(t)
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Answer(m.Describe()), siptest.Bye()}})
	c := newCaller(t, "", trunkTo("trunk", far.Address()))
	c.serve()
	thief := c.onCall(m)
	other := c.visitor() // has a text on its way already
	c.signIn(other, "phone", "ana@pier.example", "a long enough password")
	other.post("send_code")
	text := receive(t, c.texts)
	for range 100 {
		m.Press(101, '*', 3)
		thief.get(thief.url.String())
		if strings.Contains(thief.page, "reported as not asked for") {
			break
		}
		time.Sleep(200 * time.Millisecond) // a person does not press faster
	}
	if !strings.Contains(thief.page, "reported as not asked for") || strings.Contains(thief.page, `value="send_code"`) || strings.Contains(thief.page, `value="call_me"`) {
		t.Fatalf("the page of who was reported: %s", thief.page)
	}
	other.post("verify", "code", text.Code)
	if strings.Contains(other.page, "Ana Ruiz") || !strings.Contains(other.page, "This account is closed") {
		t.Errorf("a code from before the report still signs in: %s", other.page)
	}
	again := c.visitor()
	c.signIn(again, "phone", "ana@pier.example", "a long enough password")
	if !strings.Contains(again.page, "This account is closed") {
		t.Errorf("the password is still taken: %s", again.page)
	}
	told := map[string]bool{}
	for range 2 {
		mail := c.mail.Mail()
		told[mail.To[0]] = strings.Contains(mail.Mail, "reported")
	}
	if !told["ana@pier.example"] || !told["ops@harbor.example"] {
		t.Errorf("told %v", told)
	}
	// A new password opens it.
	v := c.visitor()
	v.get(c.base + "/signin/forgot")
	v.post("send_address", "email", "ana@pier.example")
	mailed, _ := c.mailedPlainCode()
	c.await(v, `name="code"`)
	v.post("verify_address", "code", mailed)
	v.post("continue_reset")
	v.post("send_code")
	v.post("verify", "code", receive(t, c.texts).Code)
	v.post("reset", "password", "quite another password", "confirm", "quite another password")
	v = c.visitor()
	c.signIn(v, "phone", "ana@pier.example", "quite another password")
	v.post("send_code")
	text = receive(t, c.texts)
	for text.Code == "" { // the telephone is told of the new password, too
		text = receive(t, c.texts)
	}
	v.post("verify", "code", text.Code)
	if !strings.Contains(v.page, "Ana Ruiz") {
		t.Errorf("with a new password: %s", v.page)
	}
}

// Who asks for a text instead is not rung any longer.
func TestTextInsteadOfACall(t *testing.T) {
	t.Parallel()
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Cancelled()}})
	c := newCaller(t, "", trunkTo("trunk", far.Address()))
	c.serve()
	v := c.visitor()
	c.signIn(v, "phone", "ana@pier.example", "a long enough password")
	v.post("call_me")
	c.await(v, "Ringing")
	v.post("send_code")
	far.Wait(5 * time.Second)
	v.post("verify", "code", receive(t, c.texts).Code)
	if !strings.Contains(v.page, "Ana Ruiz") {
		t.Errorf("by the text: %s", v.page)
	}
}

// listener knows prompts by their sound.
type listener struct {
	t   *testing.T
	m   *siptest.Media
	set *prompts.Set
}

// after waits until a prompt was heard, and returns the sound after its last time.
func (l listener) after(lang, name string) []byte {
	l.t.Helper()
	var rest []byte
	eventually(l.t, 30*time.Second, fmt.Sprintf("%q is heard", name), func() bool {
		sound, _ := l.m.Got()
		i := bytes.LastIndex(sound, l.set.Sound(lang, name))
		if i >= 0 {
			rest = sound[i+len(l.set.Sound(lang, name)):]
		}
		return i >= 0
	})
	return rest
}

// begun waits until a prompt has begun after another one was heard for the first time.
func (l listener) begun(lang, first, name string) {
	l.t.Helper()
	whole, start := l.set.Sound(lang, first), l.set.Sound(lang, name)
	start = start[:len(start)/4]
	eventually(l.t, 30*time.Second, fmt.Sprintf("%q begins after %q", name, first), func() bool {
		sound, _ := l.m.Got()
		i := bytes.Index(sound, whole)
		return i >= 0 && bytes.Contains(sound[i+len(whole):], start)
	})
}

// digits waits until n digits were said after a prompt, and returns them.
func (l listener) digits(lang, name string, n int) (said string) {
	l.t.Helper()
	eventually(l.t, 30*time.Second, fmt.Sprintf("%d digits are heard after %q", n, name), func() bool {
		said = ""
		for sound := l.after(lang, name); ; {
			at, next := -1, byte(0)
			for d := byte('0'); d <= '9'; d++ {
				if i := bytes.Index(sound, l.set.Sound(lang, string(d))); i >= 0 && (at < 0 || i < at) {
					at, next = i, d
				}
			}
			if at < 0 {
				break
			}
			said, sound = said+string(next), sound[at+len(l.set.Sound(lang, string(next))):]
			if len(said) == n {
				break
			}
		}
		return len(said) == n
	})
	return said
}

// In the mode spoken, the code is heard by who presses the digit that is said, and typed;
// in the mode keypad, the number on the page is keyed in, and # alone does nothing.
func TestCallModesBySIP(t *testing.T) {
	t.Parallel()
	set := shipped(t)
	for _, mode := range []string{"spoken", "keypad"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			m := siptest.NewMedia(t)
			l := listener{t, m, set}
			far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Ring(), siptest.Answer(m.Describe()), siptest.Bye()}})
			c := newCaller(t, "  mode: "+mode, trunkTo("trunk", far.Address()))
			c.serve()
			v := c.onCall(m)
			if mode == "spoken" {
				v.post("verify", "code", "123456")
				if strings.Contains(v.page, "Ana Ruiz") || !strings.Contains(v.page, "Code from the call") {
					t.Errorf("before anything was heard: %s", v.page)
				}
				digit := l.digits("en", "digit", 1)
				l.begun("en", "digit", "digit") // it waits for the key, and says the sentence again meanwhile
				m.Press(101, digit[0], 3)
				v.post("verify", "code", l.digits("en", "code", 6))
			} else {
				number := digits.FindString(v.page[strings.Index(v.page, `class="number keyed"`):])
				if len(number) != 6 {
					t.Fatalf("no number on %s", v.page)
				}
				l.begun("en", "keypad", "report") // it waits for keys from here on
				m.Press(101, '#', 3)
				l.begun("en", "keypad", "keypad") // it has taken #, and asks again
				v.get(v.url.String())
				if strings.Contains(v.page, "data-auto") {
					t.Error("# alone approves")
				}
				for _, k := range []byte(number) {
					m.Press(101, k, 3)
				}
				eventually(t, 5*time.Second, "the number is counted", func() bool {
					v.get(v.url.String())
					return strings.Contains(v.page, "data-auto")
				})
				v.post("continue")
			}
			if !strings.Contains(v.page, "Ana Ruiz") {
				t.Fatalf("by %s: %s", mode, v.page)
			}
		})
	}
}
