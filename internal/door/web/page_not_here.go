package web

import (
	"net/http"

	"sallyport/internal/ui"
)

// NotHerePage stands at every address whose part is not switched on.
type NotHerePage struct{ ui.Base }

func (NotHerePage) Template() string { return "page_not_here" }

func (s *Server) notHere(w http.ResponseWriter, r *request) error {
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, NotHerePage{r.base("nothere.title", r.URL.Path)})
}
