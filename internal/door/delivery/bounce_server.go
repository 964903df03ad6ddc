package delivery

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// BounceServer takes the bounces of mails that we sent, by SMTP, from the operator's mail
// server. It takes mail for the return paths of our messages alone, keeps none of it, and
// relays nothing.
type BounceServer struct {
	Listen  string // host:port
	Key     *BounceKey
	Receive func(ctx context.Context, r Receipt) error
	Log     *slog.Logger
}

// EmailCarriers is the carrier that a bounce's receipt names: whichever relay took the mail.
const EmailCarriers = "*"

// mostBounce is the largest bounce that is read, in octets: what is returned comes last.
const mostBounce = 256 << 10

// Run serves until ctx ends. The error tells that it can't listen.
func (b *BounceServer) Run(ctx context.Context) error {
	listener, err := net.Listen("tcp", b.Listen)
	if err != nil {
		return err
	}
	return b.Serve(ctx, listener)
}

// Serve is Run on a listener.
func (b *BounceServer) Serve(ctx context.Context, listener net.Listener) error {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &bounceSession{server: b, ctx: ctx}, nil }))
	server.Domain, server.MaxMessageBytes, server.MaxRecipients = "sallyport", mostBounce, 1
	server.ReadTimeout, server.WriteTimeout = 30*time.Second, 10*time.Second
	server.ErrorLog = slog.NewLogLogger(b.Log.Handler(), slog.LevelDebug)
	defer context.AfterFunc(ctx, func() { server.Close() })()
	err := server.Serve(listener)
	if ctx.Err() != nil || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

type bounceSession struct {
	server *BounceServer
	ctx    context.Context
	id     string
}

func (s *bounceSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *bounceSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	id, ok := s.server.Key.Message(to)
	if !ok {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such return path"}
	}
	s.id = id
	return nil
}

func (s *bounceSession) Data(r io.Reader) error {
	failed, status, err := ReadBounce(r)
	io.Copy(io.Discard, r)
	if err != nil || !failed { // a reply, a vacation note, a delay: taken, and of no interest
		return nil
	}
	receipt := Receipt{Carrier: EmailCarriers, Message: s.id, Fate: Undelivered, Reason: status}
	if unreachableStatus(status) {
		receipt.Fate = Unreachable
	}
	if err := s.server.Receive(s.ctx, receipt); err != nil {
		return &smtp.SMTPError{Code: 451, Message: "try again later"}
	}
	return nil
}

func (s *bounceSession) Reset()        { s.id = "" }
func (s *bounceSession) Logout() error { return nil }
