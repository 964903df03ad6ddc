package passhash

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"sallyport/internal/secret"
)

// Cost is what one argon2id hash takes. Lanes are always 1.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
}

// LongestPassword in code points; longer ones are refused before hashing (NIST-PW-2, T-29).
const LongestPassword = 256

const (
	saltBytes = 16
	keyBytes  = 32
	// The most that a stored hash may ask for: a hash that somebody planted must
	// not take the machine.
	mostMemory = 1 << 20 // KiB
	mostPasses = 10
)

// ErrFormat means that a stored hash is none that we know.
var ErrFormat = errors.New("passhash: unknown hash format")

// Hash returns the PHC string of a password: NFC, every code point of it (NIST-PW-2).
func Hash(password string, cost Cost) string {
	return encode(password, secret.Salt(saltBytes), cost)
}

// Decoy returns a hash with the given cost that no password matches. Checking
// against it takes as long as checking against a real one (T-01, T-30).
func Decoy(cost Cost) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, cost.MemoryKiB, cost.Passes,
		b64.EncodeToString(secret.Salt(saltBytes)), b64.EncodeToString(secret.Salt(keyBytes)))
}

// Verify tells whether password is the one that made hash, in constant time
// once the hash is read.
func Verify(password, hash string) (bool, error) {
	cost, salt, key, err := decode(hash)
	if err != nil {
		return false, err
	}
	if TooLong(password) {
		return false, nil
	}
	return secret.Equal(key, derive(password, salt, cost, len(key))), nil
}

// TooLong tells whether a password is longer than any that we take.
func TooLong(password string) bool {
	return len(password) > 4*LongestPassword || utf8.RuneCountInString(password) > LongestPassword
}

func encode(password string, salt []byte, cost Cost) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, cost.MemoryKiB, cost.Passes,
		b64.EncodeToString(salt), b64.EncodeToString(derive(password, salt, cost, keyBytes)))
}

func derive(password string, salt []byte, cost Cost, size int) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, cost.Passes, cost.MemoryKiB, 1, uint32(size))
}

func decode(hash string) (cost Cost, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost, nil, nil, ErrFormat
	}
	var lanes int
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.MemoryKiB, &cost.Passes, &lanes); n != 3 || err != nil || lanes != 1 {
		return cost, nil, nil, ErrFormat
	}
	if cost.MemoryKiB < 8 || cost.MemoryKiB > mostMemory || cost.Passes < 1 || cost.Passes > mostPasses {
		return cost, nil, nil, ErrFormat
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(key) < 16 || len(key) > 64 {
		return cost, nil, nil, ErrFormat
	}
	return cost, salt, key, nil
}
