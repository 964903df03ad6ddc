package drive

import (
	"testing"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/secret"
)

// What the product's own channels hand over arrives once, by code and by link; what is
// not signed does not.
func TestInbox(t *testing.T) {
	key := secret.NewText("a-secret-of-at-least-32-characters")
	inbox := &Inbox{Secret: key}
	if err := inbox.Open(); err != nil {
		t.Fatal(err)
	}
	defer inbox.Close()
	mail := delivery.NewSMTP(delivery.SMTP{Host: "127.0.0.1", Port: inbox.MailPort(), TLS: "none", Composer: delivery.Composer{From: "no-reply@bench.example"}})
	text := delivery.NewWebhook(delivery.Webhook{URL: inbox.HookURL(), Secret: key, Clock: time.Now})
	id := secret.TimeID(time.Now())
	for channel, m := range map[delivery.Channel]delivery.Message{
		mail: {ID: id, Kind: delivery.Code, Channel: "email", To: "ann@bench.example", Subject: "Your code", Text: "Your code:\n\n    123456\n\nIt works once. Support: 1-555-010-0100\n", Lang: "en"},
		text: {ID: id + "t", Kind: delivery.Code, Channel: "sms", To: "+12025550123", Text: "654321", Code: "654321", Lang: "en"},
	} {
		if _, err := channel.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if got, ok := inbox.Next("ann@bench.example", false, 0, time.Second); !ok || got.Code != "123456" {
		t.Errorf("mail: %+v %v", got, ok)
	}
	if got, ok := inbox.Next("+12025550123", false, 0, time.Second); !ok || got.Code != "654321" {
		t.Errorf("text: %+v %v", got, ok)
	}
	mark := inbox.Mark("ann@bench.example")
	link := delivery.Message{ID: id + "l", Kind: delivery.Link, Channel: "email", To: "ann@bench.example", Subject: "Go on", Text: "Open this link:\n\nhttps://door.example/link/abc_DEF-123\n", Lang: "en"}
	if _, err := mail.Send(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	if got, ok := inbox.Next("ann@bench.example", true, mark, time.Second); !ok || got.Link != "https://door.example/link/abc_DEF-123" {
		t.Errorf("link: %+v %v", got, ok)
	}
	if _, ok := inbox.Next("ann@bench.example", false, mark, 20*time.Millisecond); ok {
		t.Error("a code came that nobody sent")
	}
	forged := delivery.NewWebhook(delivery.Webhook{URL: inbox.HookURL(), Secret: secret.NewText("another-secret-of-32-characters-x"), Clock: time.Now})
	if _, err := forged.Send(t.Context(), delivery.Message{ID: "x", To: "+12025550123", Code: "1"}); err == nil || inbox.Mark("+12025550123") != 1 {
		t.Errorf("a forged text arrived (%v)", err)
	}
	if inbox.Twice() != 0 {
		t.Error("something came twice")
	}
	if _, err := mail.Send(t.Context(), delivery.Message{ID: id, Kind: delivery.Code, Channel: "email", To: "ann@bench.example", Subject: "Your code", Text: "    123456\n", Lang: "en"}); err != nil || inbox.Twice() != 1 {
		t.Errorf("twice is not noticed (%v)", err)
	}
}
