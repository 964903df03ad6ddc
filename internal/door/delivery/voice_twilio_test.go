package delivery

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sallyport/internal/secret"
)

func cloudVoice(api string) *TwilioVoice {
	return NewTwilioVoice(TwilioVoice{Keys: secret.NewKeys(), Ring: 45 * time.Second, KeyWait: 30 * time.Second, Machines: true, Say: func(lang, key string) string { return lang + " " + strings.TrimPrefix(key, "spoken.") },
		Twilio: Twilio{Label: "cloud", AccountSID: "AC1", AuthToken: secret.NewText("token"), From: "+12025550100", API: api, Callback: "https://door.example/hooks/call/cloud"}})
}

func TestTwilioPlacesCalls(t *testing.T) {
	t.Parallel()
	var got url.Values
	status := 201
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		got = r.PostForm
		if r.URL.Path != "/2010-04-01/Accounts/AC1/Calls.json" {
			t.Errorf("path %s", r.URL.Path)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, `{"sid":"CA1","code":21211}`)
	}))
	defer server.Close()
	m := Message{ID: "m1", Kind: Call, Channel: "voice", To: "+12025550185", Lang: "es", Text: "Le llama Harbor & Hijos.\nSi es usted, presione la tecla numeral."}
	channel := cloudVoice(server.URL)
	if done, err := channel.Send(t.Context(), m); err != nil || done.Ref != "CA1" {
		t.Fatalf("%+v, %v", done, err)
	}
	if got.Get("To") != m.To || got.Get("From") != "+12025550100" || got.Get("Timeout") != "45" || got.Get("MachineDetection") != "Enable" || len(got["StatusCallbackEvent"]) != 3 ||
		got.Get("StatusCallback") != "https://door.example/hooks/call/cloud/status?id=m1&lang=es" {
		t.Errorf("%v", got)
	}
	// It speaks first and listens afterwards: no key counts before the words (T-25).
	want := `<Response><Pause length="1"></Pause><Say language="es-US">Le llama Harbor &amp; Hijos.</Say><Say language="es-US">Si es usted, presione la tecla numeral.</Say>` +
		`<Redirect method="POST">https://door.example/hooks/call/cloud/words?id=m1&amp;lang=es</Redirect></Response>`
	if twiml := got.Get("Twiml"); !strings.HasSuffix(twiml, want) || len(twiml) > 4000 {
		t.Errorf("%s", twiml)
	}
	status = 400
	_, err := channel.Send(t.Context(), m)
	if r, ok := errors.AsType[*Refused](err); !ok || !r.Address || r.Temporary {
		t.Errorf("a bad number: %v", err)
	}
}

// B2C-7: # reaches us only where finishOnKey is empty, and ends nothing by itself.
func TestTwilioLeadsACall(t *testing.T) {
	t.Parallel()
	channel := cloudVoice("")
	ask := func(part string, form url.Values, signature string) (CallUpdate, error) {
		r := httptest.NewRequest("POST", "/hooks/call/cloud/"+part+"?id=m1&lang=en", nil)
		if signature == "" {
			signature = channel.sign(channel.Callback+"/"+part+"?id=m1&lang=en", form)
		}
		r.Header.Set("X-Twilio-Signature", signature)
		return channel.ReadCall(r, part, []byte(form.Encode()))
	}
	listen := `<Gather input="dtmf" numDigits="1" finishOnKey="" timeout="30" actionOnEmptyResult="true" method="POST" action="https://door.example/hooks/call/cloud/key?id=m1&amp;lang=en"><Say language="en-US">en `
	for _, tc := range []struct {
		part, field, value, events string
		confirmed                  bool
		answer                     string
	}{
		{"status", "CallStatus", "ringing", "ringing", false, ""},
		{"status", "CallStatus", "in-progress", "answered", false, ""},
		{"status", "CallStatus", "no-answer", "no_answer", false, ""},
		{"status", "CallStatus", "busy", "busy", false, ""},
		{"status", "CallStatus", "failed", "failed", false, ""},
		{"status", "CallStatus", "completed", "hung_up", false, ""},
		{"status", "CallStatus", "queued", "", false, ""},
		{"words", "CallStatus", "in-progress", "answered prompt_ended", false, listen + "now</Say></Gather>"},
		{"words", "AnsweredBy", "machine_start", "answered machine", false, "<Response><Hangup></Hangup></Response>"},
		{"words", "AnsweredBy", "human", "answered prompt_ended", false, listen + "now</Say></Gather>"},
		{"key", "Digits", "#", "key_pound", true, `en thanks</Say><Hangup>`},
		{"key", "Digits", "#", "key_pound", false, listen + "wrong</Say><Say language=\"en-US\">en now</Say></Gather>"}, // it did not count
		{"key", "Digits", "*", "key_star", false, `en denied</Say><Hangup>`},
		{"key", "Digits", "5", "", false, listen + "wrong</Say><Say language=\"en-US\">en now</Say></Gather>"},
		{"key", "Digits", "", "", false, `en bye</Say><Hangup>`},
	} {
		u, err := ask(tc.part, url.Values{tc.field: {tc.value}}, "")
		if err != nil || u.ID != "m1" || strings.Join(u.Events, " ") != tc.events {
			t.Errorf("%s %s: %+v, %v", tc.part, tc.value, u, err)
			continue
		}
		kind, body := channel.Answer(u, CallStanding{Wanted: !tc.confirmed, Confirmed: tc.confirmed})
		if !strings.Contains(string(body), tc.answer) || (kind == "") != (tc.answer == "") {
			t.Errorf("%s %s: %s %s", tc.part, tc.value, kind, body)
		}
	}
	pound := url.Values{"Digits": {"#"}}
	for name, signature := range map[string]string{"foreign": (&Twilio{AuthToken: secret.NewText("x")}).sign(channel.Callback+"/key?id=m1&lang=en", pound),
		"another call's": channel.sign(channel.Callback+"/key?id=m2&lang=en", pound), "another part's": channel.sign(channel.Callback+"/words?id=m1&lang=en", pound), "none": "-"} {
		if _, err := ask("key", pound, signature); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// gathered is the part of an answer that the provider follows, and what it says.
type gathered struct {
	Say    []string `xml:"Say"`
	Hangup *string  `xml:"Hangup"`
	Gather struct {
		Action      string   `xml:"action,attr"`
		NumDigits   string   `xml:"numDigits,attr"`
		FinishOnKey string   `xml:"finishOnKey,attr"`
		Say         []string `xml:"Say"`
	} `xml:"Gather"`
}

// conversation is a call that the provider leads by its requests.
type conversation struct {
	t       *testing.T
	channel *TwilioVoice
	next    string
	events  []string
}

// place sends a message, and takes the address that its words lead to.
func converse(t *testing.T, m Message) *conversation {
	t.Helper()
	var form url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		form = r.PostForm
		w.WriteHeader(201)
		fmt.Fprint(w, `{"sid":"CA1"}`)
	}))
	defer server.Close()
	c := &conversation{t: t, channel: cloudVoice(server.URL)}
	m.ID, m.Kind, m.Channel, m.To, m.Lang = "m1", Call, "voice", "+12025550185", "en"
	if _, err := c.channel.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if m.Code != "" && strings.Contains(fmt.Sprint(form), m.Code) {
		t.Error("the code goes along in clear")
	}
	var first struct{ Redirect string }
	if err := xml.Unmarshal([]byte(form.Get("Twiml")), &first); err != nil {
		t.Fatal(err)
	}
	c.next = first.Redirect
	return c
}

// says presses keys, and returns what is said then.
func (c *conversation) says(digits string, standing CallStanding) (g gathered) {
	c.t.Helper()
	to, err := url.Parse(c.next)
	if err != nil {
		c.t.Fatal(err)
	}
	part := to.Path[strings.LastIndex(to.Path, "/")+1:]
	form := url.Values{"Digits": {digits}}
	r := httptest.NewRequest("POST", to.RequestURI(), nil)
	r.Header.Set("X-Twilio-Signature", c.channel.sign(c.next, form))
	u, err := c.channel.ReadCall(r, part, []byte(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	c.events = append(c.events, u.Events...)
	_, body := c.channel.Answer(u, standing)
	if err := xml.Unmarshal(body, &g); err != nil {
		c.t.Fatal(err)
	}
	c.next = g.Gather.Action
	return g
}

// A code is read to who presses the digit that was said; a number is keyed in; nothing of
// either is in an address in clear, or worth anything on another call.
func TestTwilioModes(t *testing.T) {
	t.Parallel()
	wanted := CallStanding{Wanted: true}
	c := converse(t, Message{Mode: "spoken", Code: "204816", Text: "Harbor"})
	g := c.says("", wanted)
	digit := strings.TrimPrefix(g.Gather.Say[1], "en ")
	if len(digit) != 1 || digit < "1" || digit > "9" || strings.Contains(c.next, "204816") {
		t.Fatalf("%+v", g)
	}
	if g = c.says("0", wanted); !strings.Contains(fmt.Sprint(g.Gather.Say), "en wrong") {
		t.Errorf("another digit: %+v", g)
	}
	if g = c.says(digit, wanted); strings.Join(g.Say, "") != "en codeen 2en 0en 4en 8en 1en 6en againen 2en 0en 4en 8en 1en 6en againen 2en 0en 4en 8en 1en 6" {
		t.Errorf("read %v", g.Say)
	}
	if g = c.says("*", CallStanding{}); g.Hangup == nil || strings.Join(c.events, " ") != "answered prompt_ended told key_star" {
		t.Errorf("%+v, %v", g, c.events)
	}
	c = converse(t, Message{Mode: "keypad", Code: "204816", Text: "Harbor"})
	if g = c.says("", wanted); g.Gather.NumDigits != "6" || g.Gather.FinishOnKey != "#" {
		t.Errorf("%+v", g)
	}
	if g = c.says("204817", wanted); !strings.Contains(fmt.Sprint(g.Gather.Say), "en mismatch") {
		t.Errorf("another number: %+v", g)
	}
	if g = c.says("204816", CallStanding{Confirmed: true}); g.Hangup == nil || g.Say[0] != "en thanks" || c.events[2] != "keyed" {
		t.Errorf("%+v, %v", g, c.events)
	}
	c = converse(t, Message{Mode: "keypad", Code: "204816", Text: "Harbor"})
	c.says("", wanted)
	if g = c.says("0", wanted); g.Hangup == nil || c.events[2] != "key_star" {
		t.Errorf("0#: %+v, %v", g, c.events)
	}
	c = converse(t, Message{Mode: "keypad", Code: "204816", Text: "Harbor"})
	c.says("", wanted)
	c.says("111111", wanted)
	c.says("222222", wanted)
	if g = c.says("333333", wanted); g.Hangup == nil || len(c.events) != 2 {
		t.Errorf("three guesses: %+v, %v", g, c.events)
	}
	c = converse(t, Message{Mode: "keypad", Code: "204816", Text: "Harbor"})
	c.next = strings.Replace(c.next, "id=m1", "id=m2", 1)
	to, _ := url.Parse(c.next)
	r := httptest.NewRequest("POST", to.RequestURI(), nil)
	r.Header.Set("X-Twilio-Signature", c.channel.sign(c.next, url.Values{}))
	if _, err := c.channel.ReadCall(r, "words", nil); !errors.Is(err, ErrSignature) {
		t.Errorf("what was sealed for another call: %v", err)
	}
	// Nobody waits for it any more.
	c = converse(t, Message{Text: "Harbor"})
	c.says("", wanted)
	if g = c.says("5", CallStanding{}); g.Hangup == nil {
		t.Errorf("%+v", g)
	}
}
