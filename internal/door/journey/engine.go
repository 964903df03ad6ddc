package journey

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
	"sallyport/internal/words"
)

// Engine runs journeys. Everything it knows is in the database, so that any
// replica can take over between any two requests.
type Engine struct {
	Store     *store.Store
	Words     *words.Catalog
	Gate      *passhash.Gate
	Settings  Settings
	Sender    Sender               // of messages
	Wake      func()               // a message was committed
	Observe   func(event string)   // metrics
	OnReport  func(account string) // somebody reported a call that they did not ask for
	Log       *slog.Logger         //
	journeys  map[string]*Journey  // by name
	slugs     map[string]*Journey
	decoy     string
	oldDecoys *oldDecoys
	handOffs  *handOffs
	glances   *glances
	alarm     *Alarm
	toll      *Toll
	recorded  *lately // limits
}

// Sender hands a message over as soon as it is committed, where it has a lane free
// (delivery.Worker); otherwise the message waits in the outbox.
type Sender interface {
	Reserve() (lease time.Duration) // 0: there is none
	Deliver(delivery.Message)
	Release()
}

// Settings are the operator's policy as journeys see it.
type Settings struct {
	Limits             config.Limits
	EmailForPhoneUsers bool
	RememberAdmins     bool
	Text, Voice        bool // is there a carrier?
	CallMode           factor.CallMode
	Host               string
	PublicURL          string   // for links in mails
	ContextWords       []string // that no password may be made of: brand, product
	StaffDomains       []string // whose addresses can't be enrolled
	Countries          []string // of telephones, ISO 3166, the default first
	EmailMatch         string   // notify, require, admin (T-21)
	Home               string   // address that a sign-in ends on that no relying party asked for
	Resume             string   // address, but for the request, that leads back to the relying party that asked
	HashCost           passhash.Cost
	Terms              Terms
}

// New prepares an engine for these journeys.
func New(e Engine, journeys ...*Journey) *Engine {
	e.journeys, e.slugs = map[string]*Journey{}, map[string]*Journey{}
	for _, j := range journeys {
		e.journeys[j.Name], e.slugs[j.Slug] = j, j
	}
	e.handOffs, e.oldDecoys, e.glances = &handOffs{}, &oldDecoys{}, &glances{store: e.Store}
	e.decoy = passhash.Decoy(e.Settings.HashCost)
	if e.Observe == nil {
		e.Observe = func(string) {}
	}
	e.alarm, e.toll, e.recorded = newAlarm(&e), newToll(&e), &lately{}
	return &e
}

// Toll watches what delivery is used for; run it once per process.
func (e *Engine) Toll() *Toll { return e.toll }

// Alarm watches for stolen passwords; run it once per process.
func (e *Engine) Alarm() *Alarm { return e.alarm }

// All are the journeys of the product.
func All() []*Journey {
	return []*Journey{&LoginWithPhone, &LoginWithEmail, &FirstRegistration, &ForgotPassword, &Unfinished, &RegistrationError, &FinishRegistration, &RestartRegistration, &NewProvider, &CompleteNewProvider, &PortalPassword, &ResetPortalPassword}
}

const (
	// answersFor is how long a finished journey gives the same browser the same
	// outcome: a double click or a lost response strands nobody.
	answersFor = 5 * time.Minute
	// slowFor is how long slow work may take before another request may redo it.
	slowFor = 10 * time.Second
)

// Submission is one POST.
type Submission struct {
	ID      string
	Start   string // sealed; of a page that was shown before its journey exists
	Version int64
	Action  string
	Form    Form
	Client  Client
}

// Outcome is what a POST led to: exactly one of Page (show it, with Reject),
// SignedIn (cookies, and on) or neither (303 to the journey's page).
type Outcome struct {
	Page     *Page
	SignedIn *SignedIn
	Stale    bool // “this step was already done; nothing changed”
}

var (
	errStale = errors.New("not the current step or version")
	errBusy  = errors.New("another request is at it")
)

// Submit runs one action. The error is ErrGone where the journey is not this
// browser's any more, and our own trouble otherwise.
func (e *Engine) Submit(ctx context.Context, s Submission) (*Outcome, error) {
	messageID, handedOff, forget := e.handOffs.expect(e.Store.DB.Now())
	defer forget()
	slow, err := e.slowPart(ctx, s)
	if err != nil {
		return e.conclude(ctx, s, nil, err)
	}
	var r *Run
	var lane time.Duration
	defer func() { // whatever happened, a panic included
		if lane > 0 {
			e.Sender.Release()
		}
	}()
	err = e.Store.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if r, err = e.load(tx, s.ID, s.Start, s.Client); err != nil {
			return err
		}
		r.Slow, r.messageID, r.lane = slow, messageID, &lane
		return r.act(s)
	})
	if err == nil && r.attempt.ID != "" {
		lane = 0 // the message has it now
		e.Sender.Deliver(r.attempt)
	}
	if err == nil && r.queued {
		e.Wake()
	}
	if err == nil && r.awaited {
		waitFor(ctx, handedOff)
	}
	return e.conclude(ctx, s, r, err)
}

// act runs the action in the transaction. A rejected one commits what it counted
// and recorded; its facts and its row stay as they were.
func (r *Run) act(s Submission) error {
	step, action, err := r.action(s)
	if err != nil {
		return err
	}
	if r.unsaved { // a journey that begins with quick work; slow work has added its row
		if added, err := r.Store.InsertJourney(r.Tx, &r.Row.Journey); err != nil || !added {
			return errors.Join(err, errStale)
		}
	}
	before := r.Row.Journey
	err = action.Do(r, s.Form)
	if mistake, ok := errors.AsType[*Reject](err); ok {
		r.rejected = mistake
		if before.BusyUntil.IsZero() {
			return nil
		}
		before.BusyUntil = time.Time{}
		return r.Store.UpdateJourney(r.Tx, &before, before.Version)
	}
	if err != nil {
		return err
	}
	return r.write(step)
}

// action returns the current step and its action that the submission names.
func (r *Run) action(s Submission) (*Step, Action, error) {
	if r.finished() || s.Version != r.Row.Version {
		return nil, Action{}, errStale
	}
	step := r.current()
	action, ok := step.Actions[s.Action]
	if !ok {
		return nil, Action{}, errStale
	}
	return step, action, nil
}

// slowPart counts the try in a commit of its own, then does the slow work
// outside any transaction. Who double-clicked neither counts nor works. Actions
// without slow work return at once.
func (e *Engine) slowPart(ctx context.Context, s Submission) (any, error) {
	if !e.isSlow(s) {
		return nil, nil
	}
	leave, err := e.Gate.Enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var r *Run
	var action Action
	err = e.Store.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if r, err = e.claim(tx, s); err != nil {
			return err
		}
		if _, action, err = r.action(s); err != nil {
			return err
		}
		if err := action.Count(r, s.Form); err != nil {
			return err
		}
		return r.Store.Take(tx, r.takes...)
	})
	if err != nil {
		return nil, err
	}
	return action.Slow(ctx, r, s.Form)
}

// isSlow looks the action up by name alone, so that a turn at the gate is taken
// before anything is read.
func (e *Engine) isSlow(s Submission) bool {
	j := e.OfID(s.ID)
	if j == nil {
		return false
	}
	for _, step := range j.Steps {
		if action, ok := step.Actions[s.Action]; ok {
			return action.Slow != nil
		}
	}
	return false
}

// Full tells whether a journey of this name could only be turned away by now, because
// too many people sign in: before they type anything (T-29).
func (e *Engine) Full(name string) bool {
	j := e.journeys[name]
	if j == nil || !e.Gate.Full() {
		return false
	}
	for _, action := range j.Steps[0].Actions {
		if action.Slow != nil {
			return true
		}
	}
	return false
}

// claim makes this request the one that does the slow work: it adds the row of a
// journey that begins with it, or marks the one there is.
func (e *Engine) claim(tx *sqldb.Tx, s Submission) (*Run, error) {
	until := tx.Now.Add(slowFor)
	if row := e.fromStart(s.ID, s.Start); row != nil {
		r, err := e.check(row, tx, s.Client)
		if err != nil {
			return nil, err
		}
		row.BusyUntil = until
		if added, err := e.Store.InsertJourney(tx, &row.Journey); added || err != nil {
			return r, err
		}
	}
	r, err := e.load(tx, s.ID, "", s.Client)
	if err != nil {
		return nil, err
	}
	ok := !r.Row.BusyUntil.After(r.Now)
	if ok {
		ok, err = e.Store.ClaimJourney(tx, r.Row.ID, r.Row.Version, until)
	}
	if err == nil && !ok {
		err = errBusy
	}
	return r, err
}
