package delivery

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"

	"sallyport/internal/secret"
)

// mailServer is a real SMTP server on loopback that keeps what it accepts.
type mailServer struct {
	sync.Mutex
	mails  []string
	refuse *smtp.SMTPError
	hang   chan struct{}
}

func (m *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{m}, nil }

type mailSession struct{ server *mailServer }

func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *mailSession) Reset()                               {}
func (s *mailSession) Logout() error                        { return nil }
func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.server.hang != nil {
		<-s.server.hang
	}
	s.server.Lock()
	defer s.server.Unlock()
	if s.server.refuse != nil {
		return s.server.refuse
	}
	s.server.mails = append(s.server.mails, string(text))
	return nil
}

// serve starts the server, with STARTTLS where offered, and returns a channel to it.
func (m *mailServer) serve(t *testing.T, starttls bool) *SMTP {
	t.Helper()
	server := smtp.NewServer(m)
	server.Domain = "mail.example"
	server.AllowInsecureAuth = true
	channel := NewSMTP(SMTP{Host: "127.0.0.1", TLS: "starttls", Composer: Composer{From: "Sallyport Health <no-reply@sallyport.example>"}})
	if starttls {
		cert, pool := certificate(t)
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
		channel.Trust = []gomail.Option{gomail.WithTLSConfig(&tls.Config{RootCAs: pool, ServerName: "127.0.0.1"})}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	channel.Port = listener.Addr().(*net.TCPAddr).Port
	return channel
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func mailMessage() Message {
	return Message{ID: secret.TimeID(time.Now()), Kind: Code, Channel: "email", To: "eli.email@lakeside.example", Lang: "en",
		Subject: "Your verification code", Text: "Your code is 482117.\nIt works once.", Expires: time.Now().Add(time.Minute)}
}

func TestSMTPDelivers(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	m := mailMessage()
	if _, err := server.serve(t, true).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	mail := server.mails[0]
	for _, want := range []string{"From: \"Sallyport Health\" <no-reply@sallyport.example>", "To: <eli.email@lakeside.example>",
		"Message-ID: <" + m.ID + "@sallyport.example>", "Auto-Submitted: auto-generated", "Subject: Your verification code", "482117"} {
		if !strings.Contains(mail, want) {
			t.Errorf("no %q in\n%s", want, mail)
		}
	}
	if strings.Contains(mail, "User-Agent") || strings.Contains(mail, "go-mail") {
		t.Errorf("the library shows itself:\n%s", mail)
	}
}

// ASVS 12.3.1: codes do not travel in clear because a server forgot STARTTLS.
func TestSMTPRefusesServerWithoutTLS(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	_, err := server.serve(t, false).Send(t.Context(), mailMessage())
	if _, refused := errors.AsType[*Refused](err); !refused || len(server.mails) != 0 {
		t.Errorf("err = %v, mails %d", err, len(server.mails))
	}
}

func TestSMTPSortsRefusals(t *testing.T) {
	t.Parallel()
	for code, temp := range map[int]bool{450: true, 550: false} {
		server := &mailServer{refuse: &smtp.SMTPError{Code: code, Message: "no"}}
		_, err := server.serve(t, true).Send(t.Context(), mailMessage())
		if r, ok := errors.AsType[*Refused](err); !ok || r.Temporary != temp {
			t.Errorf("%d: %v", code, err)
		}
	}
	nobody := NewSMTP(SMTP{Host: "127.0.0.1", Port: 1, TLS: "starttls", Composer: Composer{From: "a@b.example"}})
	_, err := nobody.Send(t.Context(), mailMessage())
	if r, ok := errors.AsType[*Refused](err); !ok || !r.Temporary {
		t.Errorf("no server: %v", r)
	}
}

// A server that took the text and fell silent may have sent it: not a refusal.
func TestSMTPSilenceIsNoRefusal(t *testing.T) {
	t.Parallel()
	server := &mailServer{hang: make(chan struct{})}
	defer close(server.hang)
	channel := server.serve(t, true)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := channel.Send(ctx, mailMessage())
	if _, refused := errors.AsType[*Refused](err); err == nil || refused {
		t.Errorf("err = %v", err)
	}
}

// ASVS 1.3.11: no header is made from an address.
func TestSMTPRefusesInjection(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	m := mailMessage()
	m.To = "a@b.example\r\nBcc: x@y.example"
	_, err := server.serve(t, true).Send(t.Context(), m)
	if r, ok := errors.AsType[*Refused](err); !ok || r.Temporary || strings.Contains(err.Error(), "Bcc") {
		t.Errorf("err = %v", err)
	}
}
