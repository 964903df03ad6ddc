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

// leadCall takes what a carrier says of a call, and says what it is to do next.
func (s *Server) leadCall(w http.ResponseWriter, r *request) error {
	for _, event := range r.call.Events {
		if err := s.Engine.CallEvent(r.Context(), r.call.ID, factor.CallEvent(event), r.call.Note); err != nil {
			return err
		}
	}
	standing, err := s.Engine.CallStands(r.Context(), r.call.ID)
	if err != nil {
		return err
	}
	kind, body := s.Calls(r.PathValue("carrier")).Answer(r.call, standing)
	if kind == "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.Header().Set("Content-Type", kind)
	_, err = w.Write(body)
	return err
}

// callReport takes what the voice webhook says of a call (docs/webhook.md). That
// it is the operator's carrier was checked by the guard.
func (s *Server) callReport(w http.ResponseWriter, r *request) error {
	if err := s.Engine.CallEvent(r.Context(), r.report.ID, factor.CallEvent(r.report.Event), ""); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
