package delivery

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net"
	"net/url"

	"sallyport/internal/sms"
)

// reach connects to an address, by TLS where it is https, and sends nothing.
func reach(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return errors.New("its url is no address") // and is not shown: it may hold a key
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	dialer := &net.Dialer{}
	dial := dialer.DialContext
	if u.Scheme == "https" {
		dial = (&tls.Dialer{NetDialer: dialer}).DialContext
	}
	conn, err := dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return err
	}
	return conn.Close()
}

// ucs2Hex is for providers that want text so.
func ucs2Hex(text string) string { return hex.EncodeToString(sms.UCS2(text)) }
