package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sallyport/internal/portal"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// aboutFile is what is known of a file, and sealed: a name may be a patient's.
type aboutFile struct {
	Name   string `json:"n"`
	Type   string `json:"t"`
	SHA256 []byte `json:"h,omitempty"`
}

// AttachmentPart is how many bytes of a file stand in one row: a file comes and goes in
// such pieces, each in a transaction of its own.
const AttachmentPart = 256 << 10

// BeginAttachment adds a file that is not whole yet.
func (s *Store) BeginAttachment(tx *sqldb.Tx, a *portal.Attachment) error {
	a.ID, a.AddedAt = secret.TimeID(tx.Now), tx.Now
	about, err := s.sealAbout(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO attachment (id, holder, size, about, added_at, added_by) VALUES ($1, $2, -1, $3, $4, $5)`, a.ID, a.Holder, about, sqldb.Micros(tx.Now), a.AddedBy)
	return err
}

func (s *Store) sealAbout(a *portal.Attachment) ([]byte, error) {
	text, err := json.Marshal(aboutFile{a.Name, a.Type, a.SHA256})
	return s.Keys.Seal("attachment.about:"+a.ID, text), err
}

// AddPart adds the next part of a file that was begun; parts count from 0.
func (s *Store) AddPart(tx *sqldb.Tx, id string, part int, content []byte) error {
	_, err := tx.Exec(`INSERT INTO attachment_part (attachment_id, part, content) VALUES ($1, $2, $3)`, id, part, s.Keys.Seal(partPlace(id, part), content))
	return err
}

func partPlace(id string, part int) string {
	return fmt.Sprintf("attachment_part.content:%s:%d", id, part)
}

// FinishAttachment makes a file whole and seen, with its size and sum; place is its own
// among those of its form, from 0. False where the case has as many as it may, or the
// sweeper came first.
func (s *Store) FinishAttachment(tx *sqldb.Tx, a *portal.Attachment, place int) (bool, error) {
	about, err := s.sealAbout(a)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(`UPDATE attachment SET size = $1, about = $2, added_at = $3 WHERE id = $4 AND holder = $5 AND size < 0
		AND (SELECT COUNT(*) FROM attachment b WHERE b.holder = $5 AND b.size >= 0) < $6`, a.Size, about, sqldb.Micros(tx.Now)+int64(place), a.ID, a.Holder, portal.MostAttachments)
	return n == 1, err
}

// RemoveAttachment deletes a file of a case or message.
func (s *Store) RemoveAttachment(tx *sqldb.Tx, holder, id string) (bool, error) {
	n, err := tx.Exec(`DELETE FROM attachment WHERE id = $1 AND holder = $2`, id, holder)
	return n == 1, err
}

// AttachmentsOf returns the files of a case or message, the oldest first.
func (s *Store) AttachmentsOf(tx *sqldb.Tx, holder string) ([]portal.Attachment, error) {
	return s.attachments(tx, `holder = $1 AND size >= 0 ORDER BY added_at, id`, holder)
}

// AttachmentByID returns a file of a case or message, or nil.
func (s *Store) AttachmentByID(tx *sqldb.Tx, holder, id string) (*portal.Attachment, error) {
	list, err := s.attachments(tx, `holder = $1 AND id = $2 AND size >= 0`, holder, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func (s *Store) attachments(tx *sqldb.Tx, which string, args ...any) (list []portal.Attachment, err error) {
	rows, err := tx.Query(`SELECT id, holder, size, about, added_at, added_by FROM attachment WHERE `+which, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a portal.Attachment
		var sealed []byte
		var added int64
		if err := rows.Scan(&a.ID, &a.Holder, &a.Size, &sealed, &added, &a.AddedBy); err != nil {
			return nil, err
		}
		plain, err := s.Keys.Open("attachment.about:"+a.ID, sealed)
		var about aboutFile
		if err == nil {
			err = json.Unmarshal(plain, &about)
		}
		if err != nil {
			return nil, fmt.Errorf("attachment %s: %w", a.ID, err)
		}
		a.Name, a.Type, a.SHA256, a.AddedAt = about.Name, about.Type, about.SHA256, sqldb.Time(added)
		list = append(list, a)
	}
	return list, rows.Err()
}

// EachPart hands a file over part by part; nothing is held meanwhile.
func (s *Store) EachPart(ctx context.Context, id string, each func([]byte) error) error {
	for part := 0; ; part++ {
		var sealed []byte
		err := s.Read(ctx).QueryRow(`SELECT content FROM attachment_part WHERE attachment_id = $1 AND part = $2`, id, part).Scan(&sealed)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		plain, err := s.Keys.Open(partPlace(id, part), sealed)
		if err != nil {
			return fmt.Errorf("attachment %s, part %d: %w", id, part, err)
		}
		if err := each(plain); err != nil {
			return err
		}
	}
}
