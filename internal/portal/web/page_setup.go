package web

import (
	"net/http"

	"sallyport/internal/portal"
)

// SetupPage leads to what somebody may look after.
type SetupPage struct {
	Frame
	Nothing              bool // for who administers nothing
	Administers          bool
	Helps, Reads, Counts bool // of staff: find and help people; read the audit log; see progress
}

func (SetupPage) Template() string { return "page_setup" }

func (s *Server) setup(w http.ResponseWriter, r *request) error {
	p := &r.session.Person
	frame, err := s.frame(r, "setup.title", "/setup")
	if err != nil {
		return err
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, SetupPage{Frame: frame, Nothing: !p.IsAdmin() && !p.IsStaff(), Administers: p.IsAdmin(), Helps: p.Is(portal.HelpDeskRole, portal.ReviewerRole, portal.BreakGlassRole),
		Reads: p.Is(portal.AuditorRole, portal.BreakGlassRole), Counts: p.Is(portal.HelpDeskRole, portal.ReviewerRole, portal.BreakGlassRole)})
}
