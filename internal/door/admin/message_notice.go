package admin

import (
	"context"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/delivery"
	"sallyport/internal/sqldb"
)

// NotifyMessage mails that a message waits in the portal, and nothing of what is in it. It
// goes to the person, if they may sign in and are of the organisation still; else, and
// where nobody is named, to the organisation's administrators. The same notice again is
// sent once.
func (a *Admin) NotifyMessage(ctx context.Context, messageID, accountID, organizationID string) error {
	to, err := a.toNotify(ctx, accountID, organizationID)
	if err != nil {
		return err
	}
	for _, person := range to {
		err := a.Store.Write(ctx, func(tx *sqldb.Tx) error {
			x := &act{Admin: a, tx: tx}
			l := x.language(person)
			args := []any{"Link", a.PublicURL + "/messages"}
			return a.Store.InsertMessageFor(tx, person.ID, delivery.Message{ID: "m" + a.Store.Keys.HashText("message notice", messageID, person.ID), Kind: delivery.Notice, Channel: "email", To: person.Email, Lang: l.Tag,
				Links: []string{a.PublicURL + "/messages"}, Subject: l.Say("notice.message.subject", args...), Text: l.Say("notice.message.text", args...), Expires: tx.Now.Add(24 * time.Hour)})
		})
		if err != nil && !sqldb.Duplicate(err) {
			return err
		}
	}
	if len(to) > 0 {
		a.Wake()
	}
	return nil
}

func (a *Admin) toNotify(ctx context.Context, accountID, organizationID string) ([]*account.Account, error) {
	tx := a.Store.Read(ctx)
	if accountID != "" {
		person, err := a.Store.AccountByID(tx, accountID)
		if err != nil {
			return nil, err
		}
		if person.CanSignIn() && person.OrganizationID == organizationID && !person.IsStaff() {
			return []*account.Account{person}, nil
		}
	}
	return a.Store.Administrators(tx, organizationID)
}
