package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// cloud is a telephone provider of Twilio's API, as its documentation describes it: it
// takes a call, says what becomes of it, and asks what to do next, signed.
type cloud struct {
	t     *testing.T
	calls chan url.Values
	http  *http.Client
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != "AC1" || password != "cloud-token" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.ParseForm()
	c.calls <- r.PostForm
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, `{"sid":"CA1"}`)
}

// post sends a signed form and returns what it is told to do.
func (c *cloud) post(address string, fields ...string) (status int, twiml string) {
	c.t.Helper()
	form := url.Values{"CallSid": {"CA1"}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	mac := hmac.New(sha1.New, []byte("cloud-token"))
	mac.Write([]byte(address))
	var names []string
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		mac.Write([]byte(name + form.Get(name)))
	}
	req, _ := http.NewRequest("POST", address, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// twiml is the part of it that the provider follows.
type twiml struct {
	Say      []string `xml:"Say"`
	Redirect string   `xml:"Redirect"`
	Gather   struct {
		Action      string  `xml:"action,attr"`
		FinishOnKey *string `xml:"finishOnKey,attr"`
	} `xml:"Gather"`
	Hangup *struct{} `xml:"Hangup"`
}

func follow(t *testing.T, text string) (v twiml) {
	t.Helper()
	if err := xml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// A call by a cloud provider: the page follows it, # after the words signs in, and another
// key or an unsigned request does not.
func TestCallsByACloudProvider(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, "sqlite:"+filepath.Join(t.TempDir(), "door.db"))
	c := &cloud{t: t, calls: make(chan url.Values, 9), http: i.client()}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	text, err := os.ReadFile(i.file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for n, line := range lines {
		if strings.HasPrefix(line, "voice:") {
			lines[n] = fmt.Sprintf("voice: {carriers: [{name: cloud, price: 0.014, twilio: {account_sid: AC1, auth_token: cloud-token, from: \"+12025550100\", api_url: %q}}]}", server.URL)
		}
	}
	if err := os.WriteFile(i.file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, nil, "migrate", "--config", i.file); code != 0 {
		t.Fatal(out)
	}
	i.seed()
	i.serve()
	v := i.visitor()
	v.get(i.base + "/signin/phone")
	v.post("sign_in", "email", "ana@pier.example", "password", "a long enough password")
	v.post("call_me")
	call := receive(t, c.calls)
	words := follow(t, call.Get("Twiml"))
	if call.Get("To") != "+12025550123" || len(words.Say) < 3 || !strings.Contains(words.Say[0], "Harbor Review") || words.Gather.Action != "" {
		t.Fatalf("%v", call)
	}
	page := func(want string) {
		t.Helper()
		if v.get(v.url.String()); !strings.Contains(v.page, want) {
			t.Errorf("the page does not say %q: %s", want, v.page)
		}
	}
	status := call.Get("StatusCallback")
	c.post(status, "CallStatus", "ringing")
	page("ringing")
	c.post(status, "CallStatus", "in-progress")
	page("Answered")
	time.Sleep(2100 * time.Millisecond) // the two seconds themselves are tested: a # counts only after them (T-25)
	_, text2 := c.post(words.Redirect)
	gather := follow(t, text2)
	if gather.Gather.FinishOnKey == nil || *gather.Gather.FinishOnKey != "" {
		t.Fatalf("# would be swallowed: %s", text2)
	}
	if code, _ := c.post(strings.Replace(gather.Gather.Action, "id=", "id=x", 1), "Digits", "#"); code != http.StatusOK {
		t.Errorf("a key on a call of nobody: %d", code)
	}
	resp, err := i.client().PostForm(gather.Gather.Action, url.Values{"Digits": {"#"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("an unsigned key: %d", resp.StatusCode)
	}
	if _, text := c.post(gather.Gather.Action, "Digits", "5"); follow(t, text).Gather.Action == "" {
		t.Errorf("another key ends the call: %s", text)
	}
	if v.post("continue"); !strings.Contains(v.page, "We have not heard #") {
		t.Errorf("it went on without #: %s", v.page)
	}
	if _, text := c.post(gather.Gather.Action, "Digits", "#"); follow(t, text).Hangup == nil {
		t.Errorf("after #: %s", text)
	}
	c.post(status, "CallStatus", "completed")
	v.get(v.url.String())
	v.post("continue")
	if !strings.Contains(v.page, "Ana Ruiz") {
		t.Fatalf("by a cloud call: %s", v.page)
	}
	// A person who did not ask for it.
	v = i.visitor()
	v.get(i.base + "/signin/phone")
	v.post("sign_in", "email", "ana@pier.example", "password", "a long enough password")
	v.post("call_me")
	call = receive(t, c.calls)
	c.post(call.Get("StatusCallback"), "CallStatus", "in-progress")
	time.Sleep(2100 * time.Millisecond) // as above, for *
	_, text2 = c.post(follow(t, call.Get("Twiml")).Redirect)
	if _, text := c.post(follow(t, text2).Gather.Action, "Digits", "*"); follow(t, text).Hangup == nil {
		t.Errorf("after *: %s", text)
	}
	if v.post("continue"); strings.Contains(v.page, "Ana Ruiz") {
		t.Error("it went on although the person refused")
	}
}
