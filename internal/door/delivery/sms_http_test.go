package delivery

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sallyport/internal/secret"
)

func TestHTTPIsWhatTheOperatorDescribes(t *testing.T) {
	t.Parallel()
	status, answer, body := 200, `{"messages":[{"id":"p-77","state":"ok"}]}`, ""
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	defer server.Close()
	channel, err := NewHTTP(HTTP{Label: "newco", URL: server.URL + "/send?to={{query .To}}", Headers: map[string]string{"Authorization": "Bearer {{.Secret.key}}", "Content-Type": "application/json"},
		Body: `{"text":"{{json .Text}}","number":"{{.Digits}}","report":"{{json .ReceiptURL}}"}`, Secrets: map[string]secret.Text{"key": secret.NewText("k-1")},
		Accepted: `"state":"ok"`, Ref: `"id":"([^"]+)"`, Bad: `bad_number`, Receipts: "https://door.example/hooks/text/newco", Status: "state", Good: "^done$", Lost: "^(lost|expired)$", Keys: secret.NewKeys()})
	if err != nil {
		t.Fatal(err)
	}
	m := Message{ID: "m1", Channel: "sms", To: "+12025550185", Text: "a \"b\"\n\n@door.example #1"}
	done, err := channel.Send(t.Context(), m)
	if err != nil || done.Ref != "p-77" || !done.Receipts {
		t.Fatalf("%+v, %v", done, err)
	}
	if got.URL.Query().Get("to") != m.To || got.Header.Get("Authorization") != "Bearer k-1" || !strings.HasPrefix(body, `{"text":"a \"b\"\n\n@door.example #1","number":"12025550185","report":"https://door.example/hooks/text/newco?id=m1&v=`) {
		t.Errorf("%s %v %s", got.URL, got.Header, body)
	}
	for _, tc := range []struct {
		status             int
		answer             string
		temporary, address bool
	}{{200, `{"state":"no"}`, false, false}, {422, `{"error":"bad_number"}`, false, true}, {500, "", true, false}} {
		status, answer = tc.status, tc.answer
		_, err := channel.Send(t.Context(), m)
		if r, ok := errors.AsType[*Refused](err); !ok || r.Temporary != tc.temporary || r.Address != tc.address {
			t.Errorf("%d %s: %v", tc.status, tc.answer, err)
		}
	}
	if channel.Check(t.Context()) != nil {
		t.Error("it is there, and does not check")
	}
	server.Close()
	if _, err := channel.Send(t.Context(), m); !certain(err) || channel.Check(t.Context()) == nil || strings.Contains(err.Error(), "2025550185") {
		t.Errorf("nobody there: %v", err)
	}
}

// Mistakes in the description are found at start, not when somebody waits for a code.
func TestHTTPDescriptionIsChecked(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]HTTP{"template": {URL: "https://x/{{.To"}, "field": {URL: "https://x", Body: "{{.Phone}}"}, "secret": {URL: "https://x/{{.Secret.key}}"}, "expression": {URL: "https://x", Ref: "("}} {
		if _, err := NewHTTP(h); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// T-32: a receipt's address was given to the carrier alone, for one message.
func TestHTTPReceipts(t *testing.T) {
	t.Parallel()
	channel, err := NewHTTP(HTTP{Label: "newco", URL: "https://x", Receipts: "https://door.example/hooks/text/newco", Status: "results.0.state", Good: "^done$", Lost: "^lost$", Keys: secret.NewKeys()})
	if err != nil {
		t.Fatal(err)
	}
	good := strings.TrimPrefix(channel.receiptURL("m1"), "https://door.example")
	read := func(method, address, kind, body string) (Receipt, error) {
		r := httptest.NewRequest(method, address, nil)
		r.Header.Set("Content-Type", kind)
		return channel.ReadReceipt(r, []byte(body), time.Now())
	}
	for _, tc := range []struct {
		method, address, kind, body string
		want                        Fate
	}{
		{"POST", good, "application/json", `{"results":[{"state":"done"}]}`, Delivered},
		{"POST", good, "application/json", `{"results":[{"state":"lost"}]}`, Undelivered},
		{"POST", good, "application/json", `{"results":{"0":7}}`, ""},
		{"POST", good, "application/x-www-form-urlencoded", "results.0.state=done", Delivered},
		{"GET", good + "&results.0.state=lost", "", "", Undelivered},
		{"GET", good, "", "", ""},
	} {
		if got, err := read(tc.method, tc.address, tc.kind, tc.body); err != nil || got.Fate != tc.want || got.Message != "m1" {
			t.Errorf("%s %s: %+v, %v", tc.method, tc.body, got, err)
		}
	}
	for name, address := range map[string]string{"unsigned": "/hooks/text/newco?id=m1", "another message": strings.Replace(good, "id=m1", "id=m2", 1), "altered": good[:len(good)-1] + "x"} {
		if _, err := read("POST", address, "application/json", `{"results":[{"state":"done"}]}`); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
