package web

import (
	"net/http"

	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
)

// mostSaved and mostDue bound HOME's table: CASES has all drafts, and the review queue all that
// waits.
const (
	mostSaved = 10
	mostDue   = 10
)

// HomePage is HOME. A provider sees four figures, and the requests that were saved but not
// submitted; a reviewer sees what is to be decided; other staff see no cases.
type HomePage struct {
	Frame
	Welcome      bool // “You are registered!”, once
	Figures      Figures
	Saved        []CaseRow
	Review       *ReviewHome // nil: the person does not review cases
	WithoutCases bool        // the person's role does not include cases
	Answers      bool        // they answer messages
}

// Figures are how much there is to do under the contract that is selected.
type Figures struct{ Messages, InProgress, NotSubmitted, Submitted int }

// ReviewHome is what a reviewer has to do under the contract that is selected, and the cases
// that are due next.
type ReviewHome struct {
	portal.ReviewerFigures
	Due []QueueRow
}

func (HomePage) Template() string { return "page_home" }

func (s *Server) home(w http.ResponseWriter, r *request) error {
	frame, err := s.frame(r, "home", HomePath)
	if err != nil {
		return err
	}
	page := HomePage{Frame: frame, Welcome: s.readCookie(r.Request, welcomeCookie) != "", WithoutCases: r.withoutCases(), Answers: r.answers()}
	if r.session.Person.ReviewsCases() {
		err = s.reviewHome(r, &page)
	} else {
		err = s.organizationHome(r, &page)
	}
	if err != nil {
		return err
	}
	if page.Welcome {
		s.setCookie(w, welcomeCookie, "", -1)
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

// reviewHome fills HOME in for a reviewer.
func (s *Server) reviewHome(r *request, page *HomePage) (err error) {
	tx, in := s.Store.Read(r.Context()), r.caseScope()
	page.Review = &ReviewHome{}
	if page.Review.ReviewerFigures, err = s.Store.ReviewerHome(tx, in, r.session.Person.Subject); err != nil {
		return err
	}
	due, err := s.Store.QueueOf(tx, in, store.Queue{}, mostDue)
	if err != nil {
		return err
	}
	page.Review.Due, err = s.queueRows(r, due)
	return err
}

// organizationHome fills HOME in for an organization's people, and for staff who do not review
// cases.
func (s *Server) organizationHome(r *request, page *HomePage) error {
	tx, in := s.Store.Read(r.Context()), r.caseScope()
	counts, messages, err := s.Store.Home(tx, in, store.Reader{Subject: r.session.Person.Subject, Staff: page.Answers})
	if err != nil {
		return err
	}
	page.Figures = Figures{InProgress: counts[portal.Returned], NotSubmitted: counts[portal.Draft], Submitted: counts[portal.Submitted] + counts[portal.Pended], Messages: messages}
	if page.WithoutCases {
		return nil
	}
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
	return nil
}
