package store

import (
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// queueNotices writes down who is to be told of a message of staff: who wrote in the
// thread, and the owner of its case, where they have seen all that was there; nobody of
// them: the organisation's administrators.
func (s *Store) queueNotices(tx *sqldb.Tx, t *portal.Thread, m *portal.Message) error {
	n, err := tx.Exec(`INSERT INTO message_notice (message_id, sub, organization_id, due_at)
		SELECT $1, w.sub, $2, $3 FROM (SELECT DISTINCT sub FROM message WHERE thread_id = $4 AND NOT staff UNION SELECT owner FROM service_request WHERE id = $5 AND owner <> '') AS w
		LEFT JOIN thread_seen v ON v.thread_id = $4 AND v.sub = w.sub WHERE COALESCE(v.n, 0) >= $6`,
		m.ID, t.OrganizationID, sqldb.Micros(tx.Now), t.ID, t.CaseID, t.ByStaff)
	if err != nil || n > 0 {
		return err
	}
	var known int
	err = tx.QueryRow(`SELECT (SELECT COUNT(*) FROM message WHERE thread_id = $1 AND NOT staff) + (SELECT COUNT(*) FROM service_request WHERE id = $2 AND owner <> '')`, t.ID, t.CaseID).Scan(&known)
	if err != nil || known > 0 || t.ByStaff > 0 {
		return err
	}
	_, err = tx.Exec(`INSERT INTO message_notice (message_id, sub, organization_id, due_at) VALUES ($1, '', $2, $3)`, m.ID, t.OrganizationID, sqldb.Micros(tx.Now))
	return err
}

// Notices returns up to n people who are to be told.
func (s *Store) Notices(tx *sqldb.Tx, n int) (list []portal.MessageNotice, err error) {
	rows, err := tx.Query(`SELECT message_id, sub, organization_id FROM message_notice ORDER BY due_at LIMIT $1`, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m portal.MessageNotice
		if err := rows.Scan(&m.MessageID, &m.Subject, &m.OrganizationID); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// RemoveNotice takes somebody who was told off the list.
func (s *Store) RemoveNotice(tx *sqldb.Tx, m portal.MessageNotice) error {
	_, err := tx.Exec(`DELETE FROM message_notice WHERE message_id = $1 AND sub = $2`, m.MessageID, m.Subject)
	return err
}
