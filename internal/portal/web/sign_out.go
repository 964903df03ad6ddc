package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"sallyport/internal/rp"
	"sallyport/internal/sqldb"
)

// signOut ends the session here, and then the one at the provider.
func (s *Server) signOut(w http.ResponseWriter, r *request) error {
	session, err := s.peek(r)
	if err != nil {
		return err
	}
	to := s.PublicURL + "/signed-out"
	var tokens *rp.Tokens
	if session != nil {
		if tokens, err = s.tokens(r, session); err != nil {
			return err
		}
	}
	if tokens != nil {
		if to, err = s.RP.LogoutURL(r.Context(), tokens.ID, to); err != nil {
			return err
		}
		if err := s.Store.Write(r.Context(), func(tx *sqldb.Tx) error { return s.Store.EndSession(tx, session.Token) }); err != nil {
			return err
		}
	}
	s.setCookie(w, sessionCookie, "", -1)
	seeOther(w, to)
	return nil
}

// backChannelLogout is told by the provider that a session ended there (OpenID
// Connect Back-Channel Logout 1.0 section 2.5). What ended is signed, so anybody
// may post it.
func (s *Server) backChannelLogout(w http.ResponseWriter, r *request) error {
	w.Header().Set("Cache-Control", "no-store")
	l, err := s.RP.ReadLogout(r.Context(), r.PostFormValue("logout_token"))
	if _, refused := errors.AsType[*rp.Refused](err); refused {
		s.Log.Warn("portal: logout token refused", "error", err)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
		return json.NewEncoder(w).Encode(map[string]string{"error": "invalid_request"})
	}
	if err != nil {
		return err
	}
	return s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		_, err := s.Store.EndSessions(tx, l.Subject, l.SessionID)
		return err
	})
}
