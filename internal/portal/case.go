package portal

import "time"

// CaseStatus is where a request stands (H-8b).
type CaseStatus string

const (
	Draft        CaseStatus = "draft"         // “Not submitted”
	Returned     CaseStatus = "returned"      // “Work-in-progress”: staff want to know more before they look
	Submitted    CaseStatus = "submitted"     // waits to be decided
	Pended       CaseStatus = "pended"        // waits as well, for an answer or a second opinion (X12 306 A4)
	Certified    CaseStatus = "certified"     // decided: in total (A1)
	Partial      CaseStatus = "partial"       // in part (A2)
	Modified     CaseStatus = "modified"      // otherwise than asked for (A6)
	NotCertified CaseStatus = "not_certified" // (A3)
	Withdrawn    CaseStatus = "withdrawn"     // by the provider
)

// CaseStatuses are all, in the order of a request's life.
var CaseStatuses = []CaseStatus{Draft, Returned, Submitted, Pended, Certified, Partial, Modified, NotCertified, Withdrawn}

// SubmittedStatuses are the statuses that a request has from its first submission on.
var SubmittedStatuses = CaseStatuses[1:]

// Editable tells whether the provider may still change the request.
func (s CaseStatus) Editable() bool { return s == Draft || s == Returned }

// Open tells whether reviewers have it to decide.
func (s CaseStatus) Open() bool { return s == Submitted || s == Pended }

// Decided tells whether the last word is said.
func (s CaseStatus) Decided() bool {
	return s == Certified || s == Partial || s == Modified || s == NotCertified
}

// Case is a request for the authorization of services.
type Case struct {
	ID             string
	Number         string // “Case #”; empty until it was submitted
	OrganizationID string
	Organization   string // its name
	Owner          string // sub of who began it, or submitted it last: whom messages about it are for
	Contract       string // its name
	Status         CaseStatus
	Version        int64
	Consumer       Consumer
	Request        Request
	CreatedAt      time.Time
	ModifiedAt     time.Time
	ModifiedBy     string // name
	SubmittedAt    time.Time
	DueAt          time.Time // when it must be decided; zero: it was never submitted
	StoppedAt      time.Time // the clock stands since then; zero: it runs
	ClaimedBy      string    // sub of the reviewer who has it
	ClaimedName    string

	Was Counted // as it was read: figures move from there
}

// Counted is under what figures count a case.
type Counted struct {
	Status CaseStatus
	Type   string
}

// Program is what a contract pays for.
type Program struct{ ID, ContractID, Name string }

// StatusChange is a line of a case's history.
type StatusChange struct {
	At     time.Time
	Status CaseStatus
	By     string // name
}

// CaseCounts are how many cases there are of each status.
type CaseCounts map[CaseStatus]int
