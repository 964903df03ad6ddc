package store

import (
	"database/sql"
	"errors"
	"time"

	"sallyport/internal/sqldb"
)

// OldPassword is the old portal's password of an account, and what its owner did about it.
type OldPassword struct {
	Hash       string    // in force; empty: none
	Undone     bool      // the owner undid a registration that was begun with such a password
	ReplacedAt time.Time // when the owner last chose another one here; zero: never
	accountID  string
	replaced   map[string]bool // marks of those before
}

// Reasons why an import leaves a password as its owner left it.
const (
	KeptUndone   = "the owner undid a registration that was made with an old password: only a mailed link or the help desk opens the account"
	KeptReplaced = "the owner has chosen another password since: this one stays replaced"
)

// OldPasswords returns those of accounts, by id. It locks the accounts until the transaction
// ends, so that no owner undoes or replaces a password while an import writes it.
func (s *Store) OldPasswords(tx *sqldb.Tx, ids []string) (map[string]*OldPassword, error) {
	found := map[string]*OldPassword{}
	if len(ids) == 0 {
		return found, nil
	}
	args := paddedArgs(ids)
	rows, err := tx.Query(`SELECT a.id, a.old_password_hash, a.old_password_undone_at > 0, a.old_password_replaced_at FROM account a
		WHERE a.id IN (`+placeholders(len(args), 0)+`) ORDER BY a.id`+tx.ForUpdate("a"), args...)
	if err != nil {
		return nil, err
	}
	var replaced []string
	for rows.Next() {
		p := OldPassword{replaced: map[string]bool{}}
		var at int64
		if err := rows.Scan(&p.accountID, &p.Hash, &p.Undone, &at); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		if p.ReplacedAt = sqldb.Time(at); at > 0 {
			replaced = append(replaced, p.accountID)
		}
		found[p.accountID] = &p
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(replaced) == 0 {
		return found, err
	}
	args = paddedArgs(replaced)
	rows, err = tx.Query(`SELECT account_id, mark FROM old_password_replaced WHERE account_id IN (`+placeholders(len(args), 0)+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var mark []byte
		if err := rows.Scan(&id, &mark); err != nil {
			return nil, err
		}
		found[id].replaced[string(mark)] = true
	}
	return found, rows.Err()
}

// paddedArgs repeats the first so that there are few different numbers of them, and few
// different statements.
func paddedArgs(list []string) []any {
	args := make([]any, 0, 2*len(list))
	for _, text := range list {
		args = append(args, text)
	}
	for len(args)&(len(args)-1) != 0 {
		args = append(args, list[0])
	}
	return args
}

// ImportedHash returns the hash that an account has after an import of a file with this
// hash, and why where that is not the file's. A file that was first imported before the owner
// chose another password says nothing newer; a later one does unless it repeats a hash
// that the owner replaced.
func (s *Store) ImportedHash(p *OldPassword, hash string, firstImported time.Time) (kept, why string) {
	switch {
	case hash == p.Hash:
		return hash, ""
	case p.Undone:
		why = KeptUndone
	case p.ReplacedAt.IsZero():
		return hash, ""
	case hash == "", !firstImported.After(p.ReplacedAt), p.replaced[string(s.oldPasswordMark(p.accountID, hash))],
		len(p.replaced) == 0: // replaced before marks were kept: which one is not known
		why = KeptReplaced
	default:
		return hash, ""
	}
	if hash == "" { // the file says nothing of a password
		why = ""
	}
	return p.Hash, why
}

// oldPasswordMark recognizes a hash without keeping it.
func (s *Store) oldPasswordMark(accountID, hash string) []byte {
	return s.Keys.Hash("old password", accountID, hash)
}

// markReplaced marks the old password that its owner is about to replace.
func (s *Store) markReplaced(tx *sqldb.Tx, id string) error {
	var hash string
	err := tx.QueryRow(`SELECT old_password_hash FROM account WHERE id = $1`, id).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO old_password_replaced (account_id, mark) VALUES ($1, $2) ON CONFLICT (account_id, mark) DO NOTHING`, id, s.oldPasswordMark(id, hash))
	return err
}

// Kept is a row of a file whose password was not taken.
type Kept struct {
	Line   int64
	Reason string
}

// FirstImported is when a file was first imported, by the id of its run: now, where it never
// was.
func (s *Store) FirstImported(tx *sqldb.Tx, run string) (time.Time, error) {
	var at int64
	err := tx.QueryRow(`SELECT started_at FROM import_run WHERE id = $1`, run).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return tx.Now, nil
	}
	return sqldb.Time(at), err
}

// KeepOldPassword notes a row of a file whose password was not taken.
func (s *Store) KeepOldPassword(tx *sqldb.Tx, run string, k Kept) error {
	return tx.Later(`INSERT INTO old_password_kept (import_id, line, reason) VALUES ($1, $2, $3) ON CONFLICT (import_id, line) DO NOTHING`, run, k.Line, k.Reason)
}

// ForgetKept forgets the noted rows of a file, which is imported from its beginning.
func (s *Store) ForgetKept(tx *sqldb.Tx, run string) error {
	return tx.Later(`DELETE FROM old_password_kept WHERE import_id = $1`, run)
}

// KeptOldPasswords are the noted rows of a file.
func (s *Store) KeptOldPasswords(tx *sqldb.Tx, run string) (list []Kept, err error) {
	rows, err := tx.Query(`SELECT line, reason FROM old_password_kept WHERE import_id = $1 ORDER BY line`, run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k Kept
		if err := rows.Scan(&k.Line, &k.Reason); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, rows.Err()
}
