// Package session has the rules of a browser's door session: how long it lives,
// what “Remember Me” makes of it, and when it passes a login button. Rules and
// types only: no SQL, no HTTP, time is a parameter.
package session

import (
	"time"

	"sallyport/internal/door/account"
)

// Session is one browser's; a browser has at most one.
type Session struct {
	ID         string // public, becomes sid
	Browser    []byte // hash of the browser's cookie
	Token      []byte // hash of the session cookie
	AccountID  string
	Epoch      int64 // the account's, at sign-in
	Method     account.Method
	AMR        []string
	ACR        string
	AuthTime   time.Time
	Remembered bool
	LastSeenAt time.Time
	Agent      string    // family of the browser that signed in
	OldToken   []byte    // what Token was before it was last used to pass a button
	RotatedAt  time.Time //
	ExpiresAt  time.Time // absolute: TM-18, or TM-16 where remembered
}

// Lives are the timers of a session.
type Lives struct {
	Idle     time.Duration // TM-17
	Whole    time.Duration // TM-18
	Remember time.Duration // TM-16; 0: no Remember Me
}

// Ends returns the absolute end of a session that begins at authTime.
func (l Lives) Ends(authTime time.Time, remembered bool) time.Time {
	if remembered {
		return authTime.Add(l.Remember)
	}
	return authTime.Add(l.Whole)
}

// Live tells whether the session still stands at now. A remembered one does not
// idle out; every other one does. Its account must be registered and unchanged.
func (s *Session) Live(now time.Time, l Lives, a *account.Account) bool {
	if s == nil || !a.CanSignIn() || a.Epoch != s.Epoch || !now.Before(s.ExpiresAt) {
		return false
	}
	return s.Remembered || now.Before(s.LastSeenAt.Add(l.Idle))
}

// rotationGrace is how long the secret before this one still serves: a double
// click, or an answer that was lost.
const rotationGrace = time.Minute

// Replayed tells that an old secret came back: somebody has a copy of the cookie,
// the person or a thief, and the session must end (T-24).
func (s *Session) Replayed(byOldToken bool, now time.Time) bool {
	return byOldToken && !now.Before(s.RotatedAt.Add(rotationGrace))
}

// Passes tells whether a live session lets its browser through the button of
// this method without password and code: only where “Remember Me” was ticked at
// sign-in and is ticked now, and only the button of the same method (1.6).
func (s *Session) Passes(method account.Method, ticked bool) bool {
	return s != nil && s.Remembered && ticked && s.Method == method
}

// seenEvery is how old LastSeenAt may grow before it is worth a write.
const seenEvery = time.Minute

// Stale tells whether LastSeenAt should be written again.
func (s *Session) Stale(now time.Time) bool { return now.Sub(s.LastSeenAt) >= seenEvery }
