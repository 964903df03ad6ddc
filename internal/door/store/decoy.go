package store

import (
	"sallyport/internal/door/passhash"
	"sallyport/internal/sqldb"
)

// addDecoy keeps one hash that nothing matches for each shape of hash that is
// stored, so that unknown people can be checked at the same cost (T-30).
func (s *Store) addDecoy(tx *sqldb.Tx, oldHash string) error {
	shape := passhash.Shape(oldHash)
	if shape == "" {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO decoy (shape, hash) VALUES ($1, $2) ON CONFLICT (shape) DO NOTHING`, shape, passhash.DecoyLike(oldHash))
	return err
}

// Decoys are the decoys of all stored shapes, in a fixed order.
func (s *Store) Decoys(tx *sqldb.Tx) (hashes []string, err error) {
	rows, err := tx.Query(`SELECT hash FROM decoy ORDER BY shape`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var hash string
		if err := rows.Scan(&hash); err != nil {
			return nil, err
		}
		if passhash.Shape(hash) != "" { // an earlier version took hashes that cost too much, or can't be verified
			hashes = append(hashes, hash)
		}
	}
	return hashes, rows.Err()
}
