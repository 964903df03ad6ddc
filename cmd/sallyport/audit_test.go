package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// An operator's emergency commands beside a running demo, and the audit log that tells
// of them and proves itself; then somebody edits a row, and it shows.
func TestUserAndAuditCommands(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "demo")
	p := startDemo(t, data, "127.0.0.1:0")
	here := func(args ...string) (string, int) { return run(t, nil, append(args, "--data", data)...) }
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"user", "show", "enavarro"}, 0, "Eli Navarro"},
		{[]string{"user", "show", "dana.phone@lakeside.example"}, 0, "XXX-XXX-0185"},
		{[]string{"user", "show", "nobody"}, 1, "there is nobody called nobody"},
		{[]string{"user", "reset", "enavarro"}, 80, "--reason"},
		{[]string{"user", "reset", "enavarro", "--reason", "lost", "--verified", " "}, 1, "how you made sure"},
		{[]string{"user", "reset", "enavarro", "--reason", "lost", "--verified", "known in person"}, 0, "was reset"},
		{[]string{"user", "reset", "enavarro", "--reason", "lost", "--verified", "known in person"}, 1, "nothing to do"},
		{[]string{"user", "disable", "dwhitfield"}, 0, "Disabled"},
		{[]string{"user", "enable", "dwhitfield"}, 0, "Enabled"},
		{[]string{"user", "unlock", "dwhitfield", "--verified", "called back"}, 0, "Unlocked"},
		{[]string{"user", "make-admin", "dwhitfield"}, 0, "An administrator now"},
		{[]string{"user", "first-admin", "--organization", "Harbor", "--npi", "1245319599", "--username", "hfirst", "--first-name", "Ha", "--last-name", "First", "--email", "ha@harbor.example"}, 0, p.base + "/link/"},
		{[]string{"user", "first-admin", "--organization", "Harbor", "--npi", "1245319599", "--username", "hnext", "--first-name", "Ha", "--last-name", "Next", "--email", "hn@harbor.example"}, 1, "has an administrator"},
	} {
		if out, code := here(tc.args...); code != tc.code || !strings.Contains(out, tc.want) {
			t.Errorf("%v: %d %s", tc.args, code, out)
		}
	}
	if got := p.newest("eli.email@lakeside.example", "email"); got["kind"] != "link" {
		t.Errorf("the running server did not mail the link: %v", got)
	}
	v := newVisitor(t)
	v.get(p.base + "/signin/phone")
	v.post("sign_in", "email", "dana.phone@lakeside.example", "password", "correct horse battery staple")

	var out string
	var code int
	eventually(t, 10*time.Second, "the sequencer, which comes by every second, has put all rows into the tree", func() bool {
		out, code = here("audit", "verify")
		return strings.Contains(out, " 0 not in it yet")
	})
	if code != 0 || !strings.Contains(out, "all as it was written") {
		t.Errorf("verify: %d %s", code, out)
	}
	note, code := here("audit", "checkpoint")
	if code != 0 || !strings.HasPrefix(note, "sallyport-audit\n") {
		t.Errorf("checkpoint: %d %s", code, note)
	}
	if out, code := here("audit", "checkpoint", "--key"); code != 0 || !strings.HasPrefix(out, "sallyport-audit+") {
		t.Errorf("key: %d %s", code, out)
	}
	kept := filepath.Join(t.TempDir(), "checkpoints")
	if err := os.WriteFile(kept, []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := here("audit", "export"); code != 0 || !strings.Contains(out, `"type":"registration.reset"`) || !strings.Contains(out, `"verified":"known in person"`) {
		t.Errorf("export: %d %s", code, out)
	}
	db, err := sql.Open("sqlite", filepath.Join(data, "door.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE audit SET detail = REPLACE(detail, 'known in person', 'forged') WHERE type = 'registration.reset'`); err != nil {
		t.Fatal(err)
	}
	if out, code := here("audit", "verify", "--checkpoints", kept); code != 1 || !strings.Contains(out, "changed: leaf ") || !strings.Contains(out, "1 findings") {
		t.Errorf("after an edit: %d %s", code, out)
	}
}

// A backup says whether the keys are inside, overwrites nothing, and restores.
func TestBackupCommands(t *testing.T) {
	t.Parallel()
	data, dir := filepath.Join(t.TempDir(), "demo"), t.TempDir()
	p := startDemo(t, data, "127.0.0.1:0")
	v := newVisitor(t)
	v.get(p.base + "/signin/phone")
	v.post("sign_in", "email", "dana.phone@lakeside.example", "password", "correct horse battery staple")
	without, with := filepath.Join(dir, "without"), filepath.Join(dir, "with")
	if out, code := run(t, nil, "backup", "--data", data, without); code != 0 || !strings.Contains(out, "NOT inside") || !strings.Contains(out, "door.account") {
		t.Fatalf("%d %s", code, out)
	}
	if out, code := run(t, nil, "backup", "--data", data, "--with-keys", with); code != 0 || !strings.Contains(out, "keys file is inside") {
		t.Fatalf("%d %s", code, out)
	}
	if out, code := run(t, nil, "backup", "--data", data, with); code != 1 || !strings.Contains(out, "there already") {
		t.Errorf("over a file: %d %s", code, out)
	}
	at := filepath.Join(dir, "new")
	configuration := filepath.Join(dir, "new.yaml")
	text := "public_url: http://localhost:8080\ndata_dir: " + at + "\nemail: {from: a@b.example, smtp: {host: 127.0.0.1, port: 25, tls: none}}\n"
	if err := os.WriteFile(configuration, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, nil, "restore", "--config", configuration, without); code != 1 || !strings.Contains(out, "keys are not inside") {
		t.Errorf("without keys: %d %s", code, out)
	}
	if out, code := run(t, nil, "restore", "--config", configuration, with); code != 0 || !strings.Contains(out, "Restored") {
		t.Fatalf("%d %s", code, out)
	}
	if out, code := run(t, nil, "restore", "--config", configuration, with); code != 1 || !strings.Contains(out, "nothing was overwritten") {
		t.Errorf("a second time: %d %s", code, out)
	}
	if out, code := run(t, nil, "user", "show", "--config", configuration, "dwhitfield"); code != 0 || !strings.Contains(out, "XXX-XXX-0185") {
		t.Errorf("restored: %d %s", code, out)
	}
	if out, code := run(t, nil, "audit", "verify", "--config", configuration); code != 0 {
		t.Errorf("restored: %d %s", code, out)
	}
}
