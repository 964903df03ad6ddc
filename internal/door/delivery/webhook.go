package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"errors"

	"sallyport/internal/secret"
)

// Webhook hands texts or calls to an address of the operator's as a signed JSON
// request (docs/webhook.md). 2xx means accepted; 408, 425, 429 and 5xx a no for
// now; every other answer a no for good. For a call it names where events go.
type Webhook struct {
	URL       string
	Secret    secret.Text
	EventsURL string // calls only
	Clock     func() time.Time
	client    http.Client
}

// NewWebhook makes a channel that follows no redirects (ASVS 15.3.2).
func NewWebhook(url string, key secret.Text, eventsURL string, clock func() time.Time) *Webhook {
	return &Webhook{URL: url, Secret: key, EventsURL: eventsURL, Clock: clock, client: http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (w *Webhook) Name() string { return "webhook" }

// webhookBody is the request; the same id may come twice and is one message.
type webhookBody struct {
	Message
	EventsURL string `json:"events_url,omitempty"`
}

func (w *Webhook) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(webhookBody{m, w.EventsURL})
	if err != nil {
		return &Refused{Reason: "message does not marshal"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return &Refused{Reason: "webhook address"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Sallyport")
	req.Header.Set("Idempotency-Key", m.ID)
	req.Header.Set(SignatureHeader, SignBody(w.Secret, body, w.Clock()))
	resp, err := w.client.Do(req)
	if err != nil {
		if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
			return &Refused{Temporary: true, Reason: "no connection to the webhook"}
		}
		return fmt.Errorf("webhook: %w", err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
	if resp.StatusCode/100 == 2 {
		return nil
	}
	return &Refused{Temporary: mayPass(resp.StatusCode), Reason: fmt.Sprintf("webhook answered %d", resp.StatusCode)}
}

func mayPass(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// CallReport is what a voice webhook posts to EventsURL, signed like ours.
type CallReport struct {
	ID    string `json:"id"`    // of the call's message
	Event string `json:"event"` // ringing, answered, prompt_ended, key_pound, key_star, hung_up, busy, no_answer, machine, failed
}

// MostReport is the largest report that is read, in bytes.
const MostReport = 4 << 10

// ReadCallReport checks the signature and decodes the report.
func ReadCallReport(key secret.Text, header string, body []byte, now time.Time) (CallReport, error) {
	var report CallReport
	if err := CheckBody(key, header, body, now); err != nil {
		return report, err
	}
	if err := json.Unmarshal(body, &report); err != nil {
		return report, fmt.Errorf("call report: %w", err)
	}
	return report, nil
}
