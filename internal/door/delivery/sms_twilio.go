package delivery

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" // what Twilio signs with
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sallyport/internal/secret"
)

// Twilio sends texts by the API of Twilio's Programmable Messaging, which others offer
// too. Make it with NewTwilio.
type Twilio struct {
	Label      string
	AccountSID string
	AuthToken  secret.Text
	From       string // number, or …
	Service    string // … messaging service (MG…)
	API        string // default https://api.twilio.com
	Callback   string // public address of its receipts; the message's id is added
	http       *http.Client
}

// NewTwilio makes a channel that follows no redirects (ASVS 15.3.2).
func NewTwilio(t Twilio) *Twilio {
	if t.API == "" {
		t.API = "https://api.twilio.com"
	}
	t.http = carrierClient()
	return &t
}

func (t *Twilio) Name() string { return t.Label }

// twilioAnswer is the part of both answers that is read.
type twilioAnswer struct {
	SID  string `json:"sid"`
	Code int    `json:"code"`
}

// notReachable are error codes that blame the number: not valid, not mobile, opted out, …
var notReachable = []int{21211, 21214, 21217, 21407, 21610, 21612, 21614, 21635, 30003, 30004, 30005, 30006}

func (t *Twilio) Send(ctx context.Context, m Message) (Handed, error) {
	form := url.Values{"To": {m.To}, "Body": {m.Text}}
	if t.Service != "" {
		form.Set("MessagingServiceSid", t.Service)
	} else {
		form.Set("From", t.From)
	}
	if until := time.Until(m.Expires).Truncate(time.Second); m.once() && until > 0 {
		form.Set("ValidityPeriod", fmt.Sprint(max(1, min(14400, int(until/time.Second)))))
	}
	if t.Callback != "" {
		form.Set("StatusCallback", t.Callback+"?id="+url.QueryEscape(m.ID))
	}
	answer, err := t.post(ctx, "Messages.json", form)
	return Handed{Ref: answer.SID, Receipts: t.Callback != ""}, err
}

// post asks the API for something. The error is *Refused where it said no, or where
// nothing was asked.
func (t *Twilio) post(ctx context.Context, what string, form url.Values) (answer twilioAnswer, err error) {
	to := strings.TrimRight(t.API, "/") + "/2010-04-01/Accounts/" + url.PathEscape(t.AccountSID) + "/" + what
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return answer, &Refused{Reason: "address of the API"}
	}
	req.SetBasicAuth(t.AccountSID, t.AuthToken.Reveal())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body, err := do(t.http, req)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(body, &answer); err != nil && status/100 == 2 {
		return answer, fmt.Errorf("an answer that is none of the API's")
	}
	if status/100 == 2 {
		return answer, nil
	}
	return answer, &Refused{Temporary: mayPass(status), Address: slices.Contains(notReachable, answer.Code), Reason: fmt.Sprintf("answered %d, code %d", status, answer.Code)}
}

// Check asks for the account, which shows that the credentials are right.
func (t *Twilio) Check(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(t.API, "/")+"/2010-04-01/Accounts/"+url.PathEscape(t.AccountSID)+".json", nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(t.AccountSID, t.AuthToken.Reveal())
	status, _, err := do(t.http, req)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the API answered %d: account_sid and auth_token are not right", status)
	}
	return err
}

// ReadReceipt checks the signature over the address and the form, and reads what became
// of a message. A signature has no time: that a receipt is played again changes nothing,
// because the first one counts.
func (t *Twilio) ReadReceipt(r *http.Request, body []byte, _ time.Time) (Receipt, error) {
	form, err := t.signed(t.Callback+"?"+r.URL.RawQuery, r, body)
	if err != nil {
		return Receipt{}, err
	}
	receipt := Receipt{Carrier: t.Label, Message: r.URL.Query().Get("id"), Reason: form.Get("ErrorCode")}
	switch form.Get("MessageStatus") {
	case "delivered", "read":
		receipt.Fate = Delivered
	case "undelivered", "failed":
		receipt.Fate = Undelivered
		for _, code := range notReachable {
			if form.Get("ErrorCode") == fmt.Sprint(code) {
				receipt.Fate = Unreachable
			}
		}
	}
	return receipt, nil
}

// signed reads a form that was posted to this address of ours, and was signed.
func (t *Twilio) signed(address string, r *http.Request, body []byte) (url.Values, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || !hmac.Equal([]byte(t.sign(address, form)), []byte(r.Header.Get("X-Twilio-Signature"))) {
		return nil, ErrSignature
	}
	return form, nil
}

// sign is Twilio's: HMAC-SHA-1 of the address and every field in the order of their names.
func (t *Twilio) sign(address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(t.AuthToken.Reveal()))
	mac.Write([]byte(address))
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range form[name] {
			mac.Write([]byte(name + value))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
