package delivery

import (
	"log/slog"
	"time"
)

// Kind is why a message is sent. A code or a call is handed over at most once;
// everything else at least once.
type Kind string

const (
	Code   Kind = "code"
	Call   Kind = "call"
	Link   Kind = "link"
	Notice Kind = "notice"
	Logout Kind = "logout" // to a relying party: To is its client id, Subject the person's sub, Text the sid
)

// Class is what a message is for, as the day's budget sees it. Set it where the message is
// composed: it decides what share of the budget the message may spend (decision 20).
type Class string

const (
	Ordinary       Class = ""                // everything else: invitations, links and codes that an invitation or a proven mailbox led to
	Stranger       Class = "stranger"        // requested before a right password or an invitation
	SignInCode     Class = "sign_in_code"    // a code or call after the right password
	SecurityNotice Class = "security_notice" // tells people what changed in their account
)

// Message is what a carrier gets. ID stays the same over all tries, and is the
// challenge's where there is one.
type Message struct {
	ID      string   `json:"id"`
	Kind    Kind     `json:"kind"`
	Channel string   `json:"channel"` // email, sms, voice, backchannel
	To      string   `json:"to"`      // address, or E.164 number
	Subject string   `json:"subject,omitempty"`
	Text    string   `json:"text"`              // for a call: what the voice says, a sentence a line
	Purpose string   `json:"purpose,omitempty"` // of a call: sign_in, enrol, test
	Mode    string   `json:"mode,omitempty"`    // of a call: empty (# approves), spoken (it reads Code out), keypad (Code is keyed in)
	Code    string   `json:"code,omitempty"`
	Links   []string `json:"links,omitempty"`
	Lang    string   `json:"lang"`
	Country string   `json:"country,omitempty"` // of the number: ISO 3166 region
	Class   Class    `json:"class,omitempty"`
	// Withheld messages reach no carrier. Their hand-off takes as long as a real one and has
	// the same outcome, so that nobody learns that nothing was sent (T-02).
	Withheld bool      `json:"withheld,omitempty"`
	Strange  bool      `json:"strange,omitempty"` // nobody has proven this number yet
	Expires  time.Time `json:"expires"`           // not worth handing over after
}

// LogValue keeps everything that must not be in a log out of it.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", m.ID), slog.String("kind", string(m.Kind)), slog.String("channel", m.Channel))
}

func (m Message) String() string { return m.Channel + " " + string(m.Kind) + " " + m.ID }

// once tells that the message must not be handed over a second time.
func (m Message) once() bool { return m.Kind == Code || m.Kind == Call }
