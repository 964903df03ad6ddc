package web

import (
	"encoding/json"
	"net/http"
	"time"
)

// timeLeft tells an open page how long its session lives on. Asking is no use of
// the session.
func (s *Server) timeLeft(w http.ResponseWriter, r *request) error {
	session, err := s.peek(r)
	if err != nil {
		return err
	}
	return writeLeft(w, session.Left(s.Store.DB.Now(), s.Lives))
}

// staySignedIn is the button of the warning; the guard has noted that the session
// is in use.
func (s *Server) staySignedIn(w http.ResponseWriter, r *request) error {
	if r.PostFormValue("page") != "" { // without scripts
		seeOther(w, HomePath)
		return nil
	}
	s.Seen.Note(r.session.ID, s.Store.DB.Now())
	return writeLeft(w, r.session.Left(s.Store.DB.Now(), s.Lives))
}

func writeLeft(w http.ResponseWriter, left time.Duration) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(map[string]int64{"left": int64(left / time.Second)})
}
