package app_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	tableRow   = regexp.MustCompile(`(?m)^\| ((?:T-|NIST-)?[0-9A-Z][0-9A-Za-z.-]*) \|.*$`)
	shownBy    = regexp.MustCompile("`((?:Test|Fuzz)\\w+|[a-z-]+\\.txt)`")
	shownThere = regexp.MustCompile(`\]\(([^)]+)\)`)
)

// The tables of docs/security say which test shows what: a test, script or document
// that does not exist, a row that names none and gives no reason, and an id that is
// missing or there twice fail here.
func TestSecurityTables(t *testing.T) {
	t.Parallel()
	there := existing(t)
	for file, want := range map[string]int{"threats.md": 33, "asvs.md": 200, "nist.md": 30} {
		text, err := readFile(filepath.Join("../../docs/security", file))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, row := range tableRow.FindAllStringSubmatch(text, -1) {
			cells := strings.Split(row[0], " | ")
			id, last := row[1], strings.TrimSuffix(cells[len(cells)-1], " |")
			if id == "id" {
				continue
			}
			if seen[id] {
				t.Errorf("%s: %s is there twice", file, id)
			}
			seen[id] = true
			tests := shownBy.FindAllStringSubmatch(last, -1)
			document := shownThere.FindStringSubmatch(last)
			reason := strings.HasPrefix(last, "n/a: ") || strings.HasPrefix(last, "open: ")
			if len(tests) == 0 && document == nil && !reason {
				t.Errorf("%s: %s names no test, document or reason: %q", file, id, last)
			}
			for _, name := range tests {
				if !there[name[1]] {
					t.Errorf("%s: %s names %s, which does not exist", file, id, name[1])
				}
			}
			if document != nil {
				if _, err := os.Stat(filepath.Join("../../docs/security", document[1])); err != nil {
					t.Errorf("%s: %s: %v", file, id, err)
				}
			}
		}
		if len(seen) < want {
			t.Errorf("%s has %d rows, of at least %d", file, len(seen), want)
		}
	}
}

// existing are the names of all tests, and of the scripts of journeys.
func existing(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(path, "_test.go"):
			text, err := readFile(path)
			if err != nil {
				return err
			}
			for _, found := range testName.FindAllStringSubmatch(text, -1) {
				names[found[1]] = true
			}
		case strings.Contains(path, "testdata/journeys/"):
			names[d.Name()] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
