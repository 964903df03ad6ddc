package account

import "time"

// State is how far an account has come (architecture: imported → half → registered).
type State string

const (
	Imported   State = "imported"   // from the old portal: username and old password, no second factor yet
	Half       State = "half"       // has a proven e-mail address and a new password, but has not finished
	Registered State = "registered" // signs in
	Disabled   State = "disabled"   // by an administrator; nothing opens
	Reset      State = "reset"      // by an administrator: has address and password, and registers again
)

// Method is the second factor that the person registered.
type Method string

const (
	NoMethod    Method = ""
	PhoneMethod Method = "phone"
	EmailMethod Method = "email"
)

// Role of a person within the organisation.
type Role string

const (
	User  Role = "user"
	Admin Role = "admin" // provider administrator
)

// Organization is a provider or customer.
type Organization struct {
	ID        string
	Name      string
	NPI       string
	Active    bool
	CreatedAt time.Time
}

// Account is one person's. Epoch rises with every change that must end what is
// open: reset, disable, change of password, factor or method. A journey or session
// is worth something only while its own epoch equals it.
type Account struct {
	ID             string
	OrganizationID string
	Organization   string // its name
	NPI            string // the organisation's
	Username       string // lower case
	Email          string // lower case; proven once Half
	FirstName      string
	LastName       string
	Role           Role
	State          State
	Method         Method
	Phone          string // E.164; sealed at rest
	PasswordHash   string // PHC string; empty while Imported
	OldHash        string // of the old portal, in its format; empty once Registered
	FileEmail      string // address on file before registration; lower case
	Epoch          int64
	CreatedAt      time.Time
	Terms          string    // version of the terms of use that was agreed to last; empty: those in force when the account was imported; NoTerms: none yet
	RegisteredAt   time.Time // zero for who was registered before we kept it
	PhoneProvenAt  time.Time // last, to about a month; zero: not since we keep it
	ReportedAt     time.Time // somebody reported a call for a sign-in: closed until the password is chosen anew; zero: not
	ResetAt        time.Time // while Reset
	EnabledState   State     // while Disabled: what it was before
	Progress       Progress  // while Imported or Reset
	StaffRoles     []string  // of staff of the operating organisation; none: not staff
	Lang           string    // the person's, when they registered; empty: not known
}

// Progress is how far somebody came in a registration that is not half-way yet.
type Progress string

const (
	NotBegun Progress = ""
	Begun    Progress = "begun"   // username and password were right
	Mailbox  Progress = "mailbox" // … and the mailbox is proven
)

// Roles of staff, which the organisation's identity provider's groups map to.
const (
	HelpDesk   = "help_desk"
	Reviewer   = "reviewer"
	Auditor    = "auditor"     // reads the audit log
	BreakGlass = "break_glass" // may do what an organisation's administrator may, anywhere
)

// AllStaffRoles are those there are.
var AllStaffRoles = []string{HelpDesk, Reviewer, Auditor, BreakGlass}

// IsStaff tells whether the account is staff's: it has no password, and signs in by
// the organisation's own identity provider alone.
func (a *Account) IsStaff() bool { return a != nil && len(a.StaffRoles) > 0 }

// Name is how the person is addressed.
func (a *Account) Name() string { return a.FirstName + " " + a.LastName }

// CanSignIn tells whether the account may have a session.
func (a *Account) CanSignIn() bool { return a != nil && a.State == Registered }

// Closed tells whether the account takes no sign-in, because somebody reported a call that
// they did not ask for (T-12). It takes a new password.
func (a *Account) Closed() bool { return a != nil && !a.ReportedAt.IsZero() }

// HasPassword tells whether the new password leads anywhere: into a session, or
// to the steps of the registration that are missing. Everyone else gets the
// answer that an unknown address gets (T-01).
func (a *Account) HasPassword() bool {
	return a != nil && (a.State == Registered || a.State == Half) && a.PasswordHash != ""
}

// NotBegun reports whether a link that begins a registration, or resets the old portal's
// password, still leads anywhere.
func (a *Account) NotBegun() bool { return a != nil && a.State == Imported }

// StoppedHalfWay reports whether the account has a new password and was never registered
// with it. Only the address on file anchors the recovery of such an account: whoever
// created the password proved some mailbox, but not that the account is theirs.
func (a *Account) StoppedHalfWay() bool { return a != nil && a.State == Half }

// ResetBy tells whether a link to this account lets the password in that the account
// had when it was reset: neither is enough alone.
func (a *Account) ResetBy(link string) bool {
	return a != nil && a.State == Reset && a.PasswordHash != "" && a.ID == link
}

// Unfinished tells whether steps of a registration are missing.
func (a *Account) Unfinished() bool { return a != nil && (a.State == Half || a.State == Reset) }

// CanReset tells whether a proven mailbox lets the person choose a new password.
func (a *Account) CanReset() bool {
	return a != nil && !a.IsStaff() && (a.State == Registered || a.Unfinished())
}

// Open tells whether anything may go on for this account.
func (a *Account) Open() bool { return a != nil && a.State != Disabled }
