package admin

import (
	"context"
	"errors"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Wave invites people to register, or reminds who began and stopped, one mail after the
// other at a set rate: so that the help desk is asked by as many as it can answer.
type Wave struct {
	Organization string        // id; empty: all
	Remind       bool          // who began and stopped; else who has not begun
	Every        time.Duration // between two mails
	Most         int           // mails; 0: until nobody is left
	Again        time.Duration // nobody is reminded twice within
	Sent         func(n int)   // called after each
}

// Run sends a wave until nobody is left, so many were sent, ctx ends (at once), or
// somebody stops it (store.ErrStopped, before the next mail). What was sent is kept
// with it: the next wave goes on behind it. It returns how many mails were queued.
func (a *Admin) Run(ctx context.Context, w Wave) (sent int, err error) {
	owner := secret.ID()
	if err := a.Store.Write(ctx, func(tx *sqldb.Tx) error { return a.Store.BeginWave(tx, owner) }); err != nil {
		return 0, err
	}
	defer func() {
		end := a.Store.Write(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error { return a.Store.EndWave(tx, owner) })
		err = errors.Join(err, end)
	}()
	tick := time.NewTicker(w.Every)
	defer tick.Stop()
	for w.Most == 0 || sent < w.Most {
		select {
		case <-ctx.Done():
			return sent, nil
		case <-tick.C:
		}
		there, err := a.sendOne(context.WithoutCancel(ctx), w, owner)
		if err != nil || !there {
			return sent, err
		}
		sent++
		if w.Sent != nil {
			w.Sent(sent)
		}
	}
	return sent, nil
}

// sendOne marks the next person and queues their mail, in one transaction.
func (a *Admin) sendOne(ctx context.Context, w Wave, owner string) (there bool, err error) {
	err = a.Store.Write(ctx, func(tx *sqldb.Tx) error {
		there = false
		x := &act{Admin: a, tx: tx, by: Actor{Operator: true}}
		if err := x.loadActor(); err != nil {
			return err
		}
		if err := a.Store.KeepWave(tx, owner); err != nil {
			return err
		}
		var t *account.Account
		if w.Remind {
			t, err = a.Store.NextToRemind(tx, w.Organization, tx.Now.Add(-w.Again))
		} else {
			t, err = a.Store.NextToInvite(tx, w.Organization)
		}
		if err != nil || t == nil {
			return err
		}
		there = true
		x.target = t
		if err := x.onward(t); err != nil {
			return err
		}
		return x.record(audit.LinkSent, map[string]string{"state": string(t.State), "wave": "true"})
	})
	if err == nil && there {
		a.Wake()
	}
	return there, err
}

// StopWave stops the wave that is under way, and tells whether there was one.
func (a *Admin) StopWave(ctx context.Context) (was bool, err error) {
	err = a.Store.Write(ctx, func(tx *sqldb.Tx) error {
		was, err = a.Store.StopWave(tx)
		return err
	})
	return was, err
}

// OrganizationByNPI returns an organisation's id and name; empty: there is none.
func (a *Admin) OrganizationByNPI(ctx context.Context, npi string) (id, name string, err error) {
	o, err := a.Store.OrganizationByNPI(a.Store.Read(ctx), npi)
	if o == nil || err != nil {
		return "", "", err
	}
	return o.ID, o.Name, nil
}

// LeftToInvite counts who was not invited yet, no further than most.
func (a *Admin) LeftToInvite(ctx context.Context, organization string, most int) (int, error) {
	return a.Store.LeftToInvite(a.Store.Read(ctx), organization, most)
}
