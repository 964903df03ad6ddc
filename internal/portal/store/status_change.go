package store

import (
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// HistoryOf returns the statuses that a case had, the first one first.
func (s *Store) HistoryOf(tx *sqldb.Tx, id string) (list []portal.StatusChange, err error) {
	rows, err := tx.Query(`SELECT at, status, by_name FROM status_change WHERE request_id = $1 ORDER BY version`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var at int64
		var status string
		var c portal.StatusChange
		if err := rows.Scan(&at, &status, &c.By); err != nil {
			return nil, err
		}
		c.At, c.Status = sqldb.Time(at), portal.CaseStatus(status)
		list = append(list, c)
	}
	return list, rows.Err()
}
