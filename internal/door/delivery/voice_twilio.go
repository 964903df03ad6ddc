package delivery

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
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
	form := url.Values{"To": {m.To}, "From": {t.From}, "Timeout": {fmt.Sprint(int(t.Ring / time.Second))},
		"Twiml": {t.begin(m)}, "StatusCallback": {t.address("status", m.ID, m.Lang)}, "StatusCallbackEvent": {"ringing", "answered", "completed"}}
	if t.Machines {
		form.Set("MachineDetection", "Enable")
	}
	answer, err := t.post(ctx, "Calls.json", form)
	return Handed{Ref: answer.SID}, err
}

// address is where one part of a call is asked for.
func (t *TwilioVoice) address(part, id, lang string) string {
	return t.Callback + "/" + part + "?" + url.Values{"id": {id}, "lang": {lang}}.Encode()
}

// CallUpdate is what a carrier says of a call, or asks.
type CallUpdate struct {
	ID     string
	Events []string // as in CallReport, in their order
	Note   string   // the carrier's words, for staff
	part   string
	lang   string
	digits string
}

// CallReader is a channel whose calls are led by requests to us. ReadCall returns
// ErrSignature for one that its carrier did not sign. Answer is what the carrier is to do
// next, given whether the call counts as answered with #.
type CallReader interface {
	ReadCall(r *http.Request, part string, body []byte) (CallUpdate, error)
	Answer(u CallUpdate, confirmed bool) (kind string, body []byte)
}

// callStatus are Twilio's words for ours.
var callStatus = map[string]string{"ringing": "ringing", "in-progress": "answered", "completed": "hung_up", "busy": "busy", "no-answer": "no_answer", "failed": "failed", "canceled": "failed"}

func (t *TwilioVoice) ReadCall(r *http.Request, part string, body []byte) (CallUpdate, error) {
	form, err := t.signed(t.Callback+"/"+part+"?"+r.URL.RawQuery, r, body)
	if err != nil {
		return CallUpdate{}, err
	}
	u := CallUpdate{ID: r.URL.Query().Get("id"), lang: r.URL.Query().Get("lang"), part: part, digits: form.Get("Digits")}
	switch machine := strings.HasPrefix(form.Get("AnsweredBy"), "machine") || form.Get("AnsweredBy") == "fax"; {
	case machine:
		u.part, u.Events = "machine", []string{"answered", "machine"}
	case part == "status":
		if event, ok := callStatus[form.Get("CallStatus")]; ok {
			u.Events = []string{event}
		}
	case part == "words": // all of them were spoken
		u.Events = []string{"answered", "prompt_ended"}
	case part == "key" && u.digits == "#":
		u.Events = []string{"key_pound"}
	case part == "key" && u.digits == "*":
		u.Events = []string{"key_star"}
	}
	return u, nil
}

// Answer is TwiML: what to say, and which key to wait for.
func (t *TwilioVoice) Answer(u CallUpdate, confirmed bool) (kind string, body []byte) {
	say := func(key string) verb { return t.verb(u.lang, t.Say(u.lang, "spoken."+key)) }
	var next []verb
	switch {
	case u.part == "status":
		return "", nil
	case u.part == "machine":
		next = []verb{hangUp}
	case u.part == "words":
		next = []verb{t.listen(u, say("now"))}
	case confirmed:
		next = []verb{say("thanks"), hangUp}
	case u.digits == "*":
		next = []verb{say("denied"), hangUp}
	case u.digits == "":
		next = []verb{say("bye"), hangUp}
	default:
		next = []verb{t.listen(u, say("wrong"))}
	}
	return "text/xml; charset=utf-8", twiml(next...)
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
func (t *TwilioVoice) begin(m Message) string {
	list := []verb{element("Pause", "length", "1")}
	for sentence := range strings.SplitSeq(m.Text, "\n") {
		list = append(list, t.verb(m.Lang, sentence))
	}
	next := element("Redirect", "method", "POST")
	next.Text = t.address("words", m.ID, m.Lang)
	return string(twiml(append(list, next)...))
}

// listen waits for one key. finishOnKey is empty, or # would end the input and be no part
// of it.
func (t *TwilioVoice) listen(u CallUpdate, say verb) verb {
	v := element("Gather", "input", "dtmf", "numDigits", "1", "finishOnKey", "", "timeout", fmt.Sprint(t.keySecond), "actionOnEmptyResult", "true",
		"method", "POST", "action", t.address("key", u.ID, u.lang))
	v.Children = []verb{say}
	return v
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
