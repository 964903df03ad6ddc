package demo

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/sqldb"
)

// Message is one thing that arrived at the desk. Its JSON is a promise
// (product.md 3.4): people script against it.
type Message struct {
	ID      string   `json:"id"`
	Channel string   `json:"channel"`
	Kind    string   `json:"kind"`
	To      string   `json:"to"`
	Subject string   `json:"subject"`
	Text    string   `json:"text"`
	Code    string   `json:"code"`
	Links   []string `json:"links"`
	Status  string   `json:"status"`
	At      Stamp    `json:"at"`

	answeredAt, promptEndedAt time.Time
	held                      string
}

// Stamp is a time as RFC 3339 with milliseconds.
type Stamp struct{ time.Time }

// MarshalJSON writes 2026-11-21T08:00:00.000Z.
func (s Stamp) MarshalJSON() ([]byte, error) {
	return json.Marshal(s.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

// active: a call that rings or is answered.
func (m *Message) active() bool { return m.Status == "ringing" || m.Status == "answered" }

const messageColumns = `id, channel, kind, recipient, subject, text, code, links, status, at, answered_at, prompt_ended_at, held`

func scanMessage(row interface{ Scan(...any) error }) (*Message, error) {
	var m Message
	var links string
	var at, answered, prompt int64
	err := row.Scan(&m.ID, &m.Channel, &m.Kind, &m.To, &m.Subject, &m.Text, &m.Code, &links, &m.Status, &at, &answered, &prompt, &m.held)
	if err != nil {
		return nil, err
	}
	m.At, m.answeredAt, m.promptEndedAt = Stamp{sqldb.Time(at)}, sqldb.Time(answered), sqldb.Time(prompt)
	return &m, json.Unmarshal([]byte(links), &m.Links)
}

// mostShown is how many messages the desk lists.
const mostShown = 200

// messages returns the newest first: all, those to one address, or the calls
// that are active.
func (d *Desk) messages(ctx context.Context, where string, args ...any) ([]*Message, error) {
	rows, err := d.DB.Reader(ctx).Query(`SELECT `+messageColumns+` FROM message WHERE `+where+` ORDER BY rowid DESC LIMIT `+strconv.Itoa(mostShown), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := make([]*Message, 0, mostShown)
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// message returns one, or nil.
func (d *Desk) message(ctx context.Context, id string) (*Message, error) {
	m, err := scanMessage(d.DB.Reader(ctx).QueryRow(`SELECT `+messageColumns+` FROM message WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return m, err
}

func insertMessage(tx *sqldb.Tx, m delivery.Message, status string) error {
	links := m.Links
	if links == nil {
		links = []string{}
	}
	text, err := json.Marshal(links)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO message (`+messageColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, '') ON CONFLICT (id) DO NOTHING`,
		m.ID, m.Channel, string(m.Kind), m.To, m.Subject, m.Text, m.Code, string(text), status, sqldb.Micros(tx.Now))
	return err
}

func (d *Desk) update(ctx context.Context, m *Message) error {
	return d.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE message SET status = $1, answered_at = $2, prompt_ended_at = $3, held = $4 WHERE id = $5`,
			m.Status, sqldb.Micros(m.answeredAt), sqldb.Micros(m.promptEndedAt), m.held, m.ID)
		return err
	})
}
