package portal

import (
	"context"
	"errors"
	"time"
)

// UserAdmin is what the portal needs of whoever keeps the accounts, to let
// administrators look after the people of their organisation. Who acts is named in
// every call and judged there, not here.
type UserAdmin interface {
	Users(ctx context.Context, by Actor, search, after string) (UserPage, error)
	User(ctx context.Context, by Actor, id string) (*UserView, error)
	Change(ctx context.Context, by Actor, id string, c Change) error
	Invite(ctx context.Context, by Actor, in Invitation) (id string, err error)
	Stages(ctx context.Context, by Actor) ([]Stage, error) // how far the organisation's people have come
}

// CodeAdmin is the same for an organisation's registration codes.
type CodeAdmin interface {
	Codes(ctx context.Context, by Actor) ([]RegistrationCode, error)
	IssueCode(ctx context.Context, by Actor) (code string, err error)
	ExpireCode(ctx context.Context, by Actor, id string) error
}

// Actor is who acts.
type Actor struct {
	ID      string // sub
	Address string // of the client
	Lang    string
}

// Errors of both interfaces. ErrNotFound is answered where somebody is not there for
// the actor, or the actor may do nothing of the kind.
var (
	ErrNotFound = errors.New("portal: nobody there for this actor")
	ErrChanged  = errors.New("portal: it was changed meanwhile")
)

// Mistake is the actor's: key of the words, and the field it is about.
type Mistake struct {
	Field, Key string
	Args       []any
}

func (m *Mistake) Error() string { return "portal: " + m.Key }

// User is somebody as administrators and the help desk see them.
type User struct {
	ID             string
	Name           string
	Username       string
	SignIn         string // address that they sign in with, or the one on file
	OrganizationID string
	Organization   string
	Role           string // user, admin
	State          string // imported, half, registered, disabled, reset
	Progress       string // while imported or reset: begun, mailbox
	Method         string // phone, email; while half: chosen for now
	Phone          string // masked
	RegisteredAt   time.Time
	SignedInAt     time.Time
	ResetAt        time.Time
	HasOldPassword bool // begins at the login page's “click here”
	Epoch          int64
	Self           bool // the actor
	Closed         bool // somebody reported a call for a sign-in
}

// UserPage is a part of an organisation's people.
type UserPage struct {
	Users        []User
	Next         string // where the next page begins; empty: this is the last
	Count        int    // of all people
	Capped       bool   // there are more than Count
	Organization string
}

// UserView is one person, with what is open for them.
type UserView struct {
	User
	Sessions, Remembered int
	MayAct               bool // not oneself
}

// Acts of Change.
const (
	Reset   = "reset"
	Disable = "disable"
	Enable  = "enable"
	SetRole = "role"
	Resend  = "resend"
)

// Change is one act on a person.
type Change struct {
	Act              string
	Epoch            int64  // of the account as the actor saw it
	Role             string // of SetRole
	Reason, Verified string // of Reset
}

// Invitation is somebody new in the administrator's organisation.
type Invitation struct {
	Username, FirstName, LastName, Email string
	Role                                 string
}

// RegistrationCode lets new providers register users of the organisation.
type RegistrationCode struct {
	ID        string
	IssuedAt  time.Time
	IssuedBy  string // name; empty: the operator
	Uses      int
	MostUses  int
	ExpiresAt time.Time
	Works     bool
}
