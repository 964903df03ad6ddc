package delivery

import (
	"bufio"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"

	"sallyport/internal/secret"
)

// BounceKey signs the address that a message's bounces go to, so that nobody can tell us
// that somebody's mail does not arrive.
type BounceKey struct{ Keys *secret.Keys }

// Address is the return path of one message: local+id.signature@domain (VERP).
func (k *BounceKey) Address(returnPath, messageID string) string {
	local, domain, _ := strings.Cut(returnPath, "@")
	return local + "+" + messageID + "." + k.sign(messageID) + "@" + domain
}

// Message returns the id of the message that an address of ours is the return path of.
func (k *BounceKey) Message(address string) (id string, ok bool) {
	local, _, _ := strings.Cut(address, "@")
	_, tail, _ := strings.Cut(local, "+")
	id, signature, ok := strings.Cut(tail, ".")
	return id, ok && secret.Equal([]byte(strings.ToLower(signature)), []byte(k.sign(id)))
}

func (k *BounceKey) sign(messageID string) string {
	return hex.EncodeToString(k.Keys.Hash("bounce", messageID)[:8])
}

// errNoReport means that a mail is no delivery status notification.
var errNoReport = errors.New("not a delivery status notification")

// ReadBounce reads a delivery status notification (RFC 3464) and returns whether it says
// that delivery failed for good, with the status code (RFC 3463), such as 5.1.1.
func ReadBounce(r io.Reader) (failed bool, status string, err error) {
	msg, err := mail.ReadMessage(r)
	if err != nil {
		return false, "", errNoReport
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") { // report, and mixed of some mail servers
		return false, "", errNoReport
	}
	for parts := multipart.NewReader(msg.Body, params["boundary"]); ; {
		part, err := parts.NextPart()
		if err != nil {
			return false, "", errNoReport
		}
		if kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind != "message/delivery-status" && kind != "message/global-delivery-status" {
			continue
		}
		return readStatus(part)
	}
}

// readStatus reads the fields of the message, and then of each recipient.
func readStatus(r io.Reader) (failed bool, status string, err error) {
	for fields := textproto.NewReader(bufio.NewReader(r)); ; {
		block, err := fields.ReadMIMEHeader()
		if strings.EqualFold(strings.TrimSpace(block.Get("Action")), "failed") {
			status, _, _ = strings.Cut(strings.TrimSpace(block.Get("Status")), " ")
			return true, status, nil
		}
		if err != nil {
			return false, "", nil
		}
	}
}

// unreachableStatus: the address is bad, moved or disabled (RFC 3463 §3.2, §3.3), and not
// merely full or refused this time.
func unreachableStatus(status string) bool {
	return strings.HasPrefix(status, "5.1.") || status == "5.2.0" || status == "5.2.1"
}
