package delivery

import (
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
	return NewTwilioVoice(TwilioVoice{Ring: 45 * time.Second, KeyWait: 30 * time.Second, Machines: true, Say: func(lang, key string) string { return lang + " " + strings.TrimPrefix(key, "spoken.") },
		Twilio: Twilio{Label: "cloud", AccountSID: "AC1", AuthToken: secret.NewText("token"), From: "+12025550100", API: api, Callback: "https://door.example/hooks/call/cloud"}})
}

func TestTwilioPlacesCalls(t *testing.T) {
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
		{"key", "Digits", "#", "key_pound", false, listen + "wrong</Say></Gather>"}, // it did not count
		{"key", "Digits", "*", "key_star", false, `en denied</Say><Hangup>`},
		{"key", "Digits", "5", "", false, listen + "wrong</Say></Gather>"},
		{"key", "Digits", "", "", false, `en bye</Say><Hangup>`},
	} {
		u, err := ask(tc.part, url.Values{tc.field: {tc.value}}, "")
		if err != nil || u.ID != "m1" || strings.Join(u.Events, " ") != tc.events {
			t.Errorf("%s %s: %+v, %v", tc.part, tc.value, u, err)
			continue
		}
		kind, body := channel.Answer(u, tc.confirmed)
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
