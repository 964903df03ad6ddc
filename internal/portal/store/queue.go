package store

import (
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// anyCases joins cases of every organisation, for who reviews them.
const anyCases = ` FROM service_request r JOIN consumer c ON c.id = r.consumer_id JOIN contract k ON k.id = r.contract_id WHERE `

// Queue is what reviewers look at.
type Queue struct {
	ClaimedBy string // sub; “-”: what nobody has; empty: all
	After     After  // the due time and id to go on behind
}

// QueueOf returns up to n cases that wait to be decided, those that are due first first.
func (s *Store) QueueOf(tx *sqldb.Tx, q Queue, n int) ([]portal.Case, error) {
	after := int64(0)
	if !q.After.At.IsZero() {
		after = sqldb.Micros(q.After.At)
	}
	who, args := "", []any{after, q.After.ID, n}
	switch q.ClaimedBy {
	case "":
	case "-":
		who = ` AND r.claimed_by = ''`
	default:
		who, args = ` AND r.claimed_by = $4`, append(args, q.ClaimedBy)
	}
	return s.cases(tx, `SELECT `+caseColumns+anyCases+`r.status IN ('submitted', 'pended')`+who+` AND (r.due_at, r.id) > ($1, $2) ORDER BY r.due_at, r.id LIMIT $3`, args...)
}

// CountQueue counts what waits, what of it is overdue, and what a reviewer has.
func (s *Store) CountQueue(tx *sqldb.Tx, sub string, now time.Time) (all, overdue, mine int, err error) {
	err = tx.QueryRow(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN due_at < $1 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN claimed_by = $2 THEN 1 ELSE 0 END), 0)
		FROM service_request WHERE status IN ('submitted', 'pended')`, sqldb.Micros(now), sub).Scan(&all, &overdue, &mine)
	return all, overdue, mine, err
}

// AnyCase returns a case of any organisation, or nil. In a transaction it holds the row.
func (s *Store) AnyCase(tx *sqldb.Tx, id string) (*portal.Case, error) {
	lock := ""
	if tx.Writing() {
		lock = tx.ForUpdate("r")
	}
	return one(s.cases(tx, `SELECT `+caseColumns+anyCases+`r.id = $1 AND r.status <> 'draft'`+lock, id))
}

// AnyCaseByNumber returns a case of any organisation by its “Case #”, or nil.
func (s *Store) AnyCaseByNumber(tx *sqldb.Tx, number string) (*portal.Case, error) {
	return one(s.cases(tx, `SELECT `+caseColumns+anyCases+`r.number = $1`, number))
}

// Claim gives a case that nobody has to a reviewer, or one that somebody has where it is
// taken over, and tells whether it did.
func (s *Store) Claim(tx *sqldb.Tx, id, from, sub, name string) (bool, error) {
	n, err := tx.Exec(`UPDATE service_request SET claimed_by = $1, claimed_name = $2 WHERE id = $3 AND claimed_by = $4 AND status IN ('submitted', 'pended')`, sub, name, id, from)
	return n == 1, err
}
