package store

import (
	"database/sql"
	"errors"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// Known is what a row of a file is compared with.
type Known struct {
	account.Account
	ImportID   string
	ImportLine int64
}

// AccountsByUsernames returns those there are, by username.
func (s *Store) AccountsByUsernames(tx *sqldb.Tx, usernames []string) (map[string]*Known, error) {
	args := make([]any, 0, len(usernames))
	for _, name := range usernames {
		args = append(args, name)
	}
	for len(args)&(len(args)-1) != 0 { // few different texts
		args = append(args, usernames[0])
	}
	rows, err := tx.Query(`SELECT `+accountColumns+`, a.import_id, a.import_line FROM account a JOIN organization o ON o.id = a.organization_id WHERE a.username IN (`+placeholders(len(args), 0)+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]*Known{}
	for rows.Next() {
		var scan accountScan
		var k Known
		if err := rows.Scan(append(scan.into(), &k.ImportID, &k.ImportLine)...); err != nil {
			return nil, err
		}
		a, err := scan.account(s)
		if err != nil {
			return nil, err
		}
		k.Account = *a
		found[a.Username] = &k
	}
	return found, rows.Err()
}

// Line is an account with its place in a file.
type Line struct {
	*account.Account
	No int64
}

// importColumns and importRow belong together.
const importColumns = `id, organization_id, username, email, first_name, last_name, role, state, method, phone, phone_index, password_hash, epoch, created_at, old_password_hash,
	file_email, registered_at, terms_version, staff_roles, lang, by_last, by_first, import_id, import_line`

// importedAtOnce is how many accounts one statement adds. A round trip to PostgreSQL
// costs more than a row; on SQLite a statement of many rows keeps a journal of its own.
var importedAtOnce = map[sqldb.Dialect]int{sqldb.SQLite: 1, sqldb.Postgres: 100}

// InsertImported adds accounts, many with one statement. A taken sign-in address of a
// registered person is sqldb.Duplicate.
func (s *Store) InsertImported(tx *sqldb.Tx, lines []Line, run string) error {
	const columns = 24
	for len(lines) > 0 {
		n := min(len(lines), importedAtOnce[tx.Dialect])
		args := make([]any, 0, n*columns)
		values := make([]string, 0, n)
		for i, l := range lines[:n] {
			phone, index := s.sealPhone(l.ID, l.Phone)
			args = append(args, l.ID, l.OrganizationID, l.Username, l.Email, l.FirstName, l.LastName, string(l.Role), string(l.State), string(l.Method), phone, index, l.PasswordHash, l.Epoch,
				sqldb.Micros(tx.Now), l.OldHash, l.FileEmail, sqldb.Micros(l.RegisteredAt), nullable(l.Terms), "", l.Lang, byLast(l.Account),
				strings.ToLower(l.FirstName+" "+l.LastName), run, l.No)
			values = append(values, "("+placeholders(columns, i*columns)+")")
		}
		if _, err := tx.Exec(`INSERT INTO account (`+importColumns+`) VALUES `+strings.Join(values, ", "), args...); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// UpdateImported writes what a file says anew of somebody who has not begun to
// register. False where that is not so any more. The epoch rises.
func (s *Store) UpdateImported(tx *sqldb.Tx, l Line, run string) (bool, error) {
	return s.change(tx, `organization_id = $1, email = $2, file_email = $2, first_name = $3, last_name = $4, by_last = $5, by_first = $6, role = $7, old_password_hash = $8,
		lang = $9, import_id = $10, import_line = $11, epoch = epoch + 1 WHERE id = $12 AND state = 'imported'`, l.ID,
		l.OrganizationID, l.Email, l.FirstName, l.LastName, byLast(l.Account), strings.ToLower(l.FirstName+" "+l.LastName), string(l.Role), l.OldHash, l.Lang, run, l.No, l.ID)
}

// AddDecoys keeps a decoy for each shape of these hashes.
func (s *Store) AddDecoys(tx *sqldb.Tx, hashes []string) error {
	for _, hash := range hashes {
		if err := s.addDecoy(tx, hash); err != nil {
			return err
		}
	}
	return nil
}

// PutOrganization adds an organisation or changes the one of its NPI, and tells which.
func (s *Store) PutOrganization(tx *sqldb.Tx, o account.Organization) (added, changed bool, err error) {
	found, err := s.OrganizationByNPI(tx, o.NPI)
	switch {
	case err != nil:
		return false, false, err
	case found == nil:
		return true, false, s.InsertOrganization(tx, o)
	case found.Name == o.Name && found.Active == o.Active:
		return false, false, nil
	}
	_, err = tx.Exec(`UPDATE organization SET name = $1, by_name = $2, active = $3 WHERE id = $4`, o.Name, strings.ToLower(o.Name), o.Active, found.ID)
	return false, true, err
}

// EachAccount goes through all accounts but staff's, by username.
func (s *Store) EachAccount(tx *sqldb.Tx, each func(*account.Account) error) error {
	const page = 1000
	for after := ""; ; {
		rows, err := tx.Query(`SELECT `+accountColumns+` FROM account a JOIN organization o ON o.id = a.organization_id
			WHERE a.username > $1 AND a.staff_roles = '' ORDER BY a.username LIMIT `+itoa(page), after)
		if err != nil {
			return err
		}
		var list []*account.Account
		for rows.Next() {
			var scan accountScan
			if err := rows.Scan(scan.into()...); err != nil {
				rows.Close()
				return err
			}
			a, err := scan.account(s)
			if err != nil {
				rows.Close()
				return err
			}
			list = append(list, a)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for _, a := range list {
			if err := each(a); err != nil {
				return err
			}
		}
		if len(list) < page {
			return nil
		}
		after = list[page-1].Username
	}
}

// OrganizationIDs finds organisations by NPI or id; what is neither is missing.
func (s *Store) OrganizationIDs(tx *sqldb.Tx, name string) (id string, err error) {
	err = tx.QueryRow(`SELECT id FROM organization WHERE npi = $1 OR id = $1`, name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}
