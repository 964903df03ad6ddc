package admin

import (
	"context"
	"errors"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// ErrHasAdmin means that the organisation has an administrator, who can invite others.
var ErrHasAdmin = errors.New("the organisation has an administrator already: let them invite others, or use make-admin")

// FirstAdmin adds the first administrator of an organisation, which is added with it
// where it is not there, and returns a one-time link by which they register: for a new
// installation, by a command on the server alone.
func (a *Admin) FirstAdmin(ctx context.Context, name, npi string, in Invitation) (link string, err error) {
	in.Role = account.Admin
	err = a.Store.Write(ctx, func(tx *sqldb.Tx) error {
		x := &act{Admin: a, tx: tx, by: Actor{Operator: true}}
		if err := x.loadActor(); err != nil {
			return err
		}
		o, err := x.organization(name, npi)
		if err != nil {
			return err
		}
		x.actor.OrganizationID, x.actor.Organization = o.ID, o.Name
		person, err := x.read(in)
		if err != nil {
			return err
		}
		if err := a.Store.InsertAccount(tx, *person); err != nil {
			if sqldb.Duplicate(err) {
				return &Mistake{"username", "error.username_taken"}
			}
			return err
		}
		x.target = person
		token := secret.Token()
		if err := a.Store.InsertLink(tx, token, store.Link{Purpose: store.NewUserLink, AccountID: person.ID, Epoch: person.Epoch, ExpiresAt: tx.Now.Add(a.LinkLife)}); err != nil {
			return err
		}
		link = a.PublicURL + "/link/" + token
		return x.record(audit.UserInvited, map[string]string{"role": string(account.Admin), "organization": o.ID, "first": "true"})
	})
	return link, err
}

func (x *act) organization(name, npi string) (*account.Organization, error) {
	o, err := x.Store.OrganizationByNPI(x.tx, npi)
	if err != nil {
		return nil, err
	}
	if o != nil {
		has, err := x.Store.HasAdmin(x.tx, o.ID)
		if err == nil && has {
			err = ErrHasAdmin
		}
		return o, err
	}
	o = &account.Organization{ID: secret.ID(), Name: name, NPI: npi, Active: true, CreatedAt: x.tx.Now.Truncate(time.Microsecond)}
	return o, x.Store.InsertOrganization(x.tx, *o)
}

// ByName returns the id of somebody by username or sign-in address; empty: nobody.
func (a *Admin) ByName(ctx context.Context, typed string) (id string, epoch int64, err error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx)}
	if id, err = x.personBy(typed); err != nil {
		return "", 0, err
	}
	found, err := a.Store.AccountByID(x.tx, id)
	if err != nil || found == nil {
		return "", 0, err
	}
	return found.ID, found.Epoch, nil
}
