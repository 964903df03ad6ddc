package admin

import (
	"context"
	"slices"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Invitation is somebody new in the administrator's organisation.
type Invitation struct {
	Username, FirstName, LastName, Email string
	Role                                 account.Role
}

// invitations is how many an organisation may send a day.
const invitations = 200

// Invite adds somebody, of whom nothing opens before they opened the mailed link and
// registered. Returns their id.
func (a *Admin) Invite(ctx context.Context, by Actor, in Invitation) (id string, err error) {
	err = a.Store.Write(ctx, func(tx *sqldb.Tx) error {
		x := &act{Admin: a, tx: tx, by: by}
		if err := x.loadActor(); err != nil {
			return err
		}
		if !administers(x.actor) {
			return ErrForbidden
		}
		person, err := x.read(in)
		if err != nil {
			return err
		}
		id = person.ID
		return x.invite(person)
	})
	return id, a.concluded(ctx, by, audit.UserInvited, "", err)
}

func (x *act) invite(person *account.Account) error {
	if err := x.Store.Take(x.tx, store.NewToken("invitations", x.Store.Keys.Hash("rate", "invitations", person.OrganizationID), invitations, 24*time.Hour)); err != nil {
		return err
	}
	owner, err := x.Store.AccountByEmail(x.tx, person.Email)
	if err != nil {
		return err
	}
	if owner != nil && owner.OrganizationID == person.OrganizationID { // the administrator sees that address anyway
		return &Mistake{"email", "users.invite.email_taken"}
	}
	err = x.Store.InsertAccount(x.tx, *person)
	if sqldb.Duplicate(err) {
		return &Mistake{"username", "error.username_taken"}
	}
	if err != nil {
		return err
	}
	x.target = person
	if err := x.sendLink(person, person.FileEmail, store.NewUserLink, "invite"); err != nil {
		return err
	}
	return x.record(audit.UserInvited, map[string]string{"role": string(person.Role), "organization": person.OrganizationID})
}

// read checks every field, in the form's order, and says the first that is wrong.
func (x *act) read(in Invitation) (*account.Account, error) {
	email := account.FoldEmail(in.Email)
	p := &account.Account{ID: secret.ID(), OrganizationID: x.actor.OrganizationID, Organization: x.actor.Organization, Username: account.FoldUsername(in.Username),
		FirstName: account.FoldName(in.FirstName), LastName: account.FoldName(in.LastName), Email: email, FileEmail: email, Role: in.Role, State: account.Imported, Epoch: 1, Terms: account.NoTerms}
	switch {
	case p.Username == "":
		return nil, &Mistake{"username", "error.username_missing"}
	case !account.IsUsername(p.Username):
		return nil, &Mistake{"username", "error.username"}
	case p.FirstName == "":
		return nil, &Mistake{"first_name", "users.invite.first_missing"}
	case p.LastName == "":
		return nil, &Mistake{"last_name", "users.invite.last_missing"}
	case strings.TrimSpace(in.Email) == "":
		return nil, &Mistake{"email", "error.email_missing"}
	case email == "":
		return nil, &Mistake{"email", "error.email_malformed"}
	case slices.Contains(x.StaffDomains, email[strings.LastIndex(email, "@")+1:]):
		return nil, &Mistake{"email", "error.email_staff"}
	case p.Role != account.User && p.Role != account.Admin:
		return nil, &Mistake{"role", "users.role.unknown"}
	}
	return p, nil
}
