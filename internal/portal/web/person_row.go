package web

import (
	"time"

	"sallyport/internal/portal"
)

// PersonRow is somebody as lists and pages show them.
type PersonRow struct {
	portal.User
	Tone       string // of the state: good, warn, bad, or empty
	StateWords string
	MethodLine string // “Phone XXX-XXX-0185”
	RoleWords  string
	LastSignIn string
	Registered string
}

func (s *Server) row(r *request, u portal.User) PersonRow {
	p := PersonRow{User: u, RoleWords: r.Lang.Say("users.role." + u.Role), LastSignIn: r.Lang.Say("users.never"), MethodLine: "–"}
	p.Tone, p.StateWords = state(r, u)
	if !u.SignedInAt.IsZero() {
		p.LastSignIn = s.ago(r, u.SignedInAt)
	}
	if !u.RegisteredAt.IsZero() {
		p.Registered = s.ago(r, u.RegisteredAt)
	}
	switch {
	case u.State == "registered" && u.Method == "phone":
		p.MethodLine = r.Lang.Say("users.method.phone", "Phone", u.Phone)
	case u.State == "registered":
		p.MethodLine = r.Lang.Say("users.method.email")
	}
	return p
}

// state says where somebody stands, and at which step.
func state(r *request, u portal.User) (tone, words string) {
	switch {
	case u.State == "registered":
		return "good", r.Lang.Say("users.state.registered_" + u.Method)
	case u.State == "disabled":
		return "bad", r.Lang.Say("users.state.disabled")
	case u.State == "half" && u.Method == "email":
		return "warn", r.Lang.Say("users.state.half_email")
	case u.State == "half":
		return "warn", r.Lang.Say("users.state.half_phone")
	case u.Progress != "":
		return "warn", r.Lang.Say("users.state." + u.Progress)
	case u.State == "reset":
		return "warn", r.Lang.Say("users.state.reset")
	}
	return "", r.Lang.Say("users.state.imported")
}

// ago is a time as people read it: today's by the hour. The server does not know the
// reader's zone, and says which one it means.
func (s *Server) ago(r *request, t time.Time) string {
	if now := s.Store.DB.Now(); t.UTC().Format(time.DateOnly) == now.UTC().Format(time.DateOnly) {
		return r.Lang.Say("users.today", "At", t.UTC().Format("15:04"))
	}
	return clockTime(t)
}

// clockTime is the same for every reader.
func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
