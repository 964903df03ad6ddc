package demo

import (
	"context"
	"time"

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

// Programs are what the sample contracts pay for.
var Programs = []portal.Program{
	{ID: "SM-HH", ContractID: "state-medicaid", Name: "Home Health Services"}, {ID: "SM-OT", ContractID: "state-medicaid", Name: "Outpatient Therapy"},
	{ID: "SM-DME", ContractID: "state-medicaid", Name: "Medical Equipment"}, {ID: "CH-EPS", ContractID: "childrens-health", Name: "Early Periodic Screening"},
}

// cases are Lakeside's sample requests, by the number of whom they are for. Harbor Home
// Health has none: its pages are empty, and say so.
var cases = []struct {
	consumer string
	status   portal.CaseStatus
	portal.Request
}{
	{"SM-204811", portal.Draft, portal.Request{Type: "home_health", Program: "SM-HH", Kind: "prior", Requesting: "1234567893", Diagnoses: []string{"I69.351"}, Notes: "Left-sided weakness after a stroke in September. The plan of care follows."}},
	{"CH-31254", portal.Draft, portal.Request{Type: "therapy", Requesting: "1234567893"}},
	{"SM-205102", portal.Returned, portal.Request{Type: "equipment", Program: "SM-DME", Kind: "prior", Urgency: "standard", Requesting: "1234567893", Servicing: "1245319599", Diagnoses: []string{"M17.11"}, Services: []portal.Service{{Code: "E0143", Units: "1", From: "2026-11-02", To: "2026-11-02"}}}},
	{"SM-204937", portal.Submitted, portal.Request{Type: "therapy", Program: "SM-OT", Kind: "concurrent", Urgency: "standard", Requesting: "1234567893", Servicing: "1234567893", Diagnoses: []string{"S83.511D"}, Services: []portal.Service{{Code: "97110", Units: "24", From: "2026-11-09", To: "2027-01-29"}}}},
	{"SM-204811", portal.Certified, portal.Request{Type: "equipment", Program: "SM-DME", Kind: "prior", Urgency: "standard", Requesting: "1234567893", Servicing: "1245319599", Diagnoses: []string{"I69.351"}, Services: []portal.Service{{Code: "E0163", Units: "1", From: "2026-10-20", To: "2026-10-20"}}, Notes: "A commode chair: the bathroom is upstairs."}},
	{"SM-205466", portal.Submitted, portal.Request{Type: "home_health", Program: "SM-HH", Kind: "prior", Urgency: "urgent", Requesting: "1234567893", Servicing: "1245319599", Diagnoses: []string{"E11.621", "L97.512"}, Services: []portal.Service{{Code: "G0299", Units: "36", From: "2026-11-16", To: "2027-02-12"}}}},
}

// seedCases adds them where there are none yet, as if a provider and a reviewer had worked
// on them.
func seedCases(tx *sqldb.Tx, s *store.Store) error {
	in := store.Scope{OrganizationID: "lakeside"}
	if n, _, err := s.Home(tx, in, store.Reader{}); err != nil || len(n) > 0 {
		return err
	}
	for _, sample := range cases {
		found, err := s.ConsumersByNumber(tx, in, sample.consumer)
		if err != nil || len(found) == 0 {
			return err
		}
		c := portal.Case{OrganizationID: "lakeside", Organization: "Lakeside Family Clinic", Owner: SampleID("palvarez"), Consumer: found[0], Request: sample.Request}
		if err := s.InsertCase(tx, &c, "Pat Alvarez"); err != nil {
			return err
		}
		if sample.status == portal.Draft {
			continue
		}
		c.Submit(tx.Now, time.UTC)
		if _, err := s.UpdateCase(tx, &c, "Pat Alvarez"); err != nil {
			return err
		}
		d := portal.Determination{Outcome: sample.status, By: "Sam Okoro", BySubject: "sam"}
		text := "Case " + c.Number + " was certified as you asked for. The determination letter stands with the case."
		switch sample.status {
		case portal.Submitted:
			continue
		case portal.Returned:
			d.Question = "Please attach the physician's order for the walker, and submit the request again."
			text = d.Question
		case portal.Certified:
			d.From, d.To, d.Units = portal.Date(c.Request.Services[0].From), portal.Date(c.Request.Services[0].To), []int{1}
		}
		if _, err := s.Decide(tx, &c, &d, "Case "+c.Number, text); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM message_notice`) // nobody is mailed at the first start
	return err
}

// SeedPortal adds the sample contracts, consumers and cases, and changes nothing where they are.
func SeedPortal(ctx context.Context, s *store.Store) error {
	return s.Write(ctx, func(tx *sqldb.Tx) error {
		for _, c := range Contracts {
			if err := s.PutContract(tx, c.Contract); err != nil {
				return err
			}
			for _, o := range c.Organizations {
				if _, err := s.PutOrganizationContract(tx, o, c.ID); err != nil {
					return err
				}
			}
		}
		for _, p := range Programs {
			if err := s.PutProgram(tx, p); err != nil {
				return err
			}
		}
		for _, c := range Consumers {
			if _, err := s.InsertConsumer(tx, &c, ""); err != nil {
				return err
			}
		}
		return seedCases(tx, s)
	})
}
