package delivery

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

	"sallyport/internal/door/delivery/mailtest"
	"sallyport/internal/secret"
)

// relayTo is a channel to Debian's mail server.
func relayTo(t *testing.T, server *mailtest.Server, mode, user, password string) *SMTP {
	t.Helper()
	text, err := os.ReadFile(server.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return NewSMTP(SMTP{Host: "127.0.0.1", Port: server.Port, TLS: mode, Username: user, Password: secret.NewText(password),
		Composer: Composer{From: "no-reply@harbor.example", ReturnPath: "bounces@mail.harbor.example", Bounces: &BounceKey{Keys: secret.NewKeys()}},
		Trust:    []gomail.Option{gomail.WithTLSConfig(&tls.Config{RootCAs: pool, ServerName: "127.0.0.1"})}})
}

func TestRelayWithTLSAndPassword(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"starttls", "tls"} {
		server := mailtest.Start(t, mode, "door", "pass word")
		relay := relayTo(t, server, mode, "door", "pass word")
		if err := relay.Check(t.Context()); err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		m := mailMessage()
		if done, err := relay.Send(t.Context(), m); err != nil || !done.Receipts {
			t.Fatalf("%s: %+v, %v", mode, done, err)
		}
		mail := server.Mail()
		if id, ok := relay.Composer.Bounces.Message(mail.Sender); !mail.TLS || !mail.User || !ok || id != m.ID || mail.To[0] != m.To {
			t.Errorf("%s: %+v", mode, mail)
		}
		wrong := relayTo(t, server, mode, "door", "wrong")
		if err := wrong.Check(t.Context()); err == nil {
			t.Errorf("%s: a wrong password checks", mode)
		}
		if _, err := wrong.Send(t.Context(), m); !certain(err) {
			t.Errorf("%s: wrong password: %v", mode, err)
		}
	}
}

// One connection serves many mails; a server that closed it in between is called again.
func TestRelayKeepsConnections(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, "starttls", "", "")
	relay := relayTo(t, server, "starttls", "", "")
	for range 20 {
		if _, err := relay.Send(t.Context(), mailMessage()); err != nil {
			t.Fatal(err)
		}
	}
	connections := func() (n, mails int) {
		for mails < 20 {
			if e := <-server.Events; e.Connected {
				n++
			} else {
				mails++
			}
		}
		return n, mails
	}
	if n, _ := connections(); n != 1 {
		t.Errorf("%d connections for twenty mails", n)
	}
	conn := <-relay.idle
	conn.Close() // as a server does that has waited long enough
	relay.idle <- conn
	if _, err := relay.Send(t.Context(), mailMessage()); err != nil {
		t.Errorf("after the connection was closed: %v", err)
	}
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if _, err := relay.Send(t.Context(), mailMessage()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(relay.idle) > mostIdle {
		t.Errorf("%d connections are kept", len(relay.idle))
	}
}

func TestRelaySortsRefusalsOfRecipients(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, "none", "", "")
	relay := relayTo(t, server, "none", "", "")
	for to, want := range map[string]Refused{"later@clinic.example": {Temporary: true}, "gone@clinic.example": {Address: true}} {
		m := mailMessage()
		m.To = to
		_, err := relay.Send(t.Context(), m)
		if r, ok := errors.AsType[*Refused](err); !ok || r.Temporary != want.Temporary || r.Address != want.Address {
			t.Errorf("%s: %v", to, err)
		}
	}
	if _, err := relay.Send(t.Context(), mailMessage()); err != nil { // on the same connection
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	m := mailMessage()
	m.To = "slow@clinic.example"
	began := time.Now()
	if _, err := relay.Send(ctx, m); err == nil || certain(err) || time.Since(began) > 2*time.Second {
		t.Errorf("a slow server: %v after %v", err, time.Since(began))
	}
	if _, err := relay.Send(t.Context(), mailMessage()); err != nil {
		t.Errorf("after a slow one: %v", err)
	}
}
