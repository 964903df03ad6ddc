package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sallyport/internal/config"
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

var caseNumber = regexp.MustCompile(`\b\d{6}-\d{6}\b`)

// completes fills everything in that a draft lacks.
func (b *tab) completes() {
	b.t.Helper()
	for label, value := range map[string]string{"Case type": "home_health", "Program": "SM-HH", "Request type": "prior", "Urgency": "urgent", "Servicing provider (NPI)": "12453 19599", "Diagnosis 1": "i69.351",
		"Code": "g0151", "Units": "12", "From": "2026-12-01", "To": "2027-01-31"} {
		b.fill(label, value)
	}
	b.fill("What the reviewer should know", "Twice a week.\nThe plan of care follows.")
}

// A provider's day: what is unfinished stands on HOME; it is completed, submitted, numbered,
// and found by its number and its programme.
func TestCaseFromHomeToSubmitted(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, pat)
		b.open("/home")
		if !b.sees("Not submitted 2") || !b.sees("Submitted 2") || !b.sees("Work-in-progress 1") || !b.sees("Okonkwo, Amara") {
			t.Fatalf("HOME: %s", b.text())
		}
		b.click("Okonkwo, Amara")
		path := b.url.Path
		b.click("Submit")
		if b.status != http.StatusUnprocessableEntity || !b.sees("Choose the urgency.") {
			t.Errorf("incomplete: %d %s", b.status, b.text())
		}
		b.completes()
		b.click("Save")
		if b.url.Path != path || !b.sees("Saved. It is not submitted yet.") || !strings.Contains(b.body, "Twice a week.") {
			t.Fatalf("saved: %s", b.text())
		}
		b.open(path)
		b.click("Submit")
		number := caseNumber.FindString(b.text())
		if number == "" || !b.sees("I69.351") || !b.sees("G0151 × 12, 2026-12-01 – 2027-01-31") || !b.sees("1245319599") {
			t.Fatalf("submitted: %s", b.text())
		}
		b.open("/home")
		if !b.sees("Not submitted 1") || !b.sees("Submitted 3") {
			t.Errorf("HOME afterwards: %s", b.text())
		}
		for _, q := range []string{number, " " + number + " "} {
			if b.open("/search?q=" + url.QueryEscape(q)); b.url.Path != path {
				t.Errorf("searched %q, at %s", q, b.url)
			}
		}
		if b.open("/search?q=sm-hh"); !b.sees(number) || b.sees("Peña") {
			t.Errorf("by programme: %s", b.text())
		}
		if b.open("/search?q=" + url.QueryEscape(`"><script>x`)); !b.sees("No records found.") || strings.Contains(b.body, "<script>x") {
			t.Errorf("nonsense: %s", b.text())
		}
		// It is a record now: a late save or a second click changes nothing.
		b.post(path+"/submit", url.Values{"version": {"2"}, "notes": {"late"}})
		if b.status != http.StatusConflict || !b.sees("can't be changed any more") || b.sees("late") {
			t.Errorf("a second submission: %d %s", b.status, b.text())
		}
		b.click("Withdraw this request")
		if !b.sees("The request was withdrawn.") || !b.sees("Withdrawn") || b.sees("Withdraw this request") {
			t.Errorf("withdrawn: %s", b.text())
		}
	})
}

// Two people edit one draft: who saves second is told, sees the other's words, and loses none.
func TestTwoPeopleEditOneDraft(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		one, two := newTab(w), newTab(w)
		w.signIn(one, pat)
		w.signIn(two, dana)
		for _, b := range []*tab{one, two} {
			b.open("/home")
			b.click("Okonkwo, Amara")
		}
		one.fill("What the reviewer should know", "Pat's words")
		one.click("Save")
		two.fill("What the reviewer should know", "Dana's words")
		two.click("Save")
		if two.status != http.StatusConflict || !two.sees("saved meanwhile by Pat Alvarez") || !two.sees("Pat's words") || !strings.Contains(two.body, "Dana&#39;s words") {
			t.Fatalf("%d: %s", two.status, two.text())
		}
		two.fill("What the reviewer should know", "Pat's words, and Dana's words")
		two.click("Save")
		one.reload()
		if !strings.Contains(one.body, "Pat&#39;s words, and Dana&#39;s words") {
			t.Errorf("afterwards: %s", one.text())
		}
	})
}

// A case begins with a consumer, and a draft keeps whatever is typed.
func TestCaseBeginsWithAConsumer(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, pat)
	b.open("/home")
	b.click("Create case")
	b.fill("Consumer ID", "SM-204937")
	b.click("Find")
	b.click("Peña, Luis")
	b.click("Create a case for this consumer")
	if !b.sees("Request that is not submitted") || !b.sees("SM-204937") {
		t.Fatalf("at %s: %s", b.url, b.text())
	}
	b.fill("Diagnosis 1", "something with the knee")
	b.fill("Units", "many")
	b.click("Save")
	if b.status != http.StatusOK || !strings.Contains(b.body, `value="something with the knee"`) || !strings.Contains(b.body, `value="many"`) {
		t.Errorf("a draft lost what was typed: %s", b.text())
	}
	b.post(b.url.Path+"/save", url.Values{"version": {"2"}, "notes": {strings.Repeat("é", 20_001)}})
	if b.status != http.StatusUnprocessableEntity || !b.sees("at most 20000 characters") || !strings.Contains(b.body, strings.Repeat("é", 20_001)) {
		t.Errorf("long notes: %d", b.status)
	}
}

// T-23: another organisation's case is not there on any route, and each try is written down.
func TestCasesOfOthers(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b, other := newTab(w), newTab(w)
	w.signIn(b, pat)
	b.open("/home")
	b.click("Okonkwo, Amara")
	path := b.url.Path
	w.signIn(other, w.another(harborAdmin()))
	other.open(path)
	if other.status != http.StatusNotFound || other.sees("Okonkwo") {
		t.Errorf("GET: %d", other.status)
	}
	for _, act := range []string{"/save", "/submit", "/withdraw"} {
		if other.post(path+act, url.Values{"version": {"1"}, "notes": {"mine"}}); other.status != http.StatusNotFound {
			t.Errorf("%s: %d", act, other.status)
		}
	}
	other.post("/cases", url.Values{"consumer": {"no-such"}})
	if n := w.audited("act.refused"); other.status != http.StatusNotFound || n != 5 {
		t.Errorf("%d, %d refusals", other.status, n)
	}
	other.open("/home")
	if !other.sees("No records found.") || other.sees("Okonkwo") {
		t.Errorf("Harbor's HOME: %s", other.text())
	}
	if b.reload(); b.sees("mine") || !b.sees("Not submitted") {
		t.Errorf("changed by another: %s", b.text())
	}
}

// Where the operator has a list of codes, a request names those alone; what the list says
// of them stands beside them. None is shipped: without one the shape is judged (H-9).
func TestCodeLists(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, pat)
	s := w.serving.Load().PortalStore
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
		return s.PutCodes(tx, portal.DiagnosisCodes, []portal.Code{{Code: "I69.351", Description: "Hemiplegia after a stroke"}}, "run", func(bool, bool) {})
	}); err != nil {
		t.Fatal(err)
	}
	b.open("/home")
	b.click("Okonkwo, Amara")
	if !b.sees("Hemiplegia after a stroke") {
		t.Errorf("described: %s", b.text())
	}
	path := b.url.Path
	b.completes()
	b.fill("Diagnosis 2", "E11.9")
	b.click("Submit")
	if b.status != http.StatusUnprocessableEntity || !b.sees("This code is not in the list") || !strings.Contains(b.body, `id="diagnosis_2" name="diagnosis_2" value="E11.9"`) {
		t.Errorf("not listed: %d %s", b.status, b.text())
	}
	b.fill("Diagnosis 2", "")
	b.fill("Diagnosis 1", "i69351")
	b.click("Submit")
	if !b.sees("I69.351 Hemiplegia after a stroke") || caseNumber.FindString(b.text()) == "" {
		t.Errorf("submitted: %d %s", b.status, b.text())
	}
	b.post("/codes/diagnosis", url.Values{"q": {"STROKE"}})
	if b.body != `[{"code":"I69.351","text":"Hemiplegia after a stroke"}]`+"\n" {
		t.Errorf("looked up: %s", b.body)
	}
	for _, q := range []string{"", "%", "xx", strings.Repeat("x", 500)} {
		if b.post("/codes/diagnosis", url.Values{"q": {q}}); b.body != "[]\n" {
			t.Errorf("%.10q: %s", q, b.body)
		}
	}
	if b.post("/codes/nothing", url.Values{"q": {"I69"}}); b.status != http.StatusNotFound {
		t.Errorf("another system: %d", b.status)
	}
	if b.open(path); !b.sees("Hemiplegia") {
		t.Errorf("the record: %s", b.text())
	}
}
