package words

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var brand = Brand{Name: "Harbor Review", Product: "Portal", SupportPhone: "1-555-010-0100", SupportEmail: "help@harbor.example"}

func load(t *testing.T) *Catalog {
	t.Helper()
	c, err := Load(brand)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func keys(t *testing.T, file string) []string {
	t.Helper()
	text, err := fs.ReadFile(files, file)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	var list []string
	for key := range all {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

// Every language has every word, and no word is the other language's.
func TestEveryLanguageHasEveryWord(t *testing.T) {
	english := keys(t, "en.json")
	c := load(t)
	same := []string{"demo.npi"} // an abbreviation
	for _, l := range c.All()[1:] {
		if other := keys(t, l.Tag+".json"); !slices.Equal(english, other) {
			t.Errorf("%s has other keys than en: %v", l.Tag, difference(english, other))
		}
		for _, key := range english {
			if l.Say(key, "N", 2) == c.In("en").Say(key, "N", 2) && !slices.Contains(same, key) {
				t.Errorf("%s: %s is not translated", l.Tag, key)
			}
		}
	}
	if c.Missing() != 0 {
		t.Errorf("%d words are missing", c.Missing())
	}
}

func difference(a, b []string) (only []string) {
	for _, s := range append(slices.Clone(a), b...) {
		if !slices.Contains(a, s) || !slices.Contains(b, s) {
			only = append(only, s)
		}
	}
	return only
}

// Every key that code or a template names exists, and every key is named
// somewhere: whole, or by the prefix that something is added to.
func TestKeysAndTheirUsesAgree(t *testing.T) {
	used, prefixes := map[string]bool{}, []string{}
	whole, prefix := regexp.MustCompile(`\[\[([a-z_.]+)\]\]|"([a-z_]+(?:\.[a-z_]+)+)"|"(skip|cancel|back|home)"`), regexp.MustCompile(`"([a-z_.]+[._])" *\+`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !(strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".html")) || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range whole.FindAllStringSubmatch(string(text), -1) {
			used[m[1]+m[2]+m[3]] = true
			if m[1] != "" && strings.HasSuffix(path, ".html") && !slices.Contains(keys(t, "en.json"), m[1]) {
				t.Errorf("%s names [[%s]], which is no word", path, m[1])
			}
		}
		for _, m := range prefix.FindAllStringSubmatch(string(text), -1) {
			prefixes = append(prefixes, m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys(t, "en.json") {
		if !used[key] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("nothing says %s", key)
		}
	}
}

func TestBrandAndPlurals(t *testing.T) {
	c := load(t)
	for _, tc := range []struct {
		lang, key string
		args      []any
		want      string
	}{
		{"en", "options.staff.hint", nil, "Use this login button if you have a Harbor Review domain account."},
		{"en", "error.code_wrong", []any{"N", 1}, "That code is not right. You have 1 try left."},
		{"es", "error.code_wrong", []any{"N", 4}, "Ese código no es correcto. Le quedan 4 intentos."},
		{"es", "time.minutes", []any{"N", 1}, "1 minuto"},
	} {
		if got := c.In(tc.lang).Say(tc.key, tc.args...); got != tc.want {
			t.Errorf("%s %s: %q", tc.lang, tc.key, got)
		}
	}
	if got := c.In("es").Say("no.such.word"); got != "[no.such.word]" || c.Missing() != 1 {
		t.Errorf("a missing word says %q and is counted %d times", got, c.Missing())
	}
}

func TestMatch(t *testing.T) {
	c := load(t)
	for _, tc := range []struct{ chosen, header, want string }{
		{"", "", "en"}, {"", "es-MX,es;q=0.9,en;q=0.8", "es"}, {"", "fr-CA", "en"}, {"", "fr, es;q=0.5", "es"},
		{"en", "es", "en"}, {"xx", "es", "es"}, {"", "%%%", "en"},
	} {
		if got := c.Match(tc.chosen, tc.header).Tag; got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
}
