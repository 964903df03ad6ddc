package delivery

import (
	"errors"

	gomail "github.com/wneessen/go-mail"
)

func sendError(err error) *gomail.SendError {
	sending, _ := errors.AsType[*gomail.SendError](err)
	return sending
}

// noSuchAddress tells a mailbox that is not there from a server that does not want our
// mail, which another may take (RFC 5321 §4.2.2, RFC 3463 §3.2).
func noSuchAddress(code int, enhanced string) bool {
	if enhanced != "" {
		return unreachableStatus(enhanced)
	}
	return code == 550 || code == 551 || code == 553
}

// answered tells that the server said no, and waits for the next message.
func answered(err error) bool {
	refused, ok := errors.AsType[*Refused](err)
	return ok && refused.Reason != goneReason
}

// began tells that the server may have got something of the message.
func began(err error) bool {
	sending := sendError(err)
	return sending == nil || sending.Reason != gomail.ErrConnCheck
}
