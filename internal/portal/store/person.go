package store

import (
	"strings"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// PutPerson keeps what the provider says of a person now.
func (s *Store) PutPerson(tx *sqldb.Tx, p *portal.Person) error {
	_, err := tx.Exec(`INSERT INTO person (sub, name, organization_id, organization, npi, roles, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (sub) DO UPDATE SET name = excluded.name, organization_id = excluded.organization_id, organization = excluded.organization,
			npi = excluded.npi, roles = excluded.roles, seen_at = excluded.seen_at`,
		p.Subject, p.Name, p.OrganizationID, p.Organization, p.NPI, strings.Join(p.Roles, " "), sqldb.Micros(tx.Now))
	return err
}
