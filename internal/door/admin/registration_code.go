package admin

import (
	"context"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Code is a registration code as its organisation's administrators see it: never the
// code itself, of which a keyed hash is kept.
type Code struct {
	ID        string
	IssuedAt  time.Time
	IssuedBy  string // name; empty: the operator
	Uses      int
	MostUses  int
	ExpiresAt time.Time
	Works     bool
}

// Codes returns the organisation's registration codes, the newest first.
func (a *Admin) Codes(ctx context.Context, by Actor) (list []Code, err error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	if err := x.administrator(); err != nil {
		return nil, a.concluded(ctx, by, "codes", "", err)
	}
	codes, err := a.Store.RegistrationCodesOf(x.tx, x.actor.OrganizationID)
	for _, c := range codes {
		list = append(list, Code{c.ID, c.CreatedAt, c.IssuedBy, c.Uses, c.MostUses, c.ExpiresAt, c.Uses < c.MostUses && x.tx.Now.Before(c.ExpiresAt)})
	}
	return list, err
}

func (x *act) administrator() error {
	if err := x.loadActor(); err != nil {
		return err
	}
	if !administers(x.actor) {
		return ErrForbidden
	}
	return nil
}

// mostCodes is how many working codes an organisation may have.
const mostCodes = 20

// IssueCode makes a registration code for the actor's organisation (TM-24) and returns
// it, which nobody sees again.
func (a *Admin) IssueCode(ctx context.Context, by Actor) (code string, err error) {
	code = secret.RegistrationCode()
	err = a.Store.Write(ctx, func(tx *sqldb.Tx) error {
		x := &act{Admin: a, tx: tx, by: by}
		if err := x.administrator(); err != nil {
			return err
		}
		if err := a.Store.Take(tx, store.NewToken("registration codes", a.Store.Keys.Hash("rate", "codes issued", x.actor.OrganizationID), mostCodes, 24*time.Hour)); err != nil {
			return err
		}
		c := store.RegistrationCode{ID: secret.ID(), OrganizationID: x.actor.OrganizationID, Code: code, MostUses: a.CodeUses, ExpiresAt: tx.Now.Add(a.CodeLife), IssuedBy: x.actor.ID}
		if err := a.Store.InsertRegistrationCode(tx, c); err != nil {
			return err
		}
		return x.record(audit.CodeIssued, map[string]string{"code": c.ID, "organization": c.OrganizationID})
	})
	return code, a.concluded(ctx, by, audit.CodeIssued, "", err)
}

// ExpireCode ends a registration code of the actor's organisation now.
func (a *Admin) ExpireCode(ctx context.Context, by Actor, id string) error {
	err := a.Store.Write(ctx, func(tx *sqldb.Tx) error {
		x := &act{Admin: a, tx: tx, by: by}
		if err := x.administrator(); err != nil {
			return err
		}
		there, err := a.Store.ExpireRegistrationCode(tx, x.actor.OrganizationID, id)
		if err != nil {
			return err
		}
		if !there {
			return ErrNotFound
		}
		return x.record(audit.CodeExpired, map[string]string{"code": id, "organization": x.actor.OrganizationID})
	})
	return a.concluded(ctx, by, audit.CodeExpired, id, err)
}
