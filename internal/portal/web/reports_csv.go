package web

import (
	"encoding/csv"
	"net/http"
	"strconv"

	"sallyport/internal/portal"
)

// casesCSV is the cases by contract, status and type, as the person may see them.
func (s *Server) casesCSV(w http.ResponseWriter, r *request) error {
	figures, err := s.Store.CaseFigures(s.Store.Read(r.Context()), r.reportScope())
	if err != nil {
		return err
	}
	rows := [][]string{{"contract_id", "contract", "status", "case_type", "cases"}}
	for _, f := range figures {
		rows = append(rows, []string{f.ContractID, f.Contract, string(f.Status), f.Type, strconv.Itoa(f.N)})
	}
	return s.sheet(w, r, "cases", rows)
}

// turnaroundCSV is how long decisions took, by month, urgency and outcome.
func (s *Server) turnaroundCSV(w http.ResponseWriter, r *request) error {
	figures, err := s.Store.Turnaround(s.Store.Read(r.Context()), r.reportScope(), reportMonths)
	if err != nil {
		return err
	}
	rows := [][]string{{"month", "urgency", "outcome", "decided", "late", "hours_on_average"}}
	for _, f := range figures {
		rows = append(rows, []string{f.Month, f.Urgency, string(f.Outcome), strconv.Itoa(f.Decided), strconv.Itoa(f.Late), strconv.FormatFloat(f.Took.Hours()/float64(max(f.Decided, 1)), 'f', 1, 64)})
	}
	return s.sheet(w, r, "turnaround", rows)
}

// sheet sends a CSV whose cells no spreadsheet takes for formulas.
func (s *Server) sheet(w http.ResponseWriter, r *request, name string, rows [][]string) error {
	if err := s.Audit.Record(r.Context(), r.actor(), portal.ReportRead, map[string]string{"report": name, "rows": strconv.Itoa(len(rows) - 1)}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	out := csv.NewWriter(w)
	for _, row := range rows {
		for i := range row {
			row[i] = csvCell(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
