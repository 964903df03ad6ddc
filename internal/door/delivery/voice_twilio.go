package delivery

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sallyport/internal/secret"
)

// TwilioVoice places calls by Twilio's Programmable Voice, or another's of the same API.
// It speaks the message first and listens for a key only afterwards, so that # is never
// a machine's (T-25). Make it with NewTwilioVoice.
type TwilioVoice struct {
	Twilio                  // Callback is where all of a call's requests come; a part is added
	Ring      time.Duration // how long it rings
	KeyWait   time.Duration // for # after the words
	Machines  bool          // have the carrier tell people from machines, which costs more
	Say       func(lang, key string) string
	Keys      *secret.Keys // seal what a call's addresses carry
	keySecond int
}

// NewTwilioVoice makes a channel that follows no redirects (ASVS 15.3.2).
func NewTwilioVoice(t TwilioVoice) *TwilioVoice {
	t.Twilio = *NewTwilio(t.Twilio)
	t.keySecond = max(5, int(t.KeyWait/time.Second))
	return &t
}

// Send asks for the call. The words go along; what happens to the call comes to Callback.
func (t *TwilioVoice) Send(ctx context.Context, m Message) (Handed, error) {
	carried := newCarried(m)
	form := url.Values{"To": {m.To}, "From": {t.From}, "Timeout": {fmt.Sprint(int(t.Ring / time.Second))},
		"Twiml": {t.begin(m, carried)}, "StatusCallback": {t.address("status", m.ID, m.Lang, carried)}, "StatusCallbackEvent": {"ringing", "answered", "completed"}}
	if t.Machines {
		form.Set("MachineDetection", "Enable")
	}
	answer, err := t.post(ctx, "Calls.json", form)
	return Handed{Ref: answer.SID}, err
}

// carried is what a call that is more than # carries from one of its requests to the next,
// sealed, because nothing of it is kept here.
type carried struct {
	Mode  string `json:"m"`
	Code  string `json:"c"`
	Digit string `json:"d,omitempty"` // of spoken: who presses it hears the code
	Wrong int    `json:"w,omitempty"`
}

func newCarried(m Message) *carried {
	if m.Mode == "" {
		return nil
	}
	c := &carried{Mode: m.Mode, Code: m.Code}
	if m.Mode == "spoken" {
		c.Digit = randomDigit()
	}
	return c
}

// address is where one part of a call is asked for.
func (t *TwilioVoice) address(part, id, lang string, c *carried) string {
	q := url.Values{"id": {id}, "lang": {lang}}
	if c != nil {
		if text, err := json.Marshal(c); err == nil {
			q.Set("s", t.Keys.SealText("call:"+id, text))
		}
	}
	return t.Callback + "/" + part + "?" + q.Encode()
}

// CallUpdate is what a carrier says of a call, or asks.
type CallUpdate struct {
	ID     string
	Events []string // as in CallReport, in their order
	Note   string   // the carrier's words, for staff
	part   string
	lang   string
	digits string
	sealed *carried
}

// CallReader is a channel whose calls are led by requests to us. ReadCall returns
// ErrSignature for one that its carrier did not sign. Answer is what the carrier is to do
// next, given what the call is still good for.
type CallReader interface {
	ReadCall(r *http.Request, part string, body []byte) (CallUpdate, error)
	Answer(u CallUpdate, standing CallStanding) (kind string, body []byte)
}

// callStatus are Twilio's words for ours.
var callStatus = map[string]string{"ringing": "ringing", "in-progress": "answered", "completed": "hung_up", "busy": "busy", "no-answer": "no_answer", "failed": "failed", "canceled": "failed"}

func (t *TwilioVoice) ReadCall(r *http.Request, part string, body []byte) (CallUpdate, error) {
	form, err := t.signed(t.Callback+"/"+part+"?"+r.URL.RawQuery, r, body)
	if err != nil {
		return CallUpdate{}, err
	}
	q := r.URL.Query()
	u := CallUpdate{ID: q.Get("id"), lang: q.Get("lang"), part: part, digits: form.Get("Digits")}
	if s := q.Get("s"); s != "" {
		text, err := t.Keys.OpenText("call:"+u.ID, s)
		if err != nil || json.Unmarshal(text, &u.sealed) != nil {
			return CallUpdate{}, ErrSignature
		}
	}
	switch machine := strings.HasPrefix(form.Get("AnsweredBy"), "machine") || form.Get("AnsweredBy") == "fax"; {
	case machine:
		u.part, u.Events, u.Note = "machine", []string{"answered", "machine"}, "it said: "+form.Get("AnsweredBy")
	case part == "status":
		if event, ok := callStatus[form.Get("CallStatus")]; ok {
			u.Events = []string{event}
		}
	case part == "words": // all of them were spoken
		u.Events = []string{"answered", "prompt_ended"}
	case part == "key":
		if event := u.key(); event != "" {
			u.Events = []string{event}
		}
	}
	return u, nil
}

// key is the event of what was pressed.
func (u *CallUpdate) key() string {
	mode := ""
	if u.sealed != nil {
		mode = u.sealed.Mode
	}
	switch {
	case strings.Contains(u.digits, "*"), mode == "keypad" && u.digits == "0":
		return "key_star"
	case mode == "" && u.digits == "#":
		return "key_pound"
	case mode == "spoken" && u.digits == u.sealed.Digit:
		return "told"
	case mode == "keypad" && subtle.ConstantTimeCompare([]byte(u.digits), []byte(u.sealed.Code)) == 1:
		return "keyed"
	}
	return ""
}

// verb is one element of TwiML.
type verb struct {
	XMLName  xml.Name
	Attr     []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []verb
}

func element(name string, attributes ...string) verb {
	v := verb{XMLName: xml.Name{Local: name}}
	for pair := range slices.Chunk(attributes, 2) {
		v.Attr = append(v.Attr, xml.Attr{Name: xml.Name{Local: pair[0]}, Value: pair[1]})
	}
	return v
}

var hangUp = element("Hangup")

// verb is a sentence in a language.
func (t *TwilioVoice) verb(lang, sentence string) verb {
	v := element("Say", "language", map[string]string{"es": "es-US"}[lang])
	if v.Attr[0].Value == "" {
		v.Attr[0].Value = "en-US"
	}
	v.Text = sentence
	return v
}

// begin speaks the message, a sentence a line, and asks us what next.
func (t *TwilioVoice) begin(m Message, c *carried) string {
	list := []verb{element("Pause", "length", "1")}
	for sentence := range strings.SplitSeq(m.Text, "\n") {
		list = append(list, t.verb(m.Lang, sentence))
	}
	next := element("Redirect", "method", "POST")
	next.Text = t.address("words", m.ID, m.Lang, c)
	return string(twiml(append(list, next)...))
}

func twiml(list ...verb) []byte {
	whole := element("Response")
	whole.Children = list
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(whole); err != nil {
		return nil
	}
	return b.Bytes()
}
