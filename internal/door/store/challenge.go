package store

import (
	"database/sql"
	"errors"
	"time"

	"sallyport/internal/door/factor"
	"sallyport/internal/sqldb"
)

// challengeColumns and challengeScan belong together: a column is added to both.
const challengeColumns = `c.id, c.journey_id, c.account_id, c.purpose, c.channel, c.destination, c.code_hash, c.tries, c.life,
	c.created_at, c.sent_at, c.delivery, c.used_at, c.ended_at, c.call_state, c.ringing_at, c.answered_at, c.prompt_ended_at, c.call_ended_at,
	c.carrier, c.country, c.receipt, c.call_mode, c.call_note`

type challengeScan struct {
	id, journey, account, purpose, channel, delivery, callState sql.NullString
	destination, codeHash                                       []byte
	tries, life, created, sent, used, ended                     sql.NullInt64
	callRinging, callAnswered, callPromptEnded, callEnded       sql.NullInt64
	carrier, country, receipt, callMode, callNote               sql.NullString
}

func (r *challengeScan) into() []any {
	return []any{&r.id, &r.journey, &r.account, &r.purpose, &r.channel, &r.destination, &r.codeHash, &r.tries, &r.life,
		&r.created, &r.sent, &r.delivery, &r.used, &r.ended, &r.callState, &r.callRinging, &r.callAnswered, &r.callPromptEnded, &r.callEnded,
		&r.carrier, &r.country, &r.receipt, &r.callMode, &r.callNote}
}

// challenge returns nil where a LEFT JOIN found none.
func (r *challengeScan) challenge() *factor.Challenge {
	if !r.id.Valid {
		return nil
	}
	at := func(n sql.NullInt64) time.Time { return sqldb.Time(n.Int64) }
	return &factor.Challenge{
		ID: r.id.String, JourneyID: r.journey.String, AccountID: r.account.String, Purpose: r.purpose.String,
		Channel: factor.Channel(r.channel.String), Destination: r.destination, CodeHash: r.codeHash, Tries: int(r.tries.Int64),
		Life: time.Duration(r.life.Int64) * time.Microsecond, CreatedAt: at(r.created), SentAt: at(r.sent),
		Carrier: r.carrier.String, Country: r.country.String, Receipt: r.receipt.String,
		Delivery: factor.Delivery(r.delivery.String), UsedAt: at(r.used), EndedAt: at(r.ended),
		Call: factor.Call{Mode: factor.CallMode(r.callMode.String), Note: r.callNote.String, State: factor.CallState(r.callState.String), RingingAt: at(r.callRinging), AnsweredAt: at(r.callAnswered),
			PromptEnded: at(r.callPromptEnded), EndedAt: at(r.callEnded)},
	}
}

// InsertChallenge adds a challenge that is queued.
func (s *Store) InsertChallenge(tx *sqldb.Tx, c *factor.Challenge) error {
	return tx.Later(`INSERT INTO challenge (id, journey_id, account_id, purpose, channel, destination, code_hash, tries, life, created_at,
			sent_at, delivery, used_at, ended_at, call_state, ringing_at, answered_at, prompt_ended_at, call_ended_at, country, call_mode)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, 0, 'queued', 0, 0, '', 0, 0, 0, 0, $10, $11)`,
		c.ID, c.JourneyID, c.AccountID, c.Purpose, string(c.Channel), c.Destination, c.CodeHash, c.Life.Microseconds(), sqldb.Micros(tx.Now), c.Country, string(c.Call.Mode))
}

// EndChallenge makes a code worthless: a new one was asked for.
func (s *Store) EndChallenge(tx *sqldb.Tx, id string) error {
	return tx.Later(`UPDATE challenge SET ended_at = $1 WHERE id = $2 AND ended_at = 0`, sqldb.Micros(tx.Now), id)
}

// open is what a challenge must be for a code or a call to count: handed over,
// neither used nor ended, tries left, and not expired at $1.
const open = `used_at = 0 AND ended_at = 0 AND sent_at > 0 AND CAST($1 AS BIGINT) < sent_at + life AND CAST($1 AS BIGINT) < created_at + 600000000`

// TryCode counts one try of a code and uses the challenge up where it was right,
// in one conditional update: however many try at once, no more than most are
// compared, and one succeeds (T-08, T-09). Counted is false where the challenge
// took no further try.
func (s *Store) TryCode(tx *sqldb.Tx, id string, codeHash []byte, most int) (right, counted bool, err error) {
	var used int64
	err = tx.QueryRow(`UPDATE challenge SET tries = tries + 1, used_at = CASE WHEN code_hash = $2 THEN CAST($1 AS BIGINT) ELSE 0 END
		WHERE id = $3 AND tries < $4 AND (channel <> 'voice' OR call_mode = 'spoken') AND `+open+` RETURNING used_at`,
		sqldb.Micros(tx.Now), codeHash, id, most).Scan(&used)
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, nil
	}
	return used > 0, err == nil, err
}

// UseCall uses a call up that was answered with #, and tells whether it did.
// What counts as # was decided when the key came (factor.Call).
func (s *Store) UseCall(tx *sqldb.Tx, id string) (bool, error) {
	n, err := tx.Exec(`UPDATE challenge SET used_at = $1 WHERE id = $2 AND call_state = 'confirmed' AND used_at = 0 AND ended_at = 0
		AND CAST($1 AS BIGINT) < created_at + 600000000`, sqldb.Micros(tx.Now), id)
	return n == 1, err
}

// ExtendChallenge gives an open code a longer life from its hand-off, and tells
// whether it was still open.
func (s *Store) ExtendChallenge(tx *sqldb.Tx, id string, life time.Duration) (bool, error) {
	n, err := tx.Exec(`UPDATE challenge SET life = $2 WHERE id = $3 AND `+open, sqldb.Micros(tx.Now), life.Microseconds(), id)
	return n == 1, err
}

// ChallengeByID reads one challenge, or nil, and holds its row in a transaction.
func (s *Store) ChallengeByID(tx *sqldb.Tx, id string) (*factor.Challenge, error) {
	var c challengeScan
	lock := ""
	if tx.Writing() {
		lock = tx.ForUpdate("c")
	}
	err := tx.QueryRow(`SELECT `+challengeColumns+` FROM challenge c WHERE c.id = $1`+lock, id).Scan(c.into()...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return c.challenge(), err
}

// UpdateCall writes where a call stands.
func (s *Store) UpdateCall(tx *sqldb.Tx, id string, c factor.Call) error {
	_, err := tx.Exec(`UPDATE challenge SET call_state = $1, ringing_at = $2, answered_at = $3, prompt_ended_at = $4, call_ended_at = $5, call_note = $7 WHERE id = $6`,
		string(c.State), sqldb.Micros(c.RingingAt), sqldb.Micros(c.AnsweredAt), sqldb.Micros(c.PromptEnded), sqldb.Micros(c.EndedAt), id, shorten(c.Note))
	return err
}
