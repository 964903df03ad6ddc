package secret

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strings"
	"time"
)

// Token returns 256 random bits as 43 URL-safe characters (ASVS 7.2.3, 11.5.1).
func Token() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ID returns a random identifier of 26 characters and at least 128 bits.
func ID() string { return strings.ToLower(rand.Text()) }

var timeAlphabet = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// TimeID returns an identifier that sorts by the millisecond of at: 48 bits of
// time and 72 random bits in 24 characters.
func TimeID(at time.Time) string {
	var b [15]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16)
	rand.Read(b[6:])
	return timeAlphabet.EncodeToString(b[:])
}

// TimeIDFrom returns the least identifier that TimeID makes at that millisecond.
func TimeIDFrom(at time.Time) string {
	var b [15]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16)
	return timeAlphabet.EncodeToString(b[:])
}

// Code returns n uniformly random decimal digits, 6 to 10 (NIST-OOB-2, TM-05).
func Code(n int) string {
	var s strings.Builder
	ten := big.NewInt(10)
	for range n {
		d, err := rand.Int(rand.Reader, ten)
		if err != nil {
			panic(err) // crypto/rand.Reader never fails (Go 1.24)
		}
		s.WriteByte(byte('0' + d.Int64()))
	}
	return s.String()
}

// RegistrationCode returns a code of 13 letters and digits that are hard to
// confuse, in groups, with 65 random bits (T-05: at least 60).
func RegistrationCode() string {
	const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ" // 32: without 0, 1, I, O
	raw := Salt(13)
	for i := range raw {
		raw[i] = letters[raw[i]%32]
	}
	return string(raw[:4]) + "-" + string(raw[4:8]) + "-" + string(raw[8:])
}

// Salt returns n random bytes.
func Salt(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// Jitter returns a random duration in [0, d), for back-off.
func Jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	n, err := rand.Int(rand.Reader, big.NewInt(int64(d)))
	if err != nil {
		panic(err) // crypto/rand.Reader never fails (Go 1.24)
	}
	return time.Duration(n.Int64())
}

// TimeOfID returns the time in an id that TimeID made.
func TimeOfID(id string) (time.Time, bool) {
	b, err := timeAlphabet.DecodeString(id)
	if err != nil || len(b) != 15 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b[:8]) >> 16)).UTC(), true
}
