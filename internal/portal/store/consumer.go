package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sallyport/internal/portal"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// sealedPerson is what is known of a consumer, and sealed.
type sealedPerson struct {
	First string      `json:"f"`
	Last  string      `json:"l"`
	Birth portal.Date `json:"b"`
}

// lookedBy is the keyed hash by which a consumer is found who is named in full.
func (s *Store) lookedBy(first, last string, birth portal.Date) []byte {
	return s.Keys.Hash("consumer", portal.FoldName(last), portal.FoldName(first), string(birth))
}

// InsertConsumer adds a consumer under a contract, with a number of ours where they have
// none. By is whose sub added them; empty: the operator. Added is false where the
// contract has the number already.
func (s *Store) InsertConsumer(tx *sqldb.Tx, c *portal.Consumer, by string) (added bool, err error) {
	if c.ID == "" {
		c.ID = secret.TimeID(tx.Now)
	}
	if c.Number == "" {
		c.Number = "P-" + secret.Code(9)
	}
	c.AddedAt = tx.Now
	sealed, err := s.sealPerson(c)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(`INSERT INTO consumer (id, contract_id, number, person, looked_by, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		c.ID, c.ContractID, c.Number, sealed, s.lookedBy(c.FirstName, c.LastName, c.BirthDate), by, sqldb.Micros(tx.Now))
	return n == 1, err
}

func (s *Store) sealPerson(c *portal.Consumer) ([]byte, error) {
	text, err := json.Marshal(sealedPerson{c.FirstName, c.LastName, c.BirthDate})
	return s.Keys.Seal("consumer.person:"+c.ID, text), err
}

const consumerColumns = `c.id, c.contract_id, k.name, c.number, c.person, c.added_at`

// within joins consumers to the contracts of a scope's organization; $1 and $2 are the scope.
// Consumers are never listed across organizations.
const within = ` FROM consumer c JOIN contract k ON k.id = c.contract_id
	JOIN organization_contract o ON o.contract_id = c.contract_id AND o.organization_id = $1
	WHERE (CAST($2 AS TEXT) = '' OR c.contract_id = $2) AND `

// mostFound: who is named in full is at most so many people.
const mostFound = 20

// ConsumersByNumber returns who has this consumer ID under a contract of the scope.
func (s *Store) ConsumersByNumber(tx *sqldb.Tx, in Scope, number string) ([]portal.Consumer, error) {
	return s.consumers(tx, `SELECT `+consumerColumns+within+`c.number = $3 ORDER BY k.name, c.id LIMIT 20`, in.OrganizationID, in.ContractID, number)
}

// ConsumersByName returns who has this name and birth date under a contract of the scope.
func (s *Store) ConsumersByName(tx *sqldb.Tx, in Scope, first, last string, birth portal.Date) ([]portal.Consumer, error) {
	return s.consumers(tx, `SELECT `+consumerColumns+within+`c.looked_by = $3 ORDER BY k.name, c.id LIMIT 20`, in.OrganizationID, in.ContractID, s.lookedBy(first, last, birth))
}

// ConsumerByID returns one of the scope, or nil: another's is not there.
func (s *Store) ConsumerByID(tx *sqldb.Tx, in Scope, id string) (*portal.Consumer, error) {
	list, err := s.consumers(tx, `SELECT `+consumerColumns+within+`c.id = $3`, in.OrganizationID, in.ContractID, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func (s *Store) consumers(tx *sqldb.Tx, query string, args ...any) (list []portal.Consumer, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() && len(list) < mostFound {
		var c portal.Consumer
		var sealed []byte
		var added int64
		if err := rows.Scan(&c.ID, &c.ContractID, &c.Contract, &c.Number, &sealed, &added); err != nil {
			return nil, err
		}
		if err := s.openPerson(&c, sealed); err != nil {
			return nil, err
		}
		c.AddedAt = sqldb.Time(added)
		list = append(list, c)
	}
	return list, rows.Err()
}

func (s *Store) openPerson(c *portal.Consumer, sealed []byte) error {
	plain, err := s.Keys.Open("consumer.person:"+c.ID, sealed)
	if err != nil {
		return fmt.Errorf("consumer %s: %w", c.ID, err)
	}
	var p sealedPerson
	if err := json.Unmarshal(plain, &p); err != nil {
		return fmt.Errorf("consumer %s: %w", c.ID, err)
	}
	c.FirstName, c.LastName, c.BirthDate = p.First, p.Last, p.Birth
	return nil
}

// CountLookup counts that somebody looks for a consumer, and tells whether they may: at
// most so many times in an hour of the clock.
func (s *Store) CountLookup(tx *sqldb.Tx, sub string, most int64) (bool, error) {
	hour := tx.Now.Unix() / 3600
	if _, err := tx.Exec(`DELETE FROM lookup WHERE sub = $1 AND hour < $2`, sub, hour); err != nil {
		return false, err
	}
	var n int64
	err := tx.QueryRow(`INSERT INTO lookup (sub, hour, n) VALUES ($1, $2, 1) ON CONFLICT (sub, hour) DO UPDATE SET n = lookup.n + 1 WHERE lookup.n < $3 RETURNING n`, sub, hour, most).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
