package drive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Visitor is one browser without scripts, behind a proxy that the server trusts
// and that tells its address. Not for use by two goroutines at once.
type Visitor struct {
	Server  string // host:port, of the connection
	Host    string // of the public address
	Address string // X-Forwarded-For; empty: none
	Stop    string // redirects to what begins so are not followed; empty: all are

	Status  int
	Page    string            // body of the last answer
	Path    string            // of the last answer, with its query
	Header  map[string]string // of the last answer: Location and Retry-After
	Cookies map[string]string

	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

// patience is how long a visitor waits for one answer.
const patience = 30 * time.Second

// errHungUp means that the server closed a connection that was kept open, before
// it answered: the request may be sent again on another one.
var errHungUp = errors.New("the connection was closed")

// Get asks for a page and follows where it leads.
func (v *Visitor) Get(path string) error { return v.follow("GET", path, nil) }

// Post sends a form and follows where it leads.
func (v *Visitor) Post(path string, form url.Values) error { return v.follow("POST", path, form) }

func (v *Visitor) follow(method, path string, form url.Values) error {
	for range 12 {
		if err := v.Ask(method, path, form); err != nil {
			return err
		}
		if v.Status != 303 && v.Status != 302 {
			return nil
		}
		next := strings.TrimPrefix(v.Header["location"], "http://"+v.Host)
		if !strings.HasPrefix(next, "/") || v.Stop != "" && strings.HasPrefix(next, v.Stop) {
			return nil
		}
		method, path, form = "GET", next, nil
	}
	return fmt.Errorf("redirected in a circle at %s", v.Path)
}

// Ask sends one request and reads its answer, without following it.
func (v *Visitor) Ask(method, path string, form url.Values, headers ...string) error {
	v.Path = path
	fresh := v.conn == nil
	err := v.once(method, path, form, headers)
	if errors.Is(err, errHungUp) && !fresh {
		err = v.once(method, path, form, headers)
	}
	if err != nil {
		v.Hangup()
		v.Status, v.Page = 0, ""
	}
	return err
}

// Hangup closes the connection; the next request opens another.
func (v *Visitor) Hangup() {
	if v.conn != nil {
		v.conn.Close()
		v.conn = nil
	}
}

func (v *Visitor) once(method, path string, form url.Values, headers []string) error {
	if v.conn == nil {
		conn, err := net.DialTimeout("tcp", v.Server, 5*time.Second)
		if err != nil {
			return err
		}
		v.conn, v.in = conn, bufio.NewReaderSize(conn, 16<<10)
	}
	v.conn.SetDeadline(time.Now().Add(patience))
	b := append(v.out[:0], method+" "+path+" HTTP/1.1\r\nHost: "+v.Host+"\r\nUser-Agent: bench\r\nAccept-Language: en\r\n"...)
	if v.Address != "" {
		b = append(b, "X-Forwarded-For: "+v.Address+"\r\n"...)
	}
	for _, line := range headers {
		b = append(b, line+"\r\n"...)
	}
	if len(v.Cookies) > 0 {
		separator := "Cookie: "
		for name, value := range v.Cookies {
			b = append(b, separator+name+"="+value...)
			separator = "; "
		}
		b = append(b, "\r\n"...)
	}
	if method == "POST" {
		body := form.Encode()
		b = append(b, "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body...)
	} else {
		b = append(b, "\r\n"...)
	}
	v.out = b
	if _, err := v.conn.Write(b); err != nil {
		v.Hangup()
		return errHungUp
	}
	return v.read()
}

func (v *Visitor) read() error {
	line, err := v.in.ReadString('\n')
	if err != nil {
		v.Hangup()
		if line == "" && errors.Is(err, io.EOF) {
			return errHungUp
		}
		return err
	}
	if len(line) < 12 {
		return fmt.Errorf("no status line: %q", line)
	}
	if v.Status, err = strconv.Atoi(line[9:12]); err != nil {
		return fmt.Errorf("no status: %q", line)
	}
	v.Header = map[string]string{}
	length, chunked, last := int64(0), false, false
	for {
		if line, err = v.in.ReadString('\n'); err != nil {
			return err
		}
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if name == "" {
			break
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "content-length":
			length, _ = strconv.ParseInt(value, 10, 64)
		case "transfer-encoding":
			chunked = true
		case "connection":
			last = value == "close"
		case "location", "retry-after":
			v.Header[strings.ToLower(name)] = value
		case "set-cookie":
			v.take(value)
		}
	}
	body := io.LimitReader(v.in, length)
	if chunked {
		body = httputil.NewChunkedReader(v.in)
	}
	text, err := io.ReadAll(body)
	if err == nil && chunked {
		_, err = v.in.ReadString('\n') // the empty line after the last chunk
	}
	v.Page = string(text)
	if last {
		v.Hangup()
	}
	return err
}

// take keeps a cookie, or forgets it where it was deleted.
func (v *Visitor) take(set string) {
	pair, attributes, _ := strings.Cut(set, ";")
	name, value, _ := strings.Cut(pair, "=")
	if value == "" || strings.Contains(attributes, "Max-Age=0") {
		delete(v.Cookies, name)
		return
	}
	if v.Cookies == nil {
		v.Cookies = map[string]string{}
	}
	v.Cookies[name] = value
}

// Form is what a page's forms have in common: where they go, and what they carry.
func (v *Visitor) Form() (path string, form url.Values) {
	form = url.Values{}
	at := strings.Index(v.Page, `<form method="post" action="`)
	if at < 0 {
		return "", form
	}
	rest := v.Page[at+len(`<form method="post" action="`):]
	path, rest, _ = strings.Cut(rest, `"`)
	for _, name := range []string{"version", "start", "terms_version", "terms_lang"} {
		if value, ok := after(rest, `name="`+name+`" value="`); ok {
			form.Set(name, value)
		}
	}
	return strings.ReplaceAll(path, "&amp;", "&"), form
}

// Offers tells whether the page has a button of this action.
func (v *Visitor) Offers(action string) bool {
	return strings.Contains(v.Page, `name="action" value="`+action+`"`)
}

// Has tells whether the page has a field of this name.
func (v *Visitor) Has(field string) bool { return strings.Contains(v.Page, `name="`+field+`"`) }

func after(text, mark string) (value string, found bool) {
	_, rest, found := strings.Cut(text, mark)
	value, _, _ = strings.Cut(rest, `"`)
	return value, found
}

// Press sends the page's form with this action and these fields.
func (v *Visitor) Press(action string, fields ...string) error {
	path, form := v.Form()
	if path == "" {
		return fmt.Errorf("no form at %s (status %d)", v.Path, v.Status)
	}
	form.Set("action", action)
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.Post(path, form)
}
