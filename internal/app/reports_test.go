package app_test

import (
	"strings"
	"testing"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// A report's cells are text to every spreadsheet (ASVS 1.2.10).
func TestReportsHaveNoFormulas(t *testing.T) {
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
