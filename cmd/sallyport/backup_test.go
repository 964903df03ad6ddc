package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A local user who can write to the folder of a backup puts symbolic links there: the
// backup, which holds everything, overwrites nothing by them and goes nowhere else.
func TestBackupFollowsNoSymbolicLink(t *testing.T) {
	t.Parallel()
	data, dir, elsewhere := filepath.Join(t.TempDir(), "demo"), t.TempDir(), t.TempDir()
	startDemo(t, data, "127.0.0.1:0")
	victim := filepath.Join(elsewhere, "victim")
	write := func(path, text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, at string) {
		t.Helper()
		if err := os.Symlink(to, at); err != nil {
			t.Fatal(err)
		}
	}
	unchanged := func(what string) {
		t.Helper()
		if text, err := os.ReadFile(victim); err != nil || string(text) != "precious" {
			t.Errorf("%s: the file that the link names has %d bytes now, %v", what, len(text), err)
		}
		if files, err := os.ReadDir(elsewhere); err != nil || len(files) != 1 {
			t.Errorf("%s: %v were written elsewhere, %v", what, files, err)
		}
	}
	write(victim, "precious", 0o644)

	file := filepath.Join(dir, "a")
	link(victim, file+".part")
	if out, code := run(t, nil, "backup", "--data", data, "--with-keys", file); code != 0 {
		t.Errorf("a link beside it: %d %s", code, out)
	}
	unchanged("a link beside it")
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v", info, err)
	}

	file = filepath.Join(dir, "b")
	write(file+".part", "", 0o666)
	theirs, err := os.Open(file + ".part") // by which they read what is written later
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	if out, code := run(t, nil, "backup", "--data", data, file); code != 0 {
		t.Errorf("a file beside it: %d %s", code, out)
	}
	if info, err := theirs.Stat(); err != nil || info.Size() > 0 {
		t.Errorf("their file has %d bytes, %v", info.Size(), err)
	}

	for name, to := range map[string]string{"to a file": victim, "to nothing": filepath.Join(elsewhere, "new")} {
		file = filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		link(to, file)
		if out, code := run(t, nil, "backup", "--data", data, file); code != 1 || !strings.Contains(out, "is a symbolic link") || !strings.Contains(out, "Remove the link") {
			t.Errorf("a link %s: %d %s", name, code, out)
		}
		unchanged("a link " + name)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	at, configuration := filepath.Join(dir, "restored"), filepath.Join(t.TempDir(), "new.yaml")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	link(filepath.Join(elsewhere, "keys"), filepath.Join(at, "keys"))
	write(configuration, "public_url: http://localhost:8080\ndata_dir: "+at+"\nemail: {from: a@b.example, smtp: {host: 127.0.0.1, port: 25, tls: none}}\n", 0o600)
	if out, code := run(t, nil, "restore", "--config", configuration, filepath.Join(dir, "a")); code != 1 || !strings.Contains(out, "is a symbolic link") {
		t.Errorf("restored keys by a link: %d %s", code, out)
	}
	unchanged("restored keys by a link")
}
