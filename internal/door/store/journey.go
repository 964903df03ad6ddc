package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/factor"
	"sallyport/internal/sqldb"
)

// Journey is one row: one person's way through one journey in one browser tab.
type Journey struct {
	ID          string
	Kind        string
	Browser     []byte
	AccountID   string // empty until the password was right
	ChallengeID string // the present code or call; empty for none
	Epoch       int64
	Lang        string
	Facts       []byte // in clear here, sealed in the row
	Version     int64
	BusyUntil   time.Time
	CreatedAt   time.Time
	ExpiresAt   time.Time
	FinishedAt  time.Time
}

// Loaded is a journey with the live rows that belong to it.
type Loaded struct {
	Journey
	Account   *account.Account
	Challenge *factor.Challenge
}

func (s *Store) sealFacts(j *Journey) []byte {
	return s.Keys.Seal("journey.facts:"+j.ID, j.Facts)
}

// InsertJourney adds a journey and tells whether it did: a second one of the
// same id changes nothing.
func (s *Store) InsertJourney(tx *sqldb.Tx, j *Journey) (bool, error) {
	n, err := tx.Exec(`INSERT INTO journey (id, kind, browser, epoch, lang, facts, version, busy_until, created_at, expires_at, finished_at)
		VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, 0) ON CONFLICT (id) DO NOTHING`,
		j.ID, j.Kind, j.Browser, j.Lang, s.sealFacts(j), j.Version, sqldb.Micros(j.BusyUntil), sqldb.Micros(tx.Now), sqldb.Micros(j.ExpiresAt))
	return n == 1, err
}

// LoadJourney reads a journey with its account and challenge in one statement;
// nil where there is none. In a transaction it holds the journey's row until the
// end, so that two submissions of one journey follow each other.
//
// On PostgreSQL a statement that waited for the row's lock joins the row's new version
// with the other rows as they were before. What the request that held the lock added or
// changed is then missing, so the journey, which is ours by now, is read again.
func (s *Store) LoadJourney(tx *sqldb.Tx, id string, lock bool) (*Loaded, error) {
	l, err := s.loadJourney(tx, id, lock)
	if err == nil && l != nil && l.older() {
		return s.loadJourney(tx, id, lock)
	}
	return l, err
}

// older reports whether the account or the challenge was read in an older version than
// the journey. An account's epoch never falls, so it is never below its journey's.
func (l *Loaded) older() bool {
	return l.AccountID != "" && (l.Account == nil || l.Account.Epoch < l.Epoch) ||
		l.ChallengeID != "" && (l.Challenge == nil || l.Challenge.ID != l.ChallengeID)
}

func (s *Store) loadJourney(tx *sqldb.Tx, id string, lock bool) (*Loaded, error) {
	var l Loaded
	var accountID, challengeID sql.NullString
	var busy, created, expires, finished int64
	var a accountScan
	var c challengeScan
	query := `SELECT j.id, j.kind, j.browser, j.account_id, j.challenge_id, j.epoch, j.lang, j.facts, j.version,
			j.busy_until, j.created_at, j.expires_at, j.finished_at, ` + accountColumns + `, ` + challengeColumns + `
		FROM journey j
		LEFT JOIN account a ON a.id = j.account_id LEFT JOIN organization o ON o.id = a.organization_id
		LEFT JOIN challenge c ON c.id = j.challenge_id
		WHERE j.id = $1`
	if lock {
		query += tx.ForUpdate("j")
	}
	into := append([]any{&l.ID, &l.Kind, &l.Browser, &accountID, &challengeID, &l.Epoch, &l.Lang, &l.Facts, &l.Version,
		&busy, &created, &expires, &finished}, a.into()...)
	err := tx.QueryRow(query, id).Scan(append(into, c.into()...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l.AccountID, l.ChallengeID = accountID.String, challengeID.String
	l.BusyUntil, l.CreatedAt, l.ExpiresAt, l.FinishedAt = sqldb.Time(busy), sqldb.Time(created), sqldb.Time(expires), sqldb.Time(finished)
	if l.Facts, err = s.Keys.Open("journey.facts:"+l.ID, l.Facts); err != nil {
		return nil, fmt.Errorf("journey %s: facts: %w", l.ID, err)
	}
	if l.Account, err = a.account(s); err != nil {
		return nil, err
	}
	l.Challenge = c.challenge()
	return &l, nil
}

// ErrMoved means that another request changed the journey, or an administrator the
// account, in between.
var ErrMoved = errors.New("journey moved on")

// UpdateJourney writes what changed, under the version that was read and while
// the account's epoch is the journey's. ErrMoved where either is gone.
func (s *Store) UpdateJourney(tx *sqldb.Tx, j *Journey, readVersion int64) error {
	return tx.LaterOne(ErrMoved, `UPDATE journey SET account_id = $1, challenge_id = $2, epoch = $3, facts = $4, version = $5, busy_until = $6,
			finished_at = $7, lang = $8
		WHERE id = $9 AND version = $10 AND (CAST($1 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM account WHERE account.id = $1 AND account.epoch = $3))`,
		nullable(j.AccountID), nullable(j.ChallengeID), j.Epoch, s.sealFacts(j), j.Version, sqldb.Micros(j.BusyUntil),
		sqldb.Micros(j.FinishedAt), j.Lang, j.ID, readVersion)
}

// ClaimJourney marks a journey busy with slow work and tells whether this caller
// is the one: not where another is at it, or where the version is gone.
func (s *Store) ClaimJourney(tx *sqldb.Tx, id string, version int64, until time.Time) (bool, error) {
	n, err := tx.Exec(`UPDATE journey SET busy_until = $1 WHERE id = $2 AND version = $3 AND busy_until <= $4`,
		sqldb.Micros(until), id, version, sqldb.Micros(tx.Now))
	return n == 1, err
}

// ReleaseJourney ends a claim whose work came to nothing.
func (s *Store) ReleaseJourney(tx *sqldb.Tx, id string, version int64) error {
	_, err := tx.Exec(`UPDATE journey SET busy_until = 0 WHERE id = $1 AND version = $2`, id, version)
	return err
}

// Glance is the little that a waiting page asks for.
type Glance struct {
	Browser []byte
	Version int64
	Waiting bool // for a code or a call:
	Sent    time.Time
	State   factor.Delivery
	Call    factor.Call
}

// MostGlances is how many journeys one statement looks at.
const MostGlances = 32

// GlanceJourneys looks at several journeys, 1 to MostGlances, in one keyed read; one
// that is not there is missing from what it returns.
func (s *Store) GlanceJourneys(tx *sqldb.Tx, ids []string) (map[string]*Glance, error) {
	args := make([]any, 0, MostGlances)
	for _, id := range ids {
		args = append(args, id)
	}
	for len(args)&(len(args)-1) != 0 { // few different texts, so that they stay prepared
		args = append(args, ids[0])
	}
	rows, err := tx.Query(`SELECT j.id, j.browser, j.version, c.id IS NOT NULL, COALESCE(c.delivery || ' ' || c.receipt, ''), COALESCE(c.sent_at, 0), COALESCE(c.call_state, ''),
			COALESCE(c.ringing_at, 0), COALESCE(c.answered_at, 0), COALESCE(c.prompt_ended_at, 0)
		FROM journey j LEFT JOIN challenge c ON c.id = j.challenge_id WHERE j.id IN (`+placeholders(len(args), 0)+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[string]*Glance, len(ids))
	for rows.Next() {
		var id string
		var g Glance
		var sent, ringing, answered, ended int64
		if err := rows.Scan(&id, &g.Browser, &g.Version, &g.Waiting, &g.State, &sent, &g.Call.State, &ringing, &answered, &ended); err != nil {
			return nil, err
		}
		g.Sent, g.Call.RingingAt, g.Call.AnsweredAt, g.Call.PromptEnded = sqldb.Time(sent), sqldb.Time(ringing), sqldb.Time(answered), sqldb.Time(ended)
		found[id] = &g
	}
	return found, rows.Err()
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}
