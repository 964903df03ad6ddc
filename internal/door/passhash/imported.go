package passhash

import (
	"fmt"
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
	name  string
	shape *regexp.Regexp
	caps  []int                         // of the captured groups, in order
	cost  func(n []int) (kib, work int) // of those numbers; nil: the caps bound it
	// read parses a hash without computing anything.
	read func(hash string) (check, error)
}

// check tells whether a password is the one that made the hash that was read.
type check func(password string) (bool, error)

const (
	b64  = `[A-Za-z0-9+/.]`
	b64p = `[A-Za-z0-9+/]+={0,2}`
)

// What a new hash may cost (T-29). Unknown users cost as much, because they are checked
// against a decoy of a stored shape. Hashes that were stored before may cost what the
// formats' caps allow.
const (
	mostImportedKiB  = 256 << 10 // memory of one check
	mostImportedWork = 768 << 10 // KiB that one check fills in all its passes: about three seconds of one core
)

// formats are all that we import (product.md 3.2). Plain text is none of them.
var formats = []format{
	{"bcrypt", regexp.MustCompile(`^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$`), []int{14}, nil, readByLibrary},
	{"argon2", regexp.MustCompile(`^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$` + b64 + `{11,88}\$` + b64 + `{16,88}$`), []int{mostMemory, mostPasses, 16},
		func(n []int) (kib, work int) { return n[0], n[0] * n[1] }, readByLibrary},
	{"pbkdf2", regexp.MustCompile(`^\$pbkdf2(?:-sha1|-sha256|-sha512)?\$(\d{1,7})\$` + b64 + `{1,88}\$` + b64 + `{20,88}$`), []int{2_000_000}, nil, readByLibrary},
	{"django", regexp.MustCompile(`^pbkdf2_(?:sha256|sha1)\$(\d{1,7})\$[!-#%-~]{1,64}\$` + b64p + `$`), []int{2_000_000}, nil, readDjango},
	{"scrypt", regexp.MustCompile(`^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$` + b64 + `{1,88}\$` + b64 + `{20,88}$`), []int{17, 16, 16},
		func(n []int) (kib, work int) { kib = n[1] << n[0] / 8; return kib, kib * n[2] }, readByLibrary}, // 128·r·N bytes
	{"sha-crypt", regexp.MustCompile(`^\$[56]\$(?:rounds=(\d{4,7})\$)?[^$:]{1,16}\$[./A-Za-z0-9]{43,86}$`), []int{1_000_000}, nil, readByLibrary},
	{"ssha", regexp.MustCompile(`^\{SSHA(?:256|512)?\}` + b64p + `$`), nil, nil, readSSHA},
	{"aspnet", regexp.MustCompile(`^A[AQ]` + b64p + `$`), nil, nil, readASPNET},
}

// ErrCost means that checking a password against a hash costs too much. It is an ErrFormat.
var ErrCost = fmt.Errorf("passhash: the hash costs too much to check (%w)", ErrFormat)

// find returns the format of a hash and the numbers in it. The error is ErrCost where a
// number exceeds its cap.
func find(hash string) (*format, []int, error) {
	if len(hash) > 512 {
		return nil, nil, ErrFormat
	}
	for i := range formats {
		f := &formats[i]
		match := f.shape.FindStringSubmatch(hash)
		if match == nil {
			continue
		}
		numbers := make([]int, len(f.caps))
		for n, cap := range f.caps {
			text := match[n+1]
			if text == "" { // the format's default
				continue
			}
			value, err := strconv.Atoi(text)
			switch {
			case err != nil || value < 1:
				return nil, nil, ErrFormat
			case value > cap:
				return nil, nil, ErrCost
			}
			numbers[n] = value
		}
		return f, numbers, nil
	}
	return nil, nil, ErrFormat
}

// importable returns the format of a hash that may be imported, and may have decoys.
func importable(hash string) (*format, error) {
	f, numbers, err := find(hash)
	if err != nil {
		return nil, err
	}
	if f.cost != nil {
		if kib, work := f.cost(numbers); kib > mostImportedKiB || work > mostImportedWork {
			return nil, ErrCost
		}
	}
	if _, err := f.read(hash); err != nil {
		return nil, err
	}
	return f, nil
}

// CheckImportable tells why a hash can't be imported: ErrCost, ErrFormat, or nil where it can.
// It computes nothing.
func CheckImportable(hash string) error {
	_, err := importable(hash)
	return err
}

// Known returns the name of a hash's format, or "" where the hash can't be imported.
func Known(hash string) string {
	f, err := importable(hash)
	if err != nil {
		return ""
	}
	return f.name
}

// IsOwn tells whether a hash is one that Verify reads.
func IsOwn(hash string) bool {
	_, _, _, err := decode(hash)
	return err == nil
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

func readByLibrary(hash string) (check, error) {
	d, err := library()
	if err != nil {
		return nil, err
	}
	digest, err := d.Decode(hash)
	if err != nil {
		return nil, ErrFormat
	}
	return digest.MatchAdvanced, nil
}

// VerifyImported tells whether password is the one that made an old portal's
// hash. Old portals did not normalise, so the password is taken as typed.
func VerifyImported(password, hash string) (bool, error) {
	f, _, err := find(hash)
	if err != nil {
		return false, err
	}
	matches, err := f.read(hash)
	if err != nil {
		return false, err
	}
	if TooLong(password) {
		return false, nil
	}
	return matches(password)
}
