package web

import (
	"errors"
	"net/http"

	"sallyport/internal/ui"
)

// Within gives a handler of another house (the portal's) the door's headers,
// cross-origin check, language and error page, under the public host alone.
func (s *Server) Within(h ui.Handler) http.Handler { return anyone(s, s.adapt(h)) }

// WithinAnyHost does so under any host name: the demo's desk is asked by scripts.
func (s *Server) WithinAnyHost(h ui.Handler) http.Handler { return anyHost(s, s.adapt(h)) }

func (s *Server) adapt(h ui.Handler) handler {
	return func(w http.ResponseWriter, r *request) error {
		err := h(w, r.Request, ui.Around{Lang: r.lang, Base: r.base, Address: r.client.Address})
		if errors.Is(err, ui.ErrMissing) {
			return errMissing
		}
		return err
	}
}
