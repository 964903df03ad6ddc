package web

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/rp"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// request is a request with what every handler asks of it.
type request struct {
	*http.Request
	ui.Around
	session *portal.Session // behind the guard member
}

type handler func(w http.ResponseWriter, r *request) error

// guard decides who may reach a handler.
type guard func(s *Server, h handler) handler

// anyone lets everybody in.
func anyone(_ *Server, h handler) handler { return h }

// member lets people with a live session in; others are sent to sign in and come
// back to the page that they asked for.
func member(s *Server, h handler) handler {
	return func(w http.ResponseWriter, r *request) error {
		session, err := s.load(r)
		if err != nil {
			return err
		}
		if session == nil {
			target := HomePath
			if r.Method == http.MethodGet {
				target = r.URL.RequestURI()
			}
			seeOther(w, InitiateLoginPath+"?target_link_uri="+url.QueryEscape(target))
			return nil
		}
		r.session = session
		return h(w, r)
	}
}

// watcher is member, for a page that renews itself: what its script asks for is no use
// of the session, which idles out in front of an unattended screen all the same
// (TM-17). Where it has ended, the script hears so with 204 and stops.
func watcher(s *Server, h handler) handler {
	used := member(s, h)
	return func(w http.ResponseWriter, r *request) (err error) {
		if r.Header.Get("X-Renewal") == "" {
			return used(w, r)
		}
		if r.session, err = s.peek(r); err != nil {
			return err
		}
		if r.session == nil {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return h(w, r)
	}
}

// administrator is member, for who administers an organisation's users; for everybody
// else the page is not there. What is done is judged anew where it is done.
func administrator(s *Server, h handler) handler {
	return member(s, func(w http.ResponseWriter, r *request) error {
		if !r.session.Person.IsAdmin() {
			return ui.ErrMissing
		}
		return h(w, r)
	})
}

// reviewer is member, for staff who decide cases; for everybody else the page is not
// there, and that they tried is written down.
func reviewer(s *Server, h handler) handler { return member(s, reviews(s, h)) }

// reviewKeeper is reviewer, for a form that somebody typed into.
func reviewKeeper(s *Server, h handler) handler { return keeper(s, reviews(s, h)) }

func reviews(s *Server, h handler) handler {
	return func(w http.ResponseWriter, r *request) error {
		if !r.session.Person.ReviewsCases() {
			return s.refused(r, "review", r.PathValue("id"))
		}
		return h(w, r)
	}
}

// actor is who acts, for those who judge it.
func (r *request) actor() portal.Actor {
	return portal.Actor{ID: r.session.Person.Subject, Address: r.Address, Lang: r.Lang.Tag}
}

// load returns the browser's live session, or nil: one keyed read. That it was
// seen is noted, and every few minutes the provider is asked whether its session
// still stands.
func (s *Server) load(r *request) (*portal.Session, error) {
	session, err := s.peek(r)
	if err != nil || session == nil {
		return nil, err
	}
	now := s.Store.DB.Now()
	if session.Stale(now) {
		s.Seen.Note(session.ID, now)
	}
	session.LastSeenAt = now
	if session.RefreshDue(now) {
		return s.refresh(r, session)
	}
	return session, nil
}

// peek is load without any trace.
func (s *Server) peek(r *request) (*portal.Session, error) {
	token := s.readCookie(r.Request, sessionCookie)
	if token == "" {
		return nil, nil
	}
	tx := s.Store.Read(r.Context())
	session, err := s.Store.SessionByToken(tx, s.hash(token))
	if err != nil || session == nil {
		return nil, err
	}
	session.LastSeenAt = s.Seen.Later(session.ID, session.LastSeenAt)
	if session.Left(tx.Now, s.Lives) == 0 {
		return nil, nil
	}
	return session, nil
}

func (s *Server) hash(token string) []byte { return s.Store.Keys.Hash("portal session", token) }

// refresh asks the provider, which keeps the session there alive. Where that has
// ended, ours does, too; where the provider does not answer, ours goes on and
// asks again soon.
func (s *Server) refresh(r *request, session *portal.Session) (*portal.Session, error) {
	claimed := false
	err := s.Store.Write(r.Context(), func(tx *sqldb.Tx) (err error) {
		claimed, err = s.Store.ClaimRefresh(tx, session)
		return err
	})
	if err != nil || !claimed {
		return session, err
	}
	tokens, err := s.tokens(r, session)
	if err != nil || tokens == nil {
		return nil, err
	}
	in, err := s.RP.Refresh(r.Context(), tokens.Refresh, session.Person.Subject)
	if _, refused := errors.AsType[*rp.Refused](err); refused {
		return nil, s.Store.Write(r.Context(), func(tx *sqldb.Tx) error { return s.Store.EndSession(tx, session.Token) })
	}
	if err != nil {
		s.Log.Error("portal: the provider does not answer; the session goes on", "error", err)
		again := s.Store.DB.Now().Add(30*time.Second - portal.RefreshEvery)
		return session, s.Store.Write(r.Context(), func(tx *sqldb.Tx) error { return s.Store.RetryRefresh(tx, session, again) })
	}
	return session, s.keep(r, session, in)
}

// tokens are what the relying party keeps of the session; nil where it ended meanwhile.
func (s *Server) tokens(r *request, session *portal.Session) (*rp.Tokens, error) {
	text, err := s.Store.TokensOf(s.Store.Read(r.Context()), session)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var tokens rp.Tokens
	return &tokens, json.Unmarshal(text, &tokens)
}

// keep writes what a refresh brought.
func (s *Server) keep(r *request, session *portal.Session, in *rp.SignedIn) error {
	person, err := portal.ReadPerson(in.Subject, in.Claims)
	if err != nil {
		return err
	}
	text, err := json.Marshal(in.Tokens)
	if err != nil {
		return err
	}
	session.Person = *person
	return s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		if err := s.Store.PutTokens(tx, session, text); err != nil {
			return err
		}
		return s.Store.PutPerson(tx, person)
	})
}

// seeOther answers with 303, after a POST as after a GET.
func seeOther(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
}
