package web

import (
	"net/http"

	"sallyport/internal/door/factor"
)

// receipt takes what a carrier says became of a text. That it is that carrier was
// checked by the guard.
func (s *Server) receipt(w http.ResponseWriter, r *request) error {
	if r.receipt.Fate != "" {
		if err := s.Receive(r.Context(), r.receipt); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// callReport takes what the voice webhook says of a call (docs/webhook.md). That
// it is the operator's carrier was checked by the guard.
func (s *Server) callReport(w http.ResponseWriter, r *request) error {
	if err := s.Engine.CallEvent(r.Context(), r.report.ID, factor.CallEvent(r.report.Event)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
