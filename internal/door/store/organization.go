package store

import (
	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// InsertOrganization adds an organisation. A second one with the same NPI is
// sqldb.Duplicate.
func (s *Store) InsertOrganization(tx *sqldb.Tx, o account.Organization) error {
	_, err := tx.Exec(`INSERT INTO organization (id, name, npi, active, created_at) VALUES ($1, $2, $3, $4, $5)`,
		o.ID, o.Name, o.NPI, o.Active, sqldb.Micros(tx.Now))
	return err
}
