package web

import (
	"net/http"

	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
)

// mostSaved are the drafts that HOME shows; CASES has all.
const mostSaved = 10

// HomePage is HOME: four figures, and the requests that were saved but not
// submitted.
type HomePage struct {
	Frame
	Welcome bool // “You are registered!”, once
	Figures Figures
	Saved   []CaseRow
}

// Figures are how much there is to do under the contract that is selected.
type Figures struct{ Messages, InProgress, NotSubmitted, Submitted int }

func (HomePage) Template() string { return "page_home" }

func (s *Server) home(w http.ResponseWriter, r *request) error {
	frame, err := s.frame(r, "home", HomePath)
	if err != nil {
		return err
	}
	page := HomePage{Frame: frame, Welcome: s.readCookie(r.Request, welcomeCookie) != ""}
	tx, in := s.Store.Read(r.Context()), r.scope()
	counts, messages, err := s.Store.Home(tx, in, store.Reader{Subject: r.session.Person.Subject, Staff: r.answers(), Cases: r.session.Person.Is(portal.ReviewerRole)})
	if err != nil {
		return err
	}
	page.Figures = Figures{InProgress: counts[portal.Returned], NotSubmitted: counts[portal.Draft], Submitted: counts[portal.Submitted] + counts[portal.Pended], Messages: messages}
	drafts, err := s.Store.CasesOf(tx, in, portal.Draft, store.After{}, mostSaved)
	if err != nil {
		return err
	}
	if err := s.seen(r, drafts); err != nil {
		return err
	}
	for _, c := range drafts {
		page.Saved = append(page.Saved, caseRow(r, c))
	}
	if page.Welcome {
		s.setCookie(w, welcomeCookie, "", -1)
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}
