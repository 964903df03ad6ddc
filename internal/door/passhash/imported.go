package passhash

import (
	"regexp"
	"strconv"
	"sync"

	"github.com/go-crypt/crypt"
	"github.com/go-crypt/crypt/algorithm/argon2"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/pbkdf2"
	"github.com/go-crypt/crypt/algorithm/scrypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// format is one kind of hash that an old portal may have kept. Its shape must
// match whole, and each number that it captures must be within 1 and its cap before
// anything is computed: an imported file must not be able to take the machine.
type format struct {
	name   string
	shape  *regexp.Regexp
	caps   []int // of the captured groups, in order
	verify func(password, hash string) (bool, error)
}

const (
	b64  = `[A-Za-z0-9+/.]`
	b64p = `[A-Za-z0-9+/]+={0,2}`
)

// formats are all that we import (product.md 3.2). Plain text is none of them.
var formats = []format{
	{"bcrypt", regexp.MustCompile(`^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$`), []int{14}, viaLibrary},
	{"argon2", regexp.MustCompile(`^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$` + b64 + `{11,88}\$` + b64 + `{16,88}$`), []int{mostMemory, mostPasses, 16}, viaLibrary},
	{"pbkdf2", regexp.MustCompile(`^\$pbkdf2(?:-sha1|-sha256|-sha512)?\$(\d{1,7})\$` + b64 + `{1,88}\$` + b64 + `{20,88}$`), []int{2_000_000}, viaLibrary},
	{"django", regexp.MustCompile(`^pbkdf2_(?:sha256|sha1)\$(\d{1,7})\$[!-#%-~]{1,64}\$` + b64p + `$`), []int{2_000_000}, verifyDjango},
	{"scrypt", regexp.MustCompile(`^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$` + b64 + `{1,88}\$` + b64 + `{20,88}$`), []int{17, 16, 16}, viaLibrary},
	{"sha-crypt", regexp.MustCompile(`^\$[56]\$(?:rounds=(\d{4,7})\$)?[^$:]{1,16}\$[./A-Za-z0-9]{43,86}$`), []int{1_000_000}, viaLibrary},
	{"ssha", regexp.MustCompile(`^\{SSHA(?:256|512)?\}` + b64p + `$`), nil, verifySSHA},
	{"aspnet", regexp.MustCompile(`^A[AQ]` + b64p + `$`), nil, verifyASPNET},
}

// find returns the format of a hash; nil where it is none, or costs too much.
func find(hash string) *format {
	if len(hash) > 512 {
		return nil
	}
	for i := range formats {
		match := formats[i].shape.FindStringSubmatch(hash)
		if match == nil {
			continue
		}
		for n, cap := range formats[i].caps {
			if value, err := strconv.Atoi(match[n+1]); match[n+1] != "" && (err != nil || value < 1 || value > cap) {
				return nil
			}
		}
		return &formats[i]
	}
	return nil
}

// Known returns the name of an imported hash's format, or "" where Verify would
// refuse it: the importer says so of the row.
func Known(hash string) string {
	if f := find(hash); f != nil {
		return f.name
	}
	return ""
}

// library reads the formats that go-crypt knows; its plain-text decoder is not
// registered, and must never be.
var library = sync.OnceValues(func() (*crypt.Decoder, error) {
	d := crypt.NewDecoder()
	for _, register := range []func(*crypt.Decoder) error{
		func(d *crypt.Decoder) error { return bcrypt.RegisterDecoder(d) },
		func(d *crypt.Decoder) error { return argon2.RegisterDecoder(d) },
		func(d *crypt.Decoder) error { return pbkdf2.RegisterDecoder(d) },
		func(d *crypt.Decoder) error { return scrypt.RegisterDecoderScrypt(d) },
		func(d *crypt.Decoder) error { return shacrypt.RegisterDecoder(d) },
	} {
		if err := register(d); err != nil {
			return nil, err
		}
	}
	return d, nil
})

func viaLibrary(password, hash string) (bool, error) {
	d, err := library()
	if err != nil {
		return false, err
	}
	digest, err := d.Decode(hash)
	if err != nil {
		return false, ErrFormat
	}
	return digest.MatchAdvanced(password)
}

// VerifyImported tells whether password is the one that made an old portal's
// hash. Old portals did not normalise, so the password is taken as typed.
func VerifyImported(password, hash string) (bool, error) {
	f := find(hash)
	if f == nil {
		return false, ErrFormat
	}
	if TooLong(password) {
		return false, nil
	}
	return f.verify(password, hash)
}
