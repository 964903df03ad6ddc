package admin

import (
	"context"
	"errors"
	"maps"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
	"sallyport/internal/words"
)

// Admin does the acts. Fill the fields.
type Admin struct {
	Store        *store.Store
	Words        *words.Catalog
	PublicURL    string        // for links in mails
	LinkLife     time.Duration // of links that an administrator sends (TM-14)
	UndoLife     time.Duration // of links that undo a registration (TM-33)
	CodeLife     time.Duration // of registration codes (TM-24)
	CodeUses     int           // of registration codes (TM-24)
	StaffDomains []string      // whose addresses can't be invited
	Text         bool          // can texts be sent?
	Wake         func()        // a message was committed
	Progress     *Counts       // of the whole population
	Outgoing     Outgoing      // how messages go out
}

// Actor is who acts, as the portal's session has it.
type Actor struct {
	ID      string // account
	Address string // of the client
	Lang    string // that the actor reads

	Operator bool // a command on the server itself, in an emergency: nobody's account
}

var (
	// ErrForbidden: the actor may do nothing of the kind, or no longer.
	ErrForbidden = errors.New("admin: the actor may not")
	// ErrNotFound: there is no such person for this actor.
	ErrNotFound = errors.New("admin: nobody there for this actor")
	// ErrChanged: the account changed since the actor looked at it.
	ErrChanged = errors.New("admin: the account changed meanwhile")
)

// Mistake is the actor's: key of the words, and the field it is about.
type Mistake struct{ Field, Key string }

func (m *Mistake) Error() string { return "admin: " + m.Key }

// act is one act under way.
type act struct {
	*Admin
	tx     *sqldb.Tx
	actor  *account.Account
	by     Actor
	target *account.Account
}

// do runs an act on a person: reads both anew, and records who tried what in vain. The
// help desk may do what gets people in again; the rest is an organisation's
// administrator's, or theirs who break the glass.
func (a *Admin) do(ctx context.Context, by Actor, kind audit.Type, id string, fn func(*act) error) error {
	err := a.Store.Write(ctx, func(tx *sqldb.Tx) error {
		x := &act{Admin: a, tx: tx, by: by}
		if err := x.mayActOn(id); err != nil {
			return err
		}
		if x.as() == account.HelpDesk && kind != audit.RegistrationReset && kind != audit.LinkSent {
			return ErrForbidden
		}
		return fn(x)
	})
	return a.concluded(ctx, by, kind, id, err)
}

// concluded records what was refused, in a transaction of its own, and lets messages go.
func (a *Admin) concluded(ctx context.Context, by Actor, kind audit.Type, id string, err error) error {
	switch {
	case err == nil:
		a.Wake()
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrForbidden):
		if trouble := a.refused(ctx, by, string(kind), id); trouble != nil {
			return trouble
		}
	}
	return err
}

func (a *Admin) refused(ctx context.Context, by Actor, what, id string) error {
	return a.refusedOrLooked(ctx, audit.Row{Type: audit.Refused, AccountID: by.ID, Address: by.Address, Detail: map[string]string{"act": what, "target": short(id)}})
}

// refusedOrLooked records what changed nothing.
func (a *Admin) refusedOrLooked(ctx context.Context, row audit.Row) error {
	return a.Store.Write(ctx, func(tx *sqldb.Tx) error { return a.Store.Record(tx, row) })
}

// short bounds what a stranger may put into the log.
func short(id string) string { return id[:min(len(id), 64)] }

// mayActOn: an administrator on people of the own organisation, but not on
// themselves; staff who break the glass on anybody but staff.
func (x *act) mayActOn(id string) (err error) {
	if err := x.loadActor(); err != nil {
		return err
	}
	if x.target, err = x.Store.AccountByID(x.tx, id); err != nil {
		return err
	}
	if !sees(x.actor, x.target) {
		return ErrNotFound
	}
	if !acts(x.actor, x.target) {
		return ErrForbidden
	}
	return nil
}

func (x *act) loadActor() (err error) {
	if x.by.Operator {
		x.actor = &account.Account{ID: operator, State: account.Registered, StaffRoles: []string{account.BreakGlass}}
		return nil
	}
	if x.actor, err = x.Store.AccountByID(x.tx, x.by.ID); err != nil {
		return err
	}
	if !administers(x.actor) && !x.actor.IsStaff() {
		return ErrForbidden
	}
	return nil
}

// name is how records name the actor.
func (by Actor) name() string {
	if by.Operator {
		return operator
	}
	return by.ID
}

// operator is who acts by a command on the server.
const operator = "operator"

// administers tells whether somebody looks after an organisation's people.
func administers(a *account.Account) bool {
	return a.CanSignIn() && a.Role == account.Admin && !a.IsStaff()
}

// has tells whether staff have one of these roles.
func has(a *account.Account, roles ...string) bool {
	if !a.CanSignIn() {
		return false
	}
	for _, have := range a.StaffRoles {
		for _, role := range roles {
			if have == role {
				return true
			}
		}
	}
	return false
}

// sees: administrators their own organisation, help desk and who breaks the glass
// everybody; nobody sees staff here.
func sees(actor, target *account.Account) bool {
	if target == nil || target.IsStaff() {
		return false
	}
	return administers(actor) && actor.OrganizationID == target.OrganizationID || has(actor, account.HelpDesk, account.BreakGlass)
}

// acts: whom one sees, but oneself.
func acts(actor, target *account.Account) bool { return sees(actor, target) && actor.ID != target.ID }

// record writes what was done, to whom, by whom.
func (x *act) record(kind audit.Type, detail map[string]string) error {
	row := audit.Row{Type: kind, Address: x.by.Address, Detail: map[string]string{"by": x.actor.ID, "as": x.as()}}
	if x.target != nil {
		row.AccountID = x.target.ID
	}
	maps.Copy(row.Detail, detail)
	if x.as() == account.BreakGlass { // so that it can be looked for
		glass := row
		glass.Type, glass.Detail = audit.GlassBroken, map[string]string{"by": x.actor.ID, "act": string(kind)}
		if err := x.Store.Record(x.tx, glass); err != nil {
			return err
		}
	}
	return x.Store.Record(x.tx, row)
}

// as is in which role the actor acts.
func (x *act) as() string {
	switch {
	case x.by.Operator:
		return operator
	case has(x.actor, account.BreakGlass):
		return account.BreakGlass
	case has(x.actor, account.HelpDesk):
		return account.HelpDesk
	}
	return string(account.Admin)
}
