package store

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

// What an import may write over the password that an owner left.
func TestImportedHash(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		write(t, s, func(tx *sqldb.Tx) error {
			for _, id := range []string{"untouched", "undone", "replaced", "early"} {
				if err := s.InsertAccount(tx, imported(id, "first")); err != nil {
					return err
				}
			}
			_, err := tx.Exec(`UPDATE account SET old_password_replaced_at = $1 WHERE id = 'early'`, sqldb.Micros(tx.Now)) // as the migration does
			return err
		})
		before := c.Now()
		c.add(time.Hour)
		write(t, s, func(tx *sqldb.Tx) error {
			if _, err := s.BecomeHalf(tx, "undone", 5, "undone@thief.example", "$x", account.EmailMethod); err != nil {
				return err
			}
			if _, err := s.UndoRegistration(tx, "undone"); err != nil {
				return err
			}
			if _, err := s.SetOldPassword(tx, "replaced", 5, "chosen"); err != nil {
				return err
			}
			_, err := s.SetOldPassword(tx, "replaced", 6, "chosen again")
			return err
		})
		c.add(time.Hour)
		for _, tc := range []struct {
			id, file      string
			firstImported time.Time
			kept, why     string
		}{
			{"untouched", "first", before, "first", ""},
			{"untouched", "second", before, "second", ""},
			{"untouched", "", before, "", ""},
			{"undone", "first", before, "", KeptUndone},
			{"undone", "second", c.Now(), "", KeptUndone},
			{"undone", "", c.Now(), "", ""},
			{"replaced", "first", c.Now(), "chosen again", KeptReplaced},
			{"replaced", "chosen", c.Now(), "chosen again", KeptReplaced},
			{"replaced", "chosen again", before, "chosen again", ""},
			{"replaced", "second", before, "chosen again", KeptReplaced},
			{"replaced", "", c.Now(), "chosen again", ""},
			{"replaced", "second", c.Now(), "second", ""},
			{"early", "second", c.Now(), "first", KeptReplaced},
		} {
			write(t, s, func(tx *sqldb.Tx) error {
				found, err := s.OldPasswords(tx, []string{"untouched", "undone", "replaced", "early", "nobody"})
				if err != nil || len(found) != 4 {
					t.Fatalf("%v, %v", found, err)
				}
				if kept, why := s.ImportedHash(found[tc.id], tc.file, tc.firstImported); kept != tc.kept || why != tc.why {
					t.Errorf("%+v: %q, %q", tc, kept, why)
				}
				return nil
			})
		}
	})
}

// The upgrade learns from the audit log who undid a registration and who replaced a password,
// revokes again what an import restored since, and drops decoys that cost too much.
func TestUpgradeKnowsRevokedOldPasswords(t *testing.T) {
	t.Parallel()
	before := fstest.MapFS{}
	for _, dialect := range []string{"sqlite", "postgres"} {
		list, err := fs.ReadDir(Migrations, dialect)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range list {
			if name := dialect + "/" + entry.Name(); entry.Name() < "0015" {
				text, err := fs.ReadFile(Migrations, name)
				if err != nil {
					t.Fatal(err)
				}
				before[name] = &fstest.MapFile{Data: text}
			}
		}
	}
	const rest = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	cheap := []string{oldBcrypt, "$argon2id$v=19$m=262144,t=3,p=4" + rest, "$scrypt$ln=17,r=16,p=3" + rest, "$scrypt$ln=14,r=8,p=1" + rest}
	costly := []string{"$argon2id$v=19$m=1048576,t=1,p=1" + rest, "$argon2i$v=19$m=262144,t=4,p=1" + rest, "$scrypt$ln=17,r=16,p=4" + rest}
	sqldbtest.Each(t, before, func(t *testing.T, address string) {
		s := &Store{DB: sqldbtest.Open(t, address, time.Now), Keys: secret.NewKeys()}
		write(t, s, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(`INSERT INTO organization (id, name, npi, active, created_at) VALUES ('o', 'O', '1', TRUE, 0)`); err != nil {
				return err
			}
			for id, events := range map[string][]string{"untouched": nil, "undone": {"registration.undone"}, "replaced": {"password.reset"}, "helped": {"registration.undone", "password.reset"}} {
				if _, err := tx.Exec(`INSERT INTO account (id, organization_id, username, email, first_name, last_name, role, state, method, password_hash, epoch, created_at, old_password_hash)
					VALUES ($1, 'o', $1, $1, 'J', 'O', 'user', 'imported', '', '', 1, 0, $2)`, id, oldBcrypt); err != nil {
					return err
				}
				for n, event := range events {
					if _, err := tx.Exec(`INSERT INTO audit (id, at, type, account_id, journey_id, address, detail, mac) VALUES ($1, $2, $3, $4, '', '', $5, $6)`,
						id+event, 1000+n, event, id, `{"of":"the old portal"}`, []byte("m")); err != nil {
						return err
					}
				}
			}
			for n, hash := range append(append([]string(nil), cheap...), costly...) {
				if _, err := tx.Exec(`INSERT INTO decoy (shape, hash) VALUES ($1, $2)`, strings.Repeat("s", n+1), hash); err != nil {
					return err
				}
			}
			return nil
		})
		if _, err := s.DB.Migrate(t.Context(), Migrations); err != nil {
			t.Fatal(err)
		}
		write(t, s, func(tx *sqldb.Tx) error {
			found, err := s.OldPasswords(tx, []string{"untouched", "undone", "replaced", "helped"})
			if err != nil {
				return err
			}
			for id, want := range map[string]OldPassword{"untouched": {Hash: oldBcrypt}, "undone": {Undone: true}, "replaced": {Hash: oldBcrypt, ReplacedAt: sqldb.Time(1000)},
				"helped": {Hash: oldBcrypt, Undone: true, ReplacedAt: sqldb.Time(1001)}} {
				if p := found[id]; p.Hash != want.Hash || p.Undone != want.Undone || !p.ReplacedAt.Equal(want.ReplacedAt) {
					t.Errorf("%s: %+v, want %+v", id, p, want)
				}
			}
			return nil
		})
		decoys, err := s.Decoys(s.Read(t.Context()))
		if err != nil || strings.Join(decoys, "\n") != strings.Join(cheap, "\n") {
			t.Errorf("decoys %q, %v", decoys, err)
		}
	})
}
