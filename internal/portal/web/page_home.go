package web

import "net/http"

// HomePage is HOME: four figures, and the requests that were saved but not
// submitted.
type HomePage struct {
	Frame
	Welcome bool // “You are registered!”, once
	Figures Figures
}

// Figures are how much there is to do. There are no cases and no messages yet, so
// each is honestly zero.
type Figures struct{ Messages, InProgress, NotSubmitted, Submitted int }

func (HomePage) Template() string { return "page_home" }

func (s *Server) home(w http.ResponseWriter, r *request) error {
	frame, err := s.frame(r, "home", HomePath)
	if err != nil {
		return err
	}
	page := HomePage{Frame: frame, Welcome: s.readCookie(r.Request, welcomeCookie) != ""}
	if page.Welcome {
		s.setCookie(w, welcomeCookie, "", -1)
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}
