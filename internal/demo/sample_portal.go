package demo

import (
	"context"

	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
	"sallyport/internal/sqldb"
)

// Contracts are the sample contracts, and who works under them.
var Contracts = []struct {
	portal.Contract
	Organizations []string
}{
	{portal.Contract{ID: "state-medicaid", Name: "State Medicaid"}, []string{"lakeside", "harbor"}},
	{portal.Contract{ID: "childrens-health", Name: "Children’s Health Program"}, []string{"lakeside"}},
}

// SeedPortal adds the sample contracts, and changes nothing where they are.
func SeedPortal(ctx context.Context, s *store.Store) error {
	return s.Write(ctx, func(tx *sqldb.Tx) error {
		for _, c := range Contracts {
			if err := s.PutContract(tx, c.Contract); err != nil {
				return err
			}
			for _, o := range c.Organizations {
				if err := s.PutOrganizationContract(tx, o, c.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
