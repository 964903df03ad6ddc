package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// sealedDetermination is what is said of a person's care, and sealed.
type sealedDetermination struct {
	Reason      string      `json:"r,omitempty"`
	Explanation string      `json:"e,omitempty"`
	Question    string      `json:"q,omitempty"`
	From        portal.Date `json:"f,omitempty"`
	To          portal.Date `json:"t,omitempty"`
	Units       []int       `json:"u,omitempty"`
}

// InsertDetermination writes what was decided of a case, with an authorization number of
// what was certified, and counts a final decision for the reports.
func (s *Store) InsertDetermination(tx *sqldb.Tx, c *portal.Case, d *portal.Determination) error {
	d.ID, d.CaseID, d.DecidedAt = secret.TimeID(tx.Now), c.ID, tx.Now
	if d.Outcome.Decided() && d.Outcome != portal.NotCertified {
		number, err := s.authorizationNumber(tx)
		if err != nil {
			return err
		}
		d.Authorization = number
	}
	text, err := json.Marshal(sealedDetermination{d.Reason, d.Explanation, d.Question, d.From, d.To, d.Units})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO determination (id, request_id, version, outcome, authorization_number, body, decided_at, decided_by, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		d.ID, c.ID, c.Version, string(d.Outcome), sql.NullString{String: d.Authorization, Valid: d.Authorization != ""}, s.Keys.Seal("determination.body:"+d.ID, text), sqldb.Micros(tx.Now), d.BySubject, d.By)
	if err != nil || !d.Outcome.Decided() {
		return err
	}
	late := 0
	if tx.Now.After(c.DueAt) {
		late = 1
	}
	_, err = tx.Exec(`INSERT INTO turnaround (month, organization_id, contract_id, urgency, outcome, decided, late, minutes) VALUES ($1, $2, $3, $4, $5, 1, $6, $7)
		ON CONFLICT (month, organization_id, contract_id, urgency, outcome) DO UPDATE SET decided = turnaround.decided + 1, late = turnaround.late + excluded.late, minutes = turnaround.minutes + excluded.minutes`,
		tx.Now.UTC().Format(month), c.OrganizationID, c.Consumer.ContractID, c.Request.Urgency, string(d.Outcome), late, int64(tx.Now.Sub(c.SubmittedAt)/time.Minute))
	return err
}

func (s *Store) authorizationNumber(tx *sqldb.Tx) (string, error) {
	for tries := range 12 {
		number := "A" + tx.Now.UTC().Format("060102") + "-" + secret.Code(6+tries/4)
		var taken bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM determination WHERE authorization_number = $1)`, number).Scan(&taken)
		if err != nil || !taken {
			return number, err
		}
	}
	return "", errors.New("no authorization number is free")
}

// DeterminationsOf returns what was decided of a case, the newest first.
func (s *Store) DeterminationsOf(tx *sqldb.Tx, caseID string) (list []portal.Determination, err error) {
	rows, err := tx.Query(`SELECT id, outcome, COALESCE(authorization_number, ''), body, decided_at, decided_by, by_name FROM determination WHERE request_id = $1 ORDER BY version DESC`, caseID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		d := portal.Determination{CaseID: caseID}
		var outcome string
		var sealed []byte
		var at int64
		if err := rows.Scan(&d.ID, &outcome, &d.Authorization, &sealed, &at, &d.BySubject, &d.By); err != nil {
			return nil, err
		}
		plain, err := s.Keys.Open("determination.body:"+d.ID, sealed)
		var body sealedDetermination
		if err == nil {
			err = json.Unmarshal(plain, &body)
		}
		if err != nil {
			return nil, fmt.Errorf("determination %s: %w", d.ID, err)
		}
		d.Outcome, d.DecidedAt = portal.CaseStatus(outcome), sqldb.Time(at)
		d.Reason, d.Explanation, d.Question, d.From, d.To, d.Units = body.Reason, body.Explanation, body.Question, body.From, body.To, body.Units
		list = append(list, d)
	}
	return list, rows.Err()
}
