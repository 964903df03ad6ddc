package store

import (
	"database/sql"
	"errors"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/door/session"
	"sallyport/internal/sqldb"
)

// PutSession makes this the browser's one session; the one it had ends.
func (s *Store) PutSession(tx *sqldb.Tx, v *session.Session) error {
	_, err := tx.Exec(`INSERT INTO session (browser, id, token, account_id, epoch, method, amr, acr, auth_time, remembered, last_seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (browser) DO UPDATE SET id = excluded.id, token = excluded.token, account_id = excluded.account_id,
			epoch = excluded.epoch, method = excluded.method, amr = excluded.amr, acr = excluded.acr, auth_time = excluded.auth_time,
			remembered = excluded.remembered, last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at`,
		v.Browser, v.ID, v.Token, v.AccountID, v.Epoch, string(v.Method), strings.Join(v.AMR, " "), v.ACR, sqldb.Micros(v.AuthTime),
		v.Remembered, sqldb.Micros(v.LastSeenAt), sqldb.Micros(v.ExpiresAt))
	return err
}

// SessionOf returns the browser's session with its account, where token is the
// session's; nil otherwise. Whether it still lives is the caller's to ask.
func (s *Store) SessionOf(tx *sqldb.Tx, browser, token []byte) (*session.Session, *account.Account, error) {
	v := &session.Session{}
	var a accountScan
	var method, amr string
	var auth, seen, expires int64
	into := append([]any{&v.Browser, &v.ID, &v.Token, &v.AccountID, &v.Epoch, &method, &amr, &v.ACR, &auth, &v.Remembered, &seen, &expires}, a.into()...)
	err := tx.QueryRow(`SELECT s.browser, s.id, s.token, s.account_id, s.epoch, s.method, s.amr, s.acr, s.auth_time, s.remembered,
			s.last_seen_at, s.expires_at, `+accountColumns+`
		FROM session s JOIN account a ON a.id = s.account_id JOIN organization o ON o.id = a.organization_id
		WHERE s.browser = $1 AND s.token = $2`, browser, token).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	v.Method, v.AMR = account.Method(method), strings.Fields(amr)
	v.AuthTime, v.LastSeenAt, v.ExpiresAt = sqldb.Time(auth), sqldb.Time(seen), sqldb.Time(expires)
	person, err := a.account(s)
	return v, person, err
}

// DeleteSession ends the session and returns whose it was, or "" where there was none.
func (s *Store) DeleteSession(tx *sqldb.Tx, browser, token []byte) (accountID string, err error) {
	err = tx.QueryRow(`DELETE FROM session WHERE browser = $1 AND token = $2 RETURNING account_id`, browser, token).Scan(&accountID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return accountID, err
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
