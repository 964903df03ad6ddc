package delivery

import (
	"errors"

	gomail "github.com/wneessen/go-mail"
)

func sendError(err error) *gomail.SendError {
	sending, _ := errors.AsType[*gomail.SendError](err)
	return sending
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
