package journey

import (
	"context"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/session"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Sessions answers who is signed in, and signs out.
type Sessions struct {
	*Engine
	Seen *sqldb.LastSeen
}

// NewSessions shares the engine's store, keys and limits.
func NewSessions(e *Engine) *Sessions {
	return &Sessions{Engine: e, Seen: &sqldb.LastSeen{Log: e.Log, Write: func(ctx context.Context, seen map[string]int64) error {
		return e.Store.Write(ctx, func(tx *sqldb.Tx) error { return e.Store.TouchSessions(tx, seen) })
	}}}
}

// Of returns the browser's live session and its account, or nil. That it was
// seen is noted, and written at most once a minute by Flush: the one write that
// a GET may cause.
//
// A remembered session belongs to the kind of browser that signed in, and an old
// secret of it that comes back ends it (T-24): that, too, a GET may write.
func (s *Sessions) Of(ctx context.Context, c Client, token string) (*session.Session, *account.Account, error) {
	if c.Browser == "" || token == "" {
		return nil, nil, nil
	}
	tx := s.Store.Read(ctx)
	hash := s.tokenHash(token)
	v, a, err := s.Store.SessionOf(tx, s.browser(c), hash)
	if err != nil || v == nil || v.Remembered && v.Agent != c.Agent {
		return nil, nil, err
	}
	if v.Replayed(!secret.Equal(v.Token, hash), tx.Now) {
		return nil, nil, s.endReplayed(ctx, v, c)
	}
	v.LastSeenAt = s.Seen.Later(v.ID, v.LastSeenAt)
	if !v.Live(tx.Now, s.lives(), a) {
		return nil, nil, nil
	}
	if v.Stale(tx.Now) {
		s.Seen.Note(v.ID, tx.Now)
	}
	return v, a, nil
}

// Pass gives a remembered session that passed a button its next secret. Where
// another request was first the present one stays.
func (s *Sessions) Pass(ctx context.Context, c Client, token string) (string, error) {
	next := secret.Token()
	err := s.Store.Write(ctx, func(tx *sqldb.Tx) error {
		rotated, err := s.Store.RotateSession(tx, s.browser(c), s.tokenHash(token), s.tokenHash(next))
		if err == nil && !rotated {
			next = token
		}
		return err
	})
	return next, err
}

func (s *Sessions) endReplayed(ctx context.Context, v *session.Session, c Client) error {
	s.Log.Warn("an old secret of a remembered session came back; it ends", "address", c.Address)
	defer s.Wake()
	return s.Store.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.Store.EndSession(tx, v.ID); err != nil {
			return err
		}
		return s.Store.Record(tx, audit.Row{Type: audit.SessionReplayed, AccountID: v.AccountID, Address: c.Address})
	})
}

// SignOut ends the browser's session, what it remembers, and what relying parties
// got of it. Signing out twice is no mistake.
func (s *Sessions) SignOut(ctx context.Context, c Client, token string) error {
	defer s.Wake()
	return s.Store.Write(ctx, func(tx *sqldb.Tx) error {
		id, err := s.Store.DeleteSession(tx, s.browser(c), s.tokenHash(token))
		if err != nil || id == "" {
			return err
		}
		return s.Store.Record(tx, audit.Row{Type: audit.SignedOut, AccountID: id, Address: c.Address})
	})
}
