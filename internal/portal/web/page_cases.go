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

// CasesPage lists the organisation's cases of one status, under the contract that is
// selected; or those that a search found.
type CasesPage struct {
	Frame
	Statuses []StatusTab
	Status   portal.CaseStatus
	Search   string
	Rows     []CaseRow
	Next     string
}

// StatusTab is a status to look at.
type StatusTab struct {
	Label, Path string
	Here        bool
}

// CaseRow is one case in a list.
type CaseRow struct {
	portal.Case
	Type, StatusWords, Tone, Modified string
}

func (CasesPage) Template() string { return "page_cases" }

func (s *Server) casesList(w http.ResponseWriter, r *request) error {
	status := portal.CaseStatus(r.URL.Query().Get("status"))
	if !slices.Contains(portal.CaseStatuses, status) {
		status = portal.Draft
	}
	found, err := s.Store.CasesOf(s.Store.Read(r.Context()), r.scope(), status, readAfter(r.URL.Query().Get("after")), perPage+1)
	if err != nil {
		return err
	}
	page := CasesPage{Status: status}
	if len(found) > perPage {
		found = found[:perPage]
		last := found[perPage-1]
		page.Next = CasesPath + "?" + url.Values{"status": {string(status)}, "after": {strconv.FormatInt(last.ModifiedAt.UnixMicro(), 10) + "." + last.ID}}.Encode()
	}
	for _, st := range portal.CaseStatuses {
		page.Statuses = append(page.Statuses, StatusTab{r.Lang.Say("case.status." + string(st)), CasesPath + "?status=" + string(st), st == status})
	}
	return s.casesPage(w, r, page, found)
}

const perPage = 25

func (s *Server) casesPage(w http.ResponseWriter, r *request, page CasesPage, found []portal.Case) (err error) {
	if page.Frame, err = s.frame(r, "portal.cases", CasesPath); err != nil {
		return err
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
	row := CaseRow{Case: c, StatusWords: r.Lang.Say("case.status." + string(c.Status)), Modified: clockTime(c.ModifiedAt)}
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

// search finds a case by its number, and leads there; or the cases under a programme.
func (s *Server) search(w http.ResponseWriter, r *request) error {
	typed := strings.TrimSpace(r.URL.Query().Get("q"))
	typed = typed[:min(len(typed), mostSearch)]
	if typed == "" {
		seeOther(w, CasesPath)
		return nil
	}
	tx, in := s.Store.Read(r.Context()), r.scope()
	c, err := s.Store.CaseByNumber(tx, in.OrganizationID, typed)
	if err != nil {
		return err
	}
	if c == nil && r.session.Person.Is(portal.ReviewerRole) {
		if c, err = s.Store.AnyCaseByNumber(tx, typed); err != nil {
			return err
		}
		if c != nil {
			seeOther(w, ReviewPath+"/"+c.ID)
			return nil
		}
	}
	if c != nil {
		seeOther(w, CasesPath+"/"+c.ID)
		return nil
	}
	found, err := s.Store.CasesOfProgram(tx, in, strings.ToUpper(typed), perPage)
	if err != nil {
		return err
	}
	return s.casesPage(w, r, CasesPage{Search: typed}, found)
}
