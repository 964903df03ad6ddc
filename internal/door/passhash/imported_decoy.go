package passhash

import (
	"encoding/base64"
	"fmt"
	"strings"

	"sallyport/internal/secret"
)

// Shape names an imported hash's format and everything that its cost depends on,
// so that hashes of one shape take equally long. Empty where the hash can't be imported:
// unknown users must never cost more than that allows.
func Shape(hash string) string {
	f, err := importable(hash)
	if err != nil {
		return ""
	}
	shape := f.name + " " + strings.Join(f.shape.FindStringSubmatch(hash)[1:], ",")
	if f.name == "aspnet" {
		raw, err := base64.StdEncoding.DecodeString(hash)
		if err != nil {
			return ""
		}
		head := 13
		if raw[0] == 0 {
			head = 1
		}
		shape += fmt.Sprintf("%x", raw[:head])
	}
	return fmt.Sprintf("%s (%d)", strings.TrimSpace(shape), len(hash))
}

var bcryptBase64 = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// DecoyLike returns a hash of the same shape that no password matches: the same
// but for its last part, which is random. Empty where Shape is.
func DecoyLike(hash string) string {
	f, err := importable(hash)
	if err != nil {
		return ""
	}
	switch f.name {
	case "bcrypt":
		return hash[:len(hash)-31] + bcryptBase64.EncodeToString(secret.Salt(23))
	case "ssha":
		return scramble(base64.StdEncoding, hash, strings.Index(hash, "}")+1, 0)
	case "aspnet":
		return scramble(base64.StdEncoding, hash, 0, 1+12+16)
	case "django":
		return scramble(base64.StdEncoding, hash, strings.LastIndex(hash, "$")+1, 0)
	case "sha-crypt":
		last := strings.LastIndex(hash, "$") + 1
		return hash[:last] + bcryptBase64.EncodeToString(secret.Salt(len(hash) - last))[:len(hash)-last]
	}
	return scramble(base64.RawStdEncoding, hash, strings.LastIndex(hash, "$")+1, 0)
}

// scramble replaces the bytes that the base64 from start holds, after keeping
// the first keep of them.
func scramble(encoding *base64.Encoding, hash string, start, keep int) string {
	raw, err := encoding.DecodeString(strings.ReplaceAll(hash[start:], ".", "+"))
	if err != nil || len(raw) <= keep {
		return ""
	}
	copy(raw[keep:], secret.Salt(len(raw)-keep))
	text := encoding.EncodeToString(raw)
	if strings.Contains(hash, "$pbkdf2") {
		text = strings.ReplaceAll(text, "+", ".")
	}
	return hash[:start] + text
}
