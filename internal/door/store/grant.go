package store

import (
	"database/sql"
	"errors"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/delivery"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Grant is what a relying party got for one authorization code: the family of
// tokens that a replayed code or refresh token ends as a whole (RFC 9700 4.14.2).
type Grant struct {
	ID          string // the code's
	ClientID    string
	AccountID   string
	Epoch       int64  // the account's, at sign-in
	SessionID   string // sid
	Scope       []string
	Claims      string // the claims parameter (OIDC Core 5.5), JSON, or empty
	AMR         []string
	ACR         string
	AuthTime    time.Time
	Key         string // RFC 7638 thumbprint of the DPoP key, or empty
	RefreshNo   int64  // of the refresh token in force; 0: none was given
	RefreshedAt time.Time
	BackChannel bool // the client is told of the end
	CreatedAt   time.Time
	ExpiresAt   time.Time
	EndedAt     time.Time
}

// Stands tells whether tokens of the grant are worth anything at now.
func (g *Grant) Stands(now time.Time, a *account.Account) bool {
	return g != nil && g.EndedAt.IsZero() && now.Before(g.ExpiresAt) && a.CanSignIn() && a.Epoch == g.Epoch
}

// InsertGrant adds a grant and tells whether it did: not where its code was
// redeemed before.
func (s *Store) InsertGrant(tx *sqldb.Tx, g *Grant) (bool, error) {
	n, err := tx.Exec(`INSERT INTO authorization_grant (id, client_id, account_id, epoch, sid, scope, claims, amr, acr, auth_time, jkt,
			refresh_no, refreshed_at, backchannel, created_at, expires_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13, $15, 0) ON CONFLICT (id) DO NOTHING`,
		g.ID, g.ClientID, g.AccountID, g.Epoch, g.SessionID, strings.Join(g.Scope, " "), g.Claims, strings.Join(g.AMR, " "), g.ACR,
		sqldb.Micros(g.AuthTime), g.Key, g.RefreshNo, sqldb.Micros(tx.Now), g.BackChannel, sqldb.Micros(g.ExpiresAt))
	return n == 1, err
}

// GrantByID returns a grant with its account, or nil.
func (s *Store) GrantByID(tx *sqldb.Tx, id string) (*Grant, *account.Account, error) {
	g := &Grant{ID: id}
	var a accountScan
	var scope, amr string
	var auth, refreshed, created, expires, ended int64
	err := tx.QueryRow(`SELECT g.client_id, g.account_id, g.epoch, g.sid, g.scope, g.claims, g.amr, g.acr, g.auth_time, g.jkt, g.refresh_no,
			g.refreshed_at, g.backchannel, g.created_at, g.expires_at, g.ended_at, `+accountColumns+`
		FROM authorization_grant g JOIN account a ON a.id = g.account_id JOIN organization o ON o.id = a.organization_id WHERE g.id = $1`, id).
		Scan(append([]any{&g.ClientID, &g.AccountID, &g.Epoch, &g.SessionID, &scope, &g.Claims, &amr, &g.ACR, &auth, &g.Key, &g.RefreshNo,
			&refreshed, &g.BackChannel, &created, &expires, &ended}, a.into()...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	g.Scope, g.AMR = strings.Fields(scope), strings.Fields(amr)
	g.AuthTime, g.RefreshedAt, g.CreatedAt = sqldb.Time(auth), sqldb.Time(refreshed), sqldb.Time(created)
	g.ExpiresAt, g.EndedAt = sqldb.Time(expires), sqldb.Time(ended)
	person, err := a.account(s)
	return g, person, err
}

// RotateRefresh puts the next refresh token in force in place of number no, and
// tells whether it did: not where no was used before, or the grant has ended.
func (s *Store) RotateRefresh(tx *sqldb.Tx, id string, no int64) (bool, error) {
	n, err := tx.Exec(`UPDATE authorization_grant SET refresh_no = refresh_no + 1, refreshed_at = $1 WHERE id = $2 AND refresh_no = $3 AND ended_at = 0`,
		sqldb.Micros(tx.Now), id, no)
	return n == 1, err
}

// EndGrant ends one family of tokens. The client that asked for it, or lost it,
// is not told.
func (s *Store) EndGrant(tx *sqldb.Tx, id string) error {
	_, err := tx.Exec(`UPDATE authorization_grant SET ended_at = $1 WHERE id = $2 AND ended_at = 0`, sqldb.Micros(tx.Now), id)
	return err
}

// EndGrantsOfSession ends every family of a door session, and queues the logout
// for each client that wants to be told.
func (s *Store) EndGrantsOfSession(tx *sqldb.Tx, sid string) error {
	return s.endGrants(tx, `sid = $2`, sid)
}

// EndGrantsOfAccount does so for all of a person's sessions.
func (s *Store) EndGrantsOfAccount(tx *sqldb.Tx, accountID string) error {
	return s.endGrants(tx, `account_id = $2`, accountID)
}

// EndGrantsOfClient ends what a client has, without telling it: it is removed.
func (s *Store) EndGrantsOfClient(tx *sqldb.Tx, clientID string) error {
	_, err := tx.Exec(`UPDATE authorization_grant SET ended_at = $1 WHERE client_id = $2 AND ended_at = 0`, sqldb.Micros(tx.Now), clientID)
	return err
}

// logoutFor is how long a relying party that does not answer is told again.
const logoutFor = 12 * time.Hour

func (s *Store) endGrants(tx *sqldb.Tx, where, arg string) error {
	rows, err := tx.Query(`UPDATE authorization_grant SET ended_at = $1 WHERE ended_at = 0 AND `+where+` RETURNING client_id, account_id, sid, backchannel, expires_at`,
		sqldb.Micros(tx.Now), arg)
	if err != nil {
		return err
	}
	told, err := logouts(rows, sqldb.Micros(tx.Now))
	if err != nil {
		return err
	}
	for _, to := range told {
		err := s.InsertMessage(tx, delivery.Message{ID: secret.TimeID(tx.Now), Kind: delivery.Logout, Channel: BackChannel,
			To: to.client, Subject: to.account, Text: to.sid, Expires: tx.Now.Add(logoutFor)})
		if err != nil {
			return err
		}
	}
	return nil
}

// BackChannel is the outbox's channel for logouts.
const BackChannel = "backchannel"

type logout struct{ client, account, sid string }

// logouts reads who is to be told, each client once for each session.
func logouts(rows sqldb.Rows, now int64) (told []logout, err error) {
	defer rows.Close()
	seen := map[logout]bool{}
	for rows.Next() {
		var l logout
		var wants bool
		var expires int64
		if err := rows.Scan(&l.client, &l.account, &l.sid, &wants, &expires); err != nil {
			return nil, err
		}
		if wants && expires > now && !seen[l] {
			seen[l] = true
			told = append(told, l)
		}
	}
	return told, rows.Err()
}
