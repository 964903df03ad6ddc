package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// InsertSession adds a session of a person who is kept already, and what the relying
// party keeps of it, sealed.
func (s *Store) InsertSession(tx *sqldb.Tx, v *portal.Session, tokens []byte) error {
	_, err := tx.Exec(`INSERT INTO portal_session (token, id, sub, sid, tokens, contract_id, created_at, last_seen_at, refreshed_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8)`,
		v.Token, v.ID, v.Person.Subject, v.SessionID, s.sealTokens(v.ID, tokens), v.ContractID, sqldb.Micros(tx.Now), sqldb.Micros(v.ExpiresAt))
	return err
}

func (s *Store) sealTokens(id string, tokens []byte) []byte {
	return s.Keys.Seal("portal_session.tokens:"+id, tokens)
}

// SessionByToken returns the session with its person, or nil: one keyed read, which
// every page costs. Whether it still lives is the caller's to ask, and its tokens
// (TokensOf) where they are needed.
func (s *Store) SessionByToken(tx *sqldb.Tx, token []byte) (*portal.Session, error) {
	v := &portal.Session{Token: token}
	var roles string
	var created, seen, refreshed, expires int64
	err := tx.QueryRow(`SELECT s.id, s.sid, s.contract_id, s.created_at, s.last_seen_at, s.refreshed_at, s.expires_at,
			p.sub, p.name, p.organization_id, p.organization, p.npi, p.roles
		FROM portal_session s JOIN person p ON p.sub = s.sub WHERE s.token = $1`, token).
		Scan(&v.ID, &v.SessionID, &v.ContractID, &created, &seen, &refreshed, &expires,
			&v.Person.Subject, &v.Person.Name, &v.Person.OrganizationID, &v.Person.Organization, &v.Person.NPI, &roles)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v.CreatedAt, v.LastSeenAt, v.RefreshedAt, v.ExpiresAt = sqldb.Time(created), sqldb.Time(seen), sqldb.Time(refreshed), sqldb.Time(expires)
	v.Person.Roles = strings.Fields(roles)
	return v, nil
}

// TokensOf returns what the relying party keeps of a session; sql.ErrNoRows where it
// has ended meanwhile.
func (s *Store) TokensOf(tx *sqldb.Tx, v *portal.Session) ([]byte, error) {
	var sealed []byte
	if err := tx.QueryRow(`SELECT tokens FROM portal_session WHERE token = $1`, v.Token).Scan(&sealed); err != nil {
		return nil, err
	}
	tokens, err := s.Keys.Open("portal_session.tokens:"+v.ID, sealed)
	if err != nil {
		return nil, fmt.Errorf("portal session %s: %w", v.ID, err)
	}
	return tokens, nil
}

// ClaimRefresh lets one request of several ask the provider, and tells whether it
// is this one.
func (s *Store) ClaimRefresh(tx *sqldb.Tx, v *portal.Session) (bool, error) {
	n, err := tx.Exec(`UPDATE portal_session SET refreshed_at = $1 WHERE token = $2 AND refreshed_at = $3`,
		sqldb.Micros(tx.Now), v.Token, sqldb.Micros(v.RefreshedAt))
	return n == 1, err
}

// PutTokens keeps the tokens of a refresh.
func (s *Store) PutTokens(tx *sqldb.Tx, v *portal.Session, tokens []byte) error {
	_, err := tx.Exec(`UPDATE portal_session SET tokens = $1 WHERE token = $2`, s.sealTokens(v.ID, tokens), v.Token)
	return err
}

// RetryRefresh lets the next request after at ask the provider again.
func (s *Store) RetryRefresh(tx *sqldb.Tx, v *portal.Session, at time.Time) error {
	_, err := tx.Exec(`UPDATE portal_session SET refreshed_at = $1 WHERE token = $2`, sqldb.Micros(at), v.Token)
	return err
}

// SelectContract keeps which contract the person looks at; empty: all.
func (s *Store) SelectContract(tx *sqldb.Tx, v *portal.Session, contractID string) error {
	_, err := tx.Exec(`UPDATE portal_session SET contract_id = $1 WHERE token = $2`, contractID, v.Token)
	return err
}

// TouchSessions writes when these sessions (by id) were last seen.
func (s *Store) TouchSessions(tx *sqldb.Tx, seen map[string]int64) error {
	for id, at := range seen {
		if _, err := tx.Exec(`UPDATE portal_session SET last_seen_at = $1 WHERE id = $2 AND last_seen_at < $1`, at, id); err != nil {
			return err
		}
	}
	return nil
}

// EndSession ends one browser's session.
func (s *Store) EndSession(tx *sqldb.Tx, token []byte) error {
	_, err := tx.Exec(`DELETE FROM portal_session WHERE token = $1`, token)
	return err
}

// EndSessions ends those of a session at the provider or, where sid is empty, all
// of a person's (OpenID Connect Back-Channel Logout 1.0 section 2.7).
func (s *Store) EndSessions(tx *sqldb.Tx, sub, sid string) (int64, error) {
	if sid != "" {
		return tx.Exec(`DELETE FROM portal_session WHERE sid = $1 AND (sub = $2 OR $2 = '')`, sid, sub)
	}
	return tx.Exec(`DELETE FROM portal_session WHERE sub = $1`, sub)
}
