package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"sallyport/internal/door/account"
	"sallyport/internal/door/op"
	"sallyport/internal/ui"
)

// FormPostPage posts an answer to a relying party (OAuth 2.0 Form Post Response
// Mode): by itself with scripts, by its button without.
type FormPostPage struct {
	ui.Base
	URI    string
	Fields []Hidden
}

// Hidden is a field that nobody sees.
type Hidden struct{ Name, Value string }

func (FormPostPage) Template() string { return "page_form_post" }

// endpoint is a handler of the provider's that needs no page.
func endpoint(serve func(http.ResponseWriter, *http.Request) error) handler {
	return func(w http.ResponseWriter, r *request) error { return serve(w, r.Request) }
}

// person is who has a live session in this browser, or nil.
func (r *request) who() *op.Person {
	if r.session == nil {
		return nil
	}
	return &op.Person{Session: r.session, Account: r.person}
}

// authorize is GET /oauth2/authorize: a new request, one that was posted, or one
// that waited for a sign-in.
func (s *Server) authorize(w http.ResponseWriter, r *request) error {
	if err := r.loadSession(); err != nil {
		return err
	}
	q := r.URL.Query()
	decide := func() (op.Decision, error) { return s.OP.Authorize(r.Context(), q, r.who()) }
	switch {
	case q.Has("resume"):
		decide = func() (op.Decision, error) { return s.OP.Resume(r.Context(), q.Get("resume"), r.who()) }
	case q.Has("posted"):
		q = s.OP.OpenPosted(q.Get("posted"))
	}
	d, err := decide()
	switch {
	case err != nil:
		return err
	case d.Ask != nil:
		s.ask(w, r, d.Ask)
		return nil
	case d.Refused:
		page := PlainPage{r.base("authorize.refused.title", "/"), r.lang.Say("authorize.refused.text")}
		return s.UI.Page(w, http.StatusBadRequest, r.lang.Tag, page)
	case d.Answer.FormPost:
		return s.formPost(w, r, d.Answer)
	}
	seeOther(w, d.Answer.Location())
	return nil
}

// authorizePosted brings a posted request back to ourselves: posted from another
// site, it came without cookies (OIDC-6).
func (s *Server) authorizePosted(w http.ResponseWriter, r *request) error {
	if err := r.readForm(); err != nil {
		return err
	}
	seeOther(w, op.AuthorizePath+"?posted="+s.OP.Posted(r.Form))
	return nil
}

// ask leads to the login options, or to the method that the relying party named.
func (s *Server) ask(w http.ResponseWriter, r *request, ask *op.Ask) {
	path := map[account.Method]string{account.NoMethod: "/", account.PhoneMethod: "/signin/phone", account.EmailMethod: "/signin/email"}[ask.Method]
	path = withRequest(path, ask.Request)
	if lang := s.Words.First(ask.Locales); lang != nil && s.readCookie(r.Request, languageCookie) == "" { // who has chosen a language keeps it
		path = withQuery(path, "lang", lang.Tag)
	}
	seeOther(w, path)
}

func (s *Server) formPost(w http.ResponseWriter, r *request, a *op.Answer) error {
	allowForm(w, op.Origin(a.URI))
	page := FormPostPage{Base: r.base("formpost.title", "/"), URI: a.URI}
	page.Switch = nil
	for _, name := range slices.Sorted(maps.Keys(a.Parameters)) {
		page.Fields = append(page.Fields, Hidden{name, a.Parameters.Get(name)})
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, page)
}

// pending reads the request that a page carries. One that is too old, or not
// ours, is as if there were none: the sign-in ends at the portal.
func (s *Server) pending(r *request, sealed string) (string, *op.Pending, error) {
	if sealed == "" {
		return "", nil, nil
	}
	p, err := s.OP.Pending(r.Context(), sealed, r.who())
	if err != nil || p == nil {
		return "", nil, err
	}
	if p.ClientID == s.Portal {
		p.Client = ""
	}
	return sealed, p, nil
}

// allowAnswer lets a page's forms lead to where the answer to this request goes.
func (s *Server) allowAnswer(w http.ResponseWriter, r *request, sealed string) error {
	_, p, err := s.pending(r, sealed)
	if p != nil {
		allowForm(w, p.Origin)
	}
	return err
}

// onward is where a sign-in goes on: to who asked, or home.
func (s *Server) onward(request string) string {
	if request == "" {
		return s.Engine.Settings.Home
	}
	return s.Engine.Settings.Resume + request
}

func withRequest(path, request string) string {
	if request == "" {
		return path
	}
	return withQuery(path, "request", url.QueryEscape(request))
}
