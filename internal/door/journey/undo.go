package journey

import (
	"context"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// undoings are what a link “this wasn't me” may take back, by its purpose.
var undoings = map[string]func(r *Run, a *account.Account) (audit.Type, error){
	store.UndoRegistrationLink: undoRegistration,
	UndoReset:                  undoReset,
}

// UndoLink returns the purpose of a link “this wasn't me” that still works, or ""
// where it does not. It spends nothing.
func (e *Engine) UndoLink(ctx context.Context, token string) (purpose string, err error) {
	l, err := e.Store.LinkByToken(e.Store.Read(ctx), token)
	if err != nil || l == nil || undoings[l.Purpose] == nil {
		return "", err
	}
	return l.Purpose, nil
}

// Undo takes back what the owner of an address on file did not do: everything
// that it opened ends at once. It returns the link's purpose and a reference
// number that support can look up, or ErrGone where the link does not work any more.
func (e *Engine) Undo(ctx context.Context, token string, c Client) (purpose, reference string, err error) {
	if purpose, err = e.UndoLink(ctx, token); err != nil || purpose == "" {
		return "", "", orGone(err)
	}
	err = e.Store.Write(ctx, func(tx *sqldb.Tx) error {
		id, err := e.Store.SpendLink(tx, token, purpose)
		if err != nil || id == "" {
			return orGone(err)
		}
		a, err := e.Store.AccountByID(tx, id)
		if err != nil {
			return err
		}
		kind, err := undoings[purpose](&Run{Engine: e, Tx: tx, Now: tx.Now, Client: c}, a)
		if err != nil {
			return err
		}
		reference = secret.ID()[:8]
		return e.Store.Record(tx, audit.Row{Type: kind, AccountID: id, Address: c.Address, Detail: map[string]string{"reference": reference}})
	})
	if err == nil {
		e.Wake()
	}
	return purpose, reference, err
}

func orGone(err error) error {
	if err == nil {
		return ErrGone
	}
	return err
}

// undoRegistration: nothing opens until the person has been helped (decision 8).
func undoRegistration(r *Run, a *account.Account) (audit.Type, error) {
	if done, err := r.Store.UndoRegistration(r.Tx, a.ID); err != nil || !done {
		return "", orGone(err)
	}
	return audit.Undone, r.notice(a.Email, "undone", nil, "Username", a.Username, "File", account.MaskEmail(a.FileEmail))
}

// undoReset: the password that somebody else chose opens nothing; a new reset does.
func undoReset(r *Run, a *account.Account) (audit.Type, error) {
	if err := r.Store.ForgetPassword(r.Tx, a.ID); err != nil {
		return "", err
	}
	return audit.ResetUndone, r.notice(a.Email, "reset_undone", nil)
}
