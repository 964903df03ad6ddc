package store

import (
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// Queue is what reviewers look at.
type Queue struct {
	ClaimedBy string // sub; “-”: what nobody has; empty: all
	After     After  // the due time and id to go on behind
}

// QueueOf returns up to n cases of the scope that wait to be decided, the next due first.
func (s *Store) QueueOf(tx *sqldb.Tx, in Scope, q Queue, n int) ([]portal.Case, error) {
	after := int64(0)
	if !q.After.At.IsZero() {
		after = sqldb.Micros(q.After.At)
	}
	who, args := "", []any{in.OrganizationID, in.ContractID, after, q.After.ID, n}
	switch q.ClaimedBy {
	case "":
	case "-":
		who = `r.claimed_by = '' AND `
	default:
		who, args = `r.claimed_by = $6 AND `, append(args, q.ClaimedBy)
	}
	return s.cases(tx, `SELECT `+caseColumns+in.openCases()+who+`(r.due_at, r.id) > ($3, $4) ORDER BY r.due_at, r.id LIMIT $5`, args...)
}

// countQueue counts the queue of a scope, which is $1 and $2; $3 is the time, $4 the reviewer.
func countQueue(in Scope) string {
	return `SELECT COUNT(*) AS waiting, COALESCE(SUM(CASE WHEN r.due_at < $3 THEN 1 ELSE 0 END), 0) AS overdue, COALESCE(SUM(CASE WHEN r.claimed_by = $4 THEN 1 ELSE 0 END), 0) AS mine
		FROM service_request r WHERE ` + open + in.counted() + `TRUE`
}

// CountQueue counts the cases of a scope that wait to be decided, and those of them that are
// overdue, and that a reviewer has claimed.
func (s *Store) CountQueue(tx *sqldb.Tx, in Scope, sub string) (f portal.QueueFigures, err error) {
	err = tx.QueryRow(countQueue(in), in.OrganizationID, in.ContractID, sqldb.Micros(tx.Now), sub).Scan(&f.Waiting, &f.Overdue, &f.Mine)
	return f, err
}

// Claim gives a case that nobody has to a reviewer, or one that somebody has where it is
// taken over, and tells whether it did.
func (s *Store) Claim(tx *sqldb.Tx, id, from, sub, name string) (bool, error) {
	n, err := tx.Exec(`UPDATE service_request SET claimed_by = $1, claimed_name = $2 WHERE id = $3 AND claimed_by = $4 AND status IN ('submitted', 'pended')`, sub, name, id, from)
	return n == 1, err
}
