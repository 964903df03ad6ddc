package portal

import "time"

// CaseStatus is where a request stands (H-8b).
type CaseStatus string

const (
	Draft     CaseStatus = "draft"     // “Not submitted”
	Returned  CaseStatus = "returned"  // “Work-in-progress”: staff want to know more
	Submitted CaseStatus = "submitted" //
	Withdrawn CaseStatus = "withdrawn" // by the provider
)

// Editable tells whether the provider may still change the request.
func (s CaseStatus) Editable() bool { return s == Draft || s == Returned }

// Case is a request for the authorization of services.
type Case struct {
	ID             string
	Number         string // “Case #”; empty until it was submitted
	OrganizationID string
	Contract       string // its name
	Status         CaseStatus
	Version        int64
	Consumer       Consumer
	Request        Request
	CreatedAt      time.Time
	ModifiedAt     time.Time
	ModifiedBy     string // name
	SubmittedAt    time.Time
}

// Program is what a contract pays for.
type Program struct{ ID, ContractID, Name string }

// StatusChange is a line of a case's history.
type StatusChange struct {
	At     time.Time
	Status CaseStatus
	By     string // name
}

// CaseCounts are HOME's figures.
type CaseCounts struct{ Returned, Draft, Submitted int }
