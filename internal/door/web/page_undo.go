package web

import (
	"net/http"

	"sallyport/internal/ui"
)

// UndoPage is what the link “this wasn't me” opens. Opening it changes nothing:
// mail scanners do (T-14); the button does.
type UndoPage struct {
	ui.Base
	Token string
}

func (UndoPage) Template() string { return "page_undo" }

// UndonePage says that it is done, with a number for support.
type UndonePage struct {
	ui.Base
	Reference string
}

func (UndonePage) Template() string { return "page_undone" }

func (s *Server) undo(w http.ResponseWriter, r *request) error {
	w.Header().Set("Referrer-Policy", "no-referrer") // ASVS 3.4.5
	token := r.PathValue("token")
	works, err := s.Engine.UndoLink(r.Context(), token)
	if err != nil {
		return err
	}
	if !works {
		return s.linkGone(w, r)
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, UndoPage{r.base("undo.title", r.URL.Path), token})
}

func (s *Server) undoNow(w http.ResponseWriter, r *request) error {
	reference, err := s.Engine.Undo(r.Context(), r.PathValue("token"), r.client)
	if isGone(err) {
		return s.linkGone(w, r)
	}
	if err != nil {
		return err
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, UndonePage{r.base("undone.title", "/"), reference})
}

func (s *Server) linkGone(w http.ResponseWriter, r *request) error {
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, PlainPage{r.base("undo.gone.title", "/"), r.lang.Say("undo.gone.text")})
}
