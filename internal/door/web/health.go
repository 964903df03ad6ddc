package web

import (
	"io"
	"net/http"
)

// healthz tells that the process is alive.
func (s *Server) healthz(w http.ResponseWriter, _ *request) error {
	return plain(w, http.StatusOK, "ok\n")
}

// readyz tells that it can serve: database migrated and answering, senders up.
func (s *Server) readyz(w http.ResponseWriter, r *request) error {
	if err := s.Ready(r.Context()); err != nil {
		s.Log.Warn("not ready", "error", err)
		return plain(w, http.StatusServiceUnavailable, "not ready\n")
	}
	return plain(w, http.StatusOK, "ready\n")
}

func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := io.WriteString(w, text)
	return err
}

func (s *Server) static(w http.ResponseWriter, r *request) error {
	s.Assets.ServeHTTP(w, r.Request)
	return nil
}
