package delivery

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"

	"sallyport/internal/secret"
)

// HTTP sends texts by a request that the operator describes: that fits most providers.
// Make it with NewHTTP.
type HTTP struct {
	Label    string
	Method   string            // default POST
	URL      string            // template
	Headers  map[string]string // templates
	Body     string            // template
	Secrets  map[string]secret.Text
	Accepted string // regular expression that the answer to an accepted message matches; none: every 2xx is one
	Ref      string // regular expression whose first group is the carrier's id in the answer
	Bad      string // regular expression of answers that blame the number
	Receipts string // public address of its receipts; none: it sends none
	Status   string // name of the receipt's field that tells the fate
	Good     string // regular expression of that field for a delivered message
	Lost     string // … for one that was not delivered
	Keys     *secret.Keys
	http     *http.Client
	parts    map[string]*template.Template
	accepted *regexp.Regexp
	ref      *regexp.Regexp
	bad      *regexp.Regexp
	good     *regexp.Regexp
	lost     *regexp.Regexp
}

// httpFields are what the templates see.
type httpFields struct {
	To, Digits, Text, ID, Lang, Country, ReceiptURL string // Digits: the number without +
	Secret                                          map[string]string
}

// NewHTTP checks the templates and expressions.
func NewHTTP(h HTTP) (*HTTP, error) {
	h.http, h.parts = carrierClient(), map[string]*template.Template{}
	if h.Method == "" {
		h.Method = http.MethodPost
	}
	texts := map[string]string{"url": h.URL, "body": h.Body}
	for name, value := range h.Headers {
		texts["headers."+name] = value
	}
	for name, text := range texts {
		t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"json": inJSON, "query": url.QueryEscape, "ucs2": ucs2Hex}).Parse(text)
		if err == nil {
			err = t.Execute(&bytes.Buffer{}, h.fields(Message{}))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		h.parts[name] = t
	}
	for _, e := range []struct {
		name, text string
		into       **regexp.Regexp
	}{{"accepted", h.Accepted, &h.accepted}, {"ref", h.Ref, &h.ref}, {"bad_number", h.Bad, &h.bad}, {"delivered", h.Good, &h.good}, {"undelivered", h.Lost, &h.lost}} {
		if e.text == "" {
			continue
		}
		compiled, err := regexp.Compile(e.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
		*e.into = compiled
	}
	return &h, nil
}

func (h *HTTP) Name() string { return h.Label }

func (h *HTTP) fields(m Message) httpFields {
	f := httpFields{To: m.To, Digits: strings.TrimPrefix(m.To, "+"), Text: m.Text, ID: m.ID, Lang: m.Lang, Country: m.Country, Secret: map[string]string{}}
	for name, s := range h.Secrets {
		f.Secret[name] = s.Reveal()
	}
	if h.Receipts != "" {
		f.ReceiptURL = h.receiptURL(m.ID)
	}
	return f
}

func (h *HTTP) Send(ctx context.Context, m Message) (Handed, error) {
	fields, made := h.fields(m), map[string]string{}
	for name, t := range h.parts {
		var b strings.Builder
		if err := t.Execute(&b, fields); err != nil {
			return Handed{}, &Refused{Reason: name + " can't be made"}
		}
		made[name] = b.String()
	}
	req, err := http.NewRequestWithContext(ctx, h.Method, made["url"], strings.NewReader(made["body"]))
	if err != nil {
		return Handed{}, &Refused{Reason: "its address"}
	}
	for name := range h.Headers {
		req.Header.Set(name, made["headers."+name])
	}
	status, body, err := do(h.http, req)
	switch {
	case err != nil:
		return Handed{}, err
	case status/100 == 2 && (h.accepted == nil || h.accepted.Match(body)):
		return Handed{Ref: h.refIn(body), Receipts: h.Receipts != ""}, nil
	}
	return Handed{}, &Refused{Temporary: mayPass(status), Address: h.bad != nil && h.bad.Match(body), Reason: fmt.Sprintf("answered %d", status)}
}

// Check makes a connection to where messages would go, and sends nothing.
func (h *HTTP) Check(ctx context.Context) error {
	var b strings.Builder
	if err := h.parts["url"].Execute(&b, h.fields(Message{To: "+10000000000", ID: "check"})); err != nil {
		return err
	}
	return reach(ctx, b.String())
}

func (h *HTTP) refIn(body []byte) string {
	if h.ref != nil {
		if found := h.ref.FindSubmatch(body); len(found) > 1 {
			return string(found[1])
		}
	}
	return ""
}

// receiptURL is where the carrier tells what became of a message. It is signed: who was
// not given it can't tell us anything.
func (h *HTTP) receiptURL(id string) string {
	return h.Receipts + "?id=" + url.QueryEscape(id) + "&v=" + h.signID(id)
}

func (h *HTTP) signID(id string) string {
	mac := hmac.New(sha256.New, h.Keys.Hash("receipt address", h.Label))
	mac.Write([]byte(id))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// ReadReceipt reads what the carrier added to the address, or posted as a form or JSON.
func (h *HTTP) ReadReceipt(r *http.Request, body []byte, _ time.Time) (Receipt, error) {
	q := r.URL.Query()
	id := q.Get("id")
	if !hmac.Equal([]byte(h.signID(id)), []byte(q.Get("v"))) {
		return Receipt{}, ErrSignature
	}
	status := q.Get(h.Status)
	if status == "" {
		status = fieldOf(body, r.Header.Get("Content-Type"), h.Status)
	}
	receipt := Receipt{Carrier: h.Label, Message: id}
	switch {
	case h.good != nil && h.good.MatchString(status):
		receipt.Fate = Delivered
	case h.lost != nil && h.lost.MatchString(status):
		receipt.Fate = Undelivered
	}
	if len(status) <= 40 {
		receipt.Reason = status
	}
	return receipt, nil
}

// fieldOf finds a field, such as status or results.0.status.name, in a form or in JSON.
func fieldOf(body []byte, kind, path string) string {
	if !strings.Contains(kind, "json") {
		form, _ := url.ParseQuery(string(body))
		return form.Get(path)
	}
	var v any
	if json.Unmarshal(body, &v) != nil {
		return ""
	}
	for name := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(at) {
				return ""
			}
			v = at[i]
		}
	}
	return fmt.Sprint(v)
}

// inJSON writes a text as it stands between quotes in JSON.
func inJSON(text string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(text)
	return strings.Trim(strings.TrimSpace(b.String()), `"`), errors.Join(err)
}
