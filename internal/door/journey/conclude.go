package journey

import (
	"context"
	"errors"
	"sync"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
)

// conclude turns what happened into what the person sees.
func (e *Engine) conclude(ctx context.Context, s Submission, r *Run, err error) (*Outcome, error) {
	var mistake *Reject
	limited, isLimited := errors.AsType[*store.Limited](err)
	gaveUp, isAbandoned := errors.AsType[*abandoned](err)
	early, isEarly := errors.AsType[*Reject](err)
	switch {
	case err == nil && r.rejected != nil:
		mistake = r.rejected
	case err == nil && r.finished():
		e.Observe("finished " + r.Journey.Name)
		if !r.Facts.SignIn.At.IsZero() {
			e.alarm.signedIn(r.Client.Network)
		}
		return &Outcome{SignedIn: r.signedIn()}, nil
	case err == nil:
		return &Outcome{}, nil
	case isAbandoned:
		mistake = gaveUp.reject
		if err := e.Store.Write(ctx, func(tx *sqldb.Tx) error { return e.Store.ReleaseJourney(tx, s.ID, s.Version) }); err != nil {
			return nil, err
		}
	case isEarly: // before anything was counted
		mistake = early
	case isLimited:
		e.Log.Warn("limit reached", "limit", limited.What, "journey", s.ID, "off", limited.Off)
		if r == nil { // a password that was not even looked at
			e.alarm.failed()
		}
		if err := e.recordLimit(ctx, s, r, limited); err != nil {
			return nil, err
		}
		mistake = tooMany(limited)
	case errors.Is(err, passhash.ErrBusy):
		e.Log.Warn("sign-ins queue up; one was turned away")
		mistake = &Reject{Key: "error.busy", Status: 503, Retry: 5 * time.Second}
		if page := e.startOf(s); page != nil { // what is too much must cost little
			page.Reject = mistake
			return &Outcome{Page: page}, nil
		}
	case errors.Is(err, errBusy):
		e.waitWhileBusy(ctx, s)
		fallthrough
	case errors.Is(err, errStale), errors.Is(err, store.ErrMoved):
		return e.whatStands(ctx, s)
	default:
		return nil, err
	}
	page, err := e.Show(ctx, s.ID, s.Start, s.Client)
	if err != nil {
		return nil, err
	}
	page.Reject = mistake
	return &Outcome{Page: page, SignedIn: page.SignedIn}, nil
}

// recordLimit tells staff why somebody had to wait: once per network, limit and
// minute, because who runs into limits may run into them all day. A refusal that was
// recorded lately costs nothing.
func (e *Engine) recordLimit(ctx context.Context, s Submission, r *Run, l *store.Limited) error {
	if !e.recorded.first(l.What+" "+s.Client.Network, e.Store.DB.Now()) {
		return nil
	}
	row := audit.Row{Type: audit.LimitReached, JourneyID: s.ID, Address: s.Client.Address, Detail: map[string]string{"limit": l.What, "wait": l.Wait.Round(time.Second).String()}}
	if l.Off {
		row.Detail["wait"] = "until it is reset"
	}
	if r != nil && r.Row != nil {
		row.AccountID = r.Row.AccountID
	}
	return e.Store.Write(ctx, func(tx *sqldb.Tx) error { return e.Store.Record(tx, row) })
}

// lately remembers what was seen within a minute.
type lately struct {
	sync.Mutex
	at map[string]time.Time
}

const (
	mostLately = 10_000 // then it begins anew
	latelyFor  = time.Minute
)

// first tells whether key was not seen lately, and remembers it.
func (l *lately) first(key string, now time.Time) bool {
	l.Lock()
	defer l.Unlock()
	if seen, ok := l.at[key]; ok && now.Sub(seen) < latelyFor {
		return false
	}
	if l.at == nil || len(l.at) >= mostLately {
		l.at = map[string]time.Time{}
	}
	l.at[key] = now
	return true
}

// startOf is the page of a journey's start, without a look at whether it exists by
// now: who sends it again is told what stands. Nil where it did not come from a start.
func (e *Engine) startOf(s Submission) *Page {
	row := e.fromStart(s.ID, s.Start)
	if row == nil {
		return nil
	}
	r, err := e.check(row, e.Store.Read(context.Background()), s.Client)
	if err != nil {
		return nil
	}
	r.unsaved = true
	return r.page(s.Start)
}

// whatStands answers a submission that came too late: a finished journey gives
// its outcome again, any other its present page.
func (e *Engine) whatStands(ctx context.Context, s Submission) (*Outcome, error) {
	page, err := e.Show(ctx, s.ID, s.Start, s.Client)
	if err != nil {
		return nil, err
	}
	return &Outcome{SignedIn: page.SignedIn, Stale: true}, nil
}

// waitWhileBusy waits, at most three seconds, for the request that was first.
func (e *Engine) waitWhileBusy(ctx context.Context, s Submission) {
	for range 30 {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return
		}
		row, err := e.Store.LoadJourney(e.Store.Read(ctx), s.ID, false)
		if err != nil || row == nil || !row.BusyUntil.After(e.Store.DB.Now()) {
			return
		}
	}
}

// tooMany says how long to wait, in the largest unit that fits.
func tooMany(l *store.Limited) *Reject {
	switch {
	case l.Off:
		return &Reject{Key: "error.factor_off", Status: 429}
	case l.Wait > 90*time.Second:
		return &Reject{Key: "error.wait_minutes", Args: []any{"N", int((l.Wait + time.Minute - 1) / time.Minute)}, Status: 429, Retry: l.Wait}
	}
	return &Reject{Key: "error.wait_seconds", Args: []any{"N", max(1, int((l.Wait+time.Second-1)/time.Second))}, Status: 429, Retry: l.Wait}
}
