package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"sallyport/internal/portal"
)

// ReportsPage is REPORTS: cases by status, type, contract and age, and how long decisions
// took. A provider sees those of their organisation; staff see all.
type ReportsPage struct {
	Frame
	About        string
	All          int
	Open         int
	Overdue      int
	InTime       string // of the decisions of a year, in per cent; empty: there are none
	Tables       []ReportTable
	Months       []TurnaroundRow
	Registration []StageRow // how far people have come; none: it is not the person's to see
	Progress     string     // address of more on that
}

// ReportTable is one table with its bars.
type ReportTable struct {
	ID, Title, Column string
	Rows              []StageRow
}

// TurnaroundRow is a month's decisions of one urgency.
type TurnaroundRow struct {
	Month, Urgency, Took, InTime string
	Decided, Late                int
}

func (ReportsPage) Template() string { return "page_reports" }

// readsAll tells whether the person reads reports of every organisation.
func (r *request) readsAll() bool {
	return r.session.Person.Is(portal.ReviewerRole, portal.AuditorRole, portal.HelpDeskRole)
}

// reportMonths is how far reports look back.
const reportMonths = 12

func (s *Server) reports(w http.ResponseWriter, r *request) error {
	tx, in := s.Store.Read(r.Context()), r.reportScope()
	page := ReportsPage{About: r.session.Person.Organization}
	if r.readsAll() {
		page.About, page.Progress = r.Lang.Say("reports.everybody"), "/staff/progress"
		if !r.session.Person.Is(portal.ReviewerRole, portal.HelpDeskRole) {
			page.Progress = "" // the auditors' is the log
		}
	} else if r.session.Person.IsAdmin() {
		page.Progress = "/setup/users"
	}
	figures, err := s.Store.CaseFigures(tx, in)
	if err != nil {
		return err
	}
	ages, overdue, err := s.Store.OpenByAge(tx, in)
	if err != nil {
		return err
	}
	turnaround, err := s.Store.Turnaround(tx, in, reportMonths)
	if err != nil {
		return err
	}
	if page.Frame, err = s.frame(r, "portal.reports", ReportsPath); err != nil {
		return err
	}
	page.Overdue = overdue
	page.tables(r, figures, ages)
	if err := s.registration(r, &page); err != nil {
		return err
	}
	page.months(r, turnaround)
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

// tables makes the tables of what there is.
func (p *ReportsPage) tables(r *request, figures []portal.CaseFigure, ages []portal.AgeFigure) {
	byStatus, byType, byContract := map[portal.CaseStatus]int{}, map[string]int{}, map[string]int{}
	var contracts []string
	for _, f := range figures {
		p.All += f.N
		if f.Status.Open() {
			p.Open += f.N
		}
		byStatus[f.Status] += f.N
		byType[f.Type] += f.N
		if byContract[f.Contract] == 0 {
			contracts = append(contracts, f.Contract)
		}
		byContract[f.Contract] += f.N
	}
	var rows []StageRow
	for _, st := range portal.CaseStatuses {
		rows = append(rows, StageRow{Words: r.Lang.Say("case.status." + string(st)), N: byStatus[st], Tone: tones[st]})
	}
	p.add(r, "status", "users.state", rows)
	rows = nil
	for _, t := range append(slices.Clone(portal.CaseTypes), "") {
		key := "case.type." + t
		if t == "" {
			key = "reports.type_none"
		}
		rows = append(rows, StageRow{Words: r.Lang.Say(key), N: byType[t]})
	}
	p.add(r, "type", "home.col.case_type", rows)
	rows = nil
	for _, c := range contracts {
		rows = append(rows, StageRow{Words: c, N: byContract[c]})
	}
	p.add(r, "contract", "home.col.contract", rows)
	rows = nil
	for _, a := range ages {
		words := r.Lang.Say("reports.older")
		if a.Below > 0 {
			words = r.Lang.Say("reports.below", "Time", ageWords(r, a.Below))
		}
		rows = append(rows, StageRow{Words: words, N: a.N})
	}
	p.add(r, "age", "reports.age", rows)
}

// registration adds how far people have come with their registration: everybody, to staff
// who help; the organisation's, to who administers it.
func (s *Server) registration(r *request, p *ReportsPage) (err error) {
	var stages []portal.Stage
	switch {
	case r.answers():
		counted, err := s.HelpDesk.Progress(r.Context(), r.actor(), "")
		if err != nil {
			return missingOr(err)
		}
		stages = counted.Stages
	case r.session.Person.IsAdmin():
		if stages, err = s.Users.Stages(r.Context(), r.actor()); err != nil {
			return missingOr(err)
		}
	default:
		return nil
	}
	p.Registration, _, _ = stageRows(r, stages)
	return nil
}

// ageWords says an age in hours, up to three days, or in days.
func ageWords(r *request, age time.Duration) string {
	if age <= portal.UrgentWithin {
		return r.Lang.Say("time.hours", "N", int(age/time.Hour))
	}
	return r.Lang.Say("time.days", "N", int(age/(24*time.Hour)))
}

// add adds a table; bars are as long as their part of the largest.
func (p *ReportsPage) add(r *request, id, column string, rows []StageRow) {
	most, all := 1, 0
	for _, row := range rows {
		most, all = max(most, row.N), all+row.N
	}
	for i := range rows {
		rows[i].Width = strconv.FormatFloat(100*float64(rows[i].N)/float64(most), 'f', 1, 64)
		rows[i].Share = percent(int64(rows[i].N), int64(all))
	}
	p.Tables = append(p.Tables, ReportTable{ID: id, Title: r.Lang.Say("reports.by_" + id), Column: r.Lang.Say(column), Rows: rows})
}

// months makes the table of turnaround, a row for each month and urgency.
func (p *ReportsPage) months(r *request, figures []portal.TurnaroundFigure) {
	decided, late := 0, 0
	var took time.Duration
	for i, f := range figures {
		if i == 0 || figures[i-1].Month != f.Month || figures[i-1].Urgency != f.Urgency {
			took = 0
			urgency := "case.urgency." + f.Urgency
			if f.Urgency == "" {
				urgency = "reports.type_none"
			}
			p.Months = append(p.Months, TurnaroundRow{Month: f.Month, Urgency: r.Lang.Say(urgency)})
		}
		row := &p.Months[len(p.Months)-1]
		row.Decided, row.Late, took = row.Decided+f.Decided, row.Late+f.Late, took+f.Took
		row.InTime = percent(int64(row.Decided-row.Late), int64(row.Decided))
		row.Took = r.Lang.Say("time.hours", "N", int(took/time.Duration(row.Decided)/time.Hour))
		decided, late = decided+f.Decided, late+f.Late
	}
	if decided > 0 {
		p.InTime = percent(int64(decided-late), int64(decided))
	}
}
