package main

import (
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
	"time"
)

// changedSince lists the files that changed since the newest commit of the day before
// now (UTC), uncommitted ones included. It lists nothing, and says so by all, where there
// is no such commit: then everything counts as changed.
func changedSince(now time.Time) (files []string, all bool, err error) {
	midnight := now.UTC().Truncate(24 * time.Hour).Format("2006-01-02T15:04:05Z")
	base, err := exec.Command("git", "log", "-1", "--format=%H", "--before="+midnight).Output()
	if err != nil {
		return nil, false, fmt.Errorf("git log: %w", err)
	}
	if len(base) == 0 {
		return nil, true, nil
	}
	names, err := exec.Command("git", "diff", "--name-only", strings.TrimSpace(string(base))).Output()
	if err != nil {
		return nil, false, fmt.Errorf("git diff: %w", err)
	}
	return strings.Fields(string(names)), false, nil
}

// touches reports whether one of the changed files belongs to what a suite runs: to a
// package of the suite, to one that it imports or tests with, or to what all suites share.
func touches(files []string, dirs []string) bool {
	return slices.ContainsFunc(files, func(file string) bool {
		if strings.HasPrefix(file, "scripts/") || file == "go.mod" || file == "go.sum" {
			return true
		}
		for dir := path.Dir(file); ; dir = path.Dir(dir) { // testdata, pages and migrations are below their package
			if slices.Contains(dirs, dir) {
				return true
			}
			if dir == "." {
				return false
			}
		}
	})
}

// dirsOf lists the folders, relative to the root, of the packages that these patterns
// name and of the project's packages that they and their tests import.
func dirsOf(goCommand string, patterns []string) ([]string, error) {
	args := append([]string{"list", "-deps", "-test", "-f", "{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{end}}{{end}}"}, patterns...)
	out, err := exec.Command(goCommand, args...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var dirs []string
	for line := range strings.Lines(string(out)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ") // "p [p.test]"
		dir, ok := strings.CutPrefix(strings.TrimSuffix(name, ".test"), modulePath+"/")
		if ok && !slices.Contains(dirs, dir) {
			dirs = append(dirs, strings.TrimSuffix(dir, "_test"))
		}
	}
	return dirs, nil
}
