package op

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Register adds a relying party and returns its id and its secret, which is shown
// this once; a public client's is empty. Ids begin like no person's sub
// (RFC9700-16).
func Register(ctx context.Context, s *store.Store, name string, settings ClientSettings) (id, text string, err error) {
	if len(settings.Scopes) == 0 {
		settings.Scopes = DefaultScopes
	}
	problems := settings.Problems()
	if strings.TrimSpace(name) == "" {
		problems = append(problems, "a client needs a name: people see it when they sign in")
	}
	if len(problems) > 0 {
		return "", "", fmt.Errorf("not registered: %s", strings.Join(problems, "; "))
	}
	row := &store.ClientRow{ID: "client-" + secret.ID(), Name: name}
	if row.Settings, err = json.Marshal(settings); err != nil {
		return "", "", err
	}
	if !settings.Public {
		text = secret.Token()
		row.Secret = SecretHash(s.Keys, row.ID, text)
	}
	err = s.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.InsertClient(tx, row); err != nil {
			return err
		}
		return s.Record(tx, audit.Row{Type: audit.ClientAdded, Detail: map[string]string{"client": row.ID, "name": name}})
	})
	return row.ID, text, err
}

// RotateSecret gives a client a new secret; the present one works for keep.
func RotateSecret(ctx context.Context, s *store.Store, id string, keep time.Duration) (text string, err error) {
	text = secret.Token()
	err = s.Write(ctx, func(tx *sqldb.Tx) error {
		done, err := s.RotateClientSecret(tx, id, SecretHash(s.Keys, id, text), tx.Now.Add(keep))
		if err == nil && !done {
			err = fmt.Errorf("there is no confidential client %q; those of the configuration are changed there", id)
		}
		if err != nil {
			return err
		}
		return s.Record(tx, audit.Row{Type: audit.ClientRotated, Detail: map[string]string{"client": id, "old_works_for": keep.String()}})
	})
	return text, err
}

// Remove ends a registration and everything that the client has.
func Remove(ctx context.Context, s *store.Store, id string) error {
	return s.Write(ctx, func(tx *sqldb.Tx) error {
		there, err := s.DeleteClient(tx, id)
		if err == nil && !there {
			err = fmt.Errorf("there is no client %q; those of the configuration are removed there", id)
		}
		if err != nil {
			return err
		}
		return s.Record(tx, audit.Row{Type: audit.ClientRemoved, Detail: map[string]string{"client": id}})
	})
}
