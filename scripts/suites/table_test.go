package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadTable(t *testing.T) {
	table, err := ReadTable(strings.NewReader("# comment\n\nspeed 0.5\ntest a 10 20 5 together ./x -run=^A|B$ -parallel=2\ntest b 1 2 3 alone others\nprove a 1 1 1 alone scripts/fuzz 3s\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := table.Of("test")[0]
	if table.Speed != 500*time.Millisecond || a.Wall != 10*time.Second || a.Core != 20*time.Second || a.Longest != 5*time.Second || a.Alone || len(table.Of("test")) != 2 || !table.Of("prove")[0].isScript() {
		t.Errorf("%+v", table)
	}
	if patterns, flags := a.packages(); !slices.Equal(patterns, []string{"./x"}) || !slices.Equal(flags, []string{"-run=^A|B$", "-parallel=2"}) {
		t.Errorf("%v, %v", patterns, flags)
	}
	for text, want := range map[string]string{
		"test a 10 20 5 together":                        "line 1",
		"speed 1\ntest a ten 20 5 alone ./x":             `line 2: "ten"`,
		"test a 1 1 1 sometimes ./x":                     `"sometimes"`,
		"check a 1 1 1 alone ./x":                        `"check"`,
		"test a 0 1 1 alone ./x":                         `"0"`,
		"test a 1 1 1 alone ./x\ntest a 1 1 1 alone ./y": "line 2: a second suite",
		"test a 1 1 1 alone ./x":                         "speed",
	} {
		if _, err := ReadTable(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestOthersAreAllThatNoSuiteNames(t *testing.T) {
	list := expand([]Suite{{Args: []string{"./a", "-p=2"}}, {Args: []string{"others", "-p=3"}}}, []string{"./a", "./b", "./c"})
	if !slices.Equal(list[0].Args, []string{"./a", "-p=2"}) || !slices.Equal(list[1].Args, []string{"./b", "./c", "-p=3"}) {
		t.Errorf("%v", list)
	}
}

// Every test of the project is in exactly one suite of `make test`, and in at least one of
// `make prove`.
func TestEveryTestHasItsSuite(t *testing.T) {
	root := filepath.Join("..", "..")
	file, err := os.Open(filepath.Join(root, tableFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	table, err := ReadTable(file)
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOf(t, root)
	if len(tests) < 20 {
		t.Fatalf("only %d packages with tests", len(tests))
	}
	var all []string
	for dir := range tests {
		all = append(all, dir)
	}
	for _, target := range []string{"test", "prove"} {
		suites := expand(table.Of(target), all)
		for dir, names := range tests {
			for _, name := range names {
				var in []string
				for _, s := range suites {
					if patterns, flags := s.packages(); slices.Contains(patterns, dir) && selects(t, flags, name) {
						in = append(in, s.Name)
					}
				}
				if len(in) == 0 || target == "test" && len(in) > 1 {
					t.Errorf("%s %s is in the suites %v of %s", dir, name, in, target)
				}
			}
		}
	}
}

// selects reports whether these flags of go test run a test.
func selects(t *testing.T, flags []string, name string) bool {
	t.Helper()
	for _, flag := range flags {
		if pattern, ok := strings.CutPrefix(flag, "-run="); ok && !regexp.MustCompile(pattern).MatchString(name) {
			return false
		}
		if pattern, ok := strings.CutPrefix(flag, "-skip="); ok && regexp.MustCompile(pattern).MatchString(name) {
			return false
		}
	}
	return true
}

// testsOf lists the tests of every package by its folder: ./internal/app.
func testsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	list := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || strings.Contains(path, "node_modules") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && (strings.HasPrefix(f.Name.Name, "Test") || strings.HasPrefix(f.Name.Name, "Fuzz")) && f.Name.Name != "TestMain" {
				name := "./" + filepath.ToSlash(dir)
				list[name] = append(list[name], f.Name.Name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
