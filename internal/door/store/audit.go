package store

import (
	"encoding/json"
	"strings"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Record writes one audit row in the transaction of the change it tells of.
func (s *Store) Record(tx *sqldb.Tx, r audit.Row) error {
	r.ID, r.At = secret.TimeID(tx.Now), tx.Now
	r.By(tx.Context())
	r.Sign(s.Keys)
	return tx.Later(`INSERT INTO audit (id, at, type, account_id, journey_id, address, detail, mac, reference) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.ID, sqldb.Micros(r.At), string(r.Type), r.AccountID, r.JourneyID, r.Address, r.DetailText(), r.MAC, r.Detail["reference"])
}

// auditColumns and scanAudit belong together.
const auditColumns = `id, at, type, account_id, journey_id, address, detail, mac`

// scanAudit reads auditColumns, and whatever follows them; detail is the stored text.
func scanAudit(row interface{ Scan(...any) error }, more ...any) (r audit.Row, detail string, err error) {
	var at int64
	var kind string
	if err := row.Scan(append([]any{&r.ID, &at, &kind, &r.AccountID, &r.JourneyID, &r.Address, &detail, &r.MAC}, more...)...); err != nil {
		return r, "", err
	}
	r.At, r.Type = sqldb.Time(at), audit.Type(kind)
	if json.Unmarshal([]byte(detail), &r.Detail) != nil {
		r.Detail = nil // pruned; or somebody changed it, which the MAC shows: it must not keep us from reading on
	}
	return r, detail, nil
}

func (s *Store) auditRows(tx *sqldb.Tx, query string, args ...any) (rows []audit.Row, genuine bool, err error) {
	result, err := tx.Query(query, args...)
	if err != nil {
		return nil, false, err
	}
	defer result.Close()
	genuine = true
	for result.Next() {
		r, detail, err := scanAudit(result)
		if err != nil {
			return nil, false, err
		}
		genuine = genuine && r.Genuine(s.Keys, detail)
		rows = append(rows, r)
	}
	return rows, genuine, result.Err()
}

// AuditOf returns an account's rows, oldest first. Each is checked against its MAC: genuine tells of all of them.
func (s *Store) AuditOf(tx *sqldb.Tx, accountID string) (rows []audit.Row, genuine bool, err error) {
	return s.auditRows(tx, `SELECT `+auditColumns+` FROM audit WHERE account_id = $1 ORDER BY id`, accountID)
}

// daily are the types that every sign-in writes: the partial index audit_rare is of
// the others, word for word.
const daily = `'password.accepted', 'password.refused', 'code.requested', 'code.accepted', 'call.requested', 'call.confirmed', 'signed_in', 'signed_out', 'client.entered'`

// AuditQuery asks for rows of the audit log; empty fields do not matter.
type AuditQuery struct {
	AccountID string
	Type      string
	From, To  time.Time // To is not included
	Before    string    // id of the last row of the page before
	Most      int
}

// AuditNewest returns rows, the newest first.
func (s *Store) AuditNewest(tx *sqldb.Tx, q AuditQuery) ([]audit.Row, error) {
	where, args := q.where()
	rows, _, err := s.auditRows(tx, `SELECT `+auditColumns+` FROM audit WHERE `+where+` ORDER BY id DESC LIMIT `+itoa(q.Most), args...)
	return rows, err
}

func (q *AuditQuery) where() (string, []any) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, condition+itoa(len(args)))
	}
	if q.AccountID != "" {
		add("account_id = $", q.AccountID)
	}
	if q.Type != "" {
		add("type = $", q.Type)
		if !strings.Contains(daily, "'"+q.Type+"'") { // its index can be used
			where = append(where, "type NOT IN ("+daily+")")
		}
	}
	if !q.From.IsZero() { // ids are time-ordered
		add("id >= $", secret.TimeIDFrom(q.From))
	}
	if !q.To.IsZero() {
		add("id < $", secret.TimeIDFrom(q.To))
	}
	if q.Before != "" {
		add("id < $", q.Before)
	}
	return strings.Join(where, " AND "), args
}

// Leaf is a row with its place in the tree.
type Leaf struct {
	audit.Row
	Text         string    // detail as it is stored; empty where its retention ended
	PrunedBefore time.Time // the row was pruned as older than this; zero where it has text
	Genuine      bool      // as it was written, or pruned by us
	Leaf         int64     // -1: not in the tree yet
}

// AuditLeaves is AuditNewest with what proves each row.
func (s *Store) AuditLeaves(tx *sqldb.Tx, q AuditQuery) ([]Leaf, error) {
	where, args := q.where()
	return s.leaves(tx, `SELECT `+auditColumns+`, COALESCE(leaf_no, -1) FROM audit WHERE `+where+` ORDER BY id DESC LIMIT `+itoa(q.Most), args...)
}

// EachAuditRow goes through rows, the oldest first.
func (s *Store) EachAuditRow(tx *sqldb.Tx, q AuditQuery, each func(*Leaf) error) error {
	for after := ""; ; {
		where, args := q.where()
		args = append(args, after)
		rows, err := s.leaves(tx, `SELECT `+auditColumns+`, COALESCE(leaf_no, -1) FROM audit WHERE `+where+` AND id > $`+itoa(len(args))+` ORDER BY id LIMIT `+itoa(q.Most), args...)
		if err != nil {
			return err
		}
		for i := range rows {
			if err := each(&rows[i]); err != nil {
				return err
			}
		}
		if len(rows) < q.Most {
			return nil
		}
		after = rows[len(rows)-1].ID
	}
}

func (s *Store) leaves(tx *sqldb.Tx, query string, args ...any) (list []Leaf, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l Leaf
		if l.Row, l.Text, err = scanAudit(rows, &l.Leaf); err != nil {
			return nil, err
		}
		if l.Text == "" {
			l.PrunedBefore, l.Genuine = l.Row.PrunedBefore(s.Keys, l.Leaf)
		} else {
			l.Genuine = l.Row.Genuine(s.Keys, l.Text)
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// AuditByReference returns the rows that gave somebody this reference number.
func (s *Store) AuditByReference(tx *sqldb.Tx, number string) ([]audit.Row, error) {
	rows, _, err := s.auditRows(tx, `SELECT `+auditColumns+` FROM audit WHERE reference = $1 AND reference <> '' ORDER BY id LIMIT 10`, number)
	return rows, err
}
