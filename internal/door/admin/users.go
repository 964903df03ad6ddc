package admin

import (
	"context"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
)

// User is somebody as administrators and the help desk see them.
type User struct {
	ID             string
	Name           string
	Username       string
	SignIn         string // address that they sign in with, or the one on file
	OrganizationID string
	Organization   string
	Role           string
	State          string // imported, half, registered, disabled, reset
	Progress       string // while imported or reset: begun, mailbox
	Method         string // phone, email; while half: chosen for now
	Phone          string // masked
	RegisteredAt   time.Time
	SignedInAt     time.Time
	ResetAt        time.Time
	HasOldPassword bool // begins at the login page's “click here”
	Epoch          int64
	Self           bool // the actor
	Closed         bool // somebody reported a call for a sign-in
}

// userOf is how the actor sees a person.
func userOf(l *store.Listed, actor string) User {
	u := User{ID: l.ID, Closed: l.Closed(), Name: l.Name(), Username: l.Username, SignIn: l.Email, OrganizationID: l.OrganizationID, Organization: l.Organization, Role: string(l.Role),
		State: string(l.State), Progress: string(l.Progress), Method: string(l.Method), RegisteredAt: l.RegisteredAt, SignedInAt: l.SignedInAt, ResetAt: l.ResetAt,
		HasOldPassword: l.OldHash != "", Epoch: l.Epoch, Self: l.ID == actor}
	if l.Phone != "" {
		u.Phone = account.MaskPhone(l.Phone)
	}
	return u
}

// Page is a part of an organisation's people.
type Page struct {
	Users        []User
	Next         string // where the next page begins; empty: this is the last
	Count        int    // of all people
	Capped       bool   // there are more than Count
	Organization string
}

const (
	perPage   = 50
	mostCount = 10_000
)

// Users returns people of the actor's organisation.
func (a *Admin) Users(ctx context.Context, by Actor, search, after string) (p Page, err error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	if err := x.administrator(); err != nil {
		return p, a.concluded(ctx, by, "users", "", err)
	}
	p.Organization = x.actor.Organization
	if p.Count, err = a.Store.CountPeople(x.tx, x.actor.OrganizationID, mostCount+1); err != nil {
		return p, err
	}
	if p.Capped = p.Count > mostCount; p.Capped {
		p.Count = mostCount
	}
	list, more, err := a.Store.Directory(x.tx, store.DirectoryQuery{Organization: x.actor.OrganizationID, Search: search, After: after, Most: perPage})
	for _, l := range list {
		p.Users = append(p.Users, userOf(l, x.actor.ID))
	}
	if more && search == "" {
		p.Next = list[len(list)-1].Cursor()
	}
	return p, err
}

// Person is one person, with what is open for them.
type Person struct {
	User
	Sessions, Remembered int
	MayAct               bool // not oneself
}

// User returns one person that the actor sees.
func (a *Admin) User(ctx context.Context, by Actor, id string) (*Person, error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	if err := x.loadActor(); err != nil {
		return nil, a.concluded(ctx, by, "user", id, err)
	}
	return x.person(ctx, id)
}

func (x *act) person(ctx context.Context, id string) (*Person, error) {
	l, err := x.Store.ListedByID(x.tx, id)
	if err != nil {
		return nil, err
	}
	if l == nil || !sees(x.actor, l.Account) {
		return nil, x.concluded(ctx, x.by, "user", id, ErrNotFound)
	}
	p := &Person{User: userOf(l, x.actor.ID), MayAct: acts(x.actor, l.Account)}
	p.Sessions, p.Remembered, err = x.Store.SessionsOf(x.tx, l.Account)
	return p, err
}
