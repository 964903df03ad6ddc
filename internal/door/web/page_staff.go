package web

import (
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
	Query     string // of the request that trying again is for: “?request=…”, or empty
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
	return s.toStaffProvider(w, r, r.PostForm.Get("request"), rp.Freshness{})
}

// staffStart is the same from a link.
func (s *Server) staffStart(w http.ResponseWriter, r *request) error {
	if s.Staff == nil {
		return s.notHere(w, r)
	}
	return s.toStaffProvider(w, r, r.URL.Query().Get("request"), rp.Freshness{})
}

// toStaffProvider asks the identity provider for a sign-in as fresh as the relying party
// asks us for. At least is what we ask for ourselves.
func (s *Server) toStaffProvider(w http.ResponseWriter, r *request, request string, atLeast rp.Freshness) error {
	request, pending, err := s.pending(r, request)
	if err != nil {
		return err
	}
	if pending != nil {
		atLeast.New, atLeast.MaxAge = atLeast.New || pending.Fresh, pending.MaxAge
	}
	r.needBrowser(w)
	to, err := s.Staff.RP.Start(r.Context(), r.client.Browser, request, atLeast, nil)
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
	stale, isStale := errors.AsType[*rp.Stale](err)
	switch {
	case isRefused || isDenied:
		s.Log.Warn("staff: sign-in not completed", "error", err)
		return s.UI.Page(w, http.StatusBadRequest, r.lang.Tag, StaffPage{Base: r.base("staff.not_completed.title", "/"), Text: r.lang.Say("staff.not_completed.text"), Again: true})
	case isStale:
		s.Log.Warn("staff: sign-in refused", "error", err)
		return s.staffRefused(w, r, s.Engine.RefuseOldStaff(r.Context(), s.Staff.Rules, staffSaid(stale.In), r.client), stale.In.Target)
	case err != nil:
		s.Log.Error("staff: the identity provider does not answer", "error", err)
		return s.staffDown(w, r)
	case s.Engine.StaffSessionOver(in.Session.At()): // longer ago than a session lives here
		return s.toStaffProvider(w, r, in.Target, rp.Freshness{New: true})
	}
	signed, err := s.Engine.StaffSignIn(r.Context(), s.Staff.Rules, staffSaid(in), r.client)
	if err != nil {
		return s.staffRefused(w, r, err, in.Target)
	}
	request, err := s.OP.Answered(in.Target, signed.AccountID, signed.AuthTime)
	if err != nil {
		return err
	}
	s.setCookie(w, sessionCookie, signed.SessionToken, 0)
	seeOther(w, s.onward(request))
	return nil
}

func staffSaid(in *rp.SignedIn) journey.StaffSaid {
	return journey.StaffSaid{IDToken: in.IDToken, UserInfo: in.Claims, At: in.Session.At()}
}

// staffRefused says why a person is not let in. Only a sign-in that was too old is worth
// another try, for the same request.
func (s *Server) staffRefused(w http.ResponseWriter, r *request, err error, request string) error {
	refused, ok := errors.AsType[*journey.StaffRefused](err)
	if !ok {
		return err
	}
	page := StaffPage{Base: r.base("staff.refused.title", "/"), Text: r.lang.Say("staff.refused." + refused.Reason), Reference: refused.Reference}
	if refused.Reason == "old" {
		page.Again, page.Query = true, withRequest("", request)
	}
	return s.UI.Page(w, http.StatusForbidden, r.lang.Tag, page)
}
