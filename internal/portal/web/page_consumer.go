package web

import (
	"net/http"

	"sallyport/internal/portal"
)

// ConsumerPage is one consumer. That they were looked at is written down before they are
// shown.
type ConsumerPage struct {
	Frame
	Consumer portal.Consumer
	Added    string
}

func (ConsumerPage) Template() string { return "page_consumer" }

func (s *Server) consumer(w http.ResponseWriter, r *request) error {
	id := r.PathValue("id")
	in := r.scope()
	in.ContractID = "" // a link leads there whatever is selected now
	c, err := s.Store.ConsumerByID(s.Store.Read(r.Context()), in, id)
	if err != nil {
		return err
	}
	if c == nil {
		return s.refused(r, "consumer", id)
	}
	if err := s.Audit.Record(r.Context(), r.actor(), portal.ConsumerSeen, map[string]string{"consumers": c.ID, "contract": c.ContractID}); err != nil {
		return err
	}
	frame, err := s.frame(r, "portal.consumers", ConsumersPath+"/"+c.ID)
	if err != nil {
		return err
	}
	frame.Title = c.Name()
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, ConsumerPage{Frame: frame, Consumer: *c, Added: clockTime(c.AddedAt)})
}
