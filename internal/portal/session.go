package portal

import "time"

// Session is one browser's session here. It is not the door's: it idles out by
// itself, and ends when the door's does.
type Session struct {
	ID          string
	Token       []byte // keyed hash of the cookie
	SessionID   string // sid, at the provider
	ContractID  string // selected; empty: all
	CreatedAt   time.Time
	LastSeenAt  time.Time
	RefreshedAt time.Time
	ExpiresAt   time.Time // absolute (TM-18)
	Person      Person
}

// Lives are the timers of a session.
type Lives struct {
	Idle  time.Duration // TM-17
	Whole time.Duration // TM-18
}

// Warning is how long before the end of an idle session its page says so (TM-17).
const Warning = 2 * time.Minute

// Left is how long the session lives on where nothing happens; 0: it has ended.
func (s *Session) Left(now time.Time, l Lives) time.Duration {
	if s == nil {
		return 0
	}
	end := s.LastSeenAt.Add(l.Idle)
	if s.ExpiresAt.Before(end) {
		end = s.ExpiresAt
	}
	return max(0, end.Sub(now))
}

const (
	// seenEvery is how old LastSeenAt may grow before it is written again.
	seenEvery = time.Minute
	// RefreshEvery is how often an active session asks the provider whether it
	// still stands, which keeps the one there alive (product.md 1.6).
	RefreshEvery = 5 * time.Minute
)

// Stale tells whether LastSeenAt should be written again.
func (s *Session) Stale(now time.Time) bool { return now.Sub(s.LastSeenAt) >= seenEvery }

// RefreshDue tells whether to ask the provider again.
func (s *Session) RefreshDue(now time.Time) bool { return now.Sub(s.RefreshedAt) >= RefreshEvery }

// Contract is a payer's programme under which an organisation works.
type Contract struct {
	ID, Name string
	MayAdd   bool // providers may add consumers
}
