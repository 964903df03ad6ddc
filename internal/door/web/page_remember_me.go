package web

import (
	"net/http"

	"sallyport/internal/ui"
)

// RememberMePage is the help page of the box (1.6).
type RememberMePage struct{ ui.Base }

func (RememberMePage) Template() string { return "page_remember_me" }

func (s *Server) rememberMe(w http.ResponseWriter, r *request) error {
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, RememberMePage{r.base("remember.title", r.URL.Path)})
}
