package delivery

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/mail"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"sallyport/internal/secret"
)

// Composer makes the mail of a message: text and the same as HTML, with the brand and
// nothing personal in the headers (T-13, A-9).
type Composer struct {
	From       string     // address, or Name <address>
	ReplyTo    string     // address; none: the sender's
	ReturnPath string     // address that bounces go to; each message has its own by it; none: the sender's
	Bounces    *BounceKey // signs those
	Look       MailLook   //
}

// MailLook is the brand, as mails show it.
type MailLook struct {
	Name   string
	Color  string            // #rrggbb
	Footer map[string]string // by language
}

//go:embed mail.html
var mailHTML string

var mailTemplate = template.Must(template.New("mail").Parse(mailHTML))

// compose returns *Refused where it can't be made.
func (c *Composer) compose(m Message) (*gomail.Msg, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, &Refused{Reason: "the sender's address does not parse"}
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(from.Name, from.Address); err != nil {
		return nil, &Refused{Reason: "the sender's address is not accepted"}
	}
	if err := msg.To(m.To); err != nil {
		return nil, &Refused{Address: true, Reason: "the recipient's address is not accepted"}
	}
	if c.ReturnPath != "" {
		if err := msg.EnvelopeFrom(c.Bounces.Address(c.ReturnPath, m.ID)); err != nil {
			return nil, &Refused{Reason: "the return path is not accepted"}
		}
	}
	if c.ReplyTo != "" {
		if err := msg.ReplyTo(c.ReplyTo); err != nil {
			return nil, &Refused{Reason: "the reply address is not accepted"}
		}
	}
	domain := from.Address[strings.LastIndex(from.Address, "@")+1:]
	msg.SetMessageIDWithValue(m.ID + "@" + domain) // the same over all tries
	msg.SetDateWithValue(m.made())
	msg.Subject(m.Subject)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no vacation replies
	msg.SetGenHeader("Content-Language", m.Lang)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	html, err := c.HTML(m)
	if err != nil {
		return nil, &Refused{Reason: "the HTML part can't be made"}
	}
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
	return msg, nil
}

// mailBlock is one paragraph: words, a code, or a link.
type mailBlock struct {
	Lines []string
	Code  string
	Link  string
}

// HTML returns the message's text as a page: paragraphs, the code large, and links that
// can be pressed. It loads nothing from anywhere.
func (c *Composer) HTML(m Message) (string, error) {
	var blocks []mailBlock
	for paragraph := range strings.SplitSeq(strings.TrimSpace(m.Text), "\n\n") {
		b := mailBlock{Lines: strings.Split(strings.Trim(paragraph, "\n"), "\n")}
		alone := strings.TrimSpace(paragraph)
		switch {
		case m.Code != "" && alone == m.Code:
			b = mailBlock{Code: m.Code}
		case slices.Contains(m.Links, alone):
			b = mailBlock{Link: alone}
		}
		blocks = append(blocks, b)
	}
	color := c.Look.Color
	if color == "" {
		color = "#0b5563"
	}
	var out bytes.Buffer
	err := mailTemplate.Execute(&out, map[string]any{"Lang": m.Lang, "Subject": m.Subject, "Brand": c.Look.Name, "Color": template.CSS(color), "Blocks": blocks, "Footer": c.Look.Footer[m.Lang]})
	return out.String(), err
}

// made is when the message was made: its id begins with that time.
func (m Message) made() time.Time {
	if at, ok := secret.TimeOfID(m.ID); ok {
		return at
	}
	return m.Expires
}
