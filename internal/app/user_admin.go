package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/account"
	"sallyport/internal/door/admin"
	"sallyport/internal/door/store"
	"sallyport/internal/portal"
	"sallyport/internal/words"
)

// userAdmin gives the portal the door's administration: the wall between the two
// lets names and states through, and no secret.
type userAdmin struct{ *admin.Admin }

func (a *App) newAdmin(c config.Config, text bool) *admin.Admin {
	acts := NewAdmin(a.Store, a.Words, c, text, a.Engine.Wake)
	acts.Outgoing = admin.Outgoing{Currency: c.Budget.Currency, Carriers: a.carrierHealth, Paused: a.paused, Budget: a.purse.Today}
	return acts
}

// NewAdmin builds the door's administration, for the server and for commands beside it.
func NewAdmin(s *store.Store, catalog *words.Catalog, c config.Config, text bool, wake func()) *admin.Admin {
	return &admin.Admin{Store: s, Words: catalog, PublicURL: issuer(c), LinkLife: c.Limits.AdminLinkLife.D(), UndoLife: c.Limits.UndoLife.D(), CodeLife: c.Limits.RegistrationCodeLife.D(),
		CodeUses: c.Limits.RegistrationCodeUses, StaffDomains: c.Enroll.StaffDomains, Text: text, Wake: wake, Progress: &admin.Counts{}}
}

func by(p portal.Actor) admin.Actor {
	return admin.Actor{ID: p.ID, Address: p.Address, Lang: p.Lang}
}

// outward translates what the door says into what the portal knows.
func outward(err error) error {
	mistake, isMistake := errors.AsType[*admin.Mistake](err)
	limited, isLimited := errors.AsType[*store.Limited](err)
	switch {
	case isMistake:
		return &portal.Mistake{Field: mistake.Field, Key: mistake.Key}
	case isLimited:
		return &portal.Mistake{Key: "users.limited", Args: []any{"N", int((limited.Wait + time.Minute - 1) / time.Minute)}}
	case errors.Is(err, admin.ErrNotFound), errors.Is(err, admin.ErrForbidden):
		return portal.ErrNotFound
	case errors.Is(err, admin.ErrChanged):
		return portal.ErrChanged
	}
	return err
}

func (u userAdmin) Users(ctx context.Context, p portal.Actor, search, after string) (portal.UserPage, error) {
	found, err := u.Admin.Users(ctx, by(p), search, after)
	return portal.UserPage{Users: usersOf(found.Users), Next: found.Next, Count: found.Count, Capped: found.Capped, Organization: found.Organization}, outward(err)
}

func usersOf(list []admin.User) (out []portal.User) {
	for _, u := range list {
		out = append(out, portal.User(u))
	}
	return out
}

func viewOf(p admin.Person) portal.UserView {
	return portal.UserView{User: portal.User(p.User), Sessions: p.Sessions, Remembered: p.Remembered, MayAct: p.MayAct}
}

func (u userAdmin) User(ctx context.Context, p portal.Actor, id string) (*portal.UserView, error) {
	found, err := u.Admin.User(ctx, by(p), id)
	if err != nil {
		return nil, outward(err)
	}
	view := viewOf(*found)
	return &view, nil
}

func (u userAdmin) Change(ctx context.Context, p portal.Actor, id string, c portal.Change) error {
	switch c.Act {
	case portal.Reset:
		return outward(u.ResetRegistration(ctx, by(p), id, c.Epoch, c.Reason, c.Verified))
	case portal.Disable:
		return outward(u.Disable(ctx, by(p), id, c.Epoch))
	case portal.Enable:
		return outward(u.Enable(ctx, by(p), id, c.Epoch))
	case portal.SetRole:
		return outward(u.ChangeRole(ctx, by(p), id, c.Epoch, account.Role(c.Role)))
	case portal.Resend:
		return outward(u.ResendLink(ctx, by(p), id))
	}
	return fmt.Errorf("no act %q", c.Act)
}

func (u userAdmin) Invite(ctx context.Context, p portal.Actor, in portal.Invitation) (string, error) {
	id, err := u.Admin.Invite(ctx, by(p), admin.Invitation{Username: in.Username, FirstName: in.FirstName, LastName: in.LastName, Email: in.Email, Role: account.Role(in.Role)})
	return id, outward(err)
}

func (u userAdmin) Stages(ctx context.Context, p portal.Actor) (list []portal.Stage, err error) {
	stages, err := u.OwnProgress(ctx, by(p))
	for _, s := range stages {
		list = append(list, portal.Stage(s))
	}
	return list, outward(err)
}

func (u userAdmin) Codes(ctx context.Context, p portal.Actor) (list []portal.RegistrationCode, err error) {
	codes, err := u.Admin.Codes(ctx, by(p))
	for _, c := range codes {
		list = append(list, portal.RegistrationCode(c))
	}
	return list, outward(err)
}

func (u userAdmin) IssueCode(ctx context.Context, p portal.Actor) (string, error) {
	code, err := u.Admin.IssueCode(ctx, by(p))
	return code, outward(err)
}

func (u userAdmin) ExpireCode(ctx context.Context, p portal.Actor, id string) error {
	return outward(u.Admin.ExpireCode(ctx, by(p), id))
}
