package web

import (
	"net/http"
	"strings"

	"sallyport/internal/portal"
)

// FindPage lets staff find people, organisations and reference numbers everywhere.
type FindPage struct {
	Frame
	Search        string
	People        []PersonRow
	More          bool
	Organizations []portal.OrganizationView
	References    []ReferenceRow
	Searched      bool
}

// ReferenceRow is what a reference number stands for.
type ReferenceRow struct {
	portal.Reference
	When  string
	Words string
}

func (FindPage) Template() string { return "page_find" }

func (s *Server) find(w http.ResponseWriter, r *request) error {
	search := strings.TrimSpace(r.URL.Query().Get("q"))
	search = search[:min(len(search), mostSearch)]
	found, err := s.HelpDesk.Find(r.Context(), r.actor(), search)
	if err != nil {
		return missingOr(err)
	}
	frame, err := s.frame(r, "find.title", "/staff/find")
	if err != nil {
		return err
	}
	page := FindPage{Frame: frame, Search: search, More: found.More, Organizations: found.Organizations, Searched: search != ""}
	for _, u := range found.Users {
		page.People = append(page.People, s.row(r, u))
	}
	for _, ref := range found.References {
		page.References = append(page.References, ReferenceRow{ref, clockTime(ref.At), eventWords(r, ref.Event)})
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}
