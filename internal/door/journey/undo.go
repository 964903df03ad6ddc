package journey

import (
	"context"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// UndoLink tells whether the link “this wasn't me” still works. It spends nothing.
func (e *Engine) UndoLink(ctx context.Context, token string) (bool, error) {
	l, err := e.Store.LinkByToken(e.Store.Read(ctx), token)
	return l != nil && l.Purpose == UndoRegistration, err
}

// Undo takes a registration back that the owner of the address on file did not
// make: everything that it opened ends at once, and nothing opens until the
// person has been helped. It returns a reference number that support can look
// up, or ErrGone where the link does not work any more.
func (e *Engine) Undo(ctx context.Context, token string, c Client) (reference string, err error) {
	err = e.Store.Write(ctx, func(tx *sqldb.Tx) error {
		id, err := e.Store.SpendLink(tx, token, UndoRegistration)
		if err != nil {
			return err
		}
		if id == "" {
			return ErrGone
		}
		a, err := e.Store.AccountByID(tx, id)
		if err != nil {
			return err
		}
		if err := e.Store.UndoRegistration(tx, id); err != nil {
			return err
		}
		reference = secret.ID()[:8]
		if err := e.Store.Record(tx, audit.Row{Type: audit.Undone, AccountID: id, Address: c.Address, Detail: map[string]string{"reference": reference}}); err != nil {
			return err
		}
		r := &Run{Engine: e, Tx: tx, Now: tx.Now, Client: c}
		return r.notice(a.Email, "undone", nil, "Username", a.Username, "File", account.MaskEmail(a.FileEmail))
	})
	if err == nil {
		e.Wake()
	}
	return reference, err
}
