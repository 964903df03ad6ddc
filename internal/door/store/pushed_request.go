package store

import (
	"database/sql"
	"errors"
	"time"

	"sallyport/internal/sqldb"
)

// InsertPushedRequest keeps the parameters of a pushed authorization request
// (RFC 9126) until then.
func (s *Store) InsertPushedRequest(tx *sqldb.Tx, id, clientID string, parameters []byte, until time.Time) error {
	_, err := tx.Exec(`INSERT INTO pushed_request (id, client_id, parameters, expires_at) VALUES ($1, $2, $3, $4)`,
		id, clientID, s.Keys.Seal("pushed_request.parameters:"+id, parameters), sqldb.Micros(until))
	return err
}

// PushedRequest returns what this client pushed under id, or nil where there is
// nothing, or nothing any more.
func (s *Store) PushedRequest(tx *sqldb.Tx, id, clientID string) ([]byte, error) {
	var sealed []byte
	err := tx.QueryRow(`SELECT parameters FROM pushed_request WHERE id = $1 AND client_id = $2 AND expires_at > $3`, id, clientID, sqldb.Micros(tx.Now)).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.Keys.Open("pushed_request.parameters:"+id, sealed)
}

// SpendPushedRequest removes it: a code that came of it was redeemed. It is no
// mistake where it has expired meanwhile.
func (s *Store) SpendPushedRequest(tx *sqldb.Tx, id string) error {
	_, err := tx.Exec(`DELETE FROM pushed_request WHERE id = $1`, id)
	return err
}

// AddProof notes a DPoP proof by a keyed hash of its key and jti (RFC 9449
// section 11.1) and tells whether it is new.
func (s *Store) AddProof(tx *sqldb.Tx, k []byte, until time.Time) (bool, error) {
	n, err := tx.Exec(`INSERT INTO dpop_proof (k, expires_at) VALUES ($1, $2) ON CONFLICT (k) DO NOTHING`, k, sqldb.Micros(until))
	return n == 1, err
}
