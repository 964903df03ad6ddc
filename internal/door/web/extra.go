package web

import (
	"net/http"

	"sallyport/internal/ui"
	"sallyport/internal/words"
)

// Extra gives a handler from elsewhere (the demo's desk) the door's headers,
// cross-origin check, language and error page. It answers under any host name.
func (s *Server) Extra(h func(w http.ResponseWriter, r *http.Request, lang *words.Language, base func(title, path string) ui.Base) error) http.Handler {
	return anyHost(s, func(w http.ResponseWriter, r *request) error { return h(w, r.Request, r.lang, r.base) })
}
