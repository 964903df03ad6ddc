package portal

import (
	"context"
	"strings"
	"time"
)

// Thread is a conversation between an organisation and staff, about a case or in general.
type Thread struct {
	ID             string
	OrganizationID string
	Organization   string // its name
	CaseID         string // empty: in general
	CaseNumber     string // likewise, or not submitted yet
	Subject        string
	ByStaff        int  // messages
	ByProvider     int  // messages
	Waiting        bool // for staff: the last word is the provider's
	LastAt         time.Time
	New            int // of staff's messages, those that who looks has not seen
}

// Message is one of a thread.
type Message struct {
	ID     string
	SentAt time.Time
	By     string // name
	Staff  bool
	Body   string
	Files  []Attachment
}

const (
	mostSubject = 120    // characters
	mostMessage = 10_000 // characters
)

// ReadMessage takes what somebody wrote. The error is *Mistake.
func ReadMessage(subject, body string, needsSubject bool) (string, string, error) {
	subject, body = tidy(subject), strings.TrimSpace(strings.ReplaceAll(body, "\r\n", "\n"))
	switch {
	case needsSubject && subject == "":
		return subject, body, &Mistake{Field: "subject", Key: "messages.subject_missing"}
	case len([]rune(subject)) > mostSubject:
		return subject, body, &Mistake{Field: "subject", Key: "messages.subject_long", Args: []any{"N", mostSubject}}
	case body == "":
		return subject, body, &Mistake{Field: "body", Key: "messages.body_missing"}
	case len([]rune(body)) > mostMessage:
		return subject, body, &Mistake{Field: "body", Key: "messages.body_long", Args: []any{"N", mostMessage}}
	}
	return subject, body, nil
}

// MessageNotice is somebody who is to be told that there is a message.
type MessageNotice struct {
	MessageID      string
	Subject        string // sub; empty: the organisation's administrators
	OrganizationID string
}

// Notifier tells people by e-mail that a message waits for them: that one does, not what is
// in it. Who is not of the organisation any more, or may not sign in, is told nothing.
type Notifier interface {
	Notify(ctx context.Context, n MessageNotice) error
}
