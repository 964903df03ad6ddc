package store

import (
	"slices"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// moveCount counts a case where it is now, and no more where it was; rows are taken in one
// order, so that nobody waits for each other.
func (s *Store) moveCount(tx *sqldb.Tx, c *portal.Case) error {
	type step struct {
		portal.Counted
		by int
	}
	now := portal.Counted{Status: c.Status, Type: c.Request.Type}
	if now == c.Was {
		return nil
	}
	steps := []step{{now, 1}}
	if c.Was.Status != "" {
		steps = append(steps, step{c.Was, -1})
	}
	slices.SortFunc(steps, func(a, b step) int {
		if a.Status != b.Status {
			return map[bool]int{true: -1, false: 1}[a.Status < b.Status]
		}
		return map[bool]int{true: -1, false: 1}[a.Type < b.Type]
	})
	for _, st := range steps {
		_, err := tx.Exec(`INSERT INTO case_count (organization_id, contract_id, status, case_type, n) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (organization_id, contract_id, status, case_type) DO UPDATE SET n = case_count.n + excluded.n`, c.OrganizationID, c.Consumer.ContractID, string(st.Status), st.Type, st.by)
		if err != nil {
			return err
		}
	}
	c.Was = now
	return nil
}
