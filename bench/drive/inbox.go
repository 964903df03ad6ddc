package drive

import (
	"encoding/json"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"sallyport/internal/door/delivery"
	"sallyport/internal/secret"
)

// Inbox is everybody's mailbox and telephone: a mail server, and the address that
// a signed webhook hands texts and calls to.
type Inbox struct {
	Secret  secret.Text  // of the webhook
	Answers bool         // calls, with # when the sentence has been spoken
	Delay   atomic.Int64 // nanoseconds that the webhook takes to accept a text, as carriers do

	mu    sync.Mutex
	boxes map[string]*box
	seen  map[string]int // by message id: how often it was handed over
	mail  *smtp.Server
	hook  *http.Server
	at    struct{ mail, hook net.Listener }
}

type box struct {
	got  []Received
	more chan struct{}
}

// Received is one message that arrived.
type Received struct {
	ID, Code, Link string
	At             time.Time
}

// Open starts both on loopback ports of their own.
func (i *Inbox) Open() (err error) {
	i.boxes, i.seen = map[string]*box{}, map[string]int{}
	if i.at.mail, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	if i.at.hook, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	i.mail = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{inbox: i}, nil }))
	i.mail.Domain = "localhost"
	i.hook = &http.Server{Handler: http.HandlerFunc(i.text)}
	go i.mail.Serve(i.at.mail)
	go i.hook.Serve(i.at.hook)
	return nil
}

// Close ends both.
func (i *Inbox) Close() {
	i.mail.Close()
	i.hook.Close()
}

// MailPort is where mail is taken.
func (i *Inbox) MailPort() int { return i.at.mail.Addr().(*net.TCPAddr).Port }

// HookURL is where texts and calls are taken.
func (i *Inbox) HookURL() string { return "http://" + i.at.hook.Addr().String() + "/" }

// Mark remembers how much there is for this address or number, so that Next
// returns what comes later.
func (i *Inbox) Mark(to string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.box(to).got)
}

// Next waits for a code, or a link, after mark and returns the newest.
func (i *Inbox) Next(to string, link bool, mark int, wait time.Duration) (Received, bool) {
	limit := time.NewTimer(wait)
	defer limit.Stop()
	for {
		i.mu.Lock()
		b := i.box(to)
		for n := len(b.got) - 1; n >= mark; n-- {
			if r := b.got[n]; link && r.Link != "" || !link && r.Code != "" {
				i.mu.Unlock()
				return r, true
			}
		}
		more := b.more
		i.mu.Unlock()
		select {
		case <-more:
		case <-limit.C:
			return Received{}, false
		}
	}
}

// Twice are the codes and calls that were handed over more than once.
func (i *Inbox) Twice() (n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, times := range i.seen {
		if times > 1 {
			n++
		}
	}
	return n
}

func (i *Inbox) box(to string) *box {
	b := i.boxes[to]
	if b == nil {
		b = &box{more: make(chan struct{})}
		i.boxes[to] = b
	}
	return b
}

func (i *Inbox) put(to string, r Received, once bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	r.At = time.Now()
	b := i.box(to)
	b.got = append(b.got, r)
	if once {
		i.seen[r.ID]++
	}
	close(b.more)
	b.more = make(chan struct{})
}

// text takes what the signed webhook hands over.
func (i *Inbox) text(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err == nil {
		err = delivery.CheckBody(i.Secret, r.Header.Get(delivery.SignatureHeader), body, time.Now())
	}
	var m struct {
		delivery.Message
		EventsURL string `json:"events_url"`
	}
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	i.put(m.To, Received{ID: m.ID, Code: m.Code}, m.Kind == delivery.Code || m.Kind == delivery.Call)
	if m.Kind == delivery.Call && i.Answers {
		go i.answer(m.ID, m.EventsURL)
	}
	time.Sleep(time.Duration(i.Delay.Load()))
	w.WriteHeader(http.StatusAccepted)
}

// session takes one mail.
type session struct {
	inbox *Inbox
	to    string
}

func (s *session) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *session) Reset()                                    {}
func (s *session) Logout() error                             { return nil }

var (
	codeInMail = regexp.MustCompile(`(?m)(?:^|\s)([0-9]{6})(?:$|[\s.])`)
	linkInMail = regexp.MustCompile(`https?://\S+/link/\S+`)
)

func (s *session) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body := m.Body
	if strings.EqualFold(m.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	got := Received{ID: m.Header.Get("Message-Id"), Link: linkInMail.FindString(string(text))}
	if found := codeInMail.FindStringSubmatch(string(text)); found != nil && got.Link == "" {
		got.Code = found[1]
	}
	s.inbox.put(strings.ToLower(s.to), got, got.Code != "")
	return nil
}
