package importer

import (
	"sallyport/internal/door/store"
	"sallyport/internal/intake"
	"sallyport/internal/sqldb"
)

// correction is a row that differs from what is stored.
type correction struct {
	stored *store.Known
	row    store.Line
}

// correct writes corrected rows. A password that its owner revoked or replaced stays as
// the owner left it: the row's other columns are written, and the row is noted.
func (r *run) correct(tx *sqldb.Tx, list []correction, done *intake.Ledger) error {
	if len(list) == 0 {
		return nil
	}
	firstImported, err := r.Store.FirstImported(tx, done.ID)
	if err != nil {
		return err
	}
	ids := make([]string, len(list))
	for n, c := range list {
		ids[n] = c.stored.ID
	}
	passwords, err := r.Store.OldPasswords(tx, ids)
	if err != nil {
		return err
	}
	for _, c := range list {
		a := *c.row.Account // a transaction that runs again begins with what the file says
		a.ID = c.stored.ID
		delete(r.kept, c.row.No)
		if p := passwords[a.ID]; p != nil {
			why := ""
			if a.OldHash, why = r.Store.ImportedHash(p, a.OldHash, firstImported); why != "" {
				r.kept[c.row.No] = true
				if err := r.Store.KeepOldPassword(tx, done.ID, store.Kept{Line: c.row.No, Reason: why}); err != nil {
					return err
				}
			}
			c.stored.OldHash = p.Hash
		}
		if same(&c.stored.Account, &a) {
			done.Unchanged++
			continue
		}
		changed, err := r.Store.UpdateImported(tx, store.Line{Account: &a, No: c.row.No}, done.ID)
		if err != nil {
			return err
		}
		done.Count(false, changed)
	}
	return nil
}
