package store

import (
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// PutContract adds or renames a contract.
func (s *Store) PutContract(tx *sqldb.Tx, c portal.Contract) error {
	_, err := tx.Exec(`INSERT INTO contract (id, name, may_add) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name, may_add = excluded.may_add`, c.ID, c.Name, c.MayAdd)
	return err
}

// PutOrganizationContract lets an organisation work under a contract, and tells whether
// that is new.
func (s *Store) PutOrganizationContract(tx *sqldb.Tx, organizationID, contractID string) (bool, error) {
	n, err := tx.Exec(`INSERT INTO organization_contract (organization_id, contract_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, organizationID, contractID)
	return n == 1, err
}

// RemoveOrganizationContract lets it no more, and tells whether it did.
func (s *Store) RemoveOrganizationContract(tx *sqldb.Tx, organizationID, contractID string) (bool, error) {
	n, err := tx.Exec(`DELETE FROM organization_contract WHERE organization_id = $1 AND contract_id = $2`, organizationID, contractID)
	return n == 1, err
}

// Contracts returns all, by name.
func (s *Store) Contracts(tx *sqldb.Tx) ([]portal.Contract, error) {
	return s.contracts(tx, `SELECT c.id, c.name, c.may_add FROM contract c ORDER BY c.name, c.id`)
}

// ContractsIn returns the contracts of a scope, by name, whichever is selected.
func (s *Store) ContractsIn(tx *sqldb.Tx, in Scope) ([]portal.Contract, error) {
	if in.AllOrganizations {
		return s.Contracts(tx)
	}
	return s.ContractsOf(tx, in.OrganizationID)
}

// ContractsOf returns the contracts of an organisation, by name.
func (s *Store) ContractsOf(tx *sqldb.Tx, organizationID string) ([]portal.Contract, error) {
	return s.contracts(tx, `SELECT c.id, c.name, c.may_add FROM contract c JOIN organization_contract o ON o.contract_id = c.id
		WHERE o.organization_id = $1 ORDER BY c.name, c.id`, organizationID)
}

func (s *Store) contracts(tx *sqldb.Tx, query string, args ...any) (list []portal.Contract, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c portal.Contract
		if err := rows.Scan(&c.ID, &c.Name, &c.MayAdd); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}
