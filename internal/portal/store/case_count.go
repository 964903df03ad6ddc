package store

import (
	"maps"
	"slices"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// moveCount counts a case under the status that it has now, and no more under the one it
// had; rows are taken in one order, so that nobody waits for each other.
func (s *Store) moveCount(tx *sqldb.Tx, c *portal.Case, was portal.CaseStatus) error {
	by := map[portal.CaseStatus]int{c.Status: 1}
	if was != "" {
		by[was]--
	}
	for _, status := range slices.Sorted(maps.Keys(by)) {
		_, err := tx.Exec(`INSERT INTO case_count (organization_id, contract_id, status, n) VALUES ($1, $2, $3, $4)
			ON CONFLICT (organization_id, contract_id, status) DO UPDATE SET n = case_count.n + excluded.n`, c.OrganizationID, c.Consumer.ContractID, string(status), by[status])
		if err != nil {
			return err
		}
	}
	return nil
}

// CountCases counts the cases of the scope, for HOME.
func (s *Store) CountCases(tx *sqldb.Tx, in Scope) (n portal.CaseCounts, err error) {
	rows, err := tx.Query(`SELECT r.status, r.n FROM case_count r JOIN organization_contract o ON o.contract_id = r.contract_id AND o.organization_id = r.organization_id
		WHERE r.organization_id = $1 AND (CAST($2 AS TEXT) = '' OR r.contract_id = $2)`, in.OrganizationID, in.ContractID)
	if err != nil {
		return n, err
	}
	defer rows.Close()
	for rows.Next() {
		var status string
		var count int
		if err := rows.Scan(&status, &count); err != nil {
			return n, err
		}
		switch portal.CaseStatus(status) {
		case portal.Draft:
			n.Draft += count
		case portal.Returned:
			n.Returned += count
		case portal.Submitted:
			n.Submitted += count
		}
	}
	return n, rows.Err()
}
