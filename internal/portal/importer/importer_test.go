package importer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/internal/intake"
	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

// each is a portal with a contract, where Lakeside is known.
func each(t *testing.T, fn func(t *testing.T, i *Importer)) {
	sqldbtest.Each(t, store.Migrations, func(t *testing.T, address string) {
		now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
		s := &store.Store{DB: sqldbtest.Open(t, address, func() time.Time { return now }), Keys: secret.NewKeys()}
		if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
			return s.PutContract(tx, portal.Contract{ID: "state", Name: "State"})
		}); err != nil {
			t.Fatal(err)
		}
		fn(t, &Importer{Store: s, Organization: func(_ context.Context, name string) (string, error) {
			return map[string]string{"1234567893": "lake", "lake": "lake"}[name], nil
		}})
	})
}

func (i *Importer) imports(t *testing.T, kind, text string, dry bool) (counts, rejects string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), kind+".csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := intake.Run(t.Context(), i.Store.DB, i.Kinds()[kind], intake.Options{File: path, Clock: time.Now, DryRun: dry})
	if err != nil {
		t.Fatal(err)
	}
	list, _ := os.ReadFile(path + ".rejects.csv")
	return fmt.Sprintf("%d+ %d~ %d= %d-", p.Added, p.Changed, p.Unchanged, p.Rejected), string(list)
}

// Every kind of file: what is taken, what a second time changes, and what is refused, with
// its field.
func TestFiles(t *testing.T) {
	for _, tc := range []struct{ kind, text, want, again, rejects string }{
		{"contracts", "Contract,Name,May add\nmedicaid,Medicaid,yes\nkids,Kids’ program,\nbad id,x,\nm2,<b>,\nm3,M3,perhaps\n", "2+ 0~ 0= 3-", "0+ 0~ 2= 3-", "4,id,"},
		{"programs", "id,contract,name\nst-hh,state,Home health\nST-2,state,\nST-3,none,Other\n", "1+ 0~ 0= 2-", "0+ 0~ 1= 2-", "4,contract,there is no contract"},
		{"contract-organizations", "contract,npi,active\nstate,1234567893,\nnone,lake,\nstate,1679576722,\nstate,lake,maybe\n", "1+ 0~ 0= 3-", "0+ 0~ 1= 3-", "4,organization,there is no organisation"},
		{"consumers", "contract,Member ID,First,Last,DOB\nstate,sm 1,Amara,Okonkwo,6/2/1948\nstate,SM-2,Luis,Peña,1971-11-30\nstate,SM-1,Amara,Okonkwo,1948-06-02\nstate,SM1,Amara,Twice,1948-06-02\n" +
			"none,SM-3,No,Contract,1948-06-02\nstate,SM-4,,Nameless,1948-06-02\nstate,SM-5,Future,Born,2031-01-01\nstate,S*,A,B,1948-06-02\n", "3+ 0~ 0= 5-", "0+ 0~ 3= 5-", "5,number,it stands on line 2 already"},
		{"diagnosis-codes", "code,description\nI69351,Hemiplegia\nE11.9,Diabetes\nnonsense,x\nE119,\n", "2+ 0~ 0= 2-", "0+ 0~ 2= 2-", "4,code,"},
		{"service-codes", "HCPC\tDescription\ng0151\tPhysical therapy at home\n97110\tExercise\nlong1234\tx\n", "2+ 0~ 0= 1-", "0+ 0~ 2= 1-", "4,code,"},
	} {
		t.Run(tc.kind, func(t *testing.T) {
			each(t, func(t *testing.T, i *Importer) {
				if dry, _ := i.imports(t, tc.kind, tc.text, true); dry != tc.want {
					t.Errorf("dry: %s, want %s", dry, tc.want)
				}
				if got, rejects := i.imports(t, tc.kind, tc.text, false); got != tc.want || !strings.Contains(rejects, tc.rejects) {
					t.Errorf("%s, want %s; rejects %q", got, tc.want, rejects)
				}
				if got, _ := i.imports(t, tc.kind, tc.text, false); got != tc.again {
					t.Errorf("again: %s, want %s", got, tc.again)
				}
			})
		})
	}
}

// A corrected file changes what is there: names by which people are found, a contract's
// name, who works under it; a program stays with its contract.
func TestCorrections(t *testing.T) {
	each(t, func(t *testing.T, i *Importer) {
		tx, in := i.Store.Read(t.Context()), store.Scope{OrganizationID: "lake"}
		i.imports(t, "contracts", "id,name\nother,Other\n", false)
		i.imports(t, "contract-organizations", "contract,organization\nstate,lake\n", false)
		i.imports(t, "programs", "id,contract,name\nHH,state,Home\n", false)
		i.imports(t, "consumers", "contract,number,first_name,last_name,birth_date\nstate,A1,Luis,Pena,1971-11-30\n", false)
		before, err := i.Store.ConsumersByNumber(tx, in, "A1")
		if err != nil || len(before) != 1 {
			t.Fatalf("%v, %v", before, err)
		}
		if got, _ := i.imports(t, "consumers", "contract,number,first_name,last_name,birth_date\nstate,A1,Luisa,Peña,1971-12-01\n", false); got != "0+ 1~ 0= 0-" {
			t.Errorf("consumers: %s", got)
		}
		after, err := i.Store.ConsumersByName(tx, in, "luisa", "pena", "1971-12-01")
		if err != nil || len(after) != 1 || after[0].ID != before[0].ID || after[0].LastName != "Peña" {
			t.Errorf("%v, %v", after, err)
		}
		if old, err := i.Store.ConsumersByName(tx, in, "luis", "pena", "1971-11-30"); err != nil || len(old) != 0 {
			t.Errorf("found by the old name: %v, %v", old, err)
		}
		if got, rejects := i.imports(t, "programs", "id,contract,name\nHH,other,Home\n", false); got != "0+ 0~ 0= 1-" || !strings.Contains(rejects, "another contract") {
			t.Errorf("programs: %s %s", got, rejects)
		}
		if got, _ := i.imports(t, "contracts", "id,name,may_add\nstate,The State,true\n", false); got != "0+ 1~ 0= 0-" {
			t.Errorf("contracts: %s", got)
		}
		if list, err := i.Store.ContractsOf(tx, "lake"); err != nil || len(list) != 1 || list[0] != (portal.Contract{ID: "state", Name: "The State", MayAdd: true}) {
			t.Errorf("%v, %v", list, err)
		}
		if got, _ := i.imports(t, "contract-organizations", "contract,organization,active\nstate,lake,false\n", false); got != "0+ 1~ 0= 0-" {
			t.Errorf("contract-organizations: %s", got)
		}
		if gone, err := i.Store.ConsumersByNumber(tx, in, "A1"); err != nil || len(gone) != 0 {
			t.Errorf("under a contract that ended: %v, %v", gone, err)
		}
	})
}

// A whole new list retires what it has no more; one of which rows were refused does not.
func TestCodeLists(t *testing.T) {
	each(t, func(t *testing.T, i *Importer) {
		tx := i.Store.Read(t.Context())
		list := func() string {
			found, err := i.Store.Descriptions(tx, portal.DiagnosisCodes, []string{"I69.351", "E11.9", "Z00.00"})
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(found)
		}
		if has, err := i.Store.HasCodes(tx, portal.DiagnosisCodes); has || err != nil {
			t.Errorf("shipped with a list: %v, %v", has, err)
		}
		i.imports(t, "diagnosis-codes", "code,description\nI69.351,Hemiplegia\nE119,Diabetes\n", false)
		i.imports(t, "diagnosis-codes", "code,description\nE119,Diabetes mellitus\nnonsense,x\n", false)
		if got := list(); got != "map[E11.9:Diabetes mellitus I69.351:Hemiplegia]" {
			t.Errorf("after a list with refused rows: %s", got)
		}
		if got, _ := i.imports(t, "diagnosis-codes", "code,description\nE119,Diabetes mellitus\nZ0000,Examination\n", false); got != "1+ 0~ 1= 0-" {
			t.Error(got)
		}
		if got := list(); got != "map[E11.9:Diabetes mellitus Z00.00:Examination]" {
			t.Errorf("after a whole list: %s", got)
		}
		for typed, want := range map[string]string{"e11": "E11.9", "E11.": "E11.9", "EXAM": "Z00.00", "100%": "", "_": "", "mell": "E11.9"} {
			found, err := i.Store.FindCodes(tx, portal.DiagnosisCodes, typed)
			if err != nil || len(found) > 1 || (len(found) == 1) != (want != "") || len(found) == 1 && found[0].Code != want {
				t.Errorf("%q finds %v, %v", typed, found, err)
			}
		}
		if found, err := i.Store.FindCodes(tx, portal.ServiceCodes, "E11"); err != nil || len(found) != 0 {
			t.Errorf("another system's: %v, %v", found, err)
		}
	})
}
