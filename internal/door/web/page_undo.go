package web

import (
	"net/http"

	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// UndoPage is what the link “this wasn't me” opens. Opening it changes nothing:
// mail scanners do (T-14); the button does.
type UndoPage struct {
	ui.Base
	Token string
	Reset bool // of a new password; else of a registration
}

func (UndoPage) Template() string { return "page_undo" }

// UndonePage says that it is done, with a number for support.
type UndonePage struct {
	ui.Base
	Reset     bool
	Reference string
}

func (UndonePage) Template() string { return "page_undone" }

func (s *Server) undo(w http.ResponseWriter, r *request) error {
	w.Header().Set("Referrer-Policy", "no-referrer") // ASVS 3.4.5
	token := r.PathValue("token")
	purpose, err := s.Engine.UndoLink(r.Context(), token)
	if err != nil {
		return err
	}
	if purpose == "" {
		return s.linkGone(w, r)
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, UndoPage{r.base("undo.title", r.URL.Path), token, purpose == journey.UndoReset})
}

func (s *Server) undoNow(w http.ResponseWriter, r *request) error {
	purpose, reference, err := s.Engine.Undo(r.Context(), r.PathValue("token"), r.client)
	if isGone(err) {
		return s.linkGone(w, r)
	}
	if err != nil {
		return err
	}
	title := "undone.title"
	if purpose == journey.UndoReset {
		title = "undone.reset.title"
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, UndonePage{r.base(title, "/"), purpose == journey.UndoReset, reference})
}

func (s *Server) linkGone(w http.ResponseWriter, r *request) error {
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, PlainPage{r.base("undo.gone.title", "/"), r.lang.Say("undo.gone.text")})
}
