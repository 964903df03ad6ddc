package store

import (
	"time"

	"sallyport/internal/sqldb"
)

// TermsSince notes that a version of the terms of use is in force and returns
// since when; zero for the first ever.
func (s *Store) TermsSince(tx *sqldb.Tx, version string) (time.Time, error) {
	_, err := tx.Exec(`INSERT INTO terms_version (version, since)
		SELECT CAST($1 AS TEXT), CASE WHEN EXISTS (SELECT 1 FROM terms_version) THEN CAST($2 AS BIGINT) ELSE 0 END
		WHERE NOT EXISTS (SELECT 1 FROM terms_version WHERE version = $1)`, version, sqldb.Micros(tx.Now))
	if err != nil {
		return time.Time{}, err
	}
	var since int64
	err = tx.QueryRow(`SELECT since FROM terms_version WHERE version = $1`, version).Scan(&since)
	return sqldb.Time(since), err
}

// Acceptance is one person's agreement to one version of the terms.
type Acceptance struct {
	Version string
	Lang    string    // of the text that was read
	Hash    string    // SHA-256 of that text, hex
	At      time.Time //
}

// AcceptTerms records an agreement. A second one to the same version changes
// nothing: the first is what counts.
func (s *Store) AcceptTerms(tx *sqldb.Tx, accountID string, a Acceptance) error {
	if _, err := tx.Exec(`UPDATE account SET terms_version = $1 WHERE id = $2`, a.Version, accountID); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO terms_acceptance (account_id, version, lang, hash, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, version) DO NOTHING`,
		accountID, a.Version, a.Lang, a.Hash, sqldb.Micros(tx.Now))
	return err
}

// AcceptancesOf returns what a person agreed to, oldest first.
func (s *Store) AcceptancesOf(tx *sqldb.Tx, accountID string) (list []Acceptance, err error) {
	rows, err := tx.Query(`SELECT version, lang, hash, at FROM terms_acceptance WHERE account_id = $1 ORDER BY at, version`, accountID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a Acceptance
		var at int64
		if err := rows.Scan(&a.Version, &a.Lang, &a.Hash, &at); err != nil {
			return nil, err
		}
		a.At = sqldb.Time(at)
		list = append(list, a)
	}
	return list, rows.Err()
}
