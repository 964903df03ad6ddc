package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"sallyport/internal/door/journey"
	"sallyport/internal/secret"
	"sallyport/internal/ui"
)

// TroublePage says that something failed on our side, with a reference number
// that is in the log. It says nothing else (ASVS 16.5.1).
type TroublePage struct {
	ui.Base
	Reference string
}

func (TroublePage) Template() string { return "page_trouble" }

// PlainPage is a heading, a sentence and one way on: not found, refused.
type PlainPage struct {
	ui.Base
	Text string
}

func (PlainPage) Template() string { return "page_plain" }

// GonePage offers the start of a journey that is gone: a bookmarked or expired
// page is never an error.
type GonePage struct {
	ui.Base
	Start string
}

func (GonePage) Template() string { return "page_gone" }

var errMissing = errors.New("no such page")

// fail is the one place where errors become pages. What it does not know is our
// trouble, and shows nothing of itself.
func (s *Server) fail(w http.ResponseWriter, r *request, err error) {
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return // the browser went away
	case isGone(err):
		err = s.gone(w, r)
	case errors.Is(err, errMissing):
		err = s.missing(w, r)
	case errors.Is(err, ui.ErrMalformed):
		err = s.UI.Page(w, http.StatusBadRequest, r.lang.Tag, PlainPage{r.base("malformed.title", "/"), r.lang.Say("malformed.text")})
	case tooLarge || errors.Is(err, errTooLarge):
		err = s.UI.Page(w, http.StatusRequestEntityTooLarge, r.lang.Tag, PlainPage{r.base("refused.title", "/"), r.lang.Say("refused.text")})
	default:
		err = s.trouble(w, r, err)
	}
	if err != nil {
		s.Log.Error("error page failed", "error", err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
	}
}

func isGone(err error) bool { return errors.Is(err, journey.ErrGone) }

func (s *Server) trouble(w http.ResponseWriter, r *request, err error) error {
	reference := secret.ID()[:8]
	s.Log.Error("request failed", "reference", reference, "method", r.Method, "route", r.Pattern, "error", err)
	return s.UI.Page(w, http.StatusInternalServerError, r.lang.Tag, TroublePage{r.base("trouble.title", "/"), reference})
}

func (s *Server) gone(w http.ResponseWriter, r *request) error {
	start := "/"
	if j := s.Engine.OfID(r.PathValue("id")); j != nil {
		start = j.Start
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, GonePage{r.base("gone.title", start), start})
}

func (s *Server) missing(w http.ResponseWriter, r *request) error {
	return s.UI.Page(w, http.StatusNotFound, r.lang.Tag, PlainPage{r.base("missing.title", "/"), r.lang.Say("missing.text")})
}

func (s *Server) refused(w http.ResponseWriter, r *request) {
	page := PlainPage{r.base("refused.title", "/"), r.lang.Say("refused.text")}
	if err := s.UI.Page(w, http.StatusForbidden, r.lang.Tag, page); err != nil {
		s.Log.Error("error page failed", "error", err)
	}
}

// safely is the last resort (ASVS 16.5.4): a panic is trouble like any other.
func (s *Server) safely(w http.ResponseWriter, r *request, h handler) (err error) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			s.Log.Error("panic", "route", r.Pattern, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h(w, r)
}
