package journey

import (
	"context"
	"strconv"

	"sallyport/internal/door/factor"
)

// Page is a journey as a page shows it.
type Page struct {
	ID       string
	Start    string // sealed; empty once the journey exists
	Version  int64
	Journey  *Journey
	Asked    Asked
	Bar      []BarStep
	View     View
	Reject   *Reject
	Mark     string    // changes when something from outside changed the page
	SignedIn *SignedIn // the journey is finished: its outcome, and no View
}

// BarStep is one door of the step bar.
type BarStep struct {
	Label string // key of its words
	State string // done, now, next
}

// Show returns the current page. It writes nothing. ErrGone as for Submit.
func (e *Engine) Show(ctx context.Context, id, start string, c Client) (*Page, error) {
	r, err := e.load(e.Store.Read(ctx), id, start, c)
	if err != nil {
		return nil, err
	}
	return r.page(start), nil
}

// page is the run as a page. Start is kept while the journey does not exist.
func (r *Run) page(start string) *Page {
	p := &Page{ID: r.Row.ID, Version: r.Row.Version, Journey: r.Journey, Asked: r.Facts.Asked, Mark: r.mark()}
	if r.unsaved {
		p.Start = start
	}
	if r.finished() {
		p.SignedIn = r.signedIn()
		return p
	}
	current := r.current()
	p.View = current.View(r)
	for i := range r.Journey.Steps {
		step := &r.Journey.Steps[i]
		if step.Label == "" || (step.When != nil && !step.When(r)) {
			continue
		}
		state := "next"
		if step.Done(&r.Facts) {
			state = "done"
		}
		if step == current {
			state = "now"
		}
		p.Bar = append(p.Bar, BarStep{step.Label, state})
	}
	return p
}

// mark sums up what comes from outside: the hand-off, and what the telephone does.
func (r *Run) mark() string {
	c := r.Row.Challenge
	if c == nil {
		return markOf(r.Row.Version, "", "")
	}
	return markOf(r.Row.Version, c.Delivery+factor.Delivery(" "+c.Receipt), r.callState(c))
}

func markOf(version int64, handOff factor.Delivery, call factor.CallState) string {
	return strconv.FormatInt(version, 10) + "." + string(handOff) + "." + string(call)
}
