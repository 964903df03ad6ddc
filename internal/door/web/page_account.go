package web

import (
	"net/http"
	"slices"
	"time"

	"sallyport/internal/ui"
)

// AccountPage is the door's own page of whoever is signed in: who they are, and
// how and when this session was proven.
type AccountPage struct {
	ui.Base
	Name, Organization, Email string
	How, When, Until          string
}

func (AccountPage) Template() string { return "page_account" }

func (s *Server) account(w http.ResponseWriter, r *request) error {
	v, a := r.session, r.person
	how := "account.how.email"
	switch {
	case a.IsStaff():
		how = "account.how.staff"
	case slices.Contains(v.AMR, "sms"):
		how = "account.how.sms"
	case slices.Contains(v.AMR, "tel") && slices.Contains(v.AMR, "mfa"):
		how = "account.how.tel_code"
	case slices.Contains(v.AMR, "tel"):
		how = "account.how.tel"
	}
	until := r.lang.Say("account.until.idle", "At", clockTime(v.ExpiresAt), "Idle", r.lang.Say("time.minutes", "N", int(s.Engine.Settings.Limits.SessionIdle.D()/time.Minute)))
	if v.Remembered {
		until = r.lang.Say("account.until.remembered", "At", clockTime(v.ExpiresAt))
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, AccountPage{Base: r.base("account.title", "/account"),
		Name: a.Name(), Organization: a.Organization, Email: a.Email,
		How: r.lang.Say(how), When: clockTime(v.AuthTime), Until: until})
}

// clockTime is the same for every reader: the server does not know their zone.
func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
