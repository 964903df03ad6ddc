package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

type sealKey struct {
	id   uint32
	aead cipher.AEAD
}

func newSealKey(id uint32, raw []byte) (sealKey, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return sealKey{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return sealKey{id, aead}, err
}

// ErrSealed is returned for bytes that no key of ours sealed for this place.
var ErrSealed = errors.New("sealed value does not open here")

// Seal encrypts plain with AES-256-GCM (ASVS 11.3.2). Place names where the value
// lives, as "table.column:row": moved to another row or column it does not open.
func (k *Keys) Seal(place string, plain []byte) []byte {
	head := binary.BigEndian.AppendUint32(nil, k.current.id)
	return k.current.aead.Seal(head, nil, plain, []byte(place))
}

// Open decrypts what Seal made for the same place, with whichever key sealed it.
func (k *Keys) Open(place string, sealed []byte) ([]byte, error) {
	if len(sealed) < 4 {
		return nil, ErrSealed
	}
	id := binary.BigEndian.Uint32(sealed)
	for _, key := range k.seals {
		if key.id != id {
			continue
		}
		plain, err := key.aead.Open(nil, nil, sealed[4:], []byte(place))
		if err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealed
}

// SealText and OpenText are Seal and Open in URL-safe characters, for what
// travels through a page.
func (k *Keys) SealText(place string, plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(k.Seal(place, plain))
}

// OpenText returns ErrSealed for anything that SealText did not make.
func (k *Keys) OpenText(place, sealed string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, ErrSealed
	}
	return k.Open(place, raw)
}
