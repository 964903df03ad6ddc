package delivery

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sallyport/internal/secret"
)

// SignatureHeader carries "t=UNIX,v1=HEX": HMAC-SHA-256 over "UNIX.body" with
// the webhook's secret. Both sides send it.
const SignatureHeader = "Sallyport-Signature"

// skew is how far apart the two clocks may be, and so how long a request that
// somebody recorded can be played again (T-32).
const skew = 5 * time.Minute

// ErrSignature means that a request was not signed with our secret, or too long ago.
var ErrSignature = errors.New("webhook signature does not hold")

// SignBody returns the header's value for body at now.
func SignBody(key secret.Text, body []byte, now time.Time) string {
	at := strconv.FormatInt(now.Unix(), 10)
	return "t=" + at + ",v1=" + hex.EncodeToString(bodyMAC(key, at, body))
}

// CheckBody returns ErrSignature unless header is SignBody's for this body,
// within five minutes of now.
func CheckBody(key secret.Text, header string, body []byte, now time.Time) error {
	at, mac, ok := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	unix, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || now.Sub(time.Unix(unix, 0)).Abs() > skew {
		return ErrSignature
	}
	given, err := hex.DecodeString(mac)
	if err != nil || !hmac.Equal(given, bodyMAC(key, at, body)) {
		return ErrSignature
	}
	return nil
}

func bodyMAC(key secret.Text, at string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	fmt.Fprintf(mac, "%s.", at)
	mac.Write(body)
	return mac.Sum(nil)
}
