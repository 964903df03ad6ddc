package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"sallyport/internal/door/journey"
	"sallyport/internal/rp"
	"sallyport/internal/ui"
)

// Staff is LOGIN: the operating organisation's own identity provider.
type Staff struct {
	RP    *rp.Client
	Rules journey.StaffRules
}

// StaffPage says why a staff sign-in came to nothing, and what to do.
type StaffPage struct {
	ui.Base
	Text      string
	Reference string // that support can look up; empty: there is none
	Again     bool   // trying again can help
}

func (StaffPage) Template() string { return "page_staff" }

// staffSignIn is LOGIN: it sends the person to the identity provider.
func (s *Server) staffSignIn(w http.ResponseWriter, r *request) error {
	if s.Staff == nil {
		seeOther(w, r.URL.Path)
		return nil
	}
	if err := r.readForm(); err != nil {
		return err
	}
	return s.toStaffProvider(w, r, r.PostForm.Get("request"))
}

// staffStart is the same from a link.
func (s *Server) staffStart(w http.ResponseWriter, r *request) error {
	if s.Staff == nil {
		return s.notHere(w, r)
	}
	return s.toStaffProvider(w, r, r.URL.Query().Get("request"))
}

func (s *Server) toStaffProvider(w http.ResponseWriter, r *request, request string) error {
	request, _, err := s.pending(r, request)
	if err != nil {
		return err
	}
	r.needBrowser(w)
	to, err := s.Staff.RP.Start(r.Context(), r.client.Browser, request, nil)
	if err != nil {
		s.Log.Error("staff: the identity provider does not answer", "error", err)
		return s.staffDown(w, r)
	}
	seeOther(w, to)
	return nil
}

func (s *Server) staffDown(w http.ResponseWriter, r *request) error {
	w.Header().Set("Retry-After", "30")
	return s.UI.Page(w, http.StatusServiceUnavailable, r.lang.Tag, StaffPage{Base: r.base("staff.down.title", "/"), Text: r.lang.Say("staff.down.text"), Again: true})
}

// staffCallback takes the identity provider's answer.
func (s *Server) staffCallback(w http.ResponseWriter, r *request) error {
	if s.Staff == nil {
		return errMissing
	}
	in, err := s.Staff.RP.Finish(r.Context(), r.client.Browser, r.URL.Query())
	_, isRefused := errors.AsType[*rp.Refused](err)
	_, isDenied := errors.AsType[*rp.Denied](err)
	switch {
	case isRefused || isDenied:
		s.Log.Warn("staff: sign-in not completed", "error", err)
		return s.UI.Page(w, http.StatusBadRequest, r.lang.Tag, StaffPage{Base: r.base("staff.not_completed.title", "/"), Text: r.lang.Say("staff.not_completed.text"), Again: true})
	case err != nil:
		s.Log.Error("staff: the identity provider does not answer", "error", err)
		return s.staffDown(w, r)
	}
	signed, err := s.Engine.StaffSignIn(r.Context(), s.Staff.Rules, []json.RawMessage{in.IDToken, in.Claims}, in.Target, r.client)
	if refused, ok := errors.AsType[*journey.StaffRefused](err); ok {
		page := StaffPage{Base: r.base("staff.refused.title", "/"), Text: r.lang.Say("staff.refused." + refused.Reason), Reference: refused.Reference}
		return s.UI.Page(w, http.StatusForbidden, r.lang.Tag, page)
	}
	if err != nil {
		return err
	}
	s.setCookie(w, sessionCookie, signed.SessionToken, 0)
	seeOther(w, signed.Path)
	return nil
}
