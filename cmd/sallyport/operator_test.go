package main

import (
	"encoding/json"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

// Every command that changes something names the person who ran it in the audit log: by
// the user name on the server, before sudo, or by --as.
func TestCommandsNameTheOperator(t *testing.T) {
	t.Parallel()
	data, dir := filepath.Join(t.TempDir(), "demo"), t.TempDir()
	startDemo(t, data, "127.0.0.1:0")
	users, contracts := filepath.Join(dir, "users.csv"), filepath.Join(dir, "contracts.csv")
	for file, text := range map[string]string{
		users:     "username,first_name,last_name,npi,email\nnoone,No,One,1234567893,no.one@lakeside.example\n",
		contracts: "id,name\nC-77,County\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	// rows returns the rows that were written since the last call, by their type.
	rows := func() map[string]map[string]string {
		t.Helper()
		out, code := run(t, nil, "audit", "export", "--data", data)
		if code != 0 {
			t.Fatalf("%d %s", code, out)
		}
		list := map[string]map[string]string{}
		for line := range strings.Lines(out) {
			var row struct {
				ID, Type string
				Genuine  bool
				Detail   map[string]string
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			if !row.Genuine {
				t.Errorf("not genuine: %s", line)
			}
			if !seen[row.ID] {
				list[row.Type] = row.Detail
			}
			seen[row.ID] = true
		}
		return list
	}
	rows()
	var id string
	for _, tc := range []struct {
		args  []string
		sudo  string
		want  string
		login string
		kind  string
	}{
		{[]string{"user", "disable", "dwhitfield"}, "", "operator:" + me.Username, "", "user.disabled"},
		{[]string{"user", "enable", "dwhitfield"}, "alice", "operator:alice", "", "user.enabled"},
		{[]string{"user", "unlock", "dwhitfield", "--verified", "called back", "--as", "Bob Ops"}, "alice", "operator:Bob Ops", "alice", "user.unlocked"},
		{[]string{"user", "show", "dwhitfield", "--as", "alice"}, "alice", "operator:alice", "", "user.looked_at"},
		{[]string{"user", "reset", "enavarro", "--reason", "lost", "--verified", "known"}, "alice", "operator:alice", "", "registration.reset"},
		{[]string{"user", "make-admin", "dwhitfield"}, "alice", "operator:alice", "", "role.changed"},
		{[]string{"user", "first-admin", "--organization", "Harbor", "--npi", "1245319599", "--username", "hfirst", "--first-name", "Ha", "--last-name", "First", "--email", "ha@harbor.example"}, "alice", "operator:alice", "", "user.invited"},
		{[]string{"registration-code", "issue", "--npi", "1234567893"}, "alice", "operator:alice", "", "registration_code.issued"},
		{[]string{"client", "add", "--name", "App", "--redirect-uri", "https://app.example/cb", "--json"}, "alice", "operator:alice", "", "client.added"},
		{[]string{"client", "rotate", "CLIENT"}, "alice", "operator:alice", "", "client.rotated"},
		{[]string{"client", "remove", "CLIENT"}, "alice", "operator:alice", "", "client.removed"},
		{[]string{"keys", "rotate"}, "alice", "operator:alice", "", "keys.rotated"},
		{[]string{"import", "users", users}, "alice", "operator:alice", "", "imported"},
		{[]string{"import", "contracts", contracts}, "alice", "operator:alice", "", "imported"},
		{[]string{"rollout", "invite", "--rate", "6000", "--most", "1"}, "alice", "operator:alice", "", "link.sent"},
	} {
		for i, arg := range tc.args {
			if arg == "CLIENT" {
				tc.args[i] = id
			}
		}
		out, code := run(t, []string{"SUDO_USER=" + tc.sudo}, append(tc.args, "--data", data)...)
		if code != 0 {
			t.Errorf("%v: %d %s", tc.args, code, out)
		}
		if tc.kind == "client.added" {
			_, rest, _ := strings.Cut(out, `"client_id":"`)
			id, _, _ = strings.Cut(rest, `"`)
		}
		detail := rows()[tc.kind]
		if detail["by"] != tc.want || detail["login"] != tc.login {
			t.Errorf("%v: %s by %q, login %q, want %q, %q", tc.args, tc.kind, detail["by"], detail["login"], tc.want, tc.login)
		}
	}
	for _, as := range []string{"", " ", "two\nlines", strings.Repeat("x", 65)} {
		if out, code := run(t, nil, "user", "unlock", "dwhitfield", "--verified", "x", "--data", data, "--as", as); code == 0 || !strings.Contains(out, "--as") {
			t.Errorf("--as %q: %d %s", as, code, out)
		}
	}
}
