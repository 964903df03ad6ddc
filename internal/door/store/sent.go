package store

import (
	"time"

	"sallyport/internal/sqldb"
)

// Sent is one message to somebody, and what became of it; never what it said.
type Sent struct {
	At      time.Time
	Kind    string
	Channel string
	Purpose string // of codes and calls
	State   string // queued, attempting, sent, failed, unknown; of a call that was placed: what the telephone did; else what the carrier said became of it
	Carrier string
	SentAt  time.Time
	Used    bool
	Call    CallCourse
}

// CallCourse is how a call went; times are zero for what did not happen.
type CallCourse struct {
	RingingAt, AnsweredAt, PromptEndedAt, EndedAt time.Time
	Note                                          string // the carrier's words
}

// SentTo returns what was sent to somebody lately, the newest first: those of the
// challenges that the audit log names, and links and notices as long as the outbox
// keeps them.
func (s *Store) SentTo(tx *sqldb.Tx, accountID string, challenges []string, most int) (list []Sent, err error) {
	args := []any{accountID}
	for _, id := range challenges[:min(len(challenges), most)] {
		args = append(args, id)
	}
	for len(args) <= most { // one text
		args = append(args, "")
	}
	rows, err := tx.Query(`SELECT * FROM (
			SELECT created_at AS at, CASE WHEN channel = 'voice' THEN 'call' ELSE 'code' END AS kind, channel, purpose,
				CASE WHEN channel = 'voice' AND delivery = 'sent' AND call_state <> '' THEN call_state WHEN receipt <> '' THEN receipt ELSE delivery END AS state, carrier, sent_at, used_at,
				ringing_at, answered_at, prompt_ended_at, call_ended_at, call_note
			FROM challenge WHERE account_id = $1 AND id IN (`+placeholders(most, 1)+`)
			UNION ALL
			SELECT run_at, kind, channel, '', CASE WHEN receipt <> '' THEN receipt ELSE state END, carrier, CASE WHEN state = 'sent' THEN done_at ELSE 0 END, 0, 0, 0, 0, 0, '' FROM outbox WHERE account_id = $1 AND account_id <> ''
		) sent ORDER BY at DESC LIMIT `+itoa(most), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Sent
		var at, sent, used, ringing, answered, prompted, ended int64
		if err := rows.Scan(&at, &m.Kind, &m.Channel, &m.Purpose, &m.State, &m.Carrier, &sent, &used, &ringing, &answered, &prompted, &ended, &m.Call.Note); err != nil {
			return nil, err
		}
		m.At, m.SentAt, m.Used = sqldb.Time(at), sqldb.Time(sent), used > 0
		m.Call.RingingAt, m.Call.AnsweredAt, m.Call.PromptEndedAt, m.Call.EndedAt = sqldb.Time(ringing), sqldb.Time(answered), sqldb.Time(prompted), sqldb.Time(ended)
		list = append(list, m)
	}
	return list, rows.Err()
}
