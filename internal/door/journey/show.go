package journey

import (
	"context"
	"fmt"

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
	p := &Page{ID: r.Row.ID, Version: r.Row.Version, Journey: r.Journey, Asked: r.Facts.Asked, Mark: mark(r.Row.Version, r.Row.Challenge, r)}
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

// Changed tells a waiting page whether it would look different from when it had
// this mark: one keyed read.
func (e *Engine) Changed(ctx context.Context, id, seen string, c Client) (bool, error) {
	tx := e.Store.Read(ctx)
	g, err := e.Store.GlanceJourney(tx, id, e.browser(c))
	if err != nil {
		return false, err
	}
	if g == nil {
		return true, nil // it is gone: the page will say so
	}
	return seen != mark(g.Version, g.Challenge, &Run{Engine: e, Now: tx.Now}), nil
}

// mark sums up what comes from outside: the hand-off, and what the telephone does.
func mark(version int64, c *factor.Challenge, r *Run) string {
	if c == nil {
		return fmt.Sprint(version)
	}
	return fmt.Sprintf("%d.%s.%s", version, c.Delivery, r.callState(c))
}
