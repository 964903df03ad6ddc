package journey

import (
	"context"
	"fmt"
	"time"

	"sallyport/internal/door/account"
)

// Journey is one ordered list of steps.
type Journey struct {
	Name   string         // in rows, audit and metrics
	Slug   string         // begins its ids: a forgotten journey still knows its start
	Start  string         // path of the page that begins it
	Button account.Method // of the login options that begins it; empty for none
	Leave  string         // path that “Cancel” goes to
	Steps  []Step
}

// Step is one page, or one effect, of a journey.
type Step struct {
	Name    string
	Label   string              // word of the step bar; empty for effects
	When    func(r *Run) bool   // nil: always
	Done    func(f *Facts) bool //
	Clear   func(f *Facts)      // zeroes its sub-struct
	View    func(r *Run) View   // nil: an effect
	Effect  func(r *Run) error  // runs in the transaction of the action before it
	Actions map[string]Action   // by the button's name
}

// On is the step, where when holds.
func (s Step) On(when func(r *Run) bool) Step {
	s.When = when
	return s
}

// View is what a page shows: a plain struct per page (SignInView, …).
type View any

// Form is what was submitted: field to value.
type Form map[string]string

// Action is what a button does. Do decides from the facts, the live rows, the
// form and the slow result; it may run again from the start.
//
// Where Slow is set, three things happen: Count in a transaction of its own,
// Slow outside any, then Do.
type Action struct {
	Count func(r *Run, f Form) error
	Slow  func(ctx context.Context, r *Run, f Form) (any, error)
	Do    func(r *Run, f Form) error
}

// Reject is a person's mistake: the page is shown again with what was typed, and
// says what to do. Facts do not change; what was counted and recorded commits.
type Reject struct {
	Field  string // the field it is about, or "" for the page
	Key    string // of the words
	Args   []any
	Status int           // 422 where zero
	Retry  time.Duration // for 429 and 503
}

func (r *Reject) Error() string { return fmt.Sprintf("rejected: %s %s", r.Field, r.Key) }

// abandoned is a Reject after which nothing of the action may stay, because the
// database refused it: it rolls back.
type abandoned struct{ reject *Reject }

func (a *abandoned) Error() string { return "abandoned: " + a.reject.Key }

func reject(field, key string, args ...any) error { return &Reject{Field: field, Key: key, Args: args} }
