package delivery

import (
	"context"
	"fmt"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"sallyport/internal/secret"
)

// SMTP sends e-mail through one relay (RFC 5321). With TLS "starttls" the connection is
// refused where the server does not offer it (ASVS 12.3.1). Connections are kept and
// used again. Make it with NewSMTP.
type SMTP struct {
	Label    string // name of the relay; default smtp
	Host     string
	Port     int
	TLS      string // starttls, tls, none
	Username string
	Password secret.Text
	Composer Composer
	Trust    []gomail.Option // how to verify the server's certificate, where not as usual
	idle     chan *smtp.Client
}

const goneReason = "the connection to the mail server was gone"

// mostIdle is how many connections are kept open for the next message.
const mostIdle = 8

// NewSMTP makes a relay's channel.
func NewSMTP(s SMTP) *SMTP {
	s.idle = make(chan *smtp.Client, mostIdle)
	return &s
}

func (s *SMTP) Name() string {
	if s.Label == "" {
		return "smtp"
	}
	return s.Label
}

// Send returns when the server accepted the message, which is the moment from
// which a code's life counts.
func (s *SMTP) Send(ctx context.Context, m Message) (Handed, error) {
	mail, err := s.Composer.compose(m)
	if err != nil {
		return Handed{}, err
	}
	relay, err := s.relay(ctx)
	if err != nil {
		return Handed{}, &Refused{Reason: "smtp settings: " + err.Error()}
	}
	for {
		conn, kept := s.kept()
		if conn == nil {
			if conn, err = relay.DialToSMTPClientWithContext(ctx); err != nil { // connect, STARTTLS, AUTH: nothing was sent yet
				return Handed{}, &Refused{Temporary: true, Reason: "mail server: " + err.Error()}
			}
		}
		stop := context.AfterFunc(ctx, func() { conn.Close() }) // a server that keeps silent is not waited for
		err = relay.SendWithSMTPClient(conn, mail)
		intact := stop()
		var why error
		if err != nil && !mail.IsDelivered() {
			why = explain(err)
		}
		s.keep(relay, conn, intact && (why == nil || answered(why)))
		if why != nil && kept && !began(err) { // it had gone stale, and nothing was sent
			continue
		}
		return Handed{Receipts: s.Composer.ReturnPath != ""}, why
	}
}

// Check connects, secures and authenticates, and leaves.
func (s *SMTP) Check(ctx context.Context) error {
	relay, err := s.relay(ctx)
	if err != nil {
		return err
	}
	conn, err := relay.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	return relay.CloseWithSMTPClient(conn)
}

func (s *SMTP) relay(ctx context.Context) (*gomail.Client, error) {
	limit := silence
	if end, ok := ctx.Deadline(); ok {
		limit = max(time.Millisecond, time.Until(end))
	}
	options := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(limit), gomail.WithoutRset()}
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
	return gomail.NewClient(s.Host, append(options, s.Trust...)...)
}

// kept returns a connection that was used before, or nil.
func (s *SMTP) kept() (conn *smtp.Client, ok bool) {
	select {
	case conn = <-s.idle:
		return conn, true
	default:
		return nil, false
	}
}

// keep keeps a connection that is good for another message, and ends any other.
func (s *SMTP) keep(relay *gomail.Client, conn *smtp.Client, good bool) {
	if good {
		select {
		case s.idle <- conn:
			return
		default:
		}
	}
	go relay.CloseWithSMTPClient(conn) // what became of the message is known by now; a silent server may keep QUIT waiting
}

// explain sorts the library's errors: the server's no (4xx may pass later, 5xx
// not), and silence, after which the message may have been sent.
func explain(err error) error {
	sending := sendError(err)
	switch {
	case sending != nil && sending.Reason == gomail.ErrConnCheck:
		return &Refused{Temporary: true, Reason: goneReason}
	case sending != nil && sending.ErrorCode() >= 400:
		code := sending.ErrorCode()
		return &Refused{Temporary: sending.IsTemp(), Address: sending.Reason == gomail.ErrSMTPRcptTo && noSuchAddress(code, sending.EnhancedStatusCode()), Reason: fmt.Sprintf("mail server answered %d %s", code, sending.EnhancedStatusCode())}
	case sending != nil:
		return fmt.Errorf("smtp: %v", sending.Reason)
	}
	return fmt.Errorf("smtp: %w", err)
}
