package portal

import (
	"encoding/json"
	"errors"
	"slices"
)

// Person is who signed in, as the provider described them.
type Person struct {
	Subject        string // sub
	Name           string
	OrganizationID string
	Organization   string
	NPI            string
	Roles          []string
}

// IsAdmin tells whether the person administers their organisation's users.
func (p *Person) IsAdmin() bool { return slices.Contains(p.Roles, "admin") }

// Is tells whether the person is of staff, in one of these roles.
func (p *Person) Is(roles ...string) bool {
	return slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(p.Roles, role) })
}

// ReviewsCases tells whether the person reads and decides the submitted cases of every
// organization.
func (p *Person) ReviewsCases() bool { return p.Is(ReviewerRole) }

// IsStaff tells whether the person is of the operating organisation's staff.
func (p *Person) IsStaff() bool { return p.Is(HelpDeskRole, ReviewerRole, AuditorRole, BreakGlassRole) }

// ReadPerson reads the claims of the provider's userinfo endpoint. A person
// without an organisation has no place here.
func ReadPerson(subject string, claims []byte) (*Person, error) {
	var c struct {
		Name         string `json:"name"`
		Organization struct {
			ID   string `json:"id"`
			Name string `json:"name"`
			NPI  string `json:"npi"`
		} `json:"urn:sallyport:organization"`
		Roles []string `json:"urn:sallyport:roles"`
	}
	if err := json.Unmarshal(claims, &c); err != nil {
		return nil, err
	}
	if subject == "" || c.Organization.ID == "" {
		return nil, errors.New("the provider named no person or no organisation")
	}
	return &Person{Subject: subject, Name: c.Name, OrganizationID: c.Organization.ID, Organization: c.Organization.Name, NPI: c.Organization.NPI, Roles: c.Roles}, nil
}

// RegisteredAt is when the person completed their registration, in Unix seconds;
// 0 where the provider does not say.
func RegisteredAt(claims []byte) int64 {
	var c struct {
		At int64 `json:"urn:sallyport:registered_at"`
	}
	if json.Unmarshal(claims, &c) != nil {
		return 0
	}
	return c.At
}
