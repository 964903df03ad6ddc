package delivery

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// ReceiptReader is a channel whose receipts come as requests to us. It returns
// ErrSignature for one that its carrier did not sign, and a receipt without a fate for
// news that does not matter.
type ReceiptReader interface {
	ReadReceipt(r *http.Request, body []byte, now time.Time) (Receipt, error)
}

// carrierClient follows no redirects (ASVS 15.3.2) and keeps connections.
func carrierClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.IdleConnTimeout = 64, 50*time.Second
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// mostAnswer is how much of a carrier's answer is read, in octets.
const mostAnswer = 64 << 10

// do sends a request and reads the answer. Where no connection could be made, nothing
// was sent: that is *Refused. After any other error it may have been.
func do(client *http.Client, req *http.Request) (status int, body []byte, err error) {
	req.Header.Set("User-Agent", "Sallyport")
	if _, set := req.Header["Idempotency-Key"]; !set {
		req.Header["Idempotency-Key"] = nil // not sent; a kept connection that the carrier had closed is replaced, and the same message sent
	}
	resp, err := client.Do(req)
	if err != nil {
		if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
			return 0, nil, &Refused{Temporary: true, Reason: "no connection"}
		}
		return 0, nil, fmt.Errorf("no answer: %w", errors.Unwrap(err)) // without the address, which may hold a key
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return 0, nil, fmt.Errorf("answer broke off: %w", err)
	}
	return resp.StatusCode, body, nil
}

func mayPass(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}
