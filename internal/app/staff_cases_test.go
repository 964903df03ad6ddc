package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
	"sallyport/internal/sqldb"
)

// staffCase is the address of a case in a reviewer's list.
var staffCase = regexp.MustCompile(`href="(/staff/cases/[0-9a-z]+)"`)

// submitHarbor signs an administrator of Harbor Home Health in, submits a request for Luis Peña
// there, and returns the case's number.
func (w *world) submitHarbor(b *tab) string {
	w.t.Helper()
	w.signIn(b, w.another(harborAdmin()))
	b.post("/cases", url.Values{"consumer": {w.consumer("SM-204937")}})
	b.completes()
	b.click("Submit")
	number := caseNumber.FindString(b.text())
	if number == "" {
		w.t.Fatalf("Harbor's case is not submitted: %d %s", b.status, b.text())
	}
	return number
}

// A reviewer finds the cases of every organization on CASES, by status, number, program and
// contract, and HOME says what is to do. Each case that a list shows opens.
func TestStaffCases(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		harbor, provider, staff := newTab(w), newTab(w), newTab(w)
		number := w.submitHarbor(harbor)
		w.signIn(provider, pat)
		w.signInStaff(staff, demo.StaffEmail)

		staff.open("/home")
		for _, words := range []string{"0 New messages", "Waiting to be decided 3", "Assigned to you 0", "Overdue 0", "Decided this month 1", "Next due", "Lakeside Family Clinic", "Harbor Home Health", number} {
			if !staff.sees(words) {
				t.Errorf("HOME does not show %q: %s", words, staff.text())
			}
		}
		if staff.sees("Request Saved But Not Submitted") || staff.sees("Work-in-progress") {
			t.Errorf("HOME shows a provider's figures: %s", staff.text())
		}

		staff.open("/cases")
		for _, words := range []string{"Organization", "Lakeside Family Clinic", "Harbor Home Health", "Arroyo-Vega, Tomás", "Peña, Luis", number} {
			if !staff.sees(words) {
				t.Errorf("CASES does not show %q: %s", words, staff.text())
			}
		}
		if n := len(w.opens(staff)); n != 3 {
			t.Errorf("CASES shows %d cases, want 3", n)
		}
		if staff.find(linkOf("Not submitted")) != nil || staff.find(linkOf("Certified")) == nil {
			t.Errorf("the statuses: %s", staff.text())
		}

		// Harbor's case is decided.
		staff.open("/search?q=" + number)
		path := staff.url.Path
		if !strings.HasPrefix(path, "/staff/cases/") {
			t.Fatalf("the number leads to %s", staff.url)
		}
		staff.click("Take this case")
		if staff.open("/home"); !staff.sees("Assigned to you 1") || !staff.sees("Waiting to be decided 3") {
			t.Errorf("HOME after a claim: %s", staff.text())
		}
		staff.open(path)
		staff.pick("outcome", "certified")
		staff.click("Write down the decision")
		if staff.open("/home"); !staff.sees("Waiting to be decided 2") || !staff.sees("Assigned to you 0") || !staff.sees("Decided this month 2") || staff.sees(number) {
			t.Errorf("HOME after the decision: %s", staff.text())
		}
		if staff.open("/cases?status=certified"); !staff.sees(number) || !staff.sees("Okonkwo, Amara") || len(w.opens(staff)) != 2 {
			t.Errorf("the certified cases: %s", staff.text())
		}
		w.clock.add(30 * 24 * time.Hour)
		w.signInStaff(staff, demo.StaffEmail)
		if staff.open("/home"); !staff.sees("Overdue 2") || !staff.sees("Decided this month 0") {
			t.Errorf("HOME a month later: %s", staff.text())
		}

		// Search and contract narrow the lists.
		if staff.open("/search?q=sm-hh"); !staff.sees(number) || !staff.sees("Arroyo-Vega, Tomás") || staff.sees("Okonkwo") || len(w.opens(staff)) != 2 {
			t.Errorf("by program: %s", staff.text())
		}
		staff.open("/cases")
		staff.fill("Contract:", "childrens-health")
		staff.click("Show")
		if !staff.sees("No records found.") || staff.url.Path != "/cases" {
			t.Errorf("under the other contract: %s", staff.text())
		}
		if staff.open("/home"); !staff.sees("Waiting to be decided 0") || staff.sees("Lakeside Family Clinic") {
			t.Errorf("HOME under the other contract: %s", staff.text())
		}
		if staff.open("/staff/queue"); !staff.sees("0 Waiting to be decided") || staff.sees("Lakeside Family Clinic") {
			t.Errorf("the queue under the other contract: %s", staff.text())
		}
		if staff.open("/search?q=" + number); staff.url.Path != path {
			t.Errorf("the number leads to %s whatever contract is selected", staff.url)
		}
		if staff.open("/consumers"); staff.find(func(n *html.Node) bool { return attr(n, "name") == "number" }) != nil {
			t.Errorf("CONSUMERS is open to reviewers: %s", staff.text())
		}

		// A provider's lists are the organization's own, as before.
		w.signIn(provider, pat)
		for _, list := range []string{"/cases?status=submitted", "/cases?status=certified", "/search?q=sm-hh", "/search?q=" + number, "/home"} {
			if provider.open(list); provider.sees("Harbor Home Health") || provider.find(linkOf(number)) != nil || provider.find(hrefOf("/staff/")) != nil {
				t.Errorf("%s shows another organization's case to a provider: %s", list, provider.text())
			}
		}
		if provider.open("/cases"); !provider.sees("Okonkwo, Amara") {
			t.Errorf("the provider's drafts: %s", provider.text())
		}
	})
}

// opens follows each case that a list shows, and returns their addresses. A list never leads
// to a page that is not there.
func (w *world) opens(b *tab) (paths []string) {
	w.t.Helper()
	reader := b.sibling()
	paths = b.caseLinks()
	for _, path := range paths {
		if reader.open(b.base + path); reader.status != http.StatusOK {
			w.t.Errorf("%s lists %s, which answers %d", b.url, path, reader.status)
		}
	}
	return paths
}

// What a provider never submitted is the organization's own, also after it was withdrawn: no
// list of a reviewer shows it, and its address is not there.
func TestStaffSeeNoDrafts(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		provider, staff := newTab(w), newTab(w)
		w.signIn(provider, pat)
		provider.open("/home")
		provider.click("O’Shea, Wyatt")
		withdrawn := provider.url.Path
		provider.click("Withdraw this request")
		provider.open("/home")
		provider.click("Okonkwo, Amara")
		draft := provider.url.Path
		w.signInStaff(staff, demo.StaffEmail)
		for _, list := range []string{"/home", "/cases", "/cases?status=draft", "/cases?status=withdrawn", "/search?q=CH-EPS", "/staff/queue"} {
			if staff.open(list); staff.status != http.StatusOK || staff.sees("Shea") || strings.Contains(staff.body, strings.TrimPrefix(draft, "/cases/")) || staff.sees("Not submitted") {
				t.Errorf("%s shows a draft: %d %s", list, staff.status, staff.text())
			}
			w.opens(staff)
		}
		for _, path := range []string{withdrawn, draft} {
			if staff.open("/staff" + path); staff.status != http.StatusNotFound || staff.sees("Shea") || staff.sees("Okonkwo") {
				t.Errorf("/staff%s: %d", path, staff.status)
			}
		}
		if provider.open("/cases?status=withdrawn"); !provider.sees("O’Shea, Wyatt") {
			t.Errorf("the provider's own: %s", provider.text())
		}
	})
}

// Staff whose role does not include cases see none, on no page, and a sentence says why.
func TestStaffWithoutCases(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signInStaff(b, demo.StaffEmail)
		b.open("/cases")
		b.fill("Contract:", "state-medicaid")
		b.click("Show") // what stays selected hides nothing from the reports afterwards
		for _, role := range []string{"help_desk", "auditor", "break_glass"} {
			w.staffRoles(role)
			for _, list := range []string{"/home", "/cases", "/cases?status=submitted", "/cases?status=certified", "/search?q=SM-HH"} {
				b.open(list)
				if b.status != http.StatusOK || b.sees("Arroyo") || b.sees("Peña") || b.sees("Lakeside") || b.find(hrefOf("/staff/cases/")) != nil || b.sees("State Medicaid") {
					t.Errorf("%s at %s: %d %s", role, list, b.status, b.text())
				}
				if !b.sees("Your role does not include cases.") {
					t.Errorf("%s at %s is not told why: %s", role, list, b.text())
				}
			}
			if b.open("/home"); b.sees("New messages") != (role == "help_desk") {
				t.Errorf("the messages of %s: %s", role, b.text())
			}
		}
		w.staffRoles("auditor")
		if b.open("/reports"); !b.sees("6 Cases") {
			t.Errorf("the auditor's report: %s", b.text())
		}
	})
}

// staffRoles gives everybody who signed in as staff these roles, as their provider would.
func (w *world) staffRoles(roles string) {
	w.t.Helper()
	s := w.serving.Load().PortalStore
	if err := s.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE person SET roles = $1 WHERE name = $2`, roles, demo.StaffName)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

// A reviewer's list goes on page by page, in Spanish, too; no page skips or repeats a case, and
// it costs the same however many there are.
func TestStaffCasesInPages(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		const more = 60
		s := w.serving.Load().PortalStore
		if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
			found, err := s.ConsumersByNumber(tx, store.Scope{OrganizationID: "harbor"}, "SM-204937")
			if err != nil || len(found) != 1 {
				return fmt.Errorf("%d consumers, %w", len(found), err)
			}
			for range more {
				c := portal.Case{OrganizationID: "harbor", Organization: "Harbor Home Health", Consumer: found[0], Request: portal.Request{Type: "therapy", Program: "SM-OT", Urgency: "standard"}}
				if err := s.InsertCase(tx, &c, "Hal Admin"); err != nil {
					return err
				}
				c.Submit(tx.Now, time.UTC)
				if _, err := s.UpdateCase(tx, &c, "Hal Admin"); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		b := newTab(w)
		w.signInStaff(b, demo.StaffEmail)
		b.lang = "es"
		for list, want := range map[string]int{"/cases": more + 2, "/search?q=SM-OT": more + 1} {
			seen := map[string]bool{}
			for b.open(list); ; {
				if !b.sees("Organización") || !b.sees("Harbor Home Health") {
					t.Fatalf("%s: %s", b.url, b.text())
				}
				on := 0
				for _, path := range b.caseLinks() {
					if on++; seen[path] {
						t.Errorf("%s shows %s again", b.url, path)
					}
					seen[path] = true
				}
				next := b.find(hrefOf("after="))
				if on > 25 || next == nil {
					break
				}
				b.open(attr(next, "href"))
			}
			if len(seen) != want {
				t.Errorf("%s: %d cases, want %d", list, len(seen), want)
			}
		}
		for _, path := range []string{"/home", "/cases", "/cases?status=certified", "/search?q=SM-OT"} {
			before := s.DB.Stats()
			b.open(path)
			spent(t, path, s.DB, before, sqldb.Stats{Statements: 4})
		}
	})
}

// caseLinks are the addresses of the cases that a reviewer's list shows, each once.
func (b *tab) caseLinks() (paths []string) {
	for _, m := range staffCase.FindAllStringSubmatch(b.body, -1) {
		if !slices.Contains(paths, m[1]) {
			paths = append(paths, m[1])
		}
	}
	return paths
}
