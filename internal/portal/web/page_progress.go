package web

import (
	"fmt"
	"net/http"
	"time"

	"sallyport/internal/portal"
)

// ProgressPage shows how far people have come with their registration, as a chart and
// as a table.
type ProgressPage struct {
	Frame
	About   string // an organisation, or everybody
	At      string // when it was counted
	People  int
	Done    int // of them registered, in per cent
	Stages  []StageRow
	Days    []DayRow
	Counted bool       // somebody registered in those days
	Stuck   []StageRow // what people got stuck on, over the last week
	All     bool       // everybody: the CSV is of every organisation
}

// StageRow is a bar, and a row of the table. Width is in per cent of the largest.
type StageRow struct {
	Words string
	N     int
	Width string
	Share string
	Tone  string
}

// DayRow is a column, and a row. Heights are of 100.
type DayRow struct {
	Day                                   string
	Phone, Email                          int
	X, PhoneY, PhoneHeight, EmailY, Width string
	EmailHeight                           string
}

func (ProgressPage) Template() string { return "page_progress" }

func (s *Server) progress(w http.ResponseWriter, r *request) error {
	p, err := s.HelpDesk.Progress(r.Context(), r.actor(), r.URL.Query().Get("organization"))
	if err != nil {
		return missingOr(err)
	}
	frame, err := s.frame(r, "progress.title", "/staff/progress")
	if err != nil {
		return err
	}
	page := ProgressPage{Frame: frame, At: clockTime(p.At), About: p.Organization, All: p.Organization == ""}
	if page.All {
		page.About = r.Lang.Say("progress.everybody")
	}
	page.Stages, page.People, page.Done = stageRows(r, p.Stages)
	page.Stuck = stuckRows(r, p.Stuck)
	page.Counted = len(p.Days) > 0
	page.Days = dayRows(p.Days, s.Store.DB.Now())
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

var stageTones = map[string]string{"phone": "good", "email": "good", "disabled": "bad", "not_started": ""}

func stageRows(r *request, stages []portal.Stage) (rows []StageRow, people, done int) {
	most := 1
	for _, s := range stages {
		people += s.N
		most = max(most, s.N)
		if s.Name == "phone" || s.Name == "email" {
			done += s.N
		}
	}
	for _, s := range stages {
		tone, known := stageTones[s.Name]
		if !known {
			tone = "warn"
		}
		rows = append(rows, StageRow{Words: r.Lang.Say("stage." + s.Name), N: s.N, Width: fmt.Sprintf("%.2f", 100*float64(s.N)/float64(most)),
			Share: fmt.Sprintf("%.1f %%", 100*float64(s.N)/float64(max(people, 1))), Tone: tone})
	}
	return rows, people, 100 * done / max(people, 1)
}

// stuckRows say what the help desk will be asked.
func stuckRows(r *request, list []portal.Stuck) (rows []StageRow) {
	most := 1
	for _, k := range list {
		most = max(most, k.N)
	}
	for _, k := range list {
		rows = append(rows, StageRow{Words: eventWords(r, k.Type), N: k.N, Width: fmt.Sprintf("%.2f", 100*float64(k.N)/float64(most)), Tone: "warn"})
	}
	return rows
}

// dayRows are the last thirty days, those without anybody included.
func dayRows(days []portal.Day, now time.Time) (rows []DayRow) {
	const shown = 30
	byDay, most := map[time.Time]portal.Day{}, 1
	for _, d := range days {
		byDay[d.Day] = d
		most = max(most, d.Phone+d.Email)
	}
	for i := range shown {
		day := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, i+1-shown)
		d := byDay[day]
		phone, email := 100*float64(d.Phone)/float64(most), 100*float64(d.Email)/float64(most)
		number := func(v float64) string { return fmt.Sprintf("%.1f", v) }
		rows = append(rows, DayRow{Day: day.Format(time.DateOnly), Phone: d.Phone, Email: d.Email, X: fmt.Sprint(i * 20), Width: "14",
			PhoneY: number(100 - phone), PhoneHeight: number(phone), EmailY: number(100 - phone - email), EmailHeight: number(email)})
	}
	return rows
}
