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

// The published example of Twilio's signature.
func TestTwilioSignature(t *testing.T) {
	t.Parallel()
	signer := &Twilio{AuthToken: secret.NewText("12345")}
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"}, "Caller": {"+14158675309"}}
	if got := signer.sign("https://mycompany.com/myapp.php?foo=1&bar=2", form); got != "RSOYDt4T1cUTdK1PDd93/VVr8B8=" {
		t.Errorf("signature %s", got)
	}
}

func TestTwilioSends(t *testing.T) {
	t.Parallel()
	status, answer := 201, `{"sid":"SM1"}`
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		got = r
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	defer server.Close()
	channel := NewTwilio(Twilio{Label: "cloud", AccountSID: "AC1", AuthToken: secret.NewText("token"), From: "+12025550100", API: server.URL, Callback: "https://door.example/hooks/text/cloud"})
	m := Message{ID: "m1", Kind: Code, Channel: "sms", To: "+12025550185", Text: "Código\n\n@door.example #1", Expires: time.Now().Add(10 * time.Minute)}
	done, err := channel.Send(t.Context(), m)
	if err != nil || done.Ref != "SM1" || !done.Receipts {
		t.Fatalf("%+v, %v", done, err)
	}
	user, password, _ := got.BasicAuth()
	if got.URL.Path != "/2010-04-01/Accounts/AC1/Messages.json" || user != "AC1" || password != "token" {
		t.Errorf("%s as %s", got.URL.Path, user)
	}
	for field, want := range map[string]string{"To": m.To, "From": "+12025550100", "Body": m.Text, "StatusCallback": "https://door.example/hooks/text/cloud?id=m1", "ValidityPeriod": "599"} {
		if got.Form.Get(field) != want {
			t.Errorf("%s is %q", field, got.Form.Get(field))
		}
	}
	for _, tc := range []struct {
		status  int
		answer  string
		refused *Refused
	}{
		{429, `{"code":20429}`, &Refused{Temporary: true}},
		{503, `oh`, &Refused{Temporary: true}},
		{401, `{"code":20003}`, &Refused{}},
		{400, `{"code":21635,"message":"landline"}`, &Refused{Address: true}},
	} {
		status, answer = tc.status, tc.answer
		_, err := channel.Send(t.Context(), m)
		if r, ok := errors.AsType[*Refused](err); !ok || r.Temporary != tc.refused.Temporary || r.Address != tc.refused.Address || strings.Contains(err.Error(), "0185") {
			t.Errorf("%d %s: %v", tc.status, tc.answer, err)
		}
	}
	status, answer = 200, "<html>"
	if _, err := channel.Send(t.Context(), m); err == nil || certain(err) {
		t.Errorf("nonsense with 200 may have been sent: %v", err)
	}
	if status = 200; channel.Check(t.Context()) != nil {
		t.Error("good credentials do not check")
	}
	if status = 401; channel.Check(t.Context()) == nil {
		t.Error("bad credentials check")
	}
	server.Close()
	if _, err := channel.Send(t.Context(), m); !certain(err) || strings.Contains(err.Error(), "AC1") {
		t.Errorf("nobody there: %v", err)
	}
}

// T-32: what Twilio did not sign is refused, also another's address, and an altered form.
func TestTwilioReceipts(t *testing.T) {
	t.Parallel()
	channel := NewTwilio(Twilio{Label: "cloud", AuthToken: secret.NewText("token"), Callback: "https://door.example/hooks/text/cloud"})
	read := func(form url.Values, signature string) (Receipt, error) {
		r := httptest.NewRequest("POST", "/hooks/text/cloud?id=m1", nil)
		r.Header.Set("X-Twilio-Signature", signature)
		return channel.ReadReceipt(r, []byte(form.Encode()), time.Now())
	}
	signed := func(form url.Values) string { return channel.sign(channel.Callback+"?id=m1", form) }
	for status, want := range map[string]Fate{"delivered": Delivered, "undelivered": Undelivered, "failed": Undelivered, "sent": "", "queued": ""} {
		form := url.Values{"MessageStatus": {status}, "MessageSid": {"SM1"}}
		if got, err := read(form, signed(form)); err != nil || got.Fate != want || got.Message != "m1" || got.Carrier != "cloud" {
			t.Errorf("%s: %+v, %v", status, got, err)
		}
	}
	landline := url.Values{"MessageStatus": {"undelivered"}, "ErrorCode": {"30006"}}
	if got, err := read(landline, signed(landline)); err != nil || got.Fate != Unreachable || got.Reason != "30006" {
		t.Errorf("landline: %+v, %v", got, err)
	}
	good := url.Values{"MessageStatus": {"delivered"}}
	other := &Twilio{AuthToken: secret.NewText("another")}
	for name, signature := range map[string]string{"unsigned": "", "foreign": other.sign(channel.Callback+"?id=m1", good), "another message's": channel.sign(channel.Callback+"?id=m2", good), "altered": signed(landline)} {
		if _, err := read(good, signature); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
