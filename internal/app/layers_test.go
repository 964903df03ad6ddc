package app_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors is the house: a package imports only from a lower floor, and door and
// portal never each other. A package that is not here has no place.
var floors = map[string]int{
	"internal/background":             0,
	"internal/secret":                 0,
	"internal/words":                  0,
	"internal/sms":                    0,
	"internal/npi":                    0,
	"internal/smpp":                   1,
	"internal/smpp/smpptest":          1,
	"internal/trunk":                  1,
	"internal/prompts":                1,
	"internal/trunk/siptest":          2,
	"internal/door/delivery/mailtest": 1,
	"internal/config":                 1,
	"internal/sqldb":                  1,
	"internal/ui":                     1,
	"internal/rp":                     1,
	"internal/portal":                 1,
	"internal/portal/store":           2,
	"internal/portal/web":             3,
	"internal/intake":                 2,
	"internal/portal/importer":        3,
	"internal/sqldb/sqldbtest":        2,
	"internal/door/account":           2,
	"internal/door/factor":            2,
	"internal/door/audit":             2,
	"internal/door/passhash":          2,
	"internal/door/delivery":          2,
	"internal/door/session":           3, // of an account
	"internal/door/store":             4,
	"internal/door/journey":           5,
	"internal/door/op":                5,
	"internal/door/admin":             5,
	"internal/door/importer":          5,
	"internal/door/web":               6,
	"internal/doctor":                 3,
	"internal/demo":                   6,
	"internal/app":                    7,
	"cmd/sallyport":                   8,
	"bench/drive":                     8,
	"bench":                           9,
	"examples/go":                     0,
	"scripts/suites":                  0,
}

// longestChain is how long a chain of imports within the house may be.
const longestChain = 8

type goPackage struct {
	ImportPath string
	Imports    []string
	Module     *struct{ Path string }
	Standard   bool
}

func goList(t *testing.T, args ...string) (list []goPackage) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Module,Standard"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := decoder.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func TestFloors(t *testing.T) {
	t.Parallel()
	imports := map[string][]string{}
	for _, p := range goList(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, "sallyport/")
		floor, ok := floors[name]
		if !ok {
			t.Errorf("%s is on no floor: give it one here", name)
		}
		for _, path := range p.Imports {
			below, ours := strings.CutPrefix(path, "sallyport/")
			if !ours {
				continue
			}
			imports[name] = append(imports[name], below)
			if floors[below] >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", name, floor, below, floors[below])
			}
			if strings.HasPrefix(name, "internal/door/") && strings.HasPrefix(below, "internal/portal") ||
				strings.HasPrefix(name, "internal/portal") && strings.HasPrefix(below, "internal/door/") {
				t.Errorf("%s and %s: there is a wall between door and portal", name, below)
			}
		}
	}
	for name := range floors {
		if chain := longest(imports, name); chain > longestChain {
			t.Errorf("%s begins a chain of %d imports", name, chain)
		}
	}
}

func longest(imports map[string][]string, name string) int {
	most := 0
	for _, below := range imports[name] {
		most = max(most, longest(imports, below))
	}
	return most + 1
}

// What is linked into the program stays countable, and test parts stay out.
func TestLinkedModules(t *testing.T) {
	t.Parallel()
	modules := map[string]bool{}
	for _, p := range goList(t, "-deps", "./cmd/sallyport") {
		if p.Module != nil && p.Module.Path != "sallyport" {
			modules[p.Module.Path] = true
		}
	}
	if len(modules) > 80 {
		t.Errorf("%d modules are linked", len(modules))
	}
	for _, test := range []string{"github.com/chromedp/chromedp", "github.com/jba/templatecheck", "pgregory.net/rapid"} {
		if modules[test] {
			t.Errorf("%s is for tests, and linked", test)
		}
	}
}

// Randomness comes from secret alone; time comes in as a parameter, or from the
// transaction, everywhere but in app, sqldb and the commands.
func TestHouseRules(t *testing.T) {
	t.Parallel()
	mayTellTime := []string{"internal/app", "internal/sqldb", "cmd/sallyport", "bench", "bench/drive", "scripts/suites"}
	stopwatch := []string{"internal/door/web/guard.go", "internal/smpp/session.go", "internal/portal/web/deadline.go"} // measures, for the metrics; when a connection hangs; how long one may take
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, "../../"))
		dir := filepath.Dir(name)
		if strings.HasPrefix(name, "examples/") { // others' houses
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			if p, _ := strconv.Unquote(i.Path.Value); (p == "crypto/rand" || strings.HasPrefix(p, "math/rand")) && dir != "internal/secret" && !strings.HasSuffix(dir, "test") {
				t.Errorf("%s imports %s", name, p)
			}
		}
		if slices.Contains(mayTellTime, dir) || slices.Contains(stopwatch, name) || strings.HasSuffix(dir, "test") {
			return nil
		}
		if text, err := readFile(path); err != nil || strings.Contains(text, "time.Now(") {
			t.Errorf("%s tells the time by itself (%v)", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every package says what it is for and what it may not do.
func TestEveryPackageIsIntroduced(t *testing.T) {
	t.Parallel()
	for name := range floors {
		files, err := filepath.Glob("../../" + name + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.ContainsFunc(files, func(path string) bool {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
			return err == nil && file.Doc != nil && len(file.Doc.Text()) > 80
		}) {
			t.Errorf("%s is not introduced", name)
		}
	}
}

func readFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	return string(text), err
}
