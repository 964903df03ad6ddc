package store

import (
	"database/sql"
	"errors"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// InsertOrganization adds an organisation. A second one with the same NPI is
// sqldb.Duplicate.
func (s *Store) InsertOrganization(tx *sqldb.Tx, o account.Organization) error {
	_, err := tx.Exec(`INSERT INTO organization (id, name, npi, active, created_at, by_name) VALUES ($1, $2, $3, $4, $5, $6)`,
		o.ID, o.Name, o.NPI, o.Active, sqldb.Micros(tx.Now), strings.ToLower(o.Name))
	return err
}

// OrganizationsLike returns organisations whose folded name begins so, or that have
// this NPI.
func (s *Store) OrganizationsLike(tx *sqldb.Tx, text string, most int) (list []account.Organization, err error) {
	rows, err := tx.Query(`SELECT id, name, npi, active FROM organization WHERE (by_name >= $1 AND by_name < $2) OR npi = $1 ORDER BY by_name LIMIT `+itoa(most), text, text+"\U0010FFFF")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o account.Organization
		if err := rows.Scan(&o.ID, &o.Name, &o.NPI, &o.Active); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// HasAdmin tells whether somebody who is not disabled administers the organisation.
func (s *Store) HasAdmin(tx *sqldb.Tx, id string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM account WHERE organization_id = $1 AND role = 'admin' AND state <> 'disabled' LIMIT 1) AS one`, id).Scan(&n)
	return n > 0, err
}

// mostAdministrators are told of something that is for all of them.
const mostAdministrators = 5

// Administrators returns who administers an organisation and may sign in, at most five.
func (s *Store) Administrators(tx *sqldb.Tx, id string) (list []*account.Account, err error) {
	rows, err := tx.Query(`SELECT `+accountColumns+` FROM account a JOIN organization o ON o.id = a.organization_id
		WHERE a.organization_id = $1 AND a.role = 'admin' AND a.state = 'registered' AND a.staff_roles = '' ORDER BY a.id LIMIT `+itoa(mostAdministrators), id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var scan accountScan
		if err := rows.Scan(scan.into()...); err != nil {
			return nil, err
		}
		a, err := scan.account(s)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// OrganizationByID returns the organisation, or nil.
func (s *Store) OrganizationByID(tx *sqldb.Tx, id string) (*account.Organization, error) {
	return s.oneOrganization(tx, `id = $1`, id)
}

// OrganizationByNPI returns the organisation of this NPI, or nil.
func (s *Store) OrganizationByNPI(tx *sqldb.Tx, npi string) (*account.Organization, error) {
	return s.oneOrganization(tx, `npi = $1`, npi)
}

func (s *Store) oneOrganization(tx *sqldb.Tx, where, value string) (*account.Organization, error) {
	o := &account.Organization{}
	var created int64
	err := tx.QueryRow(`SELECT id, name, npi, active, created_at FROM organization WHERE `+where, value).Scan(&o.ID, &o.Name, &o.NPI, &o.Active, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	o.CreatedAt = sqldb.Time(created)
	return o, err
}
