package store

import (
	"fmt"

	"sallyport/internal/portal"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// InsertMessage adds a message to a thread that the transaction holds. One of staff is for
// who takes part in the thread, and for its case's owner: who has no other new message in it
// is told by e-mail. The message may have its id already, for the files that came with it.
func (s *Store) InsertMessage(tx *sqldb.Tx, t *portal.Thread, m *portal.Message, sub string) error {
	if m.ID == "" {
		m.ID = secret.TimeID(tx.Now)
	}
	m.SentAt = tx.Now
	_, err := tx.Exec(`INSERT INTO message (id, thread_id, n, sent_at, sub, by_name, staff, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, t.ID, t.ByStaff+t.ByProvider, sqldb.Micros(tx.Now), sub, m.By, m.Staff, s.Keys.Seal("message.body:"+m.ID, []byte(m.Body)))
	if err != nil {
		return err
	}
	if !m.Staff {
		t.ByProvider++
		_, err = tx.Exec(`UPDATE thread SET by_provider = by_provider + 1, waiting = TRUE, last_at = $1 WHERE id = $2`, sqldb.Micros(tx.Now), t.ID)
		return err
	}
	if err := s.queueNotices(tx, t, m); err != nil {
		return err
	}
	t.ByStaff++
	_, err = tx.Exec(`UPDATE thread SET by_staff = by_staff + 1, waiting = FALSE, last_at = $1 WHERE id = $2`, sqldb.Micros(tx.Now), t.ID)
	return err
}

// MessagesOf returns a thread's messages, the oldest first, with their files.
func (s *Store) MessagesOf(tx *sqldb.Tx, threadID string) (list []portal.Message, err error) {
	rows, err := tx.Query(`SELECT id, sent_at, by_name, staff, body FROM message WHERE thread_id = $1 ORDER BY n`, threadID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := map[string]int{}
	for rows.Next() {
		var m portal.Message
		var sealed []byte
		var sent int64
		if err := rows.Scan(&m.ID, &sent, &m.By, &m.Staff, &sealed); err != nil {
			return nil, err
		}
		plain, err := s.Keys.Open("message.body:"+m.ID, sealed)
		if err != nil {
			return nil, fmt.Errorf("message %s: %w", m.ID, err)
		}
		m.Body, m.SentAt = string(plain), sqldb.Time(sent)
		at[m.ID] = len(list)
		list = append(list, m)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	files, err := s.attachments(tx, `size >= 0 AND holder IN (SELECT id FROM message WHERE thread_id = $1) ORDER BY added_at, id`, threadID)
	for _, f := range files {
		list[at[f.Holder]].Files = append(list[at[f.Holder]].Files, f)
	}
	return list, err
}

// HasMessage tells whether a message is one of a thread's.
func (s *Store) HasMessage(tx *sqldb.Tx, threadID, id string) (there bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM message WHERE id = $1 AND thread_id = $2)`, id, threadID).Scan(&there)
	return there, err
}
