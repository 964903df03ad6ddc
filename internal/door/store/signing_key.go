package store

import (
	"fmt"
	"time"

	"sallyport/internal/sqldb"
)

// SigningKey is one key pair that tokens are signed with.
type SigningKey struct {
	ID         string // kid
	Algorithm  string // ES256, RS256
	Generation int64  // 1 for an algorithm's first
	Private    []byte // PKCS #8; sealed at rest
	CreatedAt  time.Time
	SignsFrom  time.Time
	Withdrawn  bool
}

// InsertSigningKey adds a key. Where another replica made the same generation
// first it is sqldb.Duplicate.
func (s *Store) InsertSigningKey(tx *sqldb.Tx, k *SigningKey) error {
	_, err := tx.Exec(`INSERT INTO signing_key (kid, alg, generation, private, created_at, signs_from, withdrawn) VALUES ($1, $2, $3, $4, $5, $6, FALSE)`,
		k.ID, k.Algorithm, k.Generation, s.Keys.Seal("signing_key.private:"+k.ID, k.Private), sqldb.Micros(tx.Now), sqldb.Micros(k.SignsFrom))
	return err
}

// SigningKeys returns all keys, the newest of each algorithm last.
func (s *Store) SigningKeys(tx *sqldb.Tx) (list []*SigningKey, err error) {
	rows, err := tx.Query(`SELECT kid, alg, generation, private, created_at, signs_from, withdrawn FROM signing_key ORDER BY alg, generation`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		k := &SigningKey{}
		var sealed []byte
		var created, from int64
		if err := rows.Scan(&k.ID, &k.Algorithm, &k.Generation, &sealed, &created, &from, &k.Withdrawn); err != nil {
			return nil, err
		}
		if k.Private, err = s.Keys.Open("signing_key.private:"+k.ID, sealed); err != nil {
			return nil, fmt.Errorf("signing key %s: %w", k.ID, err)
		}
		k.CreatedAt, k.SignsFrom = sqldb.Time(created), sqldb.Time(from)
		list = append(list, k)
	}
	return list, rows.Err()
}

// WithdrawSigningKeys ends all keys of earlier generations at once: one of them
// is known to somebody else.
func (s *Store) WithdrawSigningKeys(tx *sqldb.Tx, algorithm string, before int64) error {
	_, err := tx.Exec(`UPDATE signing_key SET withdrawn = TRUE WHERE alg = $1 AND generation < $2`, algorithm, before)
	return err
}

// DeleteSigningKey forgets a key that signed its last token long ago.
func (s *Store) DeleteSigningKey(tx *sqldb.Tx, id string) error {
	_, err := tx.Exec(`DELETE FROM signing_key WHERE kid = $1`, id)
	return err
}
