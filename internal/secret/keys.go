package secret

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Keys are the installation's symmetric keys. They live in a file apart from
// the database (ASVS 13.3.1), so that neither alone reads a phone number.
//
// The file has one key a line, "purpose id base64": one "index" key, which never
// changes because look-ups depend on it, and any number of "seal" keys, of which
// the last seals and all open.
type Keys struct {
	seals   []sealKey
	current sealKey
	index   []byte
	derived sync.Map // key of each purpose, so that it is derived once
}

// ErrKeys is wrapped by every problem with a key file.
var ErrKeys = errors.New("keys file")

// NewKeys returns fresh keys that no file holds.
func NewKeys() *Keys {
	keys, err := parseKeys(newKeyFile())
	if err != nil {
		panic(err) // newKeyFile and parseKeys disagree: a bug, found by any test
	}
	return keys
}

// LoadKeys reads the key file at path.
func LoadKeys(path string) (*Keys, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// LoadOrCreateKeys reads the key file at path and writes a new one, readable by
// its owner alone, where there is none.
func LoadOrCreateKeys(path string) (*Keys, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := createKeys(path); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKeys, err)
		}
	}
	return LoadKeys(path)
}

// createKeys writes the file whole or not at all: half a key file would lock
// everybody out.
func createKeys(path string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".keys-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	if _, err = temp.Write(newKeyFile()); err == nil {
		err = temp.Sync()
	}
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

func newKeyFile() []byte {
	line := func(purpose string) string {
		return purpose + " 1 " + base64.StdEncoding.EncodeToString(Salt(32)) + "\n"
	}
	return []byte("# Sallyport keys. Keep them secret, and back them up apart from the database.\n" +
		line("index") + line("seal"))
}

func parseKeys(text []byte) (*Keys, error) {
	keys := &Keys{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := keys.add(strings.Fields(line)); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrKeys, n, err)
		}
	}
	if keys.index == nil || len(keys.seals) == 0 {
		return nil, fmt.Errorf("%w: it must hold one index key and at least one seal key", ErrKeys)
	}
	keys.current = keys.seals[len(keys.seals)-1]
	return keys, nil
}

func (k *Keys) add(fields []string) error {
	if len(fields) != 3 {
		return errors.New("want: purpose id key")
	}
	id, err := strconv.ParseUint(fields[1], 10, 32)
	if err != nil {
		return fmt.Errorf("id %q is not a number", fields[1])
	}
	raw, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil || len(raw) != 32 {
		return errors.New("the key is not 32 bytes of base64")
	}
	switch fields[0] {
	case "index":
		if k.index != nil {
			return errors.New("a second index key")
		}
		k.index = raw
	case "seal":
		seal, err := newSealKey(uint32(id), raw)
		if err != nil {
			return err
		}
		k.seals = append(k.seals, seal)
	default:
		return fmt.Errorf("unknown purpose %q", fields[0])
	}
	return nil
}

// derive makes the key for one purpose (RFC 5869), so that no key serves two.
// Purposes are constants of the program.
func (k *Keys) derive(purpose string) []byte {
	if key, ok := k.derived.Load(purpose); ok {
		return key.([]byte)
	}
	key, err := hkdf.Key(sha256.New, k.index, nil, purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are within HKDF's bound
	}
	k.derived.Store(purpose, key)
	return key
}
