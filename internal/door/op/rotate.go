package op

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// addKey makes the next key of an algorithm. Where another replica was first, its
// key is as good; but not where the present ones are compromised.
func (p *Provider) addKey(ctx context.Context, algorithm string, lead time.Duration, compromised bool) error {
	defer p.forgetRead()
	for {
		all, err := p.Store.SigningKeys(p.Store.Read(ctx))
		if err != nil {
			return err
		}
		next, err := p.newKey(algorithm, all) // may take a second: outside the transaction
		if err != nil {
			return err
		}
		err = p.Store.Write(ctx, func(tx *sqldb.Tx) error {
			next.SignsFrom = tx.Now.Add(lead)
			return p.putKey(tx, next, all, compromised)
		})
		if !sqldb.Duplicate(err) {
			return err
		}
		if !compromised {
			return nil
		}
	}
}

// newKey is the successor of the algorithm's newest of all.
func (p *Provider) newKey(algorithm string, all []*store.SigningKey) (*store.SigningKey, error) {
	signer, err := p.NewKey(algorithm)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, err
	}
	next := &store.SigningKey{ID: secret.ID(), Algorithm: algorithm, Generation: 1, Private: private}
	for _, k := range all {
		if k.Algorithm == algorithm {
			next.Generation = k.Generation + 1
		}
	}
	return next, nil
}

func (p *Provider) putKey(tx *sqldb.Tx, next *store.SigningKey, all []*store.SigningKey, compromised bool) error {
	if err := p.Store.InsertSigningKey(tx, next); err != nil {
		return err
	}
	detail := map[string]string{"algorithm": next.Algorithm, "key": next.ID, "withdrawn": fmt.Sprint(compromised)}
	if err := p.Store.Record(tx, audit.Row{Type: audit.KeysRotated, Detail: detail}); err != nil {
		return err
	}
	if compromised {
		return p.Store.WithdrawSigningKeys(tx, next.Algorithm, next.Generation)
	}
	return p.forgetOld(tx, all)
}

// forgetOld removes keys that signed their last token long ago.
func (p *Provider) forgetOld(tx *sqldb.Tx, all []*store.SigningKey) error {
	for i, k := range all {
		superseded := i+1 < len(all) && all[i+1].Algorithm == k.Algorithm && all[i+1].SignsFrom.Add(forgetTime).Before(tx.Now)
		if !superseded {
			continue
		}
		if err := p.Store.DeleteSigningKey(tx, k.ID); err != nil {
			return err
		}
	}
	return nil
}

// Rotate gives every algorithm a new key. The old ones stay published until
// nothing that they signed is of use any more; with compromised they are
// withdrawn at once, and the new ones sign at once.
func (p *Provider) Rotate(ctx context.Context, compromised bool) error {
	lead := leadTime
	if compromised {
		lead = 0
	}
	var errs []error
	for _, algorithm := range algorithms {
		errs = append(errs, p.addKey(ctx, algorithm, lead, compromised))
	}
	return errors.Join(errs...)
}

// Tend makes the keys that are missing and the successors that are due.
func (p *Provider) Tend(ctx context.Context) error {
	for _, algorithm := range algorithms {
		if _, err := p.signing(ctx, algorithm); err != nil {
			return err
		}
		keys, err := p.allKeys(ctx)
		if err != nil {
			return err
		}
		newest := slices.MaxFunc(slices.DeleteFunc(slices.Clone(keys), func(k *signingKey) bool { return k.Algorithm != algorithm }),
			func(a, b *signingKey) int { return int(a.Generation - b.Generation) })
		if p.Store.DB.Now().Sub(newest.CreatedAt) < p.Settings.RotateEvery {
			continue
		}
		p.Log.Info("signing key rotated on schedule", "algorithm", algorithm)
		if err := p.addKey(ctx, algorithm, leadTime, false); err != nil {
			return err
		}
	}
	return nil
}

// KeyStatus is one key as `sallyport keys list` shows it.
type KeyStatus struct {
	ID, Algorithm string
	State         string // next, signing, published, kept, withdrawn
	CreatedAt     time.Time
	SignsFrom     time.Time
}

// KeyList tells where each key stands.
func (p *Provider) KeyList(ctx context.Context) (list []KeyStatus, err error) {
	keys, err := p.allKeys(ctx)
	if err != nil {
		return nil, err
	}
	now := p.Store.DB.Now()
	seen := published(keys, now)
	for _, k := range keys {
		state := "kept"
		switch {
		case k.Withdrawn:
			state = "withdrawn"
		case k == current(keys, k.Algorithm, now):
			state = "signing"
		case now.Before(k.SignsFrom):
			state = "next"
		case slices.Contains(seen, k):
			state = "published"
		}
		list = append(list, KeyStatus{k.ID, k.Algorithm, state, k.CreatedAt, k.SignsFrom})
	}
	return list, nil
}
