package main

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A thousand people are invited in a wave at a set rate, which is stopped at once and
// goes on behind itself: everybody gets one mail, at the message desk, and nobody two.
func TestInvitationWave(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "demo")
	p := startDemo(t, data, "127.0.0.1:0")
	const people = 1000
	var text strings.Builder
	text.WriteString("username,name,npi,email\n")
	for n := range people {
		fmt.Fprintf(&text, "w%d,Wave Person%d,1245319599,w%d@harbor.example\n", n, n, n)
	}
	file := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, nil, "import", "users", "--data", data, file); code != 0 {
		t.Fatal(out)
	}
	const rate = 100 // a second
	wave := func() (*exec.Cmd, *strings.Builder) {
		cmd := exec.Command(program, "rollout", "invite", "--data", data, "--npi", "1245319599", "--rate", fmt.Sprint(60*rate))
		out := &strings.Builder{}
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, out
	}
	began := time.Now()
	cmd, out := wave()
	eventually(t, patience, "the wave is under way", func() bool { return invited(t, data) >= rate })
	if out, code := run(t, nil, "rollout", "invite", "--data", data); code != 1 || !strings.Contains(out, "another wave is under way") {
		t.Errorf("a second wave: %d %s", code, out)
	}
	if out, code := run(t, nil, "rollout", "stop", "--data", data); code != 0 || !strings.Contains(out, "Stopped.") {
		t.Errorf("stop: %d %s", code, out)
	}
	stopped := time.Now()
	if err := cmd.Wait(); err != nil || time.Since(stopped) > time.Second || !strings.Contains(out.String(), "was stopped") {
		t.Errorf("%v after %v: %s", err, time.Since(stopped), out)
	}
	first := invited(t, data)
	if most := int(stopped.Sub(began).Seconds()*rate) + 1; first == 0 || first > most {
		t.Errorf("%d were invited, at most %d at this rate", first, most)
	}
	if out, code := run(t, nil, "rollout", "stop", "--data", data); code != 0 || !strings.Contains(out, "No wave") {
		t.Errorf("stop again: %d %s", code, out)
	}
	t.Parallel() // what was measured so far was measured without other tests beside it
	cmd, out = wave()
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), fmt.Sprintf("%d mails were queued", people+1-first)) { // hsoto, too
		t.Errorf("%v: %s; %d were sent before", err, out, first)
	}
	var mails, addresses int
	desk := open(t, filepath.Join(data, "desk.db"))
	eventually(t, 10*time.Second, "all mails are at the desk", func() bool {
		if err := desk.QueryRow(`SELECT COUNT(*), COUNT(DISTINCT recipient) FROM message`).Scan(&mails, &addresses); err != nil {
			t.Fatal(err)
		}
		return mails >= people+1
	})
	if mails != people+1 || addresses != people+1 {
		t.Errorf("%d mails to %d addresses", mails, addresses)
	}
	m := p.newest("w7@harbor.example", "email")
	links, _ := m["links"].([]any)
	if m["kind"] != "link" || len(links) != 1 {
		t.Errorf("who has no password yet gets a link: %v", m)
	}
	if m := p.newest("hsoto@harbor.example", "email"); !strings.Contains(fmt.Sprint(m["text"]), p.base+"/register/first") {
		t.Errorf("who has one is led to the first login: %v", m)
	}

	v := newVisitor(t) // hsoto begins, and stops
	v.get(p.base + "/register/first")
	v.post("old_login", "username", "hsoto", "password", "Portal-Pass-2020")
	for _, want := range []string{"1 mails were queued", "0 mails were queued"} {
		if out, code := run(t, nil, "rollout", "remind", "--data", data, "--rate", "6000"); code != 0 || !strings.Contains(out, want) {
			t.Errorf("remind: %d %s, want %s", code, out, want)
		}
	}
}

func open(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func invited(t *testing.T, data string) (n int) {
	t.Helper()
	db := open(t, filepath.Join(data, "door.db"))
	defer db.Close()
	if err := db.QueryRow(`SELECT COUNT(*) FROM account WHERE invited_at > 0`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
