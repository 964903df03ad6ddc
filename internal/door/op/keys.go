package op

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/internal/door/store"
)

// algorithms that tokens are signed with, the default first. RS256 is there
// because certification asks for it (conflict C-1).
var algorithms = []string{"ES256", "RS256"}

const (
	// leadTime is how long a new key is published before it signs, so that
	// everybody who keeps our keys has fetched it: longer than keysMaxAge.
	leadTime = 10 * time.Minute
	// afterTime is how long a key is published after its successor began to sign.
	afterTime = 24 * time.Hour
	// forgetTime is when it is forgotten: until then an old ID token still
	// serves as a hint at sign-out.
	forgetTime = 30 * 24 * time.Hour
	// keysMaxAge is how long relying parties may keep our keys.
	keysMaxAge = 5 * time.Minute
	// keysReread is how old what this replica knows of the keys may be.
	keysReread = 10 * time.Second
)

// keyRing keeps the keys that were read last.
type keyRing struct {
	mu   sync.Mutex
	at   time.Time
	keys []*signingKey
}

// signingKey is a key pair ready for use.
type signingKey struct {
	store.SigningKey
	signer crypto.Signer
}

func (k *signingKey) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.signer.Public(), KeyID: k.ID, Algorithm: k.Algorithm, Use: "sig"}
}

// signing returns the key that signs with this algorithm now, and makes the first.
func (p *Provider) signing(ctx context.Context, algorithm string) (*signingKey, error) {
	for range 2 {
		keys, err := p.allKeys(ctx)
		if err != nil {
			return nil, err
		}
		if k := current(keys, algorithm, p.Store.DB.Now()); k != nil {
			return k, nil
		}
		if err := p.addKey(ctx, algorithm, 0, false); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("no signing key for %s", algorithm)
}

// current is the newest key that signs already.
func current(keys []*signingKey, algorithm string, now time.Time) (found *signingKey) {
	for _, k := range keys {
		if k.Algorithm == algorithm && !k.Withdrawn && !now.Before(k.SignsFrom) {
			found = k
		}
	}
	return found
}

// published are the keys that relying parties may see: those that sign, those
// that will, and those that did until lately.
func published(keys []*signingKey, now time.Time) (list []*signingKey) {
	for _, k := range keys {
		if !k.Withdrawn && now.Before(supersededAt(keys, k).Add(afterTime)) {
			list = append(list, k)
		}
	}
	return list
}

// supersededAt is when the next key of the algorithm begins to sign; far away
// where there is none.
func supersededAt(keys []*signingKey, k *signingKey) time.Time {
	at := k.SignsFrom.AddDate(100, 0, 0)
	for _, next := range keys {
		if next.Algorithm == k.Algorithm && next.Generation > k.Generation && next.SignsFrom.Before(at) {
			at = next.SignsFrom
		}
	}
	return at
}

// allKeys reads the keys, seldom.
func (p *Provider) allKeys(ctx context.Context) ([]*signingKey, error) {
	p.keys.mu.Lock()
	defer p.keys.mu.Unlock()
	now := p.Store.DB.Now()
	if age := now.Sub(p.keys.at); p.keys.keys != nil && age >= 0 && age < keysReread {
		return p.keys.keys, nil
	}
	rows, err := p.Store.SigningKeys(p.Store.Read(ctx))
	if err != nil {
		return nil, err
	}
	var keys []*signingKey
	for _, row := range rows {
		parsed, err := x509.ParsePKCS8PrivateKey(row.Private)
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		signer, ok := parsed.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("signing key %s does not sign", row.ID)
		}
		keys = append(keys, &signingKey{*row, signer})
	}
	p.keys.at, p.keys.keys = now, keys
	return keys, nil
}

func (p *Provider) forgetRead() {
	p.keys.mu.Lock()
	p.keys.keys = nil
	p.keys.mu.Unlock()
}
