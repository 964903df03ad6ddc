package app

import (
	"net/url"
	"strings"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
	"sallyport/internal/secret"
	"sallyport/internal/sms"
	"sallyport/internal/words"
)

// Preview is one message as it goes out, with sample values.
type Preview struct {
	Key      string // of its words, without the last part: message.sign_in.mail
	Lang     string
	Channel  string // email, sms, voice
	Subject  string
	Text     string
	HTML     string // of mails
	Segments int    // of texts
}

const (
	sampleCode = "482117"
	sampleName = "jrivera"
)

// Previews are all messages in all languages, in the brand and words of a configuration.
func Previews(c config.Config) (list []Preview, err error) {
	catalog, err := loadWords(c)
	if err != nil {
		return nil, err
	}
	public, err := url.Parse(c.PublicURL)
	if err != nil {
		return nil, err
	}
	composer := Composer(c, secret.NewKeys(), catalog)
	link := c.PublicURL + "/link/EXAMPLE"
	for _, l := range catalog.All() {
		args := []any{"Code", sampleCode, "Link", link, "URL", c.PublicURL, "Host", public.Hostname(), "N", 20, "Life", l.Say("time.minutes", "N", 10), "Username", sampleName,
			"Email", "jo.rivera@clinic.example", "File", "j•••@clinic.example", "How", l.Say("notice.by_phone"), "Carrier", "trunk", "Channel", "sms", "Country", "US", "Budget", "sms"}
		for _, key := range words.MessageKeys() {
			base, part, _ := cutLast(key)
			p := Preview{Key: base, Lang: l.Tag, Channel: "email", Text: l.Say(key, args...)}
			switch {
			case base == "spoken":
				p.Key, p.Channel = key, "voice"
			case part == "subject", part == "footer": // of the text beside it
				continue
			case part == "sms":
				p.Channel = "sms"
				if strings.HasPrefix(key, "message.") {
					p.Text += "\n\n@" + public.Hostname() + " #" + sampleCode
				}
				p.Segments = sms.Segments(p.Text)
			default:
				p.Subject = l.Say(base+".subject", args...)
				if p.HTML, err = composer.HTML(delivery.Message{Lang: l.Tag, Subject: p.Subject, Text: p.Text, Code: sampleCode, Links: []string{link}}); err != nil {
					return nil, err
				}
			}
			list = append(list, p)
		}
	}
	return list, nil
}

func cutLast(key string) (before, after string, ok bool) {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return key, "", false
	}
	return key[:i], key[i+1:], true
}
