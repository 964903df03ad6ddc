package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"sallyport/internal/secret"
)

// SMTP sends e-mail through one mail server (RFC 5321). With TLS "starttls" the
// connection is refused where the server does not offer it (ASVS 12.3.1).
type SMTP struct {
	Host     string
	Port     int
	TLS      string // starttls, tls, none
	Username string
	Password secret.Text
	From     string          // address, or Name <address>
	Trust    []gomail.Option // tests: how to verify the server's certificate
}

func (s *SMTP) Name() string { return "smtp" }

// Send returns when the server accepted the message, which is the moment from
// which a code's life counts.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	mail, err := s.compose(m)
	if err != nil {
		return &Refused{Reason: err.Error()}
	}
	options := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(silence)}
	switch s.TLS {
	case "tls":
		options = append(options, gomail.WithSSL())
	case "none":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.Username), gomail.WithPassword(s.Password.Reveal()))
	}
	client, err := gomail.NewClient(s.Host, append(options, s.Trust...)...)
	if err != nil {
		return &Refused{Reason: "smtp settings: " + err.Error()}
	}
	if err := client.DialWithContext(ctx); err != nil { // connect, STARTTLS, AUTH: nothing was sent yet
		return &Refused{Temporary: true, Reason: "mail server: " + err.Error()}
	}
	err = explain(client.Send(mail))
	go client.Close() // what became of the message is known by now; a silent server may keep QUIT waiting
	return err
}

// explain sorts the library's errors: the server's no (4xx may pass later, 5xx
// not), and silence, after which the message may have been sent.
func explain(err error) error {
	sending, ok := errors.AsType[*gomail.SendError](err)
	switch {
	case err == nil:
		return nil
	case ok && sending.ErrorCode() >= 400:
		return &Refused{Temporary: sending.IsTemp(), Reason: fmt.Sprintf("mail server answered %d", sending.ErrorCode())}
	case ok:
		return fmt.Errorf("smtp: %v", sending.Reason)
	}
	return fmt.Errorf("smtp: %w", err)
}

func (s *SMTP) compose(m Message) (*gomail.Msg, error) {
	from, err := mail.ParseAddress(s.From)
	if err != nil {
		return nil, errors.New("the sender's address does not parse")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(from.Name, from.Address); err != nil {
		return nil, errors.New("the sender's address is not accepted")
	}
	if err := msg.To(m.To); err != nil {
		return nil, errors.New("the recipient's address is not accepted")
	}
	domain := from.Address[strings.LastIndex(from.Address, "@")+1:]
	msg.SetMessageIDWithValue(m.ID + "@" + domain) // the same over all tries
	msg.SetDateWithValue(m.made())
	msg.Subject(m.Subject)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no vacation replies
	msg.SetGenHeader("Content-Language", m.Lang)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}

// made is when the message was made: its id begins with that time.
func (m Message) made() time.Time {
	if at, ok := secret.TimeOfID(m.ID); ok {
		return at
	}
	return m.Expires
}
