package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// Hash returns the keyed hash (HMAC-SHA-256) of parts under a key of this
// purpose alone. Parts are length-prefixed: ("ab","c") and ("a","bc") differ.
func (k *Keys) Hash(purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, k.derive("hash "+purpose))
	var size [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		mac.Write(size[:])
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}

// HashText is Hash as 43 URL-safe characters, for cookies and derived tokens.
func (k *Keys) HashText(purpose string, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(k.Hash(purpose, parts...))
}

// Equal compares in constant time (ASVS 11.2.4).
func Equal(a, b []byte) bool { return hmac.Equal(a, b) }
