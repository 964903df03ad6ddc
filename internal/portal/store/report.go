package store

import (
	"fmt"
	"strings"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// Reports read figures that were counted with each change.

// CaseFigures returns how many cases there are by contract, status and type.
func (s *Store) CaseFigures(tx *sqldb.Tx, in Scope) (list []portal.CaseFigure, err error) {
	rows, err := tx.Query(`SELECT r.contract_id, k.name, r.status, r.case_type, SUM(r.n) FROM case_count r JOIN contract k ON k.id = r.contract_id WHERE `+in.counted()+`TRUE
		GROUP BY r.contract_id, k.name, r.status, r.case_type HAVING SUM(r.n) > 0 ORDER BY k.name, r.contract_id, r.status, r.case_type`, in.OrganizationID, in.ContractID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var f portal.CaseFigure
		var status string
		if err := rows.Scan(&f.ContractID, &f.Contract, &status, &f.Type, &f.N); err != nil {
			return nil, err
		}
		f.Status = portal.CaseStatus(status)
		list = append(list, f)
	}
	return list, rows.Err()
}

// OpenByAge counts what waits to be decided by how long ago it was submitted, and what of
// it is overdue: of one organisation in one pass, of all of them by ranges of two indexes.
func (s *Store) OpenByAge(tx *sqldb.Tx, in Scope) (ages []portal.AgeFigure, overdue int, err error) {
	const waiting = ` FROM service_request r WHERE ` + open
	args := []any{in.OrganizationID, in.ContractID, sqldb.Micros(tx.Now)}
	conditions := []string{`r.due_at < $3`}
	from := int64(1) << 62
	for _, age := range portal.Ages {
		to := int64(0)
		if age > 0 {
			to = sqldb.Micros(tx.Now.Add(-age))
		}
		args = append(args, to, from)
		conditions = append(conditions, fmt.Sprintf(`r.submitted_at > $%d AND r.submitted_at <= $%d`, len(args)-1, len(args)))
		from = to
	}
	ages = make([]portal.AgeFigure, len(portal.Ages))
	into := []any{&overdue}
	for i, age := range portal.Ages {
		ages[i].Below = age
		into = append(into, &ages[i].N)
	}
	query, form := `SELECT `, `(SELECT COUNT(*)`+waiting+in.counted()+`%s)`
	end := ``
	if !in.AllOrganizations {
		form, end = `COUNT(CASE WHEN %s THEN 1 END)`, waiting+in.counted()+`TRUE`
	}
	for i, c := range conditions {
		conditions[i] = fmt.Sprintf(form, c)
	}
	err = tx.QueryRow(query+strings.Join(conditions, ", ")+end, args...).Scan(into...)
	return ages, overdue, err
}

// month is how the table turnaround names a month, in UTC.
const month = "2006-01"

// Turnaround returns what became of the decisions of the last months, the newest first.
func (s *Store) Turnaround(tx *sqldb.Tx, in Scope, months int) (list []portal.TurnaroundFigure, err error) {
	now := tx.Now.UTC()
	since := time.Date(now.Year(), now.Month()-time.Month(months)+1, 1, 0, 0, 0, 0, time.UTC).Format(month)
	rows, err := tx.Query(`SELECT r.month, r.urgency, r.outcome, SUM(r.decided), SUM(r.late), SUM(r.minutes) FROM turnaround r WHERE `+in.counted()+`r.month >= $3
		GROUP BY r.month, r.urgency, r.outcome ORDER BY r.month DESC, r.urgency DESC, r.outcome`, in.OrganizationID, in.ContractID, since)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var f portal.TurnaroundFigure
		var outcome string
		var minutes int64
		if err := rows.Scan(&f.Month, &f.Urgency, &outcome, &f.Decided, &f.Late, &minutes); err != nil {
			return nil, err
		}
		f.Outcome, f.Took = portal.CaseStatus(outcome), time.Duration(minutes)*time.Minute
		list = append(list, f)
	}
	return list, rows.Err()
}
