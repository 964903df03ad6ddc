package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSealedValueOpensOnlyInItsPlace(t *testing.T) {
	keys := NewKeys()
	sealed := keys.Seal("account.phone:1", []byte("+12025550185"))
	if bytes.Contains(sealed, []byte("0185")) {
		t.Error("the plain text shows")
	}
	plain, err := keys.Open("account.phone:1", sealed)
	if err != nil || string(plain) != "+12025550185" {
		t.Fatalf("Open = %q, %v", plain, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another row":  func() ([]byte, error) { return keys.Open("account.phone:2", sealed) },
		"another key":  func() ([]byte, error) { return NewKeys().Open("account.phone:1", sealed) },
		"cut short":    func() ([]byte, error) { return keys.Open("account.phone:1", sealed[:3]) },
		"changed byte": func() ([]byte, error) { c := bytes.Clone(sealed); c[20] ^= 1; return keys.Open("account.phone:1", c) },
	} {
		if _, err := open(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: err = %v, want ErrSealed", name, err)
		}
	}
}

// ASVS 11.2.2: after a rotation old values open and new ones use the new key.
func TestRotationKeepsOldValues(t *testing.T) {
	file := newKeyFile()
	before, err := parseKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	old := before.Seal("p", []byte("kept"))
	file = fmt.Appendf(file, "seal 2 %s\n", base64.StdEncoding.EncodeToString(Salt(32)))
	after, err := parseKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := after.Open("p", old); err != nil || string(plain) != "kept" {
		t.Errorf("old value: %q, %v", plain, err)
	}
	if _, err := before.Open("p", after.Seal("p", []byte("new"))); err == nil {
		t.Error("a new value opened with the old key alone")
	}
	if !bytes.Equal(before.Hash("x", "a"), after.Hash("x", "a")) {
		t.Error("rotation changed the index")
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	first, err := LoadOrCreateKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := LoadOrCreateKeys(path)
	if err != nil || !bytes.Equal(first.Hash("x"), second.Hash("x")) {
		t.Errorf("the second start has other keys: %v", err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v", info.Mode())
	}
	for _, bad := range []string{"", "index 1 short", "index x " + strings.Repeat("A", 44), "other 1 " + strings.Repeat("A", 43) + "="} {
		os.WriteFile(path, []byte(bad), 0o600)
		if _, err := LoadKeys(path); !errors.Is(err, ErrKeys) {
			t.Errorf("%q: err = %v", bad, err)
		}
	}
}

func TestHashSeparatesPurposesAndParts(t *testing.T) {
	keys := NewKeys()
	seen := map[string]string{}
	for name, h := range map[string][]byte{
		"a|b": keys.Hash("p", "a", "b"), "ab": keys.Hash("p", "ab"), "other": keys.Hash("q", "a", "b"), "none": keys.Hash("p"),
	} {
		if twin, ok := seen[string(h)]; ok {
			t.Errorf("%s and %s are equal", name, twin)
		}
		seen[string(h)] = name
	}
}

func TestTextNeverPrints(t *testing.T) {
	text := NewText("hunter2hunter2")
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %s %+v %#v ", text, text, struct{ T Text }{text}, text)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "t", text)
	json.NewEncoder(&out).Encode(map[string]any{"t": text})
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("printed: %s", out.String())
	}
	if text.Reveal() != "hunter2hunter2" {
		t.Error("Reveal lost it")
	}
}

// NIST-OOB-2: six decimal digits, all of them equally likely.
func TestCodeDigits(t *testing.T) {
	count := map[rune]int{}
	for range 2000 {
		code := Code(6)
		if len(code) != 6 {
			t.Fatalf("code of %d characters", len(code))
		}
		for _, d := range code {
			count[d]++
		}
	}
	for d := '0'; d <= '9'; d++ {
		if n := count[d]; n < 1000 || n > 1400 { // 1200 expected, 6 sigma = 197
			t.Errorf("digit %c came %d times in 12000", d, n)
		}
	}
	if len(count) != 10 {
		t.Errorf("characters: %v", count)
	}
}

func TestTimeIDSortsByTime(t *testing.T) {
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	last := ""
	for i := range 100 {
		id := TimeID(at.Add(time.Duration(i) * time.Millisecond))
		if id <= last {
			t.Fatalf("%s does not come after %s", id, last)
		}
		last = id
		if back, ok := TimeOfID(id); !ok || !back.Equal(at.Add(time.Duration(i)*time.Millisecond)) {
			t.Fatalf("the time in %s is %v", id, back)
		}
	}
	if _, ok := TimeOfID("not an id"); ok {
		t.Error("a time was found where there is none")
	}
	if first, second := TimeID(at), TimeID(at); first == second {
		t.Error("two ids of one millisecond are equal")
	}
}

// T-05: at least 60 random bits, and nothing that is read wrongly over the telephone.
func TestRegistrationCode(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code := RegistrationCode()
		if len(code) != 15 || code[4] != '-' || code[9] != '-' || strings.ContainsAny(code, "01IO") || seen[code] {
			t.Fatalf("%q", code)
		}
		seen[code] = true
	}
}
