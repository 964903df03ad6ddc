package web

import (
	"net/http"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// CodesPage lists an organisation's registration codes: their use, never the codes.
type CodesPage struct {
	Frame
	Codes   []CodeRow
	New     string // just issued: it is shown this once
	Problem *ui.Problem
}

// CodeRow is one code.
type CodeRow struct {
	portal.RegistrationCode
	Issued, Expires string
}

func (CodesPage) Template() string { return "page_codes" }

func (s *Server) codes(w http.ResponseWriter, r *request) error {
	return s.codesPage(w, r, http.StatusOK, "", nil)
}

func (s *Server) codesPage(w http.ResponseWriter, r *request, status int, issued string, problem *ui.Problem) error {
	list, err := s.Codes.Codes(r.Context(), r.actor())
	if err != nil {
		return missingOr(err)
	}
	frame, err := s.frame(r, "codes.title", "/setup/codes")
	if err != nil {
		return err
	}
	page := CodesPage{Frame: frame, New: issued, Problem: problem}
	for _, c := range list {
		page.Codes = append(page.Codes, CodeRow{c, s.ago(r, c.IssuedAt), clockTime(c.ExpiresAt)})
	}
	return s.UI.Page(w, status, r.Lang.Tag, page)
}

// issueCode answers with the page that shows the code: it is kept nowhere.
func (s *Server) issueCode(w http.ResponseWriter, r *request) error {
	code, err := s.Codes.IssueCode(r.Context(), r.actor())
	if problem, status := problemOf(r, err); problem != nil {
		return s.codesPage(w, r, status, "", problem)
	}
	if err != nil {
		return missingOr(err)
	}
	return s.codesPage(w, r, http.StatusOK, code, nil)
}

func (s *Server) expireCode(w http.ResponseWriter, r *request) error {
	if err := s.Codes.ExpireCode(r.Context(), r.actor(), r.PathValue("id")); err != nil {
		return missingOr(err)
	}
	seeOther(w, "/setup/codes")
	return nil
}
