package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
)

// CasesPage lists the cases of one status that the person may see, under the contract that is
// selected; or those that a search found.
type CasesPage struct {
	Frame
	WithoutCases  bool // the person's role does not include cases
	Organizations bool // the cases are of several organizations, which a column names
	Statuses      []StatusTab
	Status        portal.CaseStatus
	Search        string
	Rows          []CaseRow
	Next          string
}

// StatusTab is a status to look at.
type StatusTab struct {
	Label, Path string
	Here        bool
}

// CaseRow is one case in a list.
type CaseRow struct {
	portal.Case
	Path, Type, StatusWords, Tone, Modified string
}

func (CasesPage) Template() string { return "page_cases" }

func (s *Server) casesList(w http.ResponseWriter, r *request) error {
	if r.withoutCases() {
		return s.casesPage(w, r, CasesPage{}, nil, nil)
	}
	status := portal.CaseStatus(r.URL.Query().Get("status"))
	statuses, first := r.caseStatuses()
	if !slices.Contains(statuses, status) {
		status = first
	}
	found, err := s.Store.CasesOf(s.Store.Read(r.Context()), r.caseScope(), status, readAfter(r.URL.Query().Get("after")), perPage+1)
	if err != nil {
		return err
	}
	page := CasesPage{Status: status}
	for _, st := range statuses {
		page.Statuses = append(page.Statuses, StatusTab{r.Lang.Say("case.status." + string(st)), CasesPath + "?status=" + string(st), st == status})
	}
	return s.casesPage(w, r, page, found, url.Values{"status": {string(status)}})
}

const perPage = 25

// casesPage shows a page of what was found, which is one case more where the list goes on; q
// is what was asked for.
func (s *Server) casesPage(w http.ResponseWriter, r *request, page CasesPage, found []portal.Case, q url.Values) (err error) {
	if page.Frame, err = s.frame(r, "portal.cases", CasesPath); err != nil {
		return err
	}
	page.WithoutCases, page.Organizations = r.withoutCases(), r.caseScope().AllOrganizations
	if len(found) > perPage {
		found = found[:perPage]
		last := found[perPage-1]
		q.Set("after", strconv.FormatInt(last.ModifiedAt.UnixMicro(), 10)+"."+last.ID)
		page.Next = r.URL.Path + "?" + q.Encode()
	}
	if err := s.seen(r, found); err != nil {
		return err
	}
	page.Frame.Search = page.Search
	for _, c := range found {
		page.Rows = append(page.Rows, caseRow(r, c))
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

func caseRow(r *request, c portal.Case) CaseRow {
	row := CaseRow{Case: c, Path: r.casePath(c.ID), StatusWords: r.Lang.Say("case.status." + string(c.Status)), Modified: clockTime(c.ModifiedAt)}
	if slices.Contains(portal.CaseTypes, c.Request.Type) {
		row.Type = r.Lang.Say("case.type." + c.Request.Type)
	}
	row.Tone = tones[c.Status]
	return row
}

// tones are the colours of statuses.
var tones = map[portal.CaseStatus]string{portal.Returned: "warn", portal.Pended: "warn", portal.Certified: "good", portal.Partial: "good", portal.Modified: "good", portal.NotCertified: "bad"}

func readAfter(text string) (a store.After) {
	micros, id, _ := strings.Cut(text, ".")
	if n, err := strconv.ParseInt(micros, 10, 64); err == nil && n > 0 {
		a = store.After{At: time.UnixMicro(n), ID: id[:min(len(id), 60)]}
	}
	return a
}

// search finds a case by its number, and leads there; or the cases under a program.
func (s *Server) search(w http.ResponseWriter, r *request) error {
	typed := strings.TrimSpace(r.URL.Query().Get("q"))
	typed = typed[:min(len(typed), mostSearch)]
	if typed == "" {
		seeOther(w, CasesPath)
		return nil
	}
	if r.withoutCases() {
		return s.casesPage(w, r, CasesPage{Search: typed}, nil, nil)
	}
	tx, in := s.Store.Read(r.Context()), r.caseScope()
	c, err := s.Store.CaseByNumber(tx, in, typed)
	if err != nil {
		return err
	}
	if c != nil {
		seeOther(w, r.casePath(c.ID))
		return nil
	}
	found, err := s.Store.CasesOfProgram(tx, in, strings.ToUpper(typed), readAfter(r.URL.Query().Get("after")), perPage+1)
	if err != nil {
		return err
	}
	return s.casesPage(w, r, CasesPage{Search: typed}, found, url.Values{"q": {typed}})
}
