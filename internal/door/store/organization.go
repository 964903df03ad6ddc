package store

import (
	"database/sql"
	"errors"

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

// OrganizationByNPI returns the organisation of this NPI, or nil.
func (s *Store) OrganizationByNPI(tx *sqldb.Tx, npi string) (*account.Organization, error) {
	o := &account.Organization{}
	var created int64
	err := tx.QueryRow(`SELECT id, name, npi, active, created_at FROM organization WHERE npi = $1`, npi).Scan(&o.ID, &o.Name, &o.NPI, &o.Active, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	o.CreatedAt = sqldb.Time(created)
	return o, err
}
