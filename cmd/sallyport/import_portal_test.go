package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The portal's files are taken into a running demo, consumers killed in the middle and
// taken again: none is lost, none there twice; who works under the contract sees them.
func TestPortalImportCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "demo")
	p := startDemo(t, data, "127.0.0.1:0")
	takes := func(kind, text, want string, code int) {
		t.Helper()
		path := filepath.Join(dir, kind+".csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, got := run(t, nil, "import", kind, "--data", data, path); got != code || !strings.Contains(out, want) {
			t.Fatalf("%s: %d %s", kind, got, out)
		}
	}
	takes("contracts", "id,name,may_add\ncounty,County Plan,no\n", "1 added, 0 changed, 0 unchanged, 0 rejected", 0)
	takes("programs", "id,contract,name\nCP-HH,county,Home Health\n", "1 added", 0)
	takes("contract-organizations", "contract,npi\ncounty,1234567893\ncounty,1679576722\n", "1 added, 0 changed, 0 unchanged, 1 rejected", 1)
	takes("diagnosis-codes", "code,description\nF82,Coordination disorder\nI69351,Hemiplegia\n", "2 added", 0)
	takes("service-codes", "code,description\n97110,Exercise\n", "1 added", 0)
	const rows = 30_000
	var text strings.Builder
	text.WriteString("contract,number,first_name,last_name,birth_date\n")
	for n := range rows {
		fmt.Fprintf(&text, "county,CP-%d,Ada,Person%s,1950-01-%02d\n", n, strings.Repeat("x", n%7), 1+n%28)
	}
	path := filepath.Join(dir, "consumers.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for kills := range 2 {
		killImport(t, filepath.Join(data, "portal.db"), 1000*(1+kills), "consumers", "--data", data, path)
		endLease(t, filepath.Join(data, "portal.db"))
	}
	out, code := run(t, nil, "import", "consumers", "--data", data, path)
	if code != 0 || !strings.Contains(out, fmt.Sprintf("to line %d", rows+1)) || !strings.Contains(out, " 0 rejected") {
		t.Fatalf("%d %s", code, out)
	}
	if out, code := run(t, nil, "import", "consumers", "--data", data, path); code != 0 || !strings.Contains(out, fmt.Sprintf("0 added, 0 changed, %d unchanged", rows)) {
		t.Errorf("the same file again: %d %s", code, out)
	}
	if out, code := run(t, nil, "audit", "export", "--data", data); code != 0 || !strings.Contains(out, `"kind":"consumers"`) {
		t.Errorf("the audit log: %d", code)
	}
	v := newVisitor(t)
	v.get(p.base + "/signin/phone")
	v.post("sign_in", "email", "dana.phone@lakeside.example", "password", "correct horse battery staple")
	v.post("send_code")
	v.post("verify", "code", p.newest("+12025550185", "sms")["code"].(string))
	resp, err := v.http.PostForm(p.base+"/consumers/find", map[string][]string{"number": {"cp-29999"}})
	v.take(resp, err)
	if !strings.Contains(v.page, "Person"+strings.Repeat("x", 29999%7)+", Ada") || !strings.Contains(v.page, "County Plan") {
		t.Errorf("an imported consumer: %s", v.page)
	}
}
