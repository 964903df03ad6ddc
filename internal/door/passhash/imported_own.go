package passhash

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"strconv"
	"strings"

	"sallyport/internal/secret"
)

// readDjango: pbkdf2_sha256$ROUNDS$SALT$BASE64 (Django, PBKDF2PasswordHasher).
func readDjango(stored string) (check, error) {
	parts := strings.Split(stored, "$")
	rounds, err1 := strconv.Atoi(parts[1])
	key, err2 := base64.StdEncoding.DecodeString(parts[3])
	if err1 != nil || err2 != nil || rounds < 1 || len(key) < 16 {
		return nil, ErrFormat
	}
	digest := sha256.New
	if parts[0] == "pbkdf2_sha1" {
		digest = sha1.New
	}
	return checkPBKDF2(digest, []byte(parts[2]), rounds, key), nil
}

// readSSHA: {SSHA}, {SSHA256}, {SSHA512} with digest and salt in one base64 (RFC 2307's
// userPassword as LDAP servers keep it).
func readSSHA(stored string) (check, error) {
	scheme, text, _ := strings.Cut(strings.TrimPrefix(stored, "{"), "}")
	digest := map[string]func() hash.Hash{"SSHA": sha1.New, "SSHA256": sha256.New, "SSHA512": sha512.New}[scheme]()
	raw, err := base64.StdEncoding.DecodeString(text)
	size := digest.Size()
	if err != nil || len(raw) < size+4 || len(raw) > size+64 {
		return nil, ErrFormat
	}
	return func(password string) (bool, error) {
		digest.Reset()
		digest.Write([]byte(password))
		digest.Write(raw[size:])
		return secret.Equal(digest.Sum(nil), raw[:size]), nil
	}, nil
}

// mostRounds caps ASP.NET's iteration count; today's default is 100,000.
const mostRounds = 2_000_000

// readASPNET: the two layouts of ASP.NET Identity's PasswordHasher. Version 2 is
// 0x00, salt 16, key 32: PBKDF2-HMAC-SHA1, 1000 rounds. Version 3 is 0x01, then
// PRF, rounds and salt length as big-endian 32-bit numbers, salt, key.
func readASPNET(stored string) (check, error) {
	raw, err := base64.StdEncoding.DecodeString(stored)
	if err != nil || len(raw) < 13 {
		return nil, ErrFormat
	}
	if raw[0] == 0 {
		if len(raw) != 1+16+32 {
			return nil, ErrFormat
		}
		return checkPBKDF2(sha1.New, raw[1:17], 1000, raw[17:]), nil
	}
	prf, rounds, saltSize := binary.BigEndian.Uint32(raw[1:]), binary.BigEndian.Uint32(raw[5:]), binary.BigEndian.Uint32(raw[9:])
	digests := []func() hash.Hash{sha1.New, sha256.New, sha512.New}
	if raw[0] != 1 || prf > 2 || rounds < 1 || saltSize < 16 || saltSize > 64 || len(raw) < 13+int(saltSize)+16 || len(raw) > 13+int(saltSize)+64 {
		return nil, ErrFormat
	}
	if rounds > mostRounds {
		return nil, ErrCost
	}
	salt, key := raw[13:13+saltSize], raw[13+saltSize:]
	return checkPBKDF2(digests[prf], salt, int(rounds), key), nil
}

func checkPBKDF2(digest func() hash.Hash, salt []byte, rounds int, key []byte) check {
	return func(password string) (bool, error) {
		made, err := pbkdf2.Key(digest, password, salt, rounds, len(key))
		if err != nil {
			return false, ErrFormat
		}
		return secret.Equal(made, key), nil
	}
}
