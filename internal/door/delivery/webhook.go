package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"sallyport/internal/secret"
)

// Webhook hands messages to an address of the operator's as signed JSON requests
// (docs/webhook.md). 2xx means accepted; 408, 425, 429 and 5xx a no for now; every other
// answer a no for good. It names where to tell what became of the message. Make it with
// NewWebhook.
type Webhook struct {
	Label     string
	URL       string
	Secret    secret.Text
	EventsURL string // where calls' events and texts' receipts go; none: they are not asked for
	Clock     func() time.Time
	http      *http.Client
}

// NewWebhook makes a channel that follows no redirects (ASVS 15.3.2).
func NewWebhook(w Webhook) *Webhook {
	w.http = carrierClient()
	return &w
}

func (w *Webhook) Name() string {
	if w.Label == "" {
		return "webhook"
	}
	return w.Label
}

// webhookBody is the request; the same id may come twice and is one message.
type webhookBody struct {
	Message
	EventsURL string `json:"events_url,omitempty"`
}

func (w *Webhook) Send(ctx context.Context, m Message) (Handed, error) {
	m.Strange, m.Class = false, "" // not the carrier's business
	body, err := json.Marshal(webhookBody{m, w.EventsURL})
	if err != nil {
		return Handed{}, &Refused{Reason: "message does not marshal"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return Handed{}, &Refused{Reason: "webhook address"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", m.ID)
	req.Header.Set(SignatureHeader, SignBody(w.Secret, body, w.Clock()))
	status, _, err := do(w.http, req)
	switch {
	case err != nil:
		return Handed{}, err
	case status/100 == 2:
		return Handed{Receipts: w.EventsURL != "" && m.Channel == "sms"}, nil
	}
	return Handed{}, &Refused{Temporary: mayPass(status), Address: status == http.StatusUnprocessableEntity, Reason: fmt.Sprintf("webhook answered %d", status)}
}

// Check makes a connection to the webhook, and sends nothing.
func (w *Webhook) Check(ctx context.Context) error { return reach(ctx, w.URL) }

// CallReport is what a webhook posts to EventsURL, signed like ours.
type CallReport struct {
	ID    string `json:"id"`    // of the message
	Event string `json:"event"` // of a call: ringing, answered, prompt_ended, key_pound, key_star, hung_up, busy, declined, no_answer, machine, failed; of a text: delivered, undelivered, unreachable
}

// MostReport is the largest report that is read, in bytes.
const MostReport = 16 << 10

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

// ReadReceipt checks the signature and reads what became of a text.
func (w *Webhook) ReadReceipt(r *http.Request, body []byte, now time.Time) (Receipt, error) {
	report, err := ReadCallReport(w.Secret, r.Header.Get(SignatureHeader), body, now)
	receipt := Receipt{Carrier: w.Name(), Message: report.ID}
	switch f := Fate(report.Event); f {
	case Delivered, Undelivered, Unreachable:
		receipt.Fate = f
	}
	return receipt, err
}
