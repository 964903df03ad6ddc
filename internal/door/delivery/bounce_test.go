package delivery

import (
	"context"
	"log/slog"
	"net"
	"net/smtp"
	"strings"
	"testing"

	"sallyport/internal/secret"
)

const bounced = "From: MAILER-DAEMON@mail.example\r\nTo: us\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n" +
	"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n" +
	"Final-Recipient: rfc822; gone@clinic.example\r\nAction: ACTION\r\nStatus: STATUS\r\n\r\n--b--\r\n"

func bounce(action, status string) string {
	return strings.NewReplacer("ACTION", action, "STATUS", status).Replace(bounced)
}

func TestReadBounce(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		mail, status string
		failed       bool
		unreachable  bool
	}{
		{bounce("failed", "5.1.1"), "5.1.1", true, true},
		{bounce("Failed", "5.2.1 (disabled)"), "5.2.1", true, true},
		{bounce("failed", "5.2.2"), "5.2.2", true, false}, // full
		{bounce("failed", "5.7.1"), "5.7.1", true, false}, // refused this time
		{bounce("delayed", "4.4.1"), "", false, false},
	} {
		failed, status, err := ReadBounce(strings.NewReader(tc.mail))
		if err != nil || failed != tc.failed || status != tc.status || unreachableStatus(status) != tc.unreachable {
			t.Errorf("%s: %v %q %v", tc.status, failed, status, err)
		}
	}
	mixed := strings.Replace(bounce("failed", "5.0.0"), "multipart/report; report-type=delivery-status;", "multipart/mixed;", 1) // as OpenSMTPD has it
	if failed, status, err := ReadBounce(strings.NewReader(mixed)); err != nil || !failed || status != "5.0.0" {
		t.Errorf("OpenSMTPD's: %v %q %v", failed, status, err)
	}
	for name, mail := range map[string]string{"vacation": "From: a@b.example\r\nSubject: Away\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n", "junk": "junk", "cut off": bounce("failed", "5.1.1")[:230]} {
		if failed, _, err := ReadBounce(strings.NewReader(mail)); failed || err == nil {
			t.Errorf("%s is a bounce (%v)", name, err)
		}
	}
}

func FuzzReadBounce(f *testing.F) {
	f.Add(bounce("failed", "5.1.1"))
	f.Fuzz(func(t *testing.T, mail string) {
		if failed, _, err := ReadBounce(strings.NewReader(mail)); failed && err != nil {
			t.Error(err)
		}
	})
}

// Bounces come to the address that we signed for the message, and to no other.
func TestBounceServer(t *testing.T) {
	t.Parallel()
	key := &BounceKey{Keys: secret.NewKeys()}
	address := key.Address("bounces@mail.example", "3gabc")
	if local, _, _ := strings.Cut(address, "@"); len(key.Address("bounces-of-the-mails@mail.example", secret.TimeID(t0))) > 90 || len(local) > 64 {
		t.Errorf("the local part is too long (RFC 5321 §4.5.3.1.1): %s", address)
	}
	got := make(chan Receipt, 9)
	server := &BounceServer{Key: key, Receive: func(_ context.Context, r Receipt) error { got <- r; return nil }, Log: slog.New(slog.DiscardHandler)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	send := func(to, mail string) error {
		return smtp.SendMail(listener.Addr().String(), nil, "", []string{to}, []byte(mail))
	}
	if err := send(strings.ToUpper(address[:8])+address[8:], bounce("failed", "5.1.1")); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.Message != "3gabc" || r.Fate != Unreachable || r.Carrier != EmailCarriers || r.Reason != "5.1.1" {
		t.Errorf("%+v", r)
	}
	if err := send(address, bounce("failed", "5.2.2")); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.Fate != Undelivered {
		t.Errorf("a full mailbox: %+v", r)
	}
	for _, mail := range []string{bounce("delayed", "4.4.1"), "From: a@b.example\r\n\r\nI am away.\r\n"} {
		if err := send(address, mail); err != nil {
			t.Error(err)
		}
	}
	for name, to := range map[string]string{"another message": strings.Replace(address, "3gabc", "3gabd", 1), "unsigned": "bounces@mail.example", "somebody": "ann@clinic.example"} {
		if err := send(to, bounce("failed", "5.1.1")); err == nil || !strings.Contains(err.Error(), "550") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(got) != 0 {
		t.Errorf("%d receipts of what is none", len(got))
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
