package delivery

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sallyport/internal/secret"
)

var (
	hookKey = secret.NewText("0123456789abcdef0123456789abcdef")
	t0      = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
)

func clock() time.Time { return t0 }

func TestWebhookSignsWhatItSends(t *testing.T) {
	t.Parallel()
	var got map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := CheckBody(hookKey, r.Header.Get(SignatureHeader), body, t0.Add(time.Minute)); err != nil {
			t.Error(err)
		}
		if err := json.Unmarshal(body, &got); err != nil || r.Header.Get("Idempotency-Key") != "m1" {
			t.Errorf("%v %v", err, r.Header)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	hook := NewWebhook(Webhook{URL: server.URL, Secret: hookKey, EventsURL: "https://signin.example/hooks/voice", Clock: clock})
	m := Message{ID: "m1", Kind: Call, Channel: "voice", To: "+12025550185", Text: "Press the pound key.", Lang: "en", Expires: t0}
	if _, err := hook.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got["to"] != "+12025550185" || got["events_url"] != "https://signin.example/hooks/voice" || got["kind"] != "call" {
		t.Errorf("got %v", got)
	}
}

func TestWebhookSortsAnswers(t *testing.T) {
	t.Parallel()
	answer := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("it followed a redirect")
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(answer)
	}))
	defer server.Close()
	hook := NewWebhook(Webhook{URL: server.URL, Secret: hookKey, Clock: clock})
	for status, temp := range map[int]bool{302: false, 400: false, 403: false, 429: true, 408: true, 500: true, 503: true} {
		answer = status
		_, err := hook.Send(t.Context(), Message{ID: "m"})
		if r, ok := errors.AsType[*Refused](err); !ok || r.Temporary != temp {
			t.Errorf("%d: %+v", status, r)
		}
	}
	server.Close()
	_, err := hook.Send(t.Context(), Message{ID: "m"})
	if r, ok := errors.AsType[*Refused](err); !ok || !r.Temporary {
		t.Errorf("nobody there: %+v", r)
	}
}

// T-32: an unsigned, altered, foreign or old report is refused.
func TestCallReportsMustBeSigned(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":"m1","event":"key_pound"}`)
	good := SignBody(hookKey, body, t0)
	if r, err := ReadCallReport(hookKey, good, body, t0.Add(4*time.Minute)); err != nil || r.ID != "m1" || r.Event != "key_pound" {
		t.Errorf("%+v, %v", r, err)
	}
	other := secret.NewText("another secret, another secret...")
	for name, err := range map[string]error{
		"unsigned":     CheckBody(hookKey, "", body, t0),
		"altered":      CheckBody(hookKey, good, []byte(`{"id":"m2","event":"key_pound"}`), t0),
		"foreign":      CheckBody(other, good, body, t0),
		"old":          CheckBody(hookKey, good, body, t0.Add(6*time.Minute)),
		"from ahead":   CheckBody(hookKey, good, body, t0.Add(-6*time.Minute)),
		"time changed": CheckBody(hookKey, "t=2"+good[3:], body, t0),
		"not hex":      CheckBody(hookKey, good[:len(good)-1]+"x", body, t0),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	junk := []byte("{")
	if _, err := ReadCallReport(hookKey, SignBody(hookKey, junk, t0), junk, t0); err == nil {
		t.Error("junk was read")
	}
}
