package web

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"sallyport/internal/portal"
)

// csvCell keeps a spreadsheet from taking text for a formula (OWASP CSV injection,
// ASVS 1.2.10): what could begin one begins with an apostrophe.
func csvCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(text[0])) {
		return "'" + text
	}
	return text
}

// stageColumns are the columns of the progress, in the order of a registration.
var stageColumns = []string{"not_started", "begun", "mailbox", "half_phone", "half_email", "reset", "phone", "email", "disabled"}

// progressCSV is the progress of every organisation, a row each.
func (s *Server) progressCSV(w http.ResponseWriter, r *request) error {
	begun := false
	out := csv.NewWriter(w)
	begin := func() error {
		begun = true
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="registration-progress.csv"`)
		return out.Write(append([]string{"organization", "npi"}, stageColumns...))
	}
	err := s.HelpDesk.EachOrganization(r.Context(), r.actor(), func(o portal.OrganizationProgress) error {
		if !begun {
			if err := begin(); err != nil {
				return err
			}
		}
		row := []string{csvCell(o.Name), csvCell(o.NPI)}
		for _, name := range stageColumns {
			row = append(row, strconv.Itoa(o.Stages[name]))
		}
		return out.Write(row)
	})
	if err == nil && !begun {
		err = begin()
	}
	if err != nil {
		return missingOr(err)
	}
	out.Flush()
	return out.Error()
}
