package store

import (
	"encoding/json"
	"fmt"

	"sallyport/internal/door/audit"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Record writes one audit row in the transaction of the change it tells of.
func (s *Store) Record(tx *sqldb.Tx, r audit.Row) error {
	r.ID, r.At = secret.TimeID(tx.Now), tx.Now
	r.Sign(s.Keys)
	return tx.Later(`INSERT INTO audit (id, at, type, account_id, journey_id, address, detail, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.ID, sqldb.Micros(r.At), string(r.Type), r.AccountID, r.JourneyID, r.Address, r.DetailText(), r.MAC)
}

// AuditOf returns an account's rows, oldest first. Each is checked against its MAC: genuine tells of all of them.
func (s *Store) AuditOf(tx *sqldb.Tx, accountID string) (rows []audit.Row, genuine bool, err error) {
	result, err := tx.Query(`SELECT id, at, type, account_id, journey_id, address, detail, mac FROM audit WHERE account_id = $1 ORDER BY id`, accountID)
	if err != nil {
		return nil, false, err
	}
	defer result.Close()
	genuine = true
	for result.Next() {
		var r audit.Row
		var at int64
		var kind, detail string
		if err := result.Scan(&r.ID, &at, &kind, &r.AccountID, &r.JourneyID, &r.Address, &detail, &r.MAC); err != nil {
			return nil, false, err
		}
		r.At, r.Type = sqldb.Time(at), audit.Type(kind)
		if err := json.Unmarshal([]byte(detail), &r.Detail); err != nil {
			return nil, false, fmt.Errorf("audit row %s: %w", r.ID, err)
		}
		genuine = genuine && r.Genuine(s.Keys, detail)
		rows = append(rows, r)
	}
	return rows, genuine, result.Err()
}
