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

// Message is what a carrier gets. ID stays the same over all tries, and is the
// challenge's where there is one.
type Message struct {
	ID      string    `json:"id"`
	Kind    Kind      `json:"kind"`
	Channel string    `json:"channel"` // email, sms, voice, backchannel
	To      string    `json:"to"`      // address, or E.164 number
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`              // for a call: what the voice says, a sentence a line
	Purpose string    `json:"purpose,omitempty"` // of a call: sign_in, enrol, test
	Mode    string    `json:"mode,omitempty"`    // of a call: empty (# approves), spoken (it reads Code out), keypad (Code is keyed in)
	Code    string    `json:"code,omitempty"`
	Links   []string  `json:"links,omitempty"`
	Lang    string    `json:"lang"`
	Country string    `json:"country,omitempty"` // of the number: ISO 3166 region
	Strange bool      `json:"strange,omitempty"` // nobody has proven this number yet
	Known   bool      `json:"known,omitempty"`   // it was asked for from a network that people have signed in from
	Expires time.Time `json:"expires"`           // not worth handing over after
}

// LogValue keeps everything that must not be in a log out of it.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", m.ID), slog.String("kind", string(m.Kind)), slog.String("channel", m.Channel))
}

func (m Message) String() string { return m.Channel + " " + string(m.Kind) + " " + m.ID }

// once tells that the message must not be handed over a second time.
func (m Message) once() bool { return m.Kind == Code || m.Kind == Call }
