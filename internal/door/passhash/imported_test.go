package passhash

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vectors are published ones: where only key bytes are published, they are
// written in the format's own way.
func vectors(t *testing.T) map[string][2]string {
	raw, std := base64.RawStdEncoding, base64.StdEncoding
	// PBKDF2-HMAC-SHA-256, "password", "salt", 4096 rounds: the SHA-256 companion of RFC 6070's vectors.
	pbkdf2Key := unhex(t, "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a")
	// RFC 7914 section 12: scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1, 64).
	scryptKey := unhex(t, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")
	return map[string][2]string{
		"bcrypt, crypt_blowfish 1.3":     {"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		"argon2id, reference test.c":     {"password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"},
		"argon2i, reference test.c":      {"password", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"},
		"sha256-crypt, Drepper":          {"Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
		"sha512-crypt, Drepper":          {"Hello world!", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
		"PBKDF2-SHA256, passlib":         {"password", "$pbkdf2-sha256$4096$c2FsdA$" + strings.ReplaceAll(raw.EncodeToString(pbkdf2Key), "+", ".")},
		"PBKDF2-SHA256, Django":          {"password", "pbkdf2_sha256$4096$salt$" + std.EncodeToString(pbkdf2Key)},
		"scrypt, RFC 7914":               {"pleaseletmein", "$scrypt$ln=14,r=8,p=1$" + raw.EncodeToString([]byte("SodiumChloride")) + "$" + raw.EncodeToString(scryptKey)},
		"SSHA, passlib":                  {"password", "{SSHA}pKqkNr1tq3wtQqk+UcPyA3HnA2NsU5NJ"},
		"ASP.NET Identity v2, its tests": {"my password", "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg=="},
		"ASP.NET Identity v3, its tests": {"my password", "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="},
	}
}

func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	for name, v := range vectors(t) {
		if ok, err := VerifyImported(v[0], v[1]); !ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
		if ok, err := VerifyImported(v[0]+" ", v[1]); ok || err != nil {
			t.Errorf("%s, wrong password: %v, %v", name, ok, err)
		}
		if ok, err := VerifyImported("", v[1]); ok || err != nil {
			t.Errorf("%s, no password: %v, %v", name, ok, err)
		}
	}
}

// What costs too much, is cut short, or is no hash at all, is refused before
// anything is computed. Plain text above all.
func TestRefusedBeforeComputing(t *testing.T) {
	t.Parallel()
	v3 := func(rounds byte) string {
		raw := append([]byte{1, 0, 0, 0, 1, rounds, 0, 0, 1, 0, 0, 0, 16}, make([]byte, 48)...)
		return base64.StdEncoding.EncodeToString(raw)
	}
	costly := []string{"bcrypt cost 31", "argon2 4 GiB", "argon2 99 passes", "pbkdf2 9,999,999", "django 9,999,999", "scrypt ln=30", "sha-crypt 9,999,999", "asp.net 4 thousand M"}
	for name, hash := range map[string]string{
		"plain text":           "Portal-Pass-2020",
		"plain text scheme":    "$plaintext$Portal-Pass-2020",
		"base64 text scheme":   "$base64$UG9ydGFs",
		"empty":                "",
		"bcrypt cost 31":       "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"argon2 4 GiB":         "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"argon2 99 passes":     "$argon2id$v=19$m=65536,t=99,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"pbkdf2 9,999,999":     "$pbkdf2-sha256$9999999$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o",
		"django 9,999,999":     "pbkdf2_sha256$9999999$salt$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o=",
		"scrypt ln=30":         "$scrypt$ln=30,r=8,p=1$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o",
		"sha-crypt 9,999,999":  "$5$rounds=9999999$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
		"asp.net 4 thousand M": v3(0xff),
		"asp.net cut":          "AQAAAAEAACcQ",
		"md5-crypt":            "$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1",
		"unsalted sha":         "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
		"django short":         "pbkdf2_sha256$1000$salt$AAAA",
		"ssha short":           "{SSHA}AAAA",
		"long":                 "{SSHA}" + strings.Repeat("A", 600),
	} {
		if ok, err := VerifyImported("password", hash); ok || !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
		if Known(hash) != "" || Shape(hash) != "" || DecoyLike(hash) != "" {
			t.Errorf("%s is known as %s, and has the decoy %q", name, Known(hash), DecoyLike(hash))
		}
		if err := CheckImportable(hash); errors.Is(err, ErrCost) != slices.Contains(costly, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// T-01, T-30: a decoy has the shape and the cost of the real one, and no password.
func TestDecoysAreLikeTheReal(t *testing.T) {
	t.Parallel()
	for name, v := range vectors(t) {
		decoy := DecoyLike(v[1])
		if decoy == v[1] || len(decoy) != len(v[1]) || Shape(decoy) != Shape(v[1]) || Shape(decoy) == "" {
			t.Errorf("%s: %s for %s, shapes %q %q", name, decoy, v[1], Shape(decoy), Shape(v[1]))
		}
		if ok, err := VerifyImported(v[0], decoy); ok || err != nil {
			t.Errorf("%s: the decoy: %v, %v", name, ok, err)
		}
	}
	if Shape("nonsense") != "" || DecoyLike("nonsense") != "" {
		t.Error("nonsense has a shape")
	}
	if Shape(vectors(t)["scrypt, RFC 7914"][1]) == Shape(vectors(t)["SSHA, passlib"][1]) {
		t.Error("two formats have one shape")
	}
}

// A hash of an old portal may take 256 MiB and about a second. What costs more is not
// imported, and no decoy is like it: unknown users would cost as much.
func TestCostOfImportedHashes(t *testing.T) {
	t.Parallel()
	const scryptRest, argonRest = "$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o", "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for hash, cheap := range map[string]bool{
		"$argon2id$v=19$m=262144,t=3,p=4" + argonRest:  true, // libsodium's moderate cost
		"$argon2id$v=19$m=65536,t=10,p=4" + argonRest:  true,
		"$argon2id$v=19$m=262145,t=1,p=1" + argonRest:  false,
		"$argon2id$v=19$m=262144,t=10,p=1" + argonRest: false,
		"$argon2id$v=19$m=1048576,t=1,p=1" + argonRest: false,
		"$argon2id$v=19$m=1048576,t=4,p=1" + argonRest: false, // libsodium's sensitive cost
		"$argon2d$v=19$m=1048576,t=1,p=1" + argonRest:  false,
		"$scrypt$ln=17,r=8,p=1" + scryptRest:           true,
		"$scrypt$ln=15,r=8,p=3" + scryptRest:           true,
		"$scrypt$ln=17,r=16,p=1" + scryptRest:          true,
		"$scrypt$ln=17,r=16,p=16" + scryptRest:         false,
		"$scrypt$ln=17,r=8,p=16" + scryptRest:          false,
		"$scrypt$ln=20,r=8,p=1" + scryptRest:           false,
	} {
		if got := Known(hash) != ""; got != cheap {
			t.Errorf("%s is imported: %v, want %v", hash, got, cheap)
		}
		if got := Shape(hash) != "" && DecoyLike(hash) != ""; got != cheap {
			t.Errorf("%s has a decoy: %v, want %v", hash, got, cheap)
		}
	}
}

func FuzzVerifyImported(f *testing.F) {
	for _, seed := range []string{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "{SSHA}pKqkNr1tq3wtQqk+UcPyA3HnA2NsU5NJ",
		"AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg==", "pbkdf2_sha256$1$salt$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o=",
		"$scrypt$ln=1,r=1,p=1$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o", "$5$rounds=1000$x$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"} {
		f.Add("password", seed)
	}
	f.Fuzz(func(t *testing.T, password, hash string) {
		if expensive.MatchString(hash) {
			return
		}
		if ok, err := VerifyImported(password, hash); ok && err != nil {
			t.Error("right and wrong at once")
		}
		if decoy := DecoyLike(hash); decoy != "" && len(decoy) != len(hash) {
			t.Errorf("the decoy of %q has another length", hash)
		}
	})
}

// expensive hashes are allowed, and too slow to fuzz.
var expensive = regexp.MustCompile(`^\$2.\$(0[8-9]|1)|m=\d{4}|t=\d\d|\$\d{5}|ln=1\d|r=\d\d|p=\d\d|rounds=\d{5}|^A`)

// Whatever is typed is right or wrong, never our trouble.
func TestOddPasswordsAreOnlyWrong(t *testing.T) {
	t.Parallel()
	for name, v := range vectors(t) {
		for _, odd := range []string{strings.Repeat("x", 73), strings.Repeat("ü", LongestPassword), "\x00", "a\x00b", "\xff\xfe", strings.Repeat("y", LongestPassword+1)} {
			if ok, err := VerifyImported(odd, v[1]); ok || err != nil {
				t.Errorf("%s, %d bytes: %v, %v", name, len(odd), ok, err)
			}
		}
	}
}
