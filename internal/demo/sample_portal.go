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
	{portal.Contract{ID: "state-medicaid", Name: "State Medicaid", MayAdd: true}, []string{"lakeside", "harbor"}},
	{portal.Contract{ID: "childrens-health", Name: "Children’s Health Program"}, []string{"lakeside"}},
}

// Consumers are sample consumers. None of them lives, or ever did.
var Consumers = []portal.Consumer{
	{ContractID: "state-medicaid", Number: "SM-204811", FirstName: "Amara", LastName: "Okonkwo", BirthDate: "1948-06-02"},
	{ContractID: "state-medicaid", Number: "SM-204937", FirstName: "Luis", LastName: "Peña", BirthDate: "1971-11-30"},
	{ContractID: "state-medicaid", Number: "SM-205102", FirstName: "Ruth", LastName: "Lindqvist", BirthDate: "1939-02-17"},
	{ContractID: "state-medicaid", Number: "SM-205466", FirstName: "Tomás", LastName: "Arroyo-Vega", BirthDate: "1984-09-08"},
	{ContractID: "childrens-health", Number: "CH-31077", FirstName: "Noor", LastName: "Haddad", BirthDate: "2017-04-21"},
	{ContractID: "childrens-health", Number: "CH-31254", FirstName: "Wyatt", LastName: "O’Shea", BirthDate: "2014-12-05"},
}

// SeedPortal adds the sample contracts and consumers, and changes nothing where they are.
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
		for _, c := range Consumers {
			if _, err := s.InsertConsumer(tx, &c, ""); err != nil {
				return err
			}
		}
		return nil
	})
}
