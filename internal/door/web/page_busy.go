package web

import (
	"net/http"
	"strconv"

	"sallyport/internal/secret"
	"sallyport/internal/ui"
)

// BusyPage asks somebody to wait who has typed nothing yet: very many people are
// signing in. It tries again by itself.
type BusyPage struct {
	ui.Base
	Again string // this very address
	Wait  string // until it does
}

func (BusyPage) Template() string { return "page_busy" }

// busy answers with 503 and Retry-After (T-29). It costs little: that is its point.
// Not everybody is told the same time, so that they do not all come back at once.
func (s *Server) busy(w http.ResponseWriter, r *request) error {
	after := busyFor + int(secret.Jitter(busyFor))
	page := BusyPage{Base: r.base("busy.title", r.URL.RequestURI()), Again: r.URL.RequestURI(), Wait: r.lang.Say("busy.wait", "N", after)}
	w.Header().Set("Retry-After", strconv.Itoa(after))
	w.Header().Set("Refresh", strconv.Itoa(after))
	return s.UI.Page(w, http.StatusServiceUnavailable, r.lang.Tag, page)
}

// busyFor is the least that a page asks to wait, in seconds; the most is double.
const busyFor = 5
