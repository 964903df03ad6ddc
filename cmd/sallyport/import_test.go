package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// A population is moved into a running demo: organisations, then users of several hash
// formats, killed in the middle and run again; an imported user signs in with the old
// password; what is exported is a file for elsewhere.
func TestImportCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "demo")
	p := startDemo(t, data, "127.0.0.1:0")
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	orgs := write("orgs.csv", "npi,name\n1679576722,Pier Clinic\n1,Nobody\n")
	if out, code := run(t, nil, "import", "organizations", "--data", data, orgs); code != 1 || !strings.Contains(out, "1 added, 0 changed, 0 unchanged, 1 rejected") || !strings.Contains(out, "orgs.csv.rejects.csv") {
		t.Fatalf("%d %s", code, out)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte("Old-Portal-2020"), 4)
	if err != nil {
		t.Fatal(err)
	}
	formats := []string{string(hash), "{SSHA}" + base64.StdEncoding.EncodeToString(make([]byte, 28)), "pbkdf2_sha256$1000$salt$" + base64.StdEncoding.EncodeToString(make([]byte, 32))}
	var text strings.Builder
	text.WriteString("username,name,npi,email,password_hash\n")
	const rows = 60_000
	for n := range rows {
		fmt.Fprintf(&text, "pier%d,Pier Person%d,1679576722,pier%d@pier.example,%s\n", n, n, n, formats[n%len(formats)])
	}
	users := write("users.csv", text.String())
	if out, code := run(t, nil, "import", "users", "--data", data, "--dry-run", users); code != 0 || !strings.Contains(out, fmt.Sprint(rows, " added")) || !strings.Contains(out, "nothing was written") {
		t.Fatalf("%d %s", code, out)
	}
	for kills := range 3 {
		killImport(t, filepath.Join(data, "door.db"), 1000*(1+kills), "users", "--data", data, users)
		if out, code := run(t, nil, "import", "users", "--data", data, users); code != 1 || !strings.Contains(out, "another process") {
			t.Errorf("while the killed one's lease lasts: %d %s", code, out)
		}
		endLease(t, filepath.Join(data, "door.db"))
	}
	out, code := run(t, nil, "import", "users", "--data", data, users)
	if code != 0 || !strings.Contains(out, "to line 60001") || !strings.Contains(out, " 0 rejected") {
		t.Fatalf("%d %s", code, out)
	}
	if out, code := run(t, nil, "import", "users", "--data", data, users); code != 0 || !strings.Contains(out, "0 added, 0 changed, 60000 unchanged") {
		t.Errorf("the same file again: %d %s", code, out)
	}
	v := newVisitor(t)
	v.get(p.base + "/register/first")
	v.post("old_login", "username", "pier30000", "password", "Old-Portal-2020")
	if !strings.Contains(v.page, "LOGIN METHOD") {
		t.Errorf("an imported user: %s", v.page)
	}
	revokeOldPassword(t, filepath.Join(data, "door.db"), "pier3")
	for _, flag := range []string{"--dry-run", "--dry-run=false"} {
		out, code := run(t, nil, "import", "users", "--data", data, flag, users)
		if code != 0 || !strings.Contains(out, "0 added, 0 changed, 60000 unchanged, 0 rejected") || !strings.Contains(out, "\n1 kept their revoked password") {
			t.Errorf("%s of a file with a revoked password: %d %s", flag, code, out)
		}
	}
	if notes, err := os.ReadFile(users + ".notes.csv"); err != nil || !strings.HasPrefix(string(notes), "line,field,reason\n5,password_hash,") {
		t.Errorf("the notes: %q, %v", notes, err)
	}
	v = newVisitor(t)
	v.get(p.base + "/register/first")
	v.post("old_login", "username", "pier3", "password", "Old-Portal-2020")
	if !strings.Contains(v.page, "The username or password is not right") {
		t.Errorf("a revoked password: %s", v.page)
	}
	exported := filepath.Join(dir, "all.csv")
	if out, code := run(t, nil, "export", "users", "--data", data, exported); code != 0 || !strings.Contains(out, "60007 users") {
		t.Errorf("export: %d %s", code, out)
	}
	if out, code := run(t, nil, "export", "users", "--data", data, exported); code != 1 || !strings.Contains(out, "exists") {
		t.Errorf("over a file: %d %s", code, out)
	}
	if out, code := run(t, nil, "audit", "export", "--data", data); code != 0 || !strings.Contains(out, `"type":"imported"`) {
		t.Errorf("the audit log: %d", code)
	}
}

// killImport starts an import and kills it (kill −9) when its ledger shows that so many more
// lines are in. It fails the test if the import was not running any more.
func killImport(t *testing.T, database string, lines int, kind string, args ...string) {
	t.Helper()
	db := open(t, database)
	defer db.Close()
	taken := func() (line int) {
		if err := db.QueryRow(`SELECT COALESCE(MAX(line), 0) FROM import_run WHERE kind = $1 AND finished_at = 0`, kind).Scan(&line); err != nil {
			t.Fatal(err)
		}
		return line
	}
	before := taken()
	cmd := exec.Command(program, append([]string{"import", kind}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	eventually(t, patience, fmt.Sprint(lines, " more lines are in"), func() bool { return taken() >= before+lines })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || taken() == 0 {
		t.Fatalf("the import ended before it was killed: %v", cmd.ProcessState)
	}
}

// revokeOldPassword does what the undo link of a registration leaves.
func revokeOldPassword(t *testing.T, database, username string) {
	t.Helper()
	db := open(t, database)
	defer db.Close()
	if _, err := db.Exec(`UPDATE account SET old_password_hash = '', old_password_undone_at = 1, epoch = epoch + 1 WHERE username = $1`, username); err != nil {
		t.Fatal(err)
	}
}

// endLease makes the lease of a killed import end, as thirty seconds later.
func endLease(t *testing.T, database string) {
	t.Helper()
	db := open(t, database)
	defer db.Close()
	if _, err := db.Exec(`UPDATE import_run SET lease_until = 0`); err != nil {
		t.Fatal(err)
	}
}
