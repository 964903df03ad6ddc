package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
	"sallyport/internal/intake"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

const (
	bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	ssha   = "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9gdOoPjzX9RWHXhAZM="
	ours   = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

// house is a database with Lakeside in it.
func house(t *testing.T, address string) *Importer {
	t.Helper()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	s := &store.Store{DB: sqldbtest.Open(t, address, func() time.Time { return now }), Keys: secret.NewKeys()}
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
		return s.InsertOrganization(tx, account.Organization{ID: "lake", Name: "Lakeside", NPI: "1234567893", Active: true})
	}); err != nil {
		t.Fatal(err)
	}
	return &Importer{Store: s}
}

func each(t *testing.T, fn func(t *testing.T, i *Importer)) {
	sqldbtest.Each(t, store.Migrations, func(t *testing.T, address string) { fn(t, house(t, address)) })
}

// file writes a file into a folder of its own.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (i *Importer) imports(t *testing.T, kind, path string, change ...func(*intake.Options)) *intake.Progress {
	t.Helper()
	o := intake.Options{File: path, Clock: time.Now}
	for _, c := range change {
		c(&o)
	}
	run := map[string]func(context.Context, intake.Options) (*intake.Progress, error){"users": i.Users, "organizations": i.Organizations}[kind]
	p, err := run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (i *Importer) find(t *testing.T, username string) *account.Account {
	t.Helper()
	a, err := i.Store.AccountByUsername(i.Store.Read(t.Context()), username)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func counts(p *intake.Progress) string {
	return fmt.Sprintf("%d added, %d changed, %d unchanged, %d rejected", p.Added, p.Changed, p.Unchanged, p.Rejected)
}

const head = "username,first_name,last_name,organization,email,role,password_hash\n"

// What an old portal may have written: every row is taken, or refused with its line,
// its field and the reason.
func TestRows(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", (64<<10)+1)
	for name, tc := range map[string]struct {
		file, text string
		want       string // counts
		rejects    string
		change     func(*intake.Options)
	}{
		"plain":           {"a.csv", head + "jo,Jo,Rivera,1234567893,jo@a.example,user," + bcrypt + "\n", "1 added, 0 changed, 0 unchanged, 0 rejected", "", nil},
		"mark and CRLF":   {"a.csv", "\xef\xbb\xbf" + strings.ReplaceAll(head+"jo,Jo,Rivera,1234567893,jo@a.example,,\n", "\n", "\r\n"), "1 added, 0 changed, 0 unchanged, 0 rejected", "", nil},
		"no end of line":  {"a.csv", head + "jo,Jo,Rivera,lake,jo@a.example,ADMIN,", "1 added, 0 changed, 0 unchanged, 0 rejected", "", nil},
		"semicolons":      {"a.csv", strings.ReplaceAll(head+"jo,Jo,Rivera,lake,jo@a.example,,\n", ",", ";"), "1 added, 0 changed, 0 unchanged, 0 rejected", "", nil},
		"quotes":          {"a.csv", head + "jo,\"Jo \"\"J\"\"\",\"Rivera, Jr\",lake,jo@a.example,,\n\nmin,\"Min\nChen\",Chen,lake,min@a.example,,\n", "2 added, 0 changed, 0 unchanged, 0 rejected", "", nil},
		"open quote":      {"a.csv", head + "jo,\"Jo,Rivera,lake,jo@a.example,,\nmin,Min,Chen,lake,min@a.example,,\n", "1 added, 0 changed, 0 unchanged, 1 rejected", "2,,a quotation mark is not closed", nil},
		"too few fields":  {"a.csv", head + "jo,Jo\nmin,Min,Chen,lake,min@a.example,,\n", "1 added, 0 changed, 0 unchanged, 1 rejected", "2,,\"it has 2 fields, the header 7\"", nil},
		"ten megabytes":   {"a.csv", head + "jo," + strings.Repeat(long, 160) + ",Rivera,lake,jo@a.example,,\nmin,Min,Chen,lake,min@a.example,,\n", "1 added, 0 changed, 0 unchanged, 1 rejected", "2,,the line is longer", nil},
		"wrong encoding":  {"a.csv", head + "jo,Jos\xe9,Rivera,lake,jo@a.example,,\n", "0 added, 0 changed, 0 unchanged, 1 rejected", "2,first_name,it is not UTF-8", nil},
		"right encoding":  {"a.csv", head + "jo,Jos\xe9,Rivera,lake,jo@a.example,,\n", "1 added, 0 changed, 0 unchanged, 0 rejected", "", func(o *intake.Options) { o.Encoding = "windows-1252" }},
		"twice":           {"a.csv", head + "jo,Jo,Rivera,lake,jo@a.example,,\nJO,Jo,Other,lake,jo2@a.example,,\n", "1 added, 0 changed, 0 unchanged, 1 rejected", "3,username,it stands on line 2 already", nil},
		"shared address":  {"a.csv", head + "jo,Jo,Rivera,lake,desk@a.example,,\nmin,Min,Chen,lake,desk@a.example,,\n", "2 added, 0 changed, 0 unchanged, 0 rejected", "", nil},
		"unknown org":     {"a.csv", head + "jo,Jo,Rivera,1245319599,jo@a.example,,\n", "0 added, 0 changed, 0 unchanged, 1 rejected", "2,organization,there is no organisation", nil},
		"bad mail":        {"a.csv", head + "jo,Jo,Rivera,lake,jo at a.example,,\n", "0 added, 0 changed, 0 unchanged, 1 rejected", "2,email,it is no plain e-mail address", nil},
		"role":            {"a.csv", head + "jo,Jo,Rivera,lake,jo@a.example,king,\n", "0 added, 0 changed, 0 unchanged, 1 rejected", "2,role,", nil},
		"plain password":  {"a.csv", head + "jo,Jo,Rivera,lake,jo@a.example,,Portal-Pass-2020\n", "0 added, 0 changed, 0 unchanged, 1 rejected", "2,password_hash,it is no hash that we know", nil},
		"absurd cost":     {"a.csv", head + "jo,Jo,Rivera,lake,jo@a.example,," + strings.Replace(bcrypt, "$05$", "$31$", 1) + "\n", "0 added, 0 changed, 0 unchanged, 1 rejected", "2,password_hash,\"this hash costs too much to check", nil},
		"a gibibyte":      {"a.csv", head + "jo,Jo,Rivera,lake,jo@a.example,,\"" + strings.Replace(ours, "m=19456", "m=1048576", 1) + "\"\nmin,Min,Chen,lake,min@a.example,,\n", "1 added, 0 changed, 0 unchanged, 1 rejected", "2,password_hash,\"this hash costs too much to check: more than 256 MiB", nil},
		"address literal": {"a.csv", head + "jo,Jo,Rivera,lake,jo@[127.0.0.1],,\n", "0 added, 0 changed, 0 unchanged, 1 rejected", "2,email,it is no plain e-mail address", nil},
		"formula":         {"a.csv", head + "jo,'=cmd,Rivera,lake,jo@a.example,,\n", "1 added, 0 changed, 0 unchanged, 0 rejected", "", nil},
		"other names":     {"a.csv", "Login;Display Name;NPI;Mail;Code\njo;Jo Rivera;lake;jo@a.example;" + bcrypt + "\n", "1 added, 0 changed, 0 unchanged, 0 rejected", "", func(o *intake.Options) { o.Map = []string{"password_hash=Code"} }},
		"JSON lines":      {"a.jsonl", `{"username":"jo","name":"Jo Rivera","npi":1234567893,"email":"jo@a.example"}` + "\n{broken\n[1]\n" + `{"username":{"a":1}}` + "\n", "1 added, 0 changed, 0 unchanged, 3 rejected", "3,,it is not one JSON object", nil},
		"registered":      {"a.csv", "username,name,organization,email,password_hash,state,method,phone\njo,Jo R,lake,jo@a.example,\"" + ours + "\",registered,phone,+12025550123\nmin,Min C,lake,jo@a.example,\"" + ours + "\",registered,email,\n", "1 added, 0 changed, 0 unchanged, 1 rejected", "3,email,somebody else signs in with it", nil},
		"foreign hash":    {"a.csv", "username,name,organization,email,password_hash,state,method\njo,Jo R,lake,jo@a.example," + bcrypt + ",registered,email\n", "0 added, 0 changed, 0 unchanged, 1 rejected", "2,password_hash,a registered person", nil},
		"foreign argon2":  {"a.csv", "username,name,organization,email,password_hash,state,method\njo,Jo R,lake,jo@a.example,\"" + strings.Replace(ours, "p=1", "p=4", 1) + "\",registered,email\n", "0 added, 0 changed, 0 unchanged, 1 rejected", "2,password_hash,a registered person", nil},
		"rejects as text": {"a.csv", "=cmd,name,organization,email,username\nx,Jo R,lake,jo@a.example,jo\ny,Jo\xe9,lake,a@a.example,j2\n", "1 added, 0 changed, 0 unchanged, 1 rejected", "3,name,", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := house(t, sqldbtest.SQLite(t, sqldbtest.Of(store.Migrations)))
			path := file(t, tc.file, tc.text)
			var change []func(*intake.Options)
			if tc.change != nil {
				change = append(change, tc.change)
			}
			dry := i.imports(t, "users", path, append(change, func(o *intake.Options) { o.DryRun = true })...)
			if i.find(t, "jo") != nil || i.find(t, "min") != nil {
				t.Error("a dry run wrote")
			}
			p := i.imports(t, "users", path, change...)
			text, _ := os.ReadFile(path + ".rejects.csv")
			if counts(p) != tc.want || counts(dry) != tc.want || !strings.Contains(string(text), tc.rejects) || (tc.rejects == "") != (len(text) == 0) {
				t.Errorf("%s (dry: %s), want %s; rejects %q", counts(p), counts(dry), tc.want, text)
			}
		})
	}
}

func TestWhatComesOfARow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *Importer) {
		i.imports(t, "users", file(t, "a.csv", head+"Jo.R,Jo,Rivera,1234567893,Jo@A.example,administrator,"+ssha+"\nmin,'+Min,Chen,lake,min@a.example,,\n"))
		jo, min := i.find(t, "jo.r"), i.find(t, "min")
		if jo == nil || jo.Role != account.Admin || jo.State != account.Imported || jo.OldHash != ssha || jo.Email != "jo@a.example" || jo.FileEmail != "jo@a.example" || jo.Terms != "" || jo.Organization != "Lakeside" {
			t.Errorf("%+v", jo)
		}
		if min == nil || min.FirstName != "+Min" || min.OldHash != "" || min.Terms != account.NoTerms {
			t.Errorf("%+v", min)
		}
		if list, err := i.Store.Decoys(i.Store.Read(t.Context())); err != nil || len(list) != 1 {
			t.Errorf("decoys %v, %v", list, err)
		}
		found, _, err := i.Store.Directory(i.Store.Read(t.Context()), store.DirectoryQuery{Search: "rivera", Most: 5})
		if err != nil || len(found) != 1 {
			t.Errorf("the directory finds %v, %v", found, err)
		}
	})
}

// The same file again changes nothing; a corrected one changes who has not begun, and
// nobody who has registered.
func TestImportIsIdempotent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *Importer) {
		text := head + "jo,Jo,Rivera,lake,jo@a.example,,\nmin,Min,Chen,lake,min@a.example,,\nbea,Bea,Wright,lake,bea@a.example,,\n"
		path := file(t, "a.csv", text)
		i.imports(t, "users", path)
		if p := i.imports(t, "users", path); counts(p) != "0 added, 0 changed, 3 unchanged, 0 rejected" {
			t.Errorf("again: %s", counts(p))
		}
		min := i.find(t, "min")
		if err := i.Store.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := i.Store.BecomeHalf(tx, min.ID, min.Epoch, "min@own.example", ours, account.EmailMethod)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		corrected := strings.ReplaceAll(text, "@a.example", "@b.example")
		if p := i.imports(t, "users", file(t, "b.csv", corrected)); counts(p) != "0 added, 2 changed, 1 unchanged, 0 rejected" {
			t.Errorf("corrected: %s", counts(p))
		}
		if jo, min := i.find(t, "jo"), i.find(t, "min"); jo.FileEmail != "jo@b.example" || jo.Epoch != 2 || min.Email != "min@own.example" || min.State != account.Half {
			t.Errorf("%+v %+v", jo, min)
		}
	})
}

// An import that is interrupted anywhere goes on behind its last transaction: no row
// twice, none lost, the rejects file as if nothing had happened.
func TestImportGoesOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *Importer) {
		var text strings.Builder
		text.WriteString(head)
		const rows = 3000
		for n := range rows {
			org := "lake"
			if n%100 == 7 {
				org = "nowhere"
			}
			fmt.Fprintf(&text, "user%d,U,N%d,%s,user%d@a.example,,\n", n, n, org, n)
		}
		path := file(t, "a.csv", text.String())
		var last *intake.Progress
		for tries := 1; ; tries++ {
			ctx, cancel := context.WithCancel(t.Context())
			seen := 0
			p, err := i.Users(ctx, intake.Options{File: path, Clock: time.Now, Progress: func(intake.Progress) {
				if seen++; seen == 2 {
					cancel()
				}
			}})
			cancel()
			if err == nil {
				last = p
				break
			}
			if !errors.Is(err, context.Canceled) || tries > 50 {
				t.Fatal(err)
			}
			if err := i.Store.Write(t.Context(), func(tx *sqldb.Tx) error { // as after a crash: the lease runs out
				_, err := tx.Exec(`UPDATE import_run SET lease_until = 0`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			junk, _ := os.OpenFile(path+".rejects.csv", os.O_APPEND|os.O_WRONLY, 0)
			junk.WriteString("half a line that no transaction stands for")
			junk.Close()
		}
		if counts(last) != "2970 added, 0 changed, 0 unchanged, 30 rejected" {
			t.Errorf("in all: %s", counts(last))
		}
		var n int
		if err := i.Store.Read(t.Context()).QueryRow(`SELECT COUNT(*) FROM account`).Scan(&n); err != nil || n != 2970 {
			t.Errorf("%d accounts, %v", n, err)
		}
		rejects, err := os.ReadFile(path + ".rejects.csv")
		if lines := strings.Count(string(rejects), "\n"); err != nil || lines != 31 || strings.Contains(string(rejects), "half a line") {
			t.Errorf("%d lines of rejects, %v", lines, err)
		}
	})
}

// Two processes that import one file at once: one does.
func TestTwoImportsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *Importer) {
		path := file(t, "a.csv", head+strings.Repeat("jo,Jo,Rivera,lake,jo@a.example,,\n", 5000))
		started, tried, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		pause := sync.OnceFunc(func() { close(started); <-tried })
		go func() {
			_, err := i.Users(t.Context(), intake.Options{File: path, Clock: time.Now, Progress: func(intake.Progress) { pause() }})
			done <- err
		}()
		select {
		case <-started:
		case err := <-done:
			t.Fatalf("the first ended before it showed any progress: %v", err)
		}
		if _, err := i.Users(t.Context(), intake.Options{File: path, Clock: time.Now}); !errors.Is(err, intake.ErrImporting) {
			t.Errorf("the second: %v", err)
		}
		close(tried)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// What is exported imports unchanged elsewhere, and is exported the same there.
func TestExportRoundTrip(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *Importer) {
		i.imports(t, "users", file(t, "a.csv", "username,first_name,last_name,organization,email,role,password_hash,state,method,phone,registered_at\n"+
			"jo,'=Jo,\"Ri,vera\",lake,jo@a.example,admin,"+bcrypt+",,,,\nmin,Min,Chen,lake,min@a.example,user,\""+ours+"\",registered,phone,+12025550123,2026-10-01T09:00:00Z\n"))
		for _, format := range []intake.Format{intake.CSV, intake.JSONLines} {
			var first, second bytes.Buffer
			if n, err := i.Export(t.Context(), &first, format); n != 2 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			if format == intake.CSV && !strings.Contains(first.String(), "'=Jo") {
				t.Errorf("a spreadsheet would run it: %s", &first)
			}
			there := house(t, sqldbtest.SQLite(t, sqldbtest.Of(store.Migrations)))
			if p := there.imports(t, "users", file(t, "b."+string(format), first.String())); counts(p) != "2 added, 0 changed, 0 unchanged, 0 rejected" {
				t.Errorf("%s: %s", format, counts(p))
			}
			if _, err := there.Export(t.Context(), &second, format); err != nil || first.String() != second.String() {
				t.Errorf("%s: %v\n%s\n%s", format, err, &first, &second)
			}
		}
	})
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *Importer) {
		p := i.imports(t, "organizations", file(t, "o.csv", "NPI,Organization Name,active\n1234567893,Lakeside Clinic,true\n1245319599,Harbor,\n1234567890,Nobody,\n1245319599,Harbor,false\n"))
		if counts(p) != "1 added, 2 changed, 0 unchanged, 1 rejected" {
			t.Error(counts(p))
		}
		if o, err := i.Store.OrganizationByNPI(i.Store.Read(t.Context()), "1245319599"); err != nil || o.Active || o.Name != "Harbor" {
			t.Errorf("%+v %v", o, err)
		}
	})
}

// A column that is missing, or a file that is none, is said before anything is done.
func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	i := house(t, sqldbtest.SQLite(t, sqldbtest.Of(store.Migrations)))
	for name, text := range map[string]string{"a.csv": "", "b.csv": "username,email\njo,jo@a.example\n", "c.bin": "x"} {
		if _, err := i.Users(t.Context(), intake.Options{File: file(t, name, text), Clock: time.Now}); err == nil {
			t.Errorf("%s was imported", name)
		}
	}
	if _, err := i.Users(t.Context(), intake.Options{File: file(t, "a.csv", head), Map: []string{"nothing=x"}, Clock: time.Now}); err == nil {
		t.Error("a mapping of nothing was taken")
	}
}
