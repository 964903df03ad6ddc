package secret

import (
	"crypto/ed25519"

	"golang.org/x/mod/sumdb/note"
)

// NoteSigner signs notes (golang.org/x/mod/sumdb/note, Ed25519) with a key that is
// derived from the index key for this name.
type NoteSigner struct {
	private  ed25519.PrivateKey
	verifier note.Verifier
	public   string
}

// NoteSigner returns the signer of a name, which has neither spaces nor plus signs.
func (k *Keys) NoteSigner(name string) (*NoteSigner, error) {
	private := ed25519.NewKeyFromSeed(k.derive("note signer " + name))
	public, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(public)
	return &NoteSigner{private, verifier, public}, err
}

// Name is the name in signatures.
func (s *NoteSigner) Name() string { return s.verifier.Name() }

// KeyHash tells keys of one name apart.
func (s *NoteSigner) KeyHash() uint32 { return s.verifier.KeyHash() }

// Sign signs a note's text.
func (s *NoteSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.private, text), nil }

// Verifier checks signatures.
func (s *NoteSigner) Verifier() note.Verifier { return s.verifier }

// Public is the key with which anybody checks signatures, as text.
func (s *NoteSigner) Public() string { return s.public }
