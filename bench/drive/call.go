package drive

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"sallyport/internal/door/delivery"
)

// answer is a person who answers, listens and presses #, as a carrier reports it.
func (i *Inbox) answer(id, events string) {
	for _, e := range []struct {
		event string
		after time.Duration
	}{{"ringing", 0}, {"answered", 50 * time.Millisecond}, {"prompt_ended", 500 * time.Millisecond}, {"key_pound", 2200 * time.Millisecond}} {
		time.Sleep(e.after)
		i.report(events, delivery.CallReport{ID: id, Event: e.event})
	}
}

// report posts an event until it is taken, for at most ten seconds.
func (i *Inbox) report(to string, r delivery.CallReport) {
	body, err := json.Marshal(r)
	if err != nil {
		return
	}
	for range 50 {
		req, err := http.NewRequest(http.MethodPost, to, bytes.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(delivery.SignatureHeader, delivery.SignBody(i.Secret, body, time.Now()))
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode < 500 {
				return
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
}
