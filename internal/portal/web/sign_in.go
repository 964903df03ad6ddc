package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/rp"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// NotSignedInPage says that a sign-in came to nothing, and offers to try again.
type NotSignedInPage struct{ ui.Base }

func (NotSignedInPage) Template() string { return "page_not_signed_in" }

// signIn begins a sign-in at the provider. It is the initiate_login_uri, too
// (OIDC Core 4): a sign-in that no relying party asked for goes on here.
func (s *Server) signIn(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	if iss := q.Get("iss"); iss != "" && iss != s.RP.Issuer {
		return ui.ErrMissing
	}
	way := s.readCookie(r.Request, wayCookie)
	if way == "" {
		way = secret.Token()
		s.setCookie(w, wayCookie, way, 0)
	}
	options := url.Values{}
	if hint := q.Get("login_hint"); hint != "" {
		options.Set("login_hint", hint)
	}
	to, err := s.RP.Start(r.Context(), way, s.ownPath(q.Get("target_link_uri")), rp.Freshness{}, options)
	if err != nil {
		return err
	}
	seeOther(w, to)
	return nil
}

// ownPath is a path of ours, whatever was asked for (T-19).
func (s *Server) ownPath(target string) string {
	path := strings.TrimPrefix(target, s.PublicURL)
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") ||
		strings.ContainsAny(path, "\\\r\n\t") || strings.HasPrefix(path, "/portal/") {
		return HomePath
	}
	return path
}

// callback takes the provider's answer and makes the session.
func (s *Server) callback(w http.ResponseWriter, r *request) error {
	in, err := s.RP.Finish(r.Context(), s.readCookie(r.Request, wayCookie), r.URL.Query())
	if err != nil {
		return s.notSignedIn(w, r, err)
	}
	person, err := portal.ReadPerson(in.Subject, in.Claims)
	if err != nil {
		return s.notSignedIn(w, r, err)
	}
	token := secret.Token()
	if err := s.begin(r, token, in, person); err != nil {
		return err
	}
	s.setCookie(w, sessionCookie, token, 0)
	if at := portal.RegisteredAt(in.Claims); at != 0 && at == in.Session.AuthTime && s.Store.DB.Now().Sub(time.Unix(at, 0)) < 10*time.Minute {
		s.setCookie(w, welcomeCookie, "1", 600) // this very sign-in completed the registration
	}
	seeOther(w, in.Target)
	return nil
}

// begin makes the session; the one that the browser had ends.
func (s *Server) begin(r *request, token string, in *rp.SignedIn, person *portal.Person) error {
	tokens, err := json.Marshal(in.Tokens)
	if err != nil {
		return err
	}
	old := s.readCookie(r.Request, sessionCookie)
	return s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		if err := s.Store.PutPerson(tx, person); err != nil {
			return err
		}
		if old != "" {
			if err := s.Store.EndSession(tx, s.hash(old)); err != nil {
				return err
			}
		}
		return s.Store.InsertSession(tx, &portal.Session{ID: secret.ID(), Token: s.hash(token), SessionID: in.Session.ID,
			ExpiresAt: time.Unix(in.Session.AuthTime, 0).Add(s.Lives.Whole), Person: *person}, tokens)
	})
}

// notSignedIn answers a sign-in that came to nothing. An answer that comes a
// second time to a browser that is signed in just leads home.
func (s *Server) notSignedIn(w http.ResponseWriter, r *request, err error) error {
	_, refused := errors.AsType[*rp.Refused](err)
	_, denied := errors.AsType[*rp.Denied](err)
	if !refused && !denied {
		return err
	}
	session, trouble := s.peek(r)
	if trouble != nil {
		return trouble
	}
	switch {
	case session != nil:
		seeOther(w, HomePath)
		return nil
	case refused && s.readCookie(r.Request, againCookie) == "": // two tabs at once, or too slow: once more
		s.setCookie(w, againCookie, "1", 60)
		seeOther(w, InitiateLoginPath)
		return nil
	}
	s.setCookie(w, againCookie, "", -1)
	s.Log.Warn("portal: sign-in not completed", "error", err)
	return s.UI.Page(w, http.StatusBadRequest, r.Lang.Tag, NotSignedInPage{r.Base("portal.not_signed_in.title", HomePath)})
}
