package passhash

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
	"testing"
)

// Hashes as Keycloak keeps them (credentialData and secretData of a user export),
// written as docs/operator/moving-in.md says: longer keys than the digest's own.
func TestKeycloakHashes(t *testing.T) {
	t.Parallel()
	salt := []byte("0123456789abcdef")
	ab64 := func(raw []byte) string {
		return strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(raw), "+", ".")
	}
	for name, tc := range map[string]struct {
		digest func() hash.Hash
		rounds int
		size   int
	}{"sha256": {sha256.New, 27500, 64}, "sha512": {sha512.New, 1000, 64}} {
		key, err := pbkdf2.Key(tc.digest, "Portal-Pass-2020", salt, tc.rounds, tc.size)
		if err != nil {
			t.Fatal(err)
		}
		stored := fmt.Sprintf("$pbkdf2-%s$%d$%s$%s", name, tc.rounds, ab64(salt), ab64(key))
		if Known(stored) == "" {
			t.Fatalf("%s is not known", stored)
		}
		for password, want := range map[string]bool{"Portal-Pass-2020": true, "portal-pass-2020": false} {
			if got, err := VerifyImported(password, stored); got != want || err != nil {
				t.Errorf("%s %q: %v, %v", name, password, got, err)
			}
		}
	}
}
