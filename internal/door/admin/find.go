package admin

import (
	"context"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
)

// Found is what staff found.
type Found struct {
	Users         []User
	More          bool // there are more people: a longer beginning finds fewer
	Organizations []Organization
	References    []Reference
}

// Organization as staff see it.
type Organization struct {
	ID, Name, NPI string
	Active        bool
}

// Reference is what a reference number stands for, which somebody was given.
type Reference struct {
	Number string
	At     time.Time
	Event  string
	UserID string // empty: nobody known
	Name   string
	Detail map[string]string
}

// Find looks for people, organisations and reference numbers, everywhere. For staff
// alone.
func (a *Admin) Find(ctx context.Context, by Actor, typed string) (f Found, err error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	if err := x.staff(account.HelpDesk, account.Reviewer, account.BreakGlass); err != nil {
		return f, a.concluded(ctx, by, "find", "", err)
	}
	text := store.FoldSearch(typed)
	if text == "" {
		return f, nil
	}
	list, more, err := a.Store.Directory(x.tx, store.DirectoryQuery{Search: text, Most: perPage})
	if err != nil {
		return f, err
	}
	f.More = more
	for _, l := range list {
		if !l.IsStaff() {
			f.Users = append(f.Users, userOf(l, x.actor.ID))
		}
	}
	organizations, err := a.Store.OrganizationsLike(x.tx, text, 20)
	if err != nil {
		return f, err
	}
	for _, o := range organizations {
		f.Organizations = append(f.Organizations, Organization{o.ID, o.Name, o.NPI, o.Active})
	}
	f.References, err = x.references(text)
	return f, err
}

func (x *act) references(text string) (list []Reference, err error) {
	if strings.ContainsAny(text, " @") {
		return nil, nil
	}
	rows, err := x.Store.AuditByReference(x.tx, text)
	for _, r := range rows {
		list = append(list, Reference{Number: text, At: r.At, Event: string(r.Type), UserID: r.AccountID, Detail: r.Detail})
	}
	for i := range list {
		a, trouble := x.Store.AccountByID(x.tx, list[i].UserID)
		if trouble != nil {
			return nil, trouble
		}
		if a != nil {
			list[i].Name = a.Name()
		}
	}
	return list, err
}

// Event is one thing that happened to, or was done by, somebody.
type Event struct {
	At      time.Time
	Type    string
	Address string
	By      string // name of who did it, where that is another
	Detail  map[string]string
}

// Sent is one message to somebody, and what became of it. Never what it said.
type Sent struct {
	At      time.Time
	Kind    string // code, call, link, notice
	Channel string
	Purpose string
	State   string // queued, attempting, sent, failed, unknown; of a call: what the telephone did
	Carrier string // that has it
	SentAt  time.Time
	Used    bool
	Call    store.CallCourse
}

// Helped is the help desk's view of somebody.
type Helped struct {
	Person
	Events []Event // the newest first
	Sent   []Sent  // the newest first
}

const (
	mostEvents = 100
	mostSent   = 50
)

// Help shows the help desk where somebody is stuck. That it was looked at is recorded.
func (a *Admin) Help(ctx context.Context, by Actor, id string) (*Helped, error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	if err := x.staff(account.HelpDesk, account.BreakGlass); err != nil {
		return nil, a.concluded(ctx, by, "help", id, err)
	}
	p, err := x.person(ctx, id)
	if err != nil {
		return nil, err
	}
	h := &Helped{Person: *p}
	rows, err := a.Store.AuditNewest(x.tx, store.AuditQuery{AccountID: id, Most: mostEvents})
	if err != nil {
		return nil, err
	}
	if h.Events, err = x.events(rows); err != nil {
		return nil, err
	}
	var challenges []string
	for _, r := range rows {
		if c := r.Detail["challenge"]; c != "" {
			challenges = append(challenges, c)
		}
	}
	sent, err := a.Store.SentTo(x.tx, id, challenges, mostSent)
	if err != nil {
		return nil, err
	}
	for _, m := range sent {
		h.Sent = append(h.Sent, Sent(m))
	}
	return h, a.looked(ctx, by, id, "help desk")
}

// events names who did what.
func (x *act) events(rows []audit.Row) (list []Event, err error) {
	names := map[string]string{}
	for _, r := range rows {
		e := Event{At: r.At, Type: string(r.Type), Address: r.Address, Detail: r.Detail}
		if by := r.Detail["by"]; by != "" {
			if _, known := names[by]; !known {
				a, err := x.Store.AccountByID(x.tx, by)
				if err != nil {
					return nil, err
				}
				if names[by] = by; a != nil {
					names[by] = a.Name()
				}
			}
			e.By = names[by]
		}
		list = append(list, e)
	}
	return list, nil
}
