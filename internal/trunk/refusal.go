package trunk

import (
	"errors"
	"fmt"
)

// Refusal is a final answer that is not 2xx (RFC 3261 section 21).
type Refusal struct {
	Status int
	Reason string // the standard's words, never the trunk's
}

func (r *Refusal) Error() string { return fmt.Sprintf("SIP %d %s", r.Status, r.Reason) }

// Kind is what a refusal says of a call.
type Kind int

const (
	Fault    Kind = iota // the trunk did not bring it there: another may
	Busy                 // the telephone is in use
	Declined             // somebody refused it
	Absent               // nobody answers there now
	Unknown              // there is no such number: no trunk reaches it
	Denied               // the trunk does not let us, or not there
)

// Kind tells what the status says (RFC 3261 section 21.4 to 21.6, RFC 3398 section 8.2.6.1).
func (r *Refusal) Kind() Kind {
	switch r.Status {
	case 486, 600:
		return Busy
	case 603, 607, 608:
		return Declined
	case 408, 480, 487:
		return Absent
	case 404, 410, 484, 485, 604:
		return Unknown
	case 401, 402, 403, 407, 433:
		return Denied
	}
	return Fault
}

var reasons = map[int]string{400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 415: "Unsupported Media Type", 420: "Bad Extension",
	421: "Extension Required", 423: "Interval Too Brief", 433: "Anonymity Disallowed", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
	482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Server Time-out", 600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable", 607: "Unwanted", 608: "Rejected"}

func refusal(status int) *Refusal {
	reason := reasons[status]
	if reason == "" {
		reason = "Refused"
	}
	return &Refusal{status, reason}
}

var (
	// ErrSilent: the trunk gave no answer at all, so it is not known what became of the call.
	ErrSilent = errors.New("trunk is silent")
	// ErrDown: the call was not begun.
	ErrDown = errors.New("trunk is down")
	// ErrFull: the call was not begun, as many as may be are under way.
	ErrFull = errors.New("as many calls as may be are under way")
	// ErrNumber: the number is not in E.164.
	ErrNumber = errors.New("number is not in E.164")
	// ErrMedia: the far end offered no voice that we speak, or said it in no way that can be read.
	ErrMedia = errors.New("no voice that both ends speak")
)
