package web

import (
	"net/http"

	"sallyport/internal/door/account"
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// LoginOptionsPage is “LOGIN OPTIONS” (product.md 1.1).
type LoginOptionsPage struct {
	ui.Base
	Remember bool // the box is offered
	Ticked   bool
	Client   string // relying party that asked; empty: none, or our own portal
	Request  string // its request, sealed
	Query    string // “?request=…”, or empty
}

func (LoginOptionsPage) Template() string { return "page_login_options" }

func (s *Server) loginOptions(w http.ResponseWriter, r *request) error {
	if err := r.loadSession(); err != nil {
		return err
	}
	request, pending, err := s.pending(r, r.URL.Query().Get("request"))
	if err != nil {
		return err
	}
	page := LoginOptionsPage{Base: r.base("options.title", withRequest("/", request)), Remember: s.RememberMe, Ticked: r.session != nil && r.session.Remembered,
		Request: request, Query: withRequest("", request)}
	if pending != nil {
		allowForm(w, pending.Origin)
		page.Client = pending.Client
	}
	if s.Staff != nil {
		allowForm(w, s.Staff.RP.Origin())
	}
	page.Wide = true
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, page)
}

// pressLogin is one of the two buttons. A remembered browser passes its own
// method's button; the box unticked ends what was remembered (product.md 1.6).
func (s *Server) pressLogin(method account.Method) handler {
	return func(w http.ResponseWriter, r *request) error {
		if err := r.loadSession(); err != nil {
			return err
		}
		ticked := r.PostFormValue("remember") != ""
		request, pending, err := s.pending(r, r.PostFormValue("request"))
		if err != nil {
			return err
		}
		if r.session.Passes(method, ticked) && (pending == nil || pending.Standing) {
			token, err := s.Sessions.Pass(r.Context(), r.client, s.readCookie(r.Request, sessionCookie))
			if err != nil {
				return err
			}
			s.setCookie(w, sessionCookie, token, 0)
			seeOther(w, s.onward(request))
			return nil
		}
		if r.session != nil && r.session.Remembered && !ticked {
			if err := s.endSession(w, r); err != nil {
				return err
			}
		}
		path := withRequest(r.URL.Path, request)
		if ticked && s.RememberMe {
			path = withQuery(path, "remember", "on")
		}
		seeOther(w, path)
		return nil
	}
}

// showStart shows a journey's first page without creating it.
func (s *Server) showStart(name string) handler {
	return func(w http.ResponseWriter, r *request) error {
		if s.Engine.Full(name) {
			return s.busy(w, r)
		}
		r.needBrowser(w)
		request, pending, err := s.pending(r, r.URL.Query().Get("request"))
		if err != nil {
			return err
		}
		asked := journey.Asked{Remember: s.RememberMe && r.URL.Query().Get("remember") == "on", Request: request}
		if pending != nil {
			asked.Email = account.FoldEmail(pending.Hint)
		}
		page, err := s.Engine.Begin(name, asked, r.client)
		if err != nil {
			return err
		}
		return s.journeyPage(w, r, http.StatusOK, page, frameExtras{})
	}
}
