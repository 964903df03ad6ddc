package portal

import (
	"context"
	"time"
)

// HelpDesk is what the portal needs of whoever keeps the accounts, to let staff help
// people of every organisation.
type HelpDesk interface {
	Find(ctx context.Context, by Actor, typed string) (Found, error)
	Help(ctx context.Context, by Actor, id string) (*Helped, error)
	Progress(ctx context.Context, by Actor, organization string) (*Progress, error)
	EachOrganization(ctx context.Context, by Actor, each func(OrganizationProgress) error) error
	Audit(ctx context.Context, by Actor, q AuditQuery) (AuditPage, error)
	Delivery(ctx context.Context, by Actor, days int) (*Delivery, error)
}

// Roles of staff.
const (
	HelpDeskRole   = "help_desk"
	ReviewerRole   = "reviewer"
	AuditorRole    = "auditor"
	BreakGlassRole = "break_glass"
)

// Found is what staff found.
type Found struct {
	Users         []User
	More          bool
	Organizations []OrganizationView
	References    []Reference
}

// OrganizationView is an organisation as staff see it.
type OrganizationView struct {
	ID, Name, NPI string
	Active        bool
}

// Reference is what a reference number stands for, which somebody was given.
type Reference struct {
	Number string
	At     time.Time
	Event  string
	UserID string
	Name   string
	Detail map[string]string
}

// Event is one thing that happened to, or was done by, somebody.
type Event struct {
	At      time.Time
	Type    string
	Address string
	By      string
	Detail  map[string]string
}

// Sent is one message to somebody, and what became of it.
type Sent struct {
	At      time.Time
	Kind    string
	Channel string
	Purpose string
	State   string
	Carrier string // that has it
	SentAt  time.Time
	Used    bool
	Call    CallCourse
}

// CallCourse is how a call went; times are zero for what did not happen.
type CallCourse struct {
	RingingAt, AnsweredAt, PromptEndedAt, EndedAt time.Time
	Note                                          string // the carrier's words
}

// Helped is the help desk's view of somebody.
type Helped struct {
	UserView
	Events []Event
	Sent   []Sent
}

// Progress is how far people have come with their registration.
type Progress struct {
	At           time.Time
	Organization string // name; empty: the whole population
	Stages       []Stage
	Days         []Day
	Stuck        []Stuck // of everybody, over the last week
}

// Stuck is how often something kept people from getting in.
type Stuck struct {
	Type string // of the audit log
	N    int
}

// Stage is how many stand at one.
type Stage struct {
	Name string
	N    int
}

// Day is how many registered on one day.
type Day struct {
	Day          time.Time
	Phone, Email int
}

// OrganizationProgress is one organisation's.
type OrganizationProgress struct {
	ID, Name, NPI string
	Stages        map[string]int
}

// AuditQuery asks for rows of the audit log; empty fields do not matter.
type AuditQuery struct {
	Person   string // sub
	Type     string
	From, To time.Time
	Before   string
}

// AuditPage is a part of the audit log, the newest first.
type AuditPage struct {
	Rows []AuditRow
	Next string // Before of the next page; empty: this is the last
	Size int64  // leaves of the tree so far
}

// AuditRow is one row.
type AuditRow struct {
	ID      string
	At      time.Time
	Type    string
	UserID  string
	Name    string
	By      string
	Address string
	Detail  map[string]string
	Genuine bool
	Leaf    int64 // its number in the tree; -1: not in it yet
}
