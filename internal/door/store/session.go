package store

import (
	"database/sql"
	"errors"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/session"
	"sallyport/internal/sqldb"
)

// PutSession makes this the browser's one session; the one it had ends. The same
// person who proves again who they are goes on under the same public id, so that
// a later sign-out reaches whoever was told of it (sid).
func (s *Store) PutSession(tx *sqldb.Tx, v *session.Session) error {
	return tx.Later(`INSERT INTO session (browser, id, token, account_id, epoch, method, amr, acr, auth_time, remembered, last_seen_at, expires_at, agent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (browser) DO UPDATE SET
			id = CASE WHEN session.account_id = excluded.account_id AND session.epoch = excluded.epoch THEN session.id ELSE excluded.id END, token = excluded.token, account_id = excluded.account_id,
			epoch = excluded.epoch, method = excluded.method, amr = excluded.amr, acr = excluded.acr, auth_time = excluded.auth_time,
			remembered = excluded.remembered, last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at,
			agent = excluded.agent, old_token = NULL, rotated_at = 0`,
		v.Browser, v.ID, v.Token, v.AccountID, v.Epoch, string(v.Method), strings.Join(v.AMR, " "), v.ACR, sqldb.Micros(v.AuthTime),
		v.Remembered, sqldb.Micros(v.LastSeenAt), sqldb.Micros(v.ExpiresAt), v.Agent)
}

// RotateSession gives the session another secret and tells whether it did: not
// where the secret had changed already.
func (s *Store) RotateSession(tx *sqldb.Tx, browser, token, next []byte) (bool, error) {
	n, err := tx.Exec(`UPDATE session SET old_token = token, token = $1, rotated_at = $2 WHERE browser = $3 AND token = $4`,
		next, sqldb.Micros(tx.Now), browser, token)
	return n == 1, err
}

// EndSession ends a session by its id.
func (s *Store) EndSession(tx *sqldb.Tx, id string) error {
	_, err := s.deleteSession(tx, `id = $1`, id)
	return err
}

// SessionOf returns the browser's session with its account, where token is the
// session's, or was before it last changed; nil otherwise. Whether it still lives is the caller's to ask.
func (s *Store) SessionOf(tx *sqldb.Tx, browser, token []byte) (*session.Session, *account.Account, error) {
	v := &session.Session{}
	var a accountScan
	var method, amr string
	var auth, seen, expires, rotated int64
	into := append([]any{&v.Browser, &v.ID, &v.Token, &v.AccountID, &v.Epoch, &method, &amr, &v.ACR, &auth, &v.Remembered, &seen, &expires,
		&v.Agent, &v.OldToken, &rotated}, a.into()...)
	err := tx.QueryRow(`SELECT s.browser, s.id, s.token, s.account_id, s.epoch, s.method, s.amr, s.acr, s.auth_time, s.remembered,
			s.last_seen_at, s.expires_at, s.agent, s.old_token, s.rotated_at, `+accountColumns+`
		FROM session s JOIN account a ON a.id = s.account_id JOIN organization o ON o.id = a.organization_id
		WHERE s.browser = $1 AND (s.token = $2 OR s.old_token = $2)`, browser, token).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	v.Method, v.AMR = account.Method(method), strings.Fields(amr)
	v.AuthTime, v.LastSeenAt, v.ExpiresAt = sqldb.Time(auth), sqldb.Time(seen), sqldb.Time(expires)
	v.RotatedAt = sqldb.Time(rotated)
	person, err := a.account(s)
	return v, person, err
}

// DeleteSession ends the session, tells every relying party that was told of it,
// and returns whose it was, or "" where there was none.
func (s *Store) DeleteSession(tx *sqldb.Tx, browser, token []byte) (accountID string, err error) {
	return s.deleteSession(tx, `browser = $1 AND (token = $2 OR old_token = $2)`, browser, token)
}

// DeleteSessionOfAnother ends the browser's session where it is another person's:
// somebody else signs in there.
func (s *Store) DeleteSessionOfAnother(tx *sqldb.Tx, browser []byte, accountID string) error {
	_, err := s.deleteSession(tx, `browser = $1 AND account_id <> $2`, browser, accountID)
	return err
}

func (s *Store) deleteSession(tx *sqldb.Tx, where string, args ...any) (accountID string, err error) {
	var id string
	err = tx.QueryRow(`DELETE FROM session WHERE `+where+` RETURNING id, account_id`, args...).Scan(&id, &accountID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return accountID, s.EndGrantsOfSession(tx, id)
}

// SessionStands tells whether a session is still there, and its account still as
// it was, and returns the account.
func (s *Store) SessionStands(tx *sqldb.Tx, id, accountID string, epoch int64) (*account.Account, bool, error) {
	a, err := s.oneAccount(tx, `a.id = $1 AND EXISTS (SELECT 1 FROM session WHERE id = $2 AND account_id = $1)`, accountID, id)
	return a, err == nil && a.CanSignIn() && a.Epoch == epoch, err
}

// KeepSession notes that a session is in use, by its relying party. One that has
// ended or idled out stays so.
func (s *Store) KeepSession(tx *sqldb.Tx, id string, idle time.Duration) error {
	_, err := tx.Exec(`UPDATE session SET last_seen_at = $1 WHERE id = $2 AND last_seen_at < $1 AND last_seen_at > $3 AND expires_at > $1`,
		sqldb.Micros(tx.Now), id, sqldb.Micros(tx.Now.Add(-idle)))
	return err
}

// TouchSessions writes when these sessions (by id) were last seen.
func (s *Store) TouchSessions(tx *sqldb.Tx, seen map[string]int64) error {
	for id, at := range seen {
		if _, err := tx.Exec(`UPDATE session SET last_seen_at = $1 WHERE id = $2 AND last_seen_at < $1`, at, id); err != nil {
			return err
		}
	}
	return nil
}
