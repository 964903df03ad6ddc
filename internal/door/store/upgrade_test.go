package store

import (
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

// A database of the first release keeps its people: what an imported account had
// for a password becomes the old portal's hash, its address the one on file.
func TestUpgradeFromTheFirstSchema(t *testing.T) {
	t.Parallel()
	first := fstest.MapFS{}
	for _, name := range []string{"sqlite/0001_door.sql", "postgres/0001_door.sql"} {
		text, err := fs.ReadFile(Migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		first[name] = &fstest.MapFile{Data: text}
	}
	sqldbtest.Each(t, first, func(t *testing.T, address string) {
		s := &Store{DB: sqldbtest.Open(t, address, time.Now), Keys: secret.NewKeys()}
		write(t, s, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(`INSERT INTO organization (id, name, npi, active, created_at) VALUES ('o', 'O', '1', TRUE, 0)`); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO account (id, organization_id, username, email, first_name, last_name, role, state, method, password_hash, epoch, created_at)
				VALUES ('i', 'o', 'jo', 'jo@x.example', 'J', 'O', 'user', 'imported', '', '$2b$old', 1, 0), ('r', 'o', 'da', 'da@x.example', 'D', 'A', 'user', 'registered', 'email', '$argon2id$new', 1, 0)`)
			return err
		})
		if _, err := s.DB.Migrate(t.Context(), Migrations); err != nil {
			t.Fatal(err)
		}
		imported, err := s.AccountByUsername(s.Read(t.Context()), "jo")
		if err != nil || imported.OldHash != "$2b$old" || imported.PasswordHash != "" || imported.FileEmail != "jo@x.example" {
			t.Errorf("imported: %+v, %v", imported, err)
		}
		registered, err := s.AccountByID(s.Read(t.Context()), "r")
		if err != nil || registered.PasswordHash != "$argon2id$new" || registered.OldHash != "" {
			t.Errorf("registered: %+v, %v", registered, err)
		}
	})
}
