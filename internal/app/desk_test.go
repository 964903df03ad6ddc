package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sallyport/internal/demo"
	"sallyport/internal/sqldb"
)

// deskMessage is what people script against (product.md 3.4).
type deskMessage struct {
	ID, Channel, Kind, To, Subject, Text, Code, Status string
	Links                                              []string
	At                                                 time.Time
}

// desk lists what arrived for this address, the newest first.
func (w *world) desk(to string) (list []deskMessage) {
	w.t.Helper()
	status, body := w.get("/demo/messages.json?to=" + url.QueryEscape(to))
	if err := json.Unmarshal([]byte(body), &list); status != http.StatusOK || err != nil {
		w.t.Fatalf("desk: %d %v %s", status, err, body)
	}
	return list
}

// handedOver waits, a second at most, until nothing to people is due in the outbox: what
// is asked for next is then the newest.
func (w *world) handedOver() {
	for range 100 {
		s, due := w.serving.Load().Store, 0
		err := s.Read(context.Background()).QueryRow(`SELECT COUNT(*) FROM outbox WHERE kind <> 'logout' AND done_at = 0 AND run_at <= $1`, sqldb.Micros(s.DB.Now())).Scan(&due)
		if err == nil && due == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// newest waits for a message to this address by this channel.
func (w *world) newest(to, channel string) deskMessage {
	w.t.Helper()
	w.handedOver()
	var found deskMessage
	until(w.t, "a message by "+channel+" arrives", func() bool {
		for _, m := range w.desk(to) {
			if m.Channel == channel {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// newestLink waits for a mail with a link to this address.
func (w *world) newestLink(to string) string {
	w.t.Helper()
	w.handedOver()
	link := ""
	until(w.t, "a link arrives", func() bool {
		for _, m := range w.desk(to) {
			if m.Kind == "link" && len(m.Links) > 0 {
				link = m.Links[0]
				return true
			}
		}
		return false
	})
	return link
}

// phone does something to the newest call: answer, hangup, busy, or keys.
func (w *world) phone(to, act, keys string) int {
	w.t.Helper()
	call := w.newest(to, "voice")
	resp, err := http.PostForm(w.server.URL+"/demo/messages/"+call.ID+"/"+act, url.Values{"keys": {keys}})
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// tick moves the desk's telephone to the clock.
func (w *world) tick() {
	w.t.Helper()
	if _, err := w.serving.Load().Desk.Tick(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// product.md 3.4: the JSON, to the letter.
func TestDeskJSON(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	if status, body := w.get("/demo/messages.json"); status != 200 || strings.TrimSpace(body) != "[]" {
		t.Errorf("an empty desk answers %d %q", status, body)
	}
	b := newTab(w)
	b.signInTo("phone", "dana.phone@lakeside.example")
	b.click("Send Code")
	_, body := w.get("/demo/messages.json?to=%2B12025550185")
	var raw []map[string]any
	if err := json.Unmarshal([]byte(body), &raw); err != nil || len(raw) != 1 {
		t.Fatalf("%v: %s", err, body)
	}
	for _, key := range []string{"id", "channel", "kind", "to", "subject", "text", "code", "links", "status", "at"} {
		if _, ok := raw[0][key]; !ok {
			t.Errorf("no %s in %s", key, body)
		}
	}
	if len(raw[0]) != 10 || raw[0]["channel"] != "sms" || raw[0]["kind"] != "code" || raw[0]["at"] != "2026-11-21T08:00:00.000Z" {
		t.Errorf("message = %s", body)
	}
	if code := raw[0]["code"].(string); !strings.HasSuffix(raw[0]["text"].(string), "@localhost #"+code) {
		t.Errorf("the text does not end in the origin and the code: %v", raw[0]["text"])
	}
	if _, plus := w.get("/demo/messages.json?to=+12025550185"); plus != body {
		t.Error("an unescaped + finds nothing")
	}
	if _, other := w.get("/demo/messages.json?to=eli.email@lakeside.example"); strings.TrimSpace(other) != "[]" {
		t.Errorf("another's messages: %s", other)
	}
}

func TestDeskTelephoneRefusals(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	resp, err := http.PostForm(w.server.URL+"/demo/messages/none/keys", url.Values{"keys": {"#"}})
	if err != nil || resp.StatusCode != http.StatusConflict {
		t.Errorf("no call: %v %v", resp.StatusCode, err)
	}
	b := newTab(w)
	b.signInTo("phone", "dana.phone@lakeside.example")
	b.click("Call Me")
	if got := w.phone("+12025550185", "keys", "abc"); got != http.StatusConflict {
		t.Errorf("letters are keys: %d", got)
	}
	if got := w.phone("+12025550185", "keys", "#"); got != http.StatusNoContent {
		t.Errorf("keys answered %d", got)
	}
	if got := w.phone("+12025550185", "hangup", ""); got != http.StatusNoContent {
		t.Errorf("hang up answered %d", got)
	}
	if got := w.phone("+12025550185", "keys", "#"); got != http.StatusConflict {
		t.Errorf("keys after the end answered %d", got)
	}
}

// The desk's own page: letters, the telephone, and its buttons.
func TestDeskPage(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	d := newTab(w)
	d.open("/demo/messages")
	if !d.sees("Nothing has arrived yet") {
		t.Error(d.text())
	}
	b := newTab(w)
	b.signInTo("phone", "dana.phone@lakeside.example")
	b.click("Send Code")
	d.reload()
	code := w.newest("+12025550185", "sms").Code
	if !d.sees("+1 202-555-0185") || !d.sees(code) {
		t.Errorf("the text does not show: %s", d.text())
	}
	b.click("Call Me")
	d.open("/demo/messages")
	d.click("Answer")
	if !d.sees("Connected") || !d.sees("Someone is signing in") || d.sees("“If it is you") {
		t.Errorf("answered: %s", d.text())
	}
	w.clock.add(5 * time.Second)
	w.tick()
	d.reload()
	if !d.sees("“If it is you, press the pound key") {
		t.Errorf("after the sentence: %s", d.text())
	}
	d.click("#")
	w.tick()
	d.reload()
	if !d.sees("ended with #") {
		t.Errorf("after #: %s", d.text())
	}
	b.reload()
	b.click("Continue")
	if !b.sees("Dana Whitfield") {
		t.Error(b.text())
	}
}

// /demo lists every sample person and organisation (product.md 3.4).
func TestDemoPage(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	b.open("/demo")
	for _, want := range []string{"dana.phone@lakeside.example", "eli.email@lakeside.example", "pat.admin@lakeside.example", "+1 202-555-0142",
		"jrivera", "mchen", "bwright", "hsoto", "Portal-Pass-2020", "correct horse battery staple", "1234567893", "LAKESIDE-2026", "1245319599", "HARBOR-2026", "sam.staff@sallyport.example"} {
		if !b.sees(want) {
			t.Errorf("/demo does not show %s", want)
		}
	}
}

// signInTo goes from the login options past the password.
func (b *tab) signInTo(method, email string) {
	b.t.Helper()
	if b.url == nil || b.url.Path != "/" || !strings.HasPrefix(b.url.String(), b.base) {
		b.open(b.base + "/")
	}
	b.click("LOGIN WITH " + strings.ToUpper(method))
	b.fill("Email Address", email)
	b.fill("Password", "correct horse battery staple")
	b.click("Sign in")
}

// phones are the numbers of the sample people who registered one.
var phones = map[string]string{"dana.phone@lakeside.example": "+12025550185", "pat.admin@lakeside.example": "+12025550142"}

// signIn takes a sample person from the login options, or from where the tab
// stands after a relying party sent it there, to the end.
func (w *world) signIn(b *tab, email string) {
	w.t.Helper()
	if phones[email] == "" {
		b.signInTo("email", email)
	} else {
		b.signInTo("phone", email)
	}
	w.secondStep(b, email)
}

// secondStep gives the code, and goes on.
func (w *world) secondStep(b *tab, email string) {
	w.t.Helper()
	if phone := phones[email]; phone != "" {
		b.click("Send Code")
		b.fill("Verification code", w.newest(phone, "sms").Code)
		b.click("Verify Code")
		return
	}
	b.click("Send verification code")
	b.fill("Verification code", w.newest(email, "email").Code)
	b.click("Verify code")
	b.click("Continue")
}

// The desk says what became of a text, as a carrier would, and the page shows it.
func TestDeskReportsAsCarriersDo(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	b.open("/signin/phone")
	b.fill("Email Address", dana)
	b.fill("Password", demo.Password)
	b.click("Sign in")
	b.click("Send Code")
	id := w.newest("+12025550185", "sms").ID
	report := func(id, fate string) int {
		resp, err := http.PostForm(w.config.PublicURL+"/demo/messages/"+id+"/fate", url.Values{"fate": {fate}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := report(id, "eaten"); got != http.StatusConflict {
		t.Errorf("no such fate: %d", got)
	}
	if got := report("nobody", "delivered"); got != http.StatusConflict {
		t.Errorf("no such message: %d", got)
	}
	if got := report(id, "undelivered"); got != http.StatusNoContent {
		t.Errorf("%d", got)
	}
	if b.reload(); !b.sees("The network did not deliver this code.") {
		t.Errorf("the page: %s", b.text())
	}
	report(id, "delivered") // the first word counts
	if b.reload(); b.sees("Delivered.") {
		t.Errorf("a later word: %s", b.text())
	}
}
