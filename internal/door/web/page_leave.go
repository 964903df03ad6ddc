package web

import (
	"net/http"

	"sallyport/internal/door/op"
	"sallyport/internal/ui"
)

// LeavePage asks whether to sign out, where another application asked for it and
// could not show that it may (ASVS 10.6.2).
type LeavePage struct {
	ui.Base
	Client string // who asks; empty: not known
	Sealed string
}

func (LeavePage) Template() string { return "page_leave" }

// leave is GET /oauth2/logout (OpenID Connect RP-Initiated Logout 1.0).
func (s *Server) leave(w http.ResponseWriter, r *request) error {
	if err := r.loadSession(); err != nil {
		return err
	}
	q := r.URL.Query()
	if q.Has("posted") {
		q = s.OP.OpenPosted(q.Get("posted"))
	}
	l, err := s.OP.Logout(r.Context(), q, r.who())
	switch {
	case err != nil:
		return err
	case l.Refused:
		page := PlainPage{r.base("leave.refused.title", "/"), r.lang.Say("leave.refused.text")}
		return s.UI.Page(w, http.StatusBadRequest, r.lang.Tag, page)
	case l.Confirm != "":
		allowForm(w, l.Origin)
		page := LeavePage{Base: r.base("leave.title", "/"), Client: l.Client, Sealed: l.Confirm}
		page.Switch = nil
		return s.UI.Page(w, http.StatusOK, r.lang.Tag, page)
	}
	return s.leaveFor(w, r, l.To)
}

func (s *Server) leavePosted(w http.ResponseWriter, r *request) error {
	if err := r.readForm(); err != nil {
		return err
	}
	seeOther(w, op.LogoutPath+"?posted="+s.OP.Posted(r.Form))
	return nil
}

// leaveConfirmed is the button of LeavePage.
func (s *Server) leaveConfirmed(w http.ResponseWriter, r *request) error {
	return s.leaveFor(w, r, s.OP.ConfirmLogout(r.PostFormValue("leave")))
}

func (s *Server) leaveFor(w http.ResponseWriter, r *request, to string) error {
	if err := s.endSession(w, r); err != nil {
		return err
	}
	return s.left(w, to)
}

// left answers when the session has ended: to is where the relying party wants
// the person, or empty for our own page.
func (s *Server) left(w http.ResponseWriter, to string) error {
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`) // ASVS 14.3.1
	if to == "" {
		to = "/signed-out"
	}
	seeOther(w, to)
	return nil
}
