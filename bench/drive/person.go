package drive

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Person is who sits at the browser, with what they know and hold.
type Person struct {
	Email, Password       string
	Username, OldPassword string // of the old portal, or of a new provider's user
	Phone                 string // E.164; ten digits are typed
	NPI, Code             string // of a new provider's organisation
	ByEmail               bool   // registers by e-mail
	ByCall                bool   // is called rather than sent a text
	Visitor               *Visitor
	Inbox                 *Inbox
	mark                  int  // messages there were before the last one was asked for
	linked                bool // the mailed link was opened
	Wait                  time.Duration
}

// pollsAfter is when a waiting page is looked at again.
const pollsAfter = 250 * time.Millisecond

// ErrStuck means that the page offers nothing that this person can do.
var ErrStuck = errors.New("no way on")

// Refused is an answer that is no page to go on from.
type Refused struct {
	Status int
	Path   string
	Retry  string // Retry-After
}

func (r *Refused) Error() string { return fmt.Sprintf("%d at %s", r.Status, r.Path) }

// Journeys are the addresses that they begin at, by name.
var Journeys = map[string]string{
	"sign-in-phone": "/signin/phone", "sign-in-email": "/signin/email", "first-registration": "/register/first",
	"new-provider": "/register/new", "forgot-password": "/signin/forgot", "unfinished": "/help/unfinished", "registration-error": "/help/registration-error",
}

// Begin asks for a journey's first page, with a browser that knows nothing.
func (p *Person) Begin(name string) error {
	p.Visitor.Cookies, p.linked, p.mark = nil, false, 0
	return p.Visitor.Get(Journeys[name])
}

// Until steps until the door's session is there. Journeys end at the session: what
// relying parties add is measured apart.
func (p *Person) Until(name string) error {
	if err := p.Begin(name); err != nil {
		return err
	}
	for range 40 {
		if p.SignedIn() {
			return nil
		}
		if v := p.Visitor; v.Status != 200 {
			return &Refused{v.Status, v.Path, v.Header["retry-after"]}
		}
		if err := p.Step(); err != nil {
			return err
		}
	}
	return ErrStuck
}

// SignedIn tells whether the browser holds a session.
func (p *Person) SignedIn() bool {
	return p.Visitor.Cookies["sallyport_session"] != "" || p.Visitor.Cookies["__Host-session"] != ""
}

// Step does what the present page asks for.
func (p *Person) Step() error {
	v := p.Visitor
	switch {
	case strings.HasPrefix(v.Path, "/link/"):
		return p.press("")
	case strings.Contains(v.Page, "data-auto"):
		return p.press("continue")
	case strings.Contains(v.Page, `data-state="/j/`): // sending, or ringing
		time.Sleep(pollsAfter)
		return v.Get(v.Path)
	case p.ByCall && v.Offers("call_me"):
		return p.press("call_me", "country", "US", "phone", strings.TrimPrefix(p.Phone, "+1"))
	case v.Offers("old_login"):
		return p.press("old_login", "username", p.Username, "password", p.OldPassword)
	case v.Offers("sign_in"):
		return p.press("sign_in", "email", p.Email, "password", p.Password)
	case v.Offers("organization"):
		return p.press("organization", "npi", p.NPI, "registration_code", p.Code)
	case v.Offers("user"):
		return p.asks(p.Email, "user", "username", p.Username, "first_name", "Pat", "last_name", "Bench", "user_email", p.Email, "confirm_email", p.Email, "fax", "2025550119")
	case v.Offers("phone") && !p.ByEmail:
		return p.press("phone")
	case v.Offers("email"):
		return p.press("email")
	case v.Offers("verify_address"):
		return p.enters(p.Email, "verify_address", "send_address")
	case v.Offers("send_address"):
		return p.asks(p.Email, "send_address", "email", p.Email)
	case v.Offers("continue_reset"):
		return p.press("continue_reset")
	case v.Offers("create"):
		return p.press("create", "password", p.Password, "confirm", p.Password)
	case v.Offers("reset"):
		return p.press("reset", "password", p.Password, "confirm", p.Password)
	case v.Offers("verify"):
		return p.enters(p.Phone, "verify", "send_code")
	case v.Offers("send_code") && v.Has("phone"):
		return p.asks(p.Phone, "send_code", "country", "US", "phone", strings.TrimPrefix(p.Phone, "+1"))
	case v.Offers("send_code"):
		return p.asks(p.Phone, "send_code")
	case v.Offers("verify_email"):
		return p.enters(p.Email, "verify_email", "send_email")
	case v.Offers("send_email"):
		return p.asks(p.Email, "send_email")
	case v.Offers("continue_email"):
		return p.press("continue_email")
	case v.Offers("agree"):
		return p.press("agree", "agree", "yes")
	case v.Offers("send_link"):
		return p.asks(p.Email, "send_link", "email", p.Email, "password", p.Password)
	case v.Offers("submit"):
		return p.asks(p.Email, "submit", "username", p.Username)
	case !p.linked:
		return p.opensLink()
	}
	return fmt.Errorf("%w: %s", ErrStuck, v.Path)
}

// press sends the form; after a refusal it returns what the server said.
func (p *Person) press(action string, fields ...string) error {
	v := p.Visitor
	var err error
	if action == "" {
		path, _ := v.Form()
		err = v.Post(path, url.Values{})
	} else {
		err = v.Press(action, fields...)
	}
	if err == nil && v.Status >= 400 && v.Status != 422 {
		err = &Refused{v.Status, v.Path, v.Header["retry-after"]}
	}
	return err
}

// asks presses what has a message sent, and remembers what was there before.
func (p *Person) asks(to, action string, fields ...string) error {
	p.mark = p.Inbox.Mark(to)
	return p.press(action, fields...)
}

// enters types the code that came, or asks for another where none does.
func (p *Person) enters(to, action, again string) error {
	wait := p.Wait
	if wait == 0 {
		wait = 10 * time.Second
	}
	got, ok := p.Inbox.Next(to, false, p.mark, wait)
	if !ok || p.Visitor.Status == 422 {
		time.Sleep(time.Second)
		return p.asks(to, again, "email", p.Email)
	}
	return p.press(action, "code", got.Code)
}

// opensLink opens what was mailed.
func (p *Person) opensLink() error {
	got, ok := p.Inbox.Next(p.Email, true, p.mark, 30*time.Second) // after a crash mails go out when the lease ends
	if !ok {
		return fmt.Errorf("%w: no link came", ErrStuck)
	}
	p.linked = true
	_, path, _ := strings.Cut(got.Link, p.Visitor.Host)
	return p.Visitor.Get(path)
}
