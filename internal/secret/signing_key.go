package secret

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
)

// NewSigningKey makes a key pair for a JWS algorithm (RFC 7518): ES256 on P-256,
// RS256 with 3072 bits, which is 128 bits of strength (ASVS 11.2.3).
func NewSigningKey(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "RS256":
		return rsa.GenerateKey(rand.Reader, 3072)
	}
	return nil, fmt.Errorf("no signing algorithm %q", algorithm)
}
