package store

import (
	"database/sql"
	"errors"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// DirectoryQuery asks for people by name, username or address.
type DirectoryQuery struct {
	Organization string // id; empty: everywhere
	Search       string // beginning of “First Last”, “Last First”, a username or an address; empty: everybody
	After        string // where the page before ended (Listed.Cursor); without Search
	Most         int    // of one page
}

// Listed is somebody as directories show them.
type Listed struct {
	*account.Account
	SignedInAt time.Time // zero: never
}

// Cursor is where a page that ends with this person ended.
func (l *Listed) Cursor() string { return byLast(l.Account) + "\x1f" + l.ID }

func byLast(a *account.Account) string { return strings.ToLower(a.LastName + " " + a.FirstName) }

// lastSignIn: the audit log has it, so that a sign-in need not write it again.
const lastSignIn = `COALESCE((SELECT u.at FROM audit u WHERE u.account_id = a.id AND u.type = 'signed_in' ORDER BY u.id DESC LIMIT 1), 0)`

// mostNamed bounds how many usernames or addresses one search looks at, whoever they
// belong to: a longer beginning finds who was not among them.
const mostNamed = 500

// Directory returns people by last name, and whether there are more.
func (s *Store) Directory(tx *sqldb.Tx, q DirectoryQuery) (list []*Listed, more bool, err error) {
	where, args := q.where()
	rows, err := tx.Query(`SELECT `+accountColumns+`, `+lastSignIn+` FROM account a JOIN organization o ON o.id = a.organization_id
		WHERE `+where+` ORDER BY a.by_last, a.id LIMIT `+itoa(q.Most+1), args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var scan accountScan
		var at int64
		if err := rows.Scan(append(scan.into(), &at)...); err != nil {
			return nil, false, err
		}
		a, err := scan.account(s)
		if err != nil {
			return nil, false, err
		}
		list = append(list, &Listed{a, sqldb.Time(at)})
	}
	if more = len(list) > q.Most; more {
		list = list[:q.Most]
	}
	return list, more, rows.Err()
}

func (q *DirectoryQuery) where() (where string, args []any) {
	if text := FoldSearch(q.Search); text != "" {
		return q.searching(text)
	}
	last, id, _ := strings.Cut(q.After, "\x1f")
	if q.Organization == "" {
		return `(a.by_last, a.id) > ($1, $2)`, []any{last, id}
	}
	return `a.organization_id = $3 AND (a.by_last, a.id) > ($1, $2)`, []any{last, id, q.Organization}
}

// searching looks each column's index up; every part is bounded.
func (q *DirectoryQuery) searching(text string) (where string, args []any) {
	args, within, also := []any{text, text + "\U0010FFFF"}, "", ""
	if q.Organization != "" {
		args, within, also = append(args, q.Organization), "organization_id = $3 AND ", " WHERE organization_id = $3"
	}
	most := itoa(q.Most + 1)
	named := func(column string) string {
		return `SELECT id FROM (SELECT id, organization_id FROM account WHERE ` + column + ` >= $1 AND ` + column + ` < $2 ORDER BY ` + column + ` LIMIT ` + itoa(mostNamed) + `) ` + column + `_found` + also
	}
	called := func(column string) string {
		return `SELECT id FROM (SELECT id FROM account WHERE ` + within + column + ` >= $1 AND ` + column + ` < $2 ORDER BY ` + column + ` LIMIT ` + most + `) ` + column + `_found`
	}
	return `a.id IN (` + strings.Join([]string{called("by_last"), called("by_first"), named("username"), named("email")}, " UNION ") + `)`, args
}

// FoldSearch is what was typed into a search box as columns have it: lower case, no
// comma, single spaces.
func FoldSearch(typed string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(strings.ToLower(typed), ",", " ")), " ")
}

// ListedByID returns one person, or nil.
func (s *Store) ListedByID(tx *sqldb.Tx, id string) (*Listed, error) {
	var scan accountScan
	var at int64
	err := tx.QueryRow(`SELECT `+accountColumns+`, `+lastSignIn+` FROM account a JOIN organization o ON o.id = a.organization_id WHERE a.id = $1`, id).Scan(append(scan.into(), &at)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a, err := scan.account(s)
	return &Listed{a, sqldb.Time(at)}, err
}

// CountPeople counts an organisation's people, no further than most.
func (s *Store) CountPeople(tx *sqldb.Tx, organization string, most int) (n int, err error) {
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM account WHERE organization_id = $1 LIMIT `+itoa(most)+`) AS counted`, organization).Scan(&n)
	return n, err
}

// SessionsOf counts a person's live sessions, and how many of them are remembered.
func (s *Store) SessionsOf(tx *sqldb.Tx, a *account.Account) (open, remembered int, err error) {
	err = tx.QueryRow(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN remembered THEN 1 ELSE 0 END), 0) FROM session WHERE account_id = $1 AND epoch = $2 AND expires_at > $3`,
		a.ID, a.Epoch, sqldb.Micros(tx.Now)).Scan(&open, &remembered)
	return open, remembered, err
}
