package smpp

import (
	"strconv"
	"strings"

	"sallyport/internal/sms"
)

// Receipt is what a message centre says of a message that it accepted.
type Receipt struct {
	ID    string
	State State
	Code  string // the network's own error code, where it gives one
}

// State of a message (§5.2.28).
type State string

const (
	EnRoute     State = "ENROUTE"
	Delivered   State = "DELIVRD"
	Expired     State = "EXPIRED"
	Deleted     State = "DELETED"
	Undelivered State = "UNDELIV"
	Accepted    State = "ACCEPTD"
	Unknown     State = "UNKNOWN"
	Rejected    State = "REJECTD"
)

var states = []State{"", EnRoute, Delivered, Expired, Deleted, Undelivered, Accepted, Unknown, Rejected}

// Final tells that nothing more will be heard.
func (s State) Final() bool { return s != EnRoute && s != Accepted && s != Unknown && s != "" }

// parseDeliver reads a deliver_sm (§4.6.1). What is no receipt is none of ours: ok is false.
func parseDeliver(body []byte) (receipt Receipt, ok bool, err error) {
	r := &reader{rest: body}
	r.text()  // service_type
	r.take(2) // source
	r.text()
	r.take(2) // destination
	r.text()
	esm := r.octet()
	r.take(2)
	r.text()
	r.text()
	r.take(2)
	r.octet() // data_coding
	r.octet()
	short := r.take(int(r.octet()))
	options := r.options()
	if r.bad {
		return receipt, false, errPDU
	}
	if esm&0x3c != 0x04 { // §5.2.12: not a receipt
		return receipt, false, nil
	}
	if payload := options[tagPayload]; len(short) == 0 {
		short = payload
	}
	receipt = parseReceipt(sms.FromGSM(short))
	if id, given := options[tagReceiptedID]; given {
		receipt.ID = strings.TrimRight(string(id), "\x00")
	}
	if state := options[tagMessageState]; len(state) == 1 && int(state[0]) < len(states) {
		receipt.State = states[state[0]]
	}
	return receipt, receipt.ID != "", nil
}

// parseReceipt reads the customary text (appendix B): “id:… stat:DELIVRD err:000 text:…”.
func parseReceipt(text string) (r Receipt) {
	head, _, _ := strings.Cut(text, "ext:") // what the message said is none of our business, and could look like a field
	for field := range strings.FieldsSeq(head) {
		name, value, _ := strings.Cut(field, ":")
		switch strings.ToLower(name) {
		case "id":
			r.ID = value
		case "stat":
			r.State = State(strings.ToUpper(value))
		case "err":
			r.Code = value
		}
	}
	return r
}

// hexID writes a decimal id in hexadecimal: some message centres number receipts so,
// and messages otherwise.
func hexID(id string) string {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return id
	}
	return strconv.FormatUint(n, 16)
}

// sameID is how ids are compared: by value where they are hexadecimal.
func sameID(id string) string { return strings.ToLower(strings.TrimLeft(id, "0")) }
