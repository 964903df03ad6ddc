package store

import (
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// Reader is who looks at HOME.
type Reader struct {
	Subject string
	Staff   bool // answers for staff, about no case
}

// newFor is how long a message counts as new to who never looked.
const newFor = 90 * 24 * time.Hour

// Home returns HOME's figures for people who do not review cases, all with one statement: how
// many cases the organization has of each status; and how many messages are new to the reader,
// of conversations of the last ninety days or, to staff, how many conversations wait for an
// answer.
func (s *Store) Home(tx *sqldb.Tx, in Scope, who Reader) (counts portal.CaseCounts, messages int, err error) {
	news, args := `SELECT '', COALESCE(SUM(t.by_staff - COALESCE(v.n, 0)), 0) FROM thread t LEFT JOIN service_request r ON r.id = t.request_id LEFT JOIN thread_seen v ON v.thread_id = t.id AND v.sub = $3
		WHERE `+visible+` AND t.last_at > $4 AND (CAST($2 AS TEXT) = '' OR t.request_id IS NULL OR r.contract_id = $2)`,
		[]any{in.OrganizationID, in.ContractID, who.Subject, sqldb.Micros(tx.Now.Add(-newFor))}
	if who.Staff {
		news, args = `SELECT '', w.n FROM (`+waitingThreads(in, false)+`) w`, args[:2]
	}
	rows, err := tx.Query(`SELECT r.status, r.n FROM case_count r JOIN organization_contract o ON o.contract_id = r.contract_id AND o.organization_id = r.organization_id
		WHERE r.organization_id = $1 AND (CAST($2 AS TEXT) = '' OR r.contract_id = $2) UNION ALL `+news, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	counts = portal.CaseCounts{}
	for rows.Next() {
		var status string
		var n int
		if err := rows.Scan(&status, &n); err != nil {
			return nil, 0, err
		}
		if status == "" {
			messages = n
			continue
		}
		counts[portal.CaseStatus(status)] += n
	}
	return counts, messages, rows.Err()
}

// ReviewerHome returns HOME's figures for a reviewer, all with one statement: the queue as the
// review queue counts it, the conversations that wait in the message center, and the decisions
// of the current month, as the reports count them.
func (s *Store) ReviewerHome(tx *sqldb.Tx, in Scope, sub string) (f portal.ReviewerFigures, err error) {
	err = tx.QueryRow(`SELECT q.waiting, q.overdue, q.mine, (`+waitingThreads(in, true)+`), (SELECT CAST(COALESCE(SUM(r.decided), 0) AS BIGINT) FROM turnaround r WHERE `+in.counted()+`r.month = $5) FROM (`+countQueue(in)+`) q`,
		in.OrganizationID, in.ContractID, sqldb.Micros(tx.Now), sub, tx.Now.UTC().Format(month)).Scan(&f.Waiting, &f.Overdue, &f.Mine, &f.Messages, &f.Decided)
	return f, err
}
