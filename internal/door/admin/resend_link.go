package admin

import (
	"context"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
)

// resends is how many links a day an administrator may send to one person.
const resends = 5

// ResendLink mails somebody who is not registered what brings them on: the link of
// their invitation or reset, the one that finishes what they began, or how to begin.
func (a *Admin) ResendLink(ctx context.Context, by Actor, id string) error {
	return a.do(ctx, by, audit.LinkSent, id, func(x *act) error {
		t := x.target
		if err := x.Store.Take(x.tx, store.NewToken("links by an administrator", x.Store.Keys.Hash("rate", "admin links", t.ID), resends, 24*time.Hour)); err != nil {
			return err
		}
		if err := x.onward(t); err != nil {
			return err
		}
		return x.record(audit.LinkSent, map[string]string{"state": string(t.State)})
	})
}

// onward mails what brings somebody on who is not registered. ErrChanged where nothing does.
func (x *act) onward(t *account.Account) error {
	switch {
	case t.State == account.Imported && t.OldHash == "":
		return x.sendLink(t, t.FileEmail, store.NewUserLink, "invite")
	case t.State == account.Imported:
		return x.tell(t, delivery.Ordinary, t.FileEmail, "begin")
	case t.State == account.Half && t.FileEmail != "":
		return x.sendLink(t, t.FileEmail, store.RestartLink, "restart")
	case t.State == account.Half:
		return x.sendLink(t, t.Email, store.FinishLink, "finish")
	case t.State == account.Reset:
		return x.sendLink(t, t.Email, store.FinishLink, "reset")
	}
	return ErrChanged
}
