package store

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"sallyport/internal/sqldb"
)

func TestClients(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		write(t, s, func(tx *sqldb.Tx) error {
			if err := s.InsertClient(tx, &ClientRow{ID: "client-1", Name: "Scheduling", Secret: []byte("one"), Settings: []byte(`{"x":1}`)}); err != nil {
				return err
			}
			return s.InsertClient(tx, &ClientRow{ID: "client-2", Name: "App", Settings: []byte(`{}`)})
		})
		err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
			return s.InsertClient(tx, &ClientRow{ID: "client-1", Settings: []byte(`{}`)})
		})
		if !sqldb.Duplicate(err) {
			t.Errorf("a taken id: %v", err)
		}
		write(t, s, func(tx *sqldb.Tx) error {
			if ok, err := s.RotateClientSecret(tx, "client-1", []byte("two"), c.Now().Add(time.Hour)); !ok || err != nil {
				t.Errorf("rotate: %v, %v", ok, err)
			}
			if ok, err := s.RotateClientSecret(tx, "client-2", []byte("two"), c.Now()); ok || err != nil {
				t.Errorf("rotate a public client: %v, %v", ok, err)
			}
			return nil
		})
		got, err := s.ClientByID(s.Read(t.Context()), "client-1")
		if err != nil || got.Name != "Scheduling" || !bytes.Equal(got.Secret, []byte("two")) || !bytes.Equal(got.OldSecret, []byte("one")) ||
			!got.OldSecretUntil.Equal(c.Now().Add(time.Hour)) || string(got.Settings) != `{"x":1}` || !got.CreatedAt.Equal(c.Now()) {
			t.Errorf("%+v %v", got, err)
		}
		if all, err := s.Clients(s.Read(t.Context())); err != nil || len(all) != 2 || all[0].Name != "App" || all[0].Secret != nil {
			t.Errorf("%+v %v", all, err)
		}
		seed(t, s)
		addGrants(t, s, grant("g", "client-1", "sid", c))
		write(t, s, func(tx *sqldb.Tx) error {
			for _, want := range []bool{true, false} {
				if there, err := s.DeleteClient(tx, "client-1"); there != want || err != nil {
					t.Errorf("delete: %v, %v", there, err)
				}
			}
			return nil
		})
		if g, a, err := s.GrantByID(s.Read(t.Context()), "g"); err != nil || g.Stands(c.Now(), a) {
			t.Errorf("what the client had stands: %v", err)
		}
	})
}

// OIDC-10: private keys are sealed, and a generation is made once.
func TestSigningKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		add := func(id string, generation int64) error {
			return s.Write(t.Context(), func(tx *sqldb.Tx) error {
				return s.InsertSigningKey(tx, &SigningKey{ID: id, Algorithm: "ES256", Generation: generation, Private: []byte("private of " + id), SignsFrom: c.Now()})
			})
		}
		if err := errors.Join(add("k1", 1), add("k2", 2)); err != nil {
			t.Fatal(err)
		}
		if !sqldb.Duplicate(add("k3", 2)) {
			t.Error("two keys of one generation")
		}
		var raw []byte
		if err := s.Read(t.Context()).QueryRow(`SELECT private FROM signing_key WHERE kid = 'k1'`).Scan(&raw); err != nil || bytes.Contains(raw, []byte("private of")) {
			t.Errorf("the private key lies open: %v", err)
		}
		write(t, s, func(tx *sqldb.Tx) error { return s.WithdrawSigningKeys(tx, "ES256", 2) })
		keys, err := s.SigningKeys(s.Read(t.Context()))
		if err != nil || len(keys) != 2 || !keys[0].Withdrawn || keys[1].Withdrawn || string(keys[1].Private) != "private of k2" {
			t.Errorf("%+v %v", keys, err)
		}
		write(t, s, func(tx *sqldb.Tx) error { return s.DeleteSigningKey(tx, "k1") })
		if keys, _ := s.SigningKeys(s.Read(t.Context())); len(keys) != 1 {
			t.Errorf("%d keys", len(keys))
		}
	})
}

func TestPushedRequestsAndProofs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		write(t, s, func(tx *sqldb.Tx) error {
			if err := s.InsertPushedRequest(tx, "r", "a", []byte("scope=openid"), c.Now().Add(time.Minute)); err != nil {
				return err
			}
			return s.InsertPushedRequest(tx, "r2", "a", []byte("x"), c.Now().Add(time.Minute))
		})
		read := func(id, client string) string {
			t.Helper()
			text, err := s.PushedRequest(s.Read(t.Context()), id, client)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		if read("r", "a") != "scope=openid" || read("r", "b") != "" || read("x", "a") != "" {
			t.Error("not what was pushed, or somebody else's")
		}
		write(t, s, func(tx *sqldb.Tx) error { return s.SpendPushedRequest(tx, "r") })
		c.add(time.Minute)
		if read("r", "a") != "" || read("r2", "a") != "" {
			t.Error("spent or expired, and it works")
		}
		write(t, s, func(tx *sqldb.Tx) error {
			for _, want := range []bool{true, false} {
				if fresh, err := s.AddProof(tx, []byte("k"), c.Now()); fresh != want || err != nil {
					t.Errorf("proof: %v, %v", fresh, err)
				}
			}
			return nil
		})
		c.add(time.Second)
		if n, err := s.Sweep(t.Context()); err != nil || n != 2 {
			t.Errorf("swept %d, %v", n, err)
		}
	})
}
