package store

import (
	"database/sql"
	"fmt"

	"sallyport/internal/portal"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// threadColumns and scanning belong together; $2 is who looks.
const threadColumns = `SELECT t.id, t.organization_id, t.organization, COALESCE(t.request_id, ''), COALESCE(r.number, ''), t.subject, t.by_staff, t.by_provider, t.waiting, t.last_at, t.by_staff - COALESCE(v.n, 0)
	FROM thread t LEFT JOIN service_request r ON r.id = t.request_id LEFT JOIN thread_seen v ON v.thread_id = t.id AND v.sub = $2 WHERE `

// visible is which threads an organisation sees: those in general, and those about cases
// under contracts that it works under; $1 is the organisation.
const visible = `t.organization_id = $1 AND (t.request_id IS NULL OR EXISTS (SELECT 1 FROM organization_contract o WHERE o.organization_id = t.organization_id AND o.contract_id = r.contract_id))`

// InsertThread begins one, about a case or in general.
func (s *Store) InsertThread(tx *sqldb.Tx, t *portal.Thread) error {
	t.ID = secret.TimeID(tx.Now)
	_, err := tx.Exec(`INSERT INTO thread (id, organization_id, organization, request_id, subject, by_staff, by_provider, waiting, last_at) VALUES ($1, $2, $3, $4, $5, 0, 0, FALSE, $6)`,
		t.ID, t.OrganizationID, t.Organization, sql.NullString{String: t.CaseID, Valid: t.CaseID != ""}, s.Keys.Seal("thread.subject:"+t.ID, []byte(t.Subject)), sqldb.Micros(tx.Now))
	return err
}

// ThreadsOf returns up to n threads that an organisation sees, the newest word first.
func (s *Store) ThreadsOf(tx *sqldb.Tx, sub, organizationID string, after After, n int) ([]portal.Thread, error) {
	before, id := before(after)
	return s.threads(tx, threadColumns+visible+` AND (t.last_at, t.id) < ($3, $4) ORDER BY t.last_at DESC, t.id DESC LIMIT $5`, organizationID, sub, before, id, n)
}

// staffSee narrows to what staff see who review no cases: conversations in general.
func staffSee(cases bool) string {
	if cases {
		return ""
	}
	return `t.request_id IS NULL AND `
}

// WaitingThreads returns up to n threads in which the provider has the last word, the
// oldest first; without cases: those in general alone.
func (s *Store) WaitingThreads(tx *sqldb.Tx, sub string, cases bool, after After, n int) ([]portal.Thread, error) {
	from := int64(0)
	if !after.At.IsZero() {
		from = sqldb.Micros(after.At)
	}
	return s.threads(tx, threadColumns+staffSee(cases)+`t.waiting AND (t.last_at, t.id) > ($1, $3) ORDER BY t.last_at, t.id LIMIT $4`, from, sub, after.ID, n)
}

// AllThreads returns up to n threads of every organisation, the newest word first.
func (s *Store) AllThreads(tx *sqldb.Tx, sub string, cases bool, after After, n int) ([]portal.Thread, error) {
	before, id := before(after)
	return s.threads(tx, threadColumns+staffSee(cases)+`(t.last_at, t.id) < ($1, $3) ORDER BY t.last_at DESC, t.id DESC LIMIT $4`, before, sub, id, n)
}

func before(a After) (int64, string) {
	if a.At.IsZero() {
		return int64(1) << 62, ""
	}
	return sqldb.Micros(a.At), a.ID
}

// ThreadByID returns a thread that an organisation sees, or nil; organizationID empty: any
// thread, for staff. In a transaction it holds the row.
func (s *Store) ThreadByID(tx *sqldb.Tx, sub, organizationID, id string) (*portal.Thread, error) {
	lock := ""
	if tx.Writing() {
		lock = tx.ForUpdate("t")
	}
	query, args := threadColumns+visible+` AND t.id = $3`+lock, []any{organizationID, sub, id}
	if organizationID == "" {
		query, args = threadColumns+`t.id = $1`+lock, []any{id, sub}
	}
	list, err := s.threads(tx, query, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// ThreadOfCase returns the id of a case's thread; empty: there is none yet.
func (s *Store) ThreadOfCase(tx *sqldb.Tx, caseID string) (id string, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MIN(id), '') FROM thread WHERE request_id = $1`, caseID).Scan(&id)
	return id, err
}

func (s *Store) threads(tx *sqldb.Tx, query string, args ...any) (list []portal.Thread, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t portal.Thread
		var sealed []byte
		var last int64
		if err := rows.Scan(&t.ID, &t.OrganizationID, &t.Organization, &t.CaseID, &t.CaseNumber, &sealed, &t.ByStaff, &t.ByProvider, &t.Waiting, &last, &t.New); err != nil {
			return nil, err
		}
		plain, err := s.Keys.Open("thread.subject:"+t.ID, sealed)
		if err != nil {
			return nil, fmt.Errorf("thread %s: %w", t.ID, err)
		}
		t.Subject, t.LastAt = string(plain), sqldb.Time(last)
		list = append(list, t)
	}
	return list, rows.Err()
}

// SeeThread notes that somebody has seen all of staff's messages of a thread.
func (s *Store) SeeThread(tx *sqldb.Tx, t *portal.Thread, sub string) error {
	_, err := tx.Exec(`INSERT INTO thread_seen (thread_id, sub, n) VALUES ($1, $2, $3) ON CONFLICT (thread_id, sub) DO UPDATE SET n = excluded.n WHERE thread_seen.n < excluded.n`, t.ID, sub, t.ByStaff)
	return err
}

// waitingThreads counts the conversations in which the provider has the last word: all of a
// scope's contracts, or those in general and those about cases under the selected contract, $2.
func waitingThreads(in Scope, cases bool) string {
	if in.ContractID == "" {
		return `SELECT COUNT(*) AS n FROM thread t WHERE CAST($2 AS TEXT) = '' AND ` + staffSee(cases) + `t.waiting`
	}
	return `SELECT COUNT(*) AS n FROM thread t LEFT JOIN service_request r ON r.id = t.request_id WHERE ` + staffSee(cases) + `t.waiting AND (t.request_id IS NULL OR r.contract_id = $2)`
}

// SettleThread takes a thread off staff's list: nothing needs to be said.
func (s *Store) SettleThread(tx *sqldb.Tx, id string) error {
	_, err := tx.Exec(`UPDATE thread SET waiting = FALSE WHERE id = $1`, id)
	return err
}

// OpenThread fills in the thread of a case, which has one alone, or begins one. The
// transaction holds it.
func (s *Store) OpenThread(tx *sqldb.Tx, t *portal.Thread) error {
	if t.CaseID != "" {
		if err := s.holdCase(tx, t.CaseID); err != nil { // so that nobody else begins its thread in the meantime
			return err
		}
		id, err := s.ThreadOfCase(tx, t.CaseID)
		if err != nil {
			return err
		}
		if id != "" {
			held, err := s.ThreadByID(tx, "", "", id)
			if err == nil && held != nil {
				*t = *held
			}
			return err
		}
	}
	return s.InsertThread(tx, t)
}
