package admin

import (
	"context"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
)

// AuditSearch asks for rows of the audit log; empty fields do not matter.
type AuditSearch struct {
	Person   string // id, username or sign-in address
	Type     string
	From, To time.Time
	Before   string // where the page before ended
}

// AuditRow is one row, with the names of those whom it tells of.
type AuditRow struct {
	ID      string
	At      time.Time
	Type    string
	UserID  string
	Name    string
	By      string
	Address string
	Detail  map[string]string
	Genuine bool
	Leaf    int64 // its number in the tree; -1: not in it yet
}

// AuditPage is a part of the log, the newest first.
type AuditPage struct {
	Rows []AuditRow
	Next string
	Size int64 // leaves of the tree so far
}

// AuditLog searches the audit log, for auditors. That somebody read it is recorded.
func (a *Admin) AuditLog(ctx context.Context, by Actor, q AuditSearch) (p AuditPage, err error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	if err := x.staff(account.Auditor, account.BreakGlass); err != nil {
		return p, a.concluded(ctx, by, "audit", "", err)
	}
	ask := store.AuditQuery{Type: q.Type, From: q.From, To: q.To, Before: q.Before, Most: perPage + 1}
	if q.Person != "" {
		if ask.AccountID, err = x.personBy(q.Person); err != nil {
			return p, err
		}
	}
	rows, err := a.Store.AuditLeaves(x.tx, ask)
	if err != nil {
		return p, err
	}
	if len(rows) > perPage {
		rows = rows[:perPage]
		p.Next = rows[perPage-1].ID
	}
	plain := make([]audit.Row, len(rows))
	for i := range rows {
		plain[i] = rows[i].Row
	}
	events, err := x.events(plain)
	if err != nil {
		return p, err
	}
	names := map[string]string{}
	for i, r := range rows {
		if _, known := names[r.AccountID]; !known && r.AccountID != "" {
			about, err := a.Store.AccountByID(x.tx, r.AccountID)
			if err != nil {
				return p, err
			}
			if about != nil {
				names[r.AccountID] = about.Name()
			}
		}
		p.Rows = append(p.Rows, AuditRow{r.ID, r.At, string(r.Type), r.AccountID, names[r.AccountID], events[i].By, r.Address, r.Detail, r.Genuine, r.Leaf})
	}
	if p.Size, err = a.Store.TreeSize(x.tx); err != nil {
		return p, err
	}
	return p, a.refusedOrLooked(ctx, audit.Row{Type: audit.AuditRead, AccountID: by.ID, Address: by.Address, Detail: map[string]string{"event": short(q.Type), "person": short(ask.AccountID)}})
}

// personBy is the id of somebody by what staff type; what is nobody's stays as it is.
func (x *act) personBy(typed string) (string, error) {
	text := store.FoldSearch(typed)
	a, err := x.Store.AccountByUsername(x.tx, text)
	if a == nil && err == nil {
		a, err = x.Store.AccountByEmail(x.tx, text)
	}
	if a == nil || err != nil {
		return typed, err
	}
	return a.ID, nil
}
