package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A second application is registered while the demo runs, signs in with the same
// session, gets a new secret, and is removed.
func TestClientCommands(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if out, code := run(t, nil, "client", "list", "--data", data); code != 1 || !strings.Contains(out, "no demo's folder") {
		t.Errorf("in an empty folder: %d %s", code, out)
	}
	p := startDemo(t, data, "127.0.0.1:0")
	add := func(args ...string) (map[string]string, int, string) {
		out, code := run(t, nil, append([]string{"client", "add", "--data", data, "--json"}, args...)...)
		var got map[string]string
		json.Unmarshal([]byte(out), &got)
		return got, code, out
	}
	got, code, out := add("--name", "Scheduling", "--redirect-uri", "http://127.0.0.1:9/a", "--redirect-uri", "http://127.0.0.1:9/b", "--without-pkce")
	if code != 0 || len(got) != 3 || got["issuer"] != p.base || len(got["client_secret"]) != 43 || !strings.HasPrefix(got["client_id"], "client-") {
		t.Fatalf("%d %s", code, out)
	}
	if _, code, out := add("--name", "Evil", "--redirect-uri", "http://evil.example/cb"); code != 1 || !strings.Contains(out, "must be https") {
		t.Errorf("an address in clear: %d %s", code, out)
	}

	v := newVisitor(t)
	v.get(p.base + "/signin/phone")
	v.post("sign_in", "email", "dana.phone@lakeside.example", "password", "correct horse battery staple")
	v.post("send_code")
	v.post("verify", "code", p.newest("+12025550185", "sms")["code"].(string))
	if v.url.Path != "/home" || !strings.Contains(v.page, "Dana Whitfield") {
		t.Fatalf("%s\n%s", v.url, v.page)
	}
	v.http.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "127.0.0.1:9" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	enter := func(uri string) (code string) {
		resp, err := v.http.Get(p.base + "/oauth2/authorize?" + url.Values{"client_id": {got["client_id"]}, "redirect_uri": {uri}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		to, _ := url.Parse(resp.Header.Get("Location"))
		return to.Query().Get("code")
	}
	redeem := func(uri, text string) int {
		req, _ := http.NewRequest(http.MethodPost, p.base+"/oauth2/token", strings.NewReader(url.Values{"grant_type": {"authorization_code"}, "code": {enter(uri)}, "redirect_uri": {uri}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(got["client_id"], text)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for _, uri := range []string{"http://127.0.0.1:9/a", "http://127.0.0.1:9/b"} {
		if status := redeem(uri, got["client_secret"]); status != 200 {
			t.Errorf("%s: %d", uri, status)
		}
	}

	out, code = run(t, nil, "client", "rotate", got["client_id"], "--data", data, "--keep", "0s", "--json")
	var next map[string]string
	if json.Unmarshal([]byte(out), &next); code != 0 || next["client_secret"] == got["client_secret"] {
		t.Fatalf("rotate: %d %s", code, out)
	}
	if old, fresh := redeem("http://127.0.0.1:9/a", got["client_secret"]), redeem("http://127.0.0.1:9/a", next["client_secret"]); old != 401 || fresh != 200 {
		t.Errorf("old secret %d, new one %d", old, fresh)
	}
	if out, code := run(t, nil, "client", "list", "--data", data); code != 0 || !strings.Contains(out, "Scheduling") || strings.Contains(out, next["client_secret"]) {
		t.Errorf("list: %d %s", code, out)
	}
	if out, code := run(t, nil, "client", "remove", got["client_id"], "--data", data); code != 0 {
		t.Errorf("remove: %d %s", code, out)
	}
	if enter("http://127.0.0.1:9/a") != "" {
		t.Error("removed, and it is answered")
	}
	for _, act := range [][]string{{"remove"}, {"rotate"}} {
		if out, code := run(t, nil, append([]string{"client", act[0], got["client_id"]}, "--data", data)...); code != 1 || !strings.Contains(out, "there is no") {
			t.Errorf("%s what is not there: %d %s", act[0], code, out)
		}
	}
	p.kill() // and while nothing runs
	if got, code, out := add("--name", "Later", "--redirect-uri", "https://later.example/cb", "--public"); code != 0 || got["client_secret"] != "" || got["issuer"] != p.base {
		t.Errorf("%d %s", code, out)
	}
}

func TestKeysCommands(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := startDemo(t, data, "127.0.0.1:0")
	published := func() int {
		v := newVisitor(t)
		v.get(p.base + "/oauth2/keys")
		return strings.Count(v.page, `"kid"`)
	}
	if published() != 2 {
		t.Fatalf("%d keys", published())
	}
	if out, code := run(t, nil, "keys", "rotate", "--data", data); code != 0 || !strings.Contains(out, "ten minutes") {
		t.Errorf("%d %s", code, out)
	}
	out, code := run(t, nil, "keys", "list", "--data", data)
	if code != 0 || strings.Count(out, "signing") != 2 || strings.Count(out, " next ") != 2 {
		t.Errorf("%d %s", code, out)
	}
	if out, code := run(t, nil, "keys", "rotate", "--compromised", "--data", data); code != 0 || !strings.Contains(out, "withdrawn") {
		t.Errorf("%d %s", code, out)
	}
	if out, _ := run(t, nil, "keys", "list", "--data", data); strings.Count(out, "signing") != 2 || strings.Count(out, "withdrawn") != 4 {
		t.Errorf("%s", out)
	}
}

// Clients of the configuration, with a secret in a file; what is wrong with one
// is said before anything starts.
func TestConfiguredClients(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secretFile := write("secret", strings.Repeat("s", 40)+"\n")
	base := "public_url: https://signin.pier.example\nlisten: 127.0.0.1:0\ndata_dir: " + dir + "\nemail: {from: a@pier.example, smtp: {host: localhost, tls: none}}\noidc:\n  clients:\n"
	good := write("good.yaml", base+"  - {id: emr, name: Records, secret_file: "+secretFile+", redirect_uris: [https://emr.example/cb]}\n")
	if out, code := run(t, nil, "config", "check", "--config", good); code != 0 {
		t.Errorf("%d %s", code, out)
	}
	if out, _ := run(t, nil, "config", "print", "--config", good); !strings.Contains(out, "id: emr") || strings.Contains(out, "ssss") {
		t.Errorf("%s", out)
	}
	bad := write("bad.yaml", base+"  - {id: emr, name: Records, secret: short, redirect_uris: [https://emr.example/cb]}\n  - {id: emr, name: Again, public: true, redirect_uris: [http://emr.example/cb]}\n")
	out, code := run(t, nil, "config", "check", "--config", bad)
	for _, want := range []string{"at least 32 characters", "there twice", "must be https"} {
		if code != 1 || !strings.Contains(out, want) {
			t.Errorf("no %q in %d %s", want, code, out)
		}
	}
}

// A code that an operator issues opens the registration, as often as it says.
func TestRegistrationCodeCommand(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := startDemo(t, data, "127.0.0.1:0")
	out, code := run(t, nil, "registration-code", "issue", "--npi", "1245319599", "--uses", "1", "--data", data)
	issued := strings.TrimSpace(out)
	if code != 0 || len(issued) != 15 {
		t.Fatalf("%d %s", code, out)
	}
	register := func(username string) string {
		v := newVisitor(t)
		v.get(p.base + "/register/new")
		v.post("organization", "npi", "1245319599", "registration_code", strings.ToLower(issued))
		if !strings.Contains(v.page, "Harbor Home Health") {
			return v.page
		}
		v.post("user", "username", username, "first_name", "A", "last_name", "B", "user_email", username+"@harbor.example", "confirm_email", username+"@harbor.example", "fax", "2025550119")
		return v.page
	}
	if page := register("first"); !strings.Contains(page, "within 20 minutes") {
		t.Errorf("%s", page)
	}
	if page := register("second"); !strings.Contains(page, "do not belong together") {
		t.Errorf("used twice: %s", page)
	}
	for _, bad := range [][]string{{"--npi", "1245319590"}, {"--npi", "1987654328"}, {"--npi", "1245319599", "--uses", "0"}, {"--npi", "1245319599", "--life", "1h"}} {
		if out, code := run(t, nil, append([]string{"registration-code", "issue", "--data", data}, bad...)...); code != 1 {
			t.Errorf("%v: %d %s", bad, code, out)
		}
	}
}
