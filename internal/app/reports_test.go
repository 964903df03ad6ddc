package app_test

import (
	"strings"
	"testing"

	"sallyport/internal/demo"
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// A report's cells are text to every spreadsheet (ASVS 1.2.10).
func TestReportsHaveNoFormulas(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	s := w.serving.Load().PortalStore
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
		return s.PutContract(tx, portal.Contract{ID: "state-medicaid", Name: "=HYPERLINK(\"http://x\")", MayAdd: true})
	}); err != nil {
		t.Fatal(err)
	}
	b := newTab(w)
	w.signIn(b, pat)
	b.open("/reports/cases.csv")
	if !strings.Contains(b.body, `"'=HYPERLINK(""http://x"")"`) || strings.Contains(b.body, ",=") || !strings.HasPrefix(b.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%s", b.body)
	}
	if b.open("/reports/turnaround.csv"); !strings.Contains(b.body, "2026-11,standard,certified,1,0,0.0\n") {
		t.Errorf("%s", b.body)
	}
	if n := w.audited("report.read"); n != 2 {
		t.Errorf("%d reports in the audit log", n)
	}
}

// How far people have come with their registration is for who administers them, and staff.
func TestReportsOfRegistration(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	user, admin, other, staff := newTab(w), newTab(w), newTab(w), newTab(w)
	w.signIn(user, dana)
	w.signIn(admin, pat)
	w.signIn(other, w.another(harborAdmin()))
	w.signInStaff(staff, demo.StaffEmail)
	for b, want := range map[*tab]string{admin: "Registered by phone 2", other: "Registered by email 1", staff: "Registered by phone 2"} {
		if b.open("/reports"); !b.sees("Registration progress") || !b.sees(want) {
			t.Errorf("it lacks %q: %s", want, b.text())
		}
	}
	if user.open("/reports"); user.status != 200 || user.sees("Registration progress") {
		t.Errorf("a user's: %s", user.text())
	}
}
