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

// caseColumns and scanCase belong together.
const caseColumns = `r.id, COALESCE(r.number, ''), r.organization_id, r.organization, r.owner, r.status, r.version, r.body, r.created_at, r.modified_at, r.modified_by, r.submitted_at,
	r.due_at, r.stopped_at, r.claimed_by, r.claimed_name, ` + consumerColumns

// InsertCase adds a draft for a consumer.
func (s *Store) InsertCase(tx *sqldb.Tx, c *portal.Case, by string) error {
	c.ID, c.Status, c.Version = secret.TimeID(tx.Now), portal.Draft, 1
	body, err := s.sealRequest(c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO service_request (id, organization_id, organization, owner, contract_id, consumer_id, status, version, case_type, program_id, urgency, body, created_at, modified_at, modified_by, submitted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12, $12, $13, 0)`,
		c.ID, c.OrganizationID, c.Organization, c.Owner, c.Consumer.ContractID, c.Consumer.ID, string(c.Status), c.Request.Type, c.Request.Program, c.Request.Urgency, body, sqldb.Micros(tx.Now), by)
	if err != nil {
		return err
	}
	return s.changed(tx, c, by)
}

// UpdateCase writes a request as it is now, under the version that was read, and tells
// whether that still stood. A case that becomes submitted for the first time gets its number.
func (s *Store) UpdateCase(tx *sqldb.Tx, c *portal.Case, by string) (bool, error) {
	body, err := s.sealRequest(c)
	if err != nil {
		return false, err
	}
	if c.Status == portal.Submitted && c.Number == "" {
		if c.Number, err = s.caseNumber(tx); err != nil {
			return false, err
		}
		c.SubmittedAt = tx.Now
	}
	number := sql.NullString{String: c.Number, Valid: c.Number != ""}
	n, err := tx.Exec(`UPDATE service_request SET number = $1, status = $2, version = version + 1, case_type = $3, program_id = $4, body = $5, modified_at = $6, modified_by = $7, submitted_at = $8,
			organization = $9, owner = $10, urgency = $11, due_at = $12, stopped_at = $13, claimed_by = $14, claimed_name = $15
		WHERE id = $16 AND version = $17 AND organization_id = $18`,
		number, string(c.Status), c.Request.Type, c.Request.Program, body, sqldb.Micros(tx.Now), by, sqldb.Micros(c.SubmittedAt),
		c.Organization, c.Owner, c.Request.Urgency, sqldb.Micros(c.DueAt), sqldb.Micros(c.StoppedAt), c.ClaimedBy, c.ClaimedName, c.ID, c.Version, c.OrganizationID)
	if err != nil || n == 0 {
		return false, err
	}
	c.Version, c.ModifiedAt, c.ModifiedBy = c.Version+1, tx.Now, by
	return true, s.changed(tx, c, by)
}

// caseNumber begins with the day, for people, and goes on with what nobody counts; it gets
// longer where a day has so many that the short ones run out.
func (s *Store) caseNumber(tx *sqldb.Tx) (string, error) {
	for tries := range 12 {
		number := tx.Now.UTC().Format("060102") + "-" + secret.Code(6+tries/4)
		var taken bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM service_request WHERE number = $1)`, number).Scan(&taken)
		if err != nil || !taken {
			return number, err
		}
	}
	return "", errors.New("no case number is free")
}

// changed moves figures to where a case is now, and writes a new status into its history.
func (s *Store) changed(tx *sqldb.Tx, c *portal.Case, by string) error {
	was := c.Was
	if err := s.moveCount(tx, c); err != nil || was.Status == c.Status {
		return err
	}
	_, err := tx.Exec(`INSERT INTO status_change (request_id, version, status, at, by_name) VALUES ($1, $2, $3, $4, $5)`, c.ID, c.Version, string(c.Status), sqldb.Micros(tx.Now), by)
	return err
}

func (s *Store) sealRequest(c *portal.Case) ([]byte, error) {
	text, err := json.Marshal(c.Request)
	if err != nil {
		return nil, err
	}
	return s.Keys.Seal("service_request.body:"+c.ID, text), nil
}

// CaseByID returns a case of the organization, or nil: another's is not there. In a
// transaction it holds the row.
func (s *Store) CaseByID(tx *sqldb.Tx, organizationID, id string) (*portal.Case, error) {
	return s.caseIn(tx, Scope{OrganizationID: organizationID}, id)
}

// AnyCase returns a submitted case of any organization, or nil. In a transaction it holds the
// row.
func (s *Store) AnyCase(tx *sqldb.Tx, id string) (*portal.Case, error) {
	return s.caseIn(tx, everywhere, id)
}

func (s *Store) caseIn(tx *sqldb.Tx, in Scope, id string) (*portal.Case, error) {
	lock := ""
	if tx.Writing() {
		lock = tx.ForUpdate("r")
	}
	return one(s.cases(tx, `SELECT `+caseColumns+in.cases()+`r.id = $3`+lock, in.OrganizationID, in.ContractID, id))
}

// CaseByNumber returns a case of the scope by its “Case #”, under whichever contract, or nil.
func (s *Store) CaseByNumber(tx *sqldb.Tx, in Scope, number string) (*portal.Case, error) {
	in = in.anyContract()
	return one(s.cases(tx, `SELECT `+caseColumns+in.cases()+`r.number = $3`, in.OrganizationID, in.ContractID, number))
}

func one(list []portal.Case, err error) (*portal.Case, error) {
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// holdCase keeps other transactions from changing a case until this one ends.
func (s *Store) holdCase(tx *sqldb.Tx, id string) error {
	var held string
	err := tx.QueryRow(`SELECT r.id FROM service_request r WHERE r.id = $1`+tx.ForUpdate("r"), id).Scan(&held)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// After is where a page of cases goes on; zero: at the newest.
type After struct {
	At time.Time
	ID string
}

// CasesOf returns up to n cases of the scope with this status, the newest change first.
func (s *Store) CasesOf(tx *sqldb.Tx, in Scope, status portal.CaseStatus, after After, n int) ([]portal.Case, error) {
	return s.casesWith(tx, in, `r.status`, string(status), after, n)
}

// CasesOfProgram returns up to n cases of the scope under a program, the newest change first.
func (s *Store) CasesOfProgram(tx *sqldb.Tx, in Scope, programID string, after After, n int) ([]portal.Case, error) {
	return s.casesWith(tx, in, `r.program_id`, programID, after, n)
}

// casesWith returns a page of the scope's cases that have this value in a column.
func (s *Store) casesWith(tx *sqldb.Tx, in Scope, column, value string, after After, n int) ([]portal.Case, error) {
	at, id := before(after)
	return s.cases(tx, `SELECT `+caseColumns+in.cases()+column+` = $3 AND (r.modified_at, r.id) < ($4, $5) ORDER BY r.modified_at DESC, r.id DESC LIMIT $6`,
		in.OrganizationID, in.ContractID, value, at, id, n)
}

func (s *Store) cases(tx *sqldb.Tx, query string, args ...any) (list []portal.Case, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c portal.Case
		var status string
		var body, person []byte
		var created, modified, submitted, due, stopped, added int64
		if err := rows.Scan(&c.ID, &c.Number, &c.OrganizationID, &c.Organization, &c.Owner, &status, &c.Version, &body, &created, &modified, &c.ModifiedBy, &submitted,
			&due, &stopped, &c.ClaimedBy, &c.ClaimedName,
			&c.Consumer.ID, &c.Consumer.ContractID, &c.Consumer.Contract, &c.Consumer.Number, &person, &added); err != nil {
			return nil, err
		}
		plain, err := s.Keys.Open("service_request.body:"+c.ID, body)
		if err == nil {
			err = json.Unmarshal(plain, &c.Request)
		}
		if err == nil {
			err = s.openPerson(&c.Consumer, person)
		}
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
		c.Status, c.Contract, c.CreatedAt, c.ModifiedAt, c.SubmittedAt = portal.CaseStatus(status), c.Consumer.Contract, sqldb.Time(created), sqldb.Time(modified), sqldb.Time(submitted)
		c.DueAt, c.StoppedAt, c.Consumer.AddedAt = sqldb.Time(due), sqldb.Time(stopped), sqldb.Time(added)
		c.Was = portal.Counted{Status: c.Status, Type: c.Request.Type}
		list = append(list, c)
	}
	return list, rows.Err()
}
