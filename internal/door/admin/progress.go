package admin

import (
	"context"
	"sync"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
)

// Progress is how far people have come with their registration.
type Progress struct {
	At           time.Time // when it was counted
	Organization string    // name; empty: the whole population
	Stages       []Stage   // in the order of a registration
	Days         []store.Day
	Stuck        []store.Stuck // of everybody, over the last week
}

// Stage is how many stand at one.
type Stage struct {
	Name string // one of store.Stages
	N    int
}

// Counts keeps the whole population's progress for a while: counting looks at every
// account. The zero value is ready.
type Counts struct {
	mu   sync.Mutex
	last *Progress
}

const (
	countsFor = time.Minute
	daysBack  = 30
	stuckDays = 7
)

// Progress of the population or, where an organisation is named, of its people. For
// staff alone.
func (a *Admin) ProgressOf(ctx context.Context, by Actor, organization string) (*Progress, error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	if err := x.staff(account.HelpDesk, account.Reviewer, account.BreakGlass); err != nil {
		return nil, a.concluded(ctx, by, "progress", organization, err)
	}
	if organization != "" {
		o, err := a.Store.OrganizationByID(x.tx, organization)
		if err != nil {
			return nil, err
		}
		if o == nil {
			return nil, a.concluded(ctx, by, "progress", organization, ErrNotFound)
		}
		p, err := x.count(organization)
		if err == nil {
			p.Organization = o.Name
		}
		return p, err
	}
	a.Progress.mu.Lock()
	defer a.Progress.mu.Unlock()
	if p := a.Progress.last; p != nil && x.tx.Now.Sub(p.At) < countsFor {
		return p, nil
	}
	p, err := x.count("")
	if err == nil {
		a.Progress.last = p
	}
	return p, err
}

// OwnProgress is that of the actor's own organisation, for who administers it.
func (a *Admin) OwnProgress(ctx context.Context, by Actor) (stages []Stage, err error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	err = x.loadActor()
	if err == nil && !administers(x.actor) {
		err = ErrForbidden
	}
	if err != nil {
		return nil, a.concluded(ctx, by, "progress", "", err)
	}
	p, err := x.count(x.actor.OrganizationID)
	if err != nil {
		return nil, err
	}
	return p.Stages, nil
}

func (x *act) count(organization string) (*Progress, error) {
	p := &Progress{At: x.tx.Now}
	counts, err := x.Store.CountStages(x.tx, organization)
	if err != nil {
		return nil, err
	}
	for _, name := range store.Stages {
		p.Stages = append(p.Stages, Stage{name, counts[name]})
	}
	if p.Days, err = x.Store.RegisteredByDay(x.tx, organization, x.tx.Now.Truncate(24*time.Hour).AddDate(0, 0, 1-daysBack)); err != nil || organization != "" {
		return p, err
	}
	p.Stuck, err = x.Store.WhyStuck(x.tx, x.tx.Now.AddDate(0, 0, -stuckDays))
	return p, err
}

// EachOrganization goes through the progress of every organisation, by name.
func (a *Admin) EachOrganization(ctx context.Context, by Actor, each func(store.OrganizationStages) error) error {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	if err := x.staff(account.HelpDesk, account.Reviewer, account.BreakGlass); err != nil {
		return a.concluded(ctx, by, "progress", "", err)
	}
	return a.Store.StagesByOrganization(x.tx, each)
}

// staff loads the actor, who must be staff with one of these roles.
func (x *act) staff(roles ...string) error {
	if err := x.loadActor(); err != nil {
		return err
	}
	if !has(x.actor, roles...) {
		return ErrForbidden
	}
	return nil
}

// looked records that staff looked at somebody.
func (a *Admin) looked(ctx context.Context, by Actor, accountID, what string) error {
	return a.refusedOrLooked(ctx, audit.Row{Type: audit.Looked, AccountID: accountID, Address: by.Address, Detail: map[string]string{"by": by.name(), "what": what}})
}
