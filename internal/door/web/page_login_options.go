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
}

func (LoginOptionsPage) Template() string { return "page_login_options" }

func (s *Server) loginOptions(w http.ResponseWriter, r *request) error {
	if err := r.loadSession(); err != nil {
		return err
	}
	page := LoginOptionsPage{Base: r.base("options.title", "/"), Remember: s.RememberMe, Ticked: r.session != nil && r.session.Remembered}
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
		if r.session.Passes(method, ticked) {
			token, err := s.Sessions.Pass(r.Context(), r.client, s.readCookie(r.Request, sessionCookie))
			if err != nil {
				return err
			}
			s.setCookie(w, sessionCookie, token, 0)
			seeOther(w, "/account")
			return nil
		}
		if r.session != nil && r.session.Remembered && !ticked {
			if err := s.endSession(w, r); err != nil {
				return err
			}
		}
		path := r.URL.Path
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
		r.needBrowser(w)
		asked := journey.Asked{Remember: s.RememberMe && r.URL.Query().Get("remember") == "on"}
		page, err := s.Engine.Begin(name, asked, r.client)
		if err != nil {
			return err
		}
		return s.journeyPage(w, r, http.StatusOK, page, frameExtras{})
	}
}
