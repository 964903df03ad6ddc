package drive

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Persist goes through a journey as somebody who must get in: who loads the page
// again when the connection breaks, waits when told to, asks for another code when
// none comes, and starts over where the page offers it. The error is what they saw last
// when their patience ended.
func (p *Person) Persist(name string, until time.Time) error {
	return p.persist(name, until, p.SignedIn)
}

// PersistAsFar goes as far as the page with this button, and closes the browser.
func (p *Person) PersistAsFar(name, button string, until time.Time) error {
	return p.persist(name, until, func() bool { return p.Visitor.Status == 200 && p.Visitor.Offers(button) })
}

func (p *Person) persist(name string, until time.Time, arrived func() bool) error {
	v := p.Visitor
	err := p.Begin(name)
	for time.Now().Before(until) {
		refused, isRefused := errors.AsType[*Refused](err)
		switch {
		case err == nil && arrived():
			return nil
		case isRefused && refused.Status != 503 && refused.Status != 429:
			return err
		case isRefused:
			time.Sleep(time.Second) // told to wait, one comes back sooner
			err = v.Get(p.here(name))
		case err != nil && errors.Is(err, ErrStuck), v.Status == 200 && strings.Contains(v.Page, `<a class="btn" href="`+Journeys[name]):
			err = p.Begin(name)
		case err != nil:
			time.Sleep(150 * time.Millisecond)
			err = v.Get(p.here(name))
		case v.Status >= 400 && v.Status != 422:
			err = &Refused{v.Status, v.Path, v.Header["retry-after"]}
		default:
			err = p.Step()
		}
	}
	return fmt.Errorf("patience ended at %s (%d, %v): %s", v.Path, v.Status, err, heading(v.Page))
}

// here is where the person is, as the address bar has it.
func (p *Person) here(name string) string {
	if p.Visitor.Path == "" || strings.HasPrefix(p.Visitor.Path, "/portal/") {
		return Journeys[name]
	}
	return p.Visitor.Path
}

func heading(page string) string {
	_, rest, _ := strings.Cut(page, "<h1>")
	text, _, _ := strings.Cut(rest, "</h1>")
	return text
}
