package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/sqldb"
)

var caseRow = regexp.MustCompile(`href="(/staff/cases/[0-9a-z]+)">`)

// A reviewer's day and a provider's: a case is pended with a question, the provider is told
// by a mail that says nothing of it, sees a new message, answers; the case is certified,
// the letter is printed, and the report shows it.
func TestQuestionAnswerCertification(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		provider, staff := newTab(w), newTab(w)
		w.signIn(provider, pat)
		w.signInStaff(staff, demo.StaffEmail)
		staff.open("/home")
		staff.click("Review queue")
		if !staff.sees("2 Waiting to be decided") || !staff.sees("71 hours left") && !staff.sees("72 hours left") {
			t.Fatalf("the queue: %s", staff.text())
		}
		paths := caseRow.FindAllStringSubmatch(staff.body, -1)
		if len(paths) != 2 {
			t.Fatalf("the queue: %s", staff.text())
		}
		staff.open(paths[0][1]) // the urgent one
		if !staff.sees("Arroyo-Vega, Tomás") || !staff.sees("Urgent") || staff.sees("Write down the decision") {
			t.Fatalf("a case that nobody has: %s", staff.text())
		}
		path := strings.Replace(staff.url.Path, "/staff", "", 1)
		staff.click("Take this case")
		staff.pick("outcome", "pended")
		staff.click("Write down the decision")
		if staff.status != http.StatusUnprocessableEntity || !staff.sees("Write what the provider should answer.") || !strings.Contains(staff.body, `value="pended" checked`) {
			t.Errorf("no question: %d %s", staff.status, staff.text())
		}
		staff.pick("outcome", "pended")
		w.clock.add(time.Minute)
		staff.fill("What the provider is asked or told", "Which foot is it?\nAnd since when?")
		staff.click("Write down the decision")
		if !staff.sees("the provider is told") || !staff.sees("Pended") {
			t.Fatalf("pended: %d %s", staff.status, staff.text())
		}
		m := w.newest("pat.admin@lakeside.example", "email")
		if !strings.Contains(m.Subject, "message") || strings.Contains(m.Text, "foot") || strings.Contains(m.Text, "Arroyo") || strings.Contains(m.Text, "Sam") || !strings.Contains(m.Text, "/messages") {
			t.Errorf("the notice: %q %q", m.Subject, m.Text)
		}
		provider.open("/home")
		if !provider.sees("3 New messages") { // two came with the demo
			t.Fatalf("HOME: %s", provider.text())
		}
		provider.click("Go to Message Center")
		link := provider.find(hrefOf("/messages/0"))
		provider.open(attr(link, "href"))
		if !provider.sees("Which foot is it? And since when?") || !provider.sees("Sam Okoro · Staff") {
			t.Fatalf("the message: %s", provider.text())
		}
		provider.click("Send")
		if provider.status != http.StatusUnprocessableEntity || !provider.sees("Write something first.") {
			t.Errorf("nothing: %d", provider.status)
		}
		provider.fill("Your answer", "The left one, since October. <script>")
		picture, _ := aPicture(t)
		provider.attach("foot.png", picture)
		provider.click("Send")
		if !provider.sees("Sent.") || !provider.sees("foot.png") || strings.Contains(provider.body, "October. <script>") {
			t.Fatalf("the answer: %d %s", provider.status, provider.text())
		}
		if provider.open("/home"); !provider.sees("2 New messages") || !provider.sees("Submitted 2") {
			t.Errorf("HOME afterwards: %s", provider.text())
		}
		staff.open("/home")
		if !staff.sees("1 New messages") {
			t.Errorf("staff's HOME: %s", staff.text())
		}
		staff.click("Message center")
		staff.open(attr(staff.find(hrefOf("/messages/0")), "href"))
		if !staff.sees("The left one, since October.") {
			t.Fatalf("the answer: %s", staff.text())
		}
		staff.open(attr(staff.find(hrefOf("/attachments/")), "href"))
		if staff.body != string(picture) {
			t.Errorf("the picture: %d bytes", len(staff.body))
		}
		staff.open("/staff" + path)
		staff.pick("outcome", "certified")
		staff.click("Write down the decision")
		if !staff.sees("Certified") || !staff.sees("Authorization number") {
			t.Fatalf("certified: %d %s", staff.status, staff.text())
		}
		provider.open(path)
		if !provider.sees("Certified") || !provider.sees("Authorization number A261121-") || provider.sees("Withdraw") {
			t.Errorf("the provider's case: %s", provider.text())
		}
		provider.click("Determination letter")
		for _, words := range []string{"Notice of determination", "Tomás Arroyo-Vega", "SM-205466", "G0299 36 36", "Lakeside Family Clinic", "2026-11-21", "It does not promise payment"} {
			if !provider.sees(words) {
				t.Errorf("the letter lacks %q: %s", words, provider.text())
			}
		}
		provider.click("Save as a file")
		if d := provider.header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="determination-`) || strings.Contains(provider.body, "/static/") || strings.Count(provider.body, "<html") != 1 || !provider.sees("Tomás Arroyo-Vega") {
			t.Errorf("the file: %s, %s", d, provider.text())
		}
		for who, b := range map[string]*tab{"staff": staff, "provider": provider} {
			b.open("/reports")
			if !b.sees("Certified 2 33 %") || !b.sees("2026-11 Urgent 1 0 100 %") {
				t.Errorf("%s's report: %s", who, b.text())
			}
		}
		provider.open(path)
		number := caseNumber.FindString(provider.text())
		if staff.open("/search?q=" + number); number == "" || staff.url.Path != "/staff"+path {
			t.Errorf("a reviewer's search of %q leads to %s", number, staff.url)
		}
		if n, m := w.audited("case.decided"), w.audited("case.claimed"); n != 2 || m != 1 {
			t.Errorf("audited: %d decisions, %d claims", n, m)
		}
	})
}

// Nobody decides twice: of two reviewers at once one takes a case, and a decision of who
// has not the case, or saw it as it was before, is refused with what was typed kept.
func TestTwoReviewersOnOneCase(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		one, two := newTab(w), newTab(w)
		w.signInStaff(one, demo.StaffEmail)
		w.signInStaff(two, demo.SecondReviewer)
		one.open("/staff/queue")
		path := caseRow.FindStringSubmatch(one.body)[1]
		one.open(path)
		two.open(path)
		var all sync.WaitGroup
		for _, b := range []*tab{one, two} {
			all.Go(func() { b.click("Take this case") })
		}
		all.Wait()
		winner, loser := one, two
		if one.status == http.StatusConflict {
			winner, loser = two, one
		}
		if winner.status != http.StatusOK || loser.status != http.StatusConflict || !loser.sees("Somebody else took this case") || loser.sees("Write down the decision") {
			t.Fatalf("%d and %d: %s", one.status, two.status, loser.text())
		}
		loser.click("Take it over")
		winner.pick("outcome", "not_certified")
		winner.fill("Reason", "necessity")
		winner.fill("Specific reason, in words", "Nothing in the request shows why nursing is needed.")
		winner.click("Write down the decision")
		if winner.status != http.StatusConflict || !winner.sees("Not decided") || !strings.Contains(winner.body, "this case is with") && !winner.sees("This case is with") {
			t.Errorf("who lost the case: %d %s", winner.status, winner.text())
		}
		statuses := map[int]int{}
		loser.pick("outcome", "certified")
		for _, s := range loser.doubleClick("Write down the decision", 4) {
			statuses[s]++
		}
		if n := w.rows(`SELECT COUNT(*) FROM determination WHERE outcome = 'certified'`); n != 2 { // one came with the demo
			t.Errorf("%d decisions, %v", n, statuses)
		}
		winner.open(path)
		if winner.sees("Take it over") || winner.sees("Write down the decision") || !winner.sees("Certified") {
			t.Errorf("decided: %s", winner.text())
		}
		winner.post(path+"/claim", url.Values{"from": {""}})
		if winner.status != http.StatusConflict {
			t.Errorf("claiming a decided case: %d", winner.status)
		}
	})
}

// T-23: nothing of reviewers is there for providers, and no conversation or letter for
// another organisation; each try stands in the audit log.
func TestReviewsAndMessagesOfOthers(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	owner, other, staff := newTab(w), newTab(w), newTab(w)
	w.signIn(owner, dana)
	w.signIn(other, w.another(harborAdmin()))
	w.signInStaff(staff, demo.StaffEmail)
	owner.open("/messages")
	thread := attr(owner.find(hrefOf("/messages/0")), "href")
	owner.open(thread)
	owner.fill("Your answer", "With a file")
	owner.attach("plan.pdf", aPDF(90))
	owner.click("Send")
	file := attr(owner.find(hrefOf("/attachments/")), "href")
	staff.open("/staff/queue")
	review := caseRow.FindStringSubmatch(staff.body)[1]
	letter := "/cases/" + w.certified() + "/letter"
	if owner.open(letter); owner.status != http.StatusOK {
		t.Fatalf("the owner's letter: %d", owner.status)
	}
	for who, b := range map[string]*tab{"owner": owner, "other": other} {
		before, tries := w.audited("act.refused"), 0
		for _, path := range []string{"/staff/queue", review, review + "/letter", review + "/attachments/x"} {
			tries++
			if b.open(path); b.status != http.StatusNotFound || b.sees("Arroyo") {
				t.Errorf("%s: GET %s: %d", who, path, b.status)
			}
		}
		for _, act := range []string{"/claim", "/release", "/decide"} {
			tries++
			if b.post(review+act, url.Values{"outcome": {"certified"}, "version": {"2"}}); b.status != http.StatusNotFound {
				t.Errorf("%s: POST %s: %d", who, act, b.status)
			}
		}
		if n := w.audited("act.refused") - before; n != tries {
			t.Errorf("%s: %d tries, %d refusals", who, tries, n)
		}
	}
	before, tries := w.audited("act.refused"), 0
	for _, path := range []string{thread, file, letter, "/messages/new?case=" + w.certified()} {
		tries++
		if other.open(path); other.status != http.StatusNotFound || other.sees("With a file") {
			t.Errorf("GET %s: %d", path, other.status)
		}
	}
	for _, act := range []string{thread + "/reply", thread + "/settle"} {
		tries++
		if other.post(act, url.Values{"body": {"mine"}}); other.status != http.StatusNotFound {
			t.Errorf("POST %s: %d", act, other.status)
		}
	}
	tries++
	if other.post("/messages/new", url.Values{"subject": {"s"}, "body": {"mine"}, "case": {w.certified()}}); other.status != http.StatusNotFound {
		t.Errorf("about another's case: %d", other.status)
	}
	tries++
	if owner.post(thread+"/settle", nil); owner.status != http.StatusNotFound {
		t.Errorf("a provider settled: %d", owner.status)
	}
	if n := w.audited("act.refused") - before; n != tries {
		t.Errorf("%d tries, %d refusals", tries, n)
	}
	helper := newTab(w) // of staff, and no reviewer
	w.signInStaff(helper, demo.StaffEmail)
	w.roles("help_desk")
	for _, path := range []string{thread, file, "/staff/queue", review} {
		if helper.open(path); helper.status != http.StatusNotFound || helper.sees("With a file") {
			t.Errorf("the help desk: GET %s: %d", path, helper.status)
		}
	}
	if helper.open("/messages?all=1"); !helper.sees("No records found.") {
		t.Errorf("the help desk's messages: %s", helper.text())
	}
	if other.open("/messages"); !other.sees("No records found.") {
		t.Errorf("Harbor's messages: %s", other.text())
	}
	if other.open("/reports"); !other.sees("0 Cases") || other.sees("Certified 1") {
		t.Errorf("Harbor's report: %s", other.text())
	}
	if other.open("/reports/cases.csv"); other.body != "contract_id,contract,status,case_type,cases\n" {
		t.Errorf("Harbor's CSV: %q", other.body)
	}
}

// roles gives the portal's people of staff other roles, as their provider might.
func (w *world) roles(roles string) {
	w.t.Helper()
	s := w.serving.Load().PortalStore
	if err := s.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE person SET roles = $1 WHERE roles LIKE '%help_desk%'`, roles)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

// certified is the id of the demo's certified case.
func (w *world) certified() (id string) {
	w.t.Helper()
	if err := w.serving.Load().PortalStore.Read(w.t.Context()).QueryRow(`SELECT id FROM service_request WHERE status = 'certified'`).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	return id
}
