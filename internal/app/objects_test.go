package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/sqldb"
)

// T-23, ASVS 8.2.2, 8.2.3: what belongs to an organisation, under a contract, is not there
// for anybody else on any route: another organisation's administrator, staff who have none,
// a colleague after the contract has ended. Each try stands in the audit log.
func TestObjectsOfOthers(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		owner := newTab(w)
		w.signIn(owner, pat)
		owner.open("/home")
		owner.click("O’Shea, Wyatt")
		owner.attach("plan.pdf", aPDF(100))
		owner.click("Save")
		path := owner.url.Path
		file := attr(owner.find(hrefOf("/attachments/")), "href")
		consumer := attr(owner.find(hrefOf("/consumers/")), "href")
		version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(owner.body)[1]

		other, staff, colleague := newTab(w), newTab(w), newTab(w)
		w.signIn(other, w.another(harborAdmin()))
		w.signInStaff(staff, demo.StaffEmail)
		w.signIn(colleague, dana)
		for who, b := range map[string]*tab{"another organisation": other, "staff": staff, "after the contract": colleague} {
			if b == colleague {
				w.underContract("lakeside", "childrens-health", false)
			}
			before := w.audited("act.refused")
			tries := 0
			for _, get := range []string{path, file, consumer, path + "/attachments/none"} {
				tries++
				if b.open(get); b.status != http.StatusNotFound || strings.Contains(b.body, "Shea") || strings.Contains(b.body, "%PDF") {
					t.Errorf("%s: GET %s: %d", who, get, b.status)
				}
			}
			for _, post := range []string{"/save", "/submit", "/withdraw"} {
				tries++
				if b.post(path+post, url.Values{"version": {version}, "notes": {"theirs"}, "remove": {file[strings.LastIndex(file, "/")+1:]}}); b.status != http.StatusNotFound {
					t.Errorf("%s: POST %s: %d", who, post, b.status)
				}
			}
			tries++
			if b.post("/cases", url.Values{"consumer": {consumer[strings.LastIndex(consumer, "/")+1:]}}); b.status != http.StatusNotFound {
				t.Errorf("%s: POST /cases: %d", who, b.status)
			}
			if n := w.audited("act.refused") - before; n != tries {
				t.Errorf("%s: %d tries, %d refusals in the audit log", who, tries, n)
			}
			if b.post("/consumers/find", url.Values{"number": {"CH-31254"}}); strings.Contains(b.body, "Shea") {
				t.Errorf("%s: found by ID", who)
			}
			for _, list := range []string{"/home", "/cases", "/search?q=CH-EPS"} {
				if b.open(list); strings.Contains(b.body, "Shea") {
					t.Errorf("%s: %s shows it", who, list)
				}
			}
			w.underContract("lakeside", "childrens-health", true)
		}
		if owner.open(path); owner.status != http.StatusOK || strings.Contains(owner.body, "theirs") || !owner.sees("plan.pdf") || !owner.sees("Not submitted") {
			t.Errorf("afterwards: %d %s", owner.status, owner.text())
		}
	})
}

// A link to a case leads there through the sign-in, and for whom it is not to no case.
func TestDeepLinksSurviveTheSignIn(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, pat)
	b.open("/home")
	b.click("O’Shea, Wyatt")
	path := b.url.Path
	for _, target := range []string{path, "/cases?status=submitted", "/search?q=CH-EPS"} {
		later := newTab(w)
		later.open(target)
		if later.url.Path == path {
			t.Fatal("nobody had to sign in")
		}
		w.signInHere(later, dana)
		if got := later.url.RequestURI(); got != target {
			t.Errorf("%s leads to %s", target, got)
		}
	}
	later := newTab(w)
	later.open(path)
	w.signInHere(later, w.another(harborAdmin()))
	if later.status != http.StatusNotFound || strings.Contains(later.body, "Shea") {
		t.Errorf("another organisation's: %d", later.status)
	}
}

// A page with everything that it loads is small, and its looks are one request.
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, pat)
	for range 30 { // more than a page holds
		b.post("/cases", url.Values{"consumer": {w.consumer("SM-204811")}})
	}
	for _, path := range []string{"/home", "/cases", "/cases?status=submitted", "/search?q=SM-HH", "/consumers"} {
		b.open(path)
		whole, styles := len(b.body), 0
		for _, m := range regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`).FindAllStringSubmatch(b.body, -1) {
			resp := w.ask("GET", m[1])
			whole += int(resp.ContentLength)
			if strings.Contains(resp.Header.Get("Content-Type"), "css") {
				styles++
			}
		}
		whole += 26_832 // the typeface, which the styles name
		if whole > 100_000 || styles != 1 {
			t.Errorf("%s: %d bytes, %d requests for styles", path, whole, styles)
		}
	}
}

// consumer is the id of one by their number.
func (w *world) consumer(number string) (id string) {
	w.t.Helper()
	if err := w.serving.Load().PortalStore.Read(w.t.Context()).QueryRow(`SELECT id FROM consumer WHERE number = $1`, number).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// underContract lets an organisation work under a contract, or no more.
func (w *world) underContract(organization, contract string, active bool) {
	w.t.Helper()
	s := w.serving.Load().PortalStore
	put := s.PutOrganizationContract
	if !active {
		put = s.RemoveOrganizationContract
	}
	if err := s.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		_, err := put(tx, organization, contract)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

// signInHere signs in where the visitor was sent, with e-mail or phone.
func (w *world) signInHere(b *tab, email string) {
	w.t.Helper()
	if phones[email] == "" {
		b.click("Login with email")
	} else {
		b.click("Login with phone")
	}
	b.fill("Email Address", email)
	b.fill("Password", "correct horse battery staple")
	b.click("Sign in")
	w.secondStep(b, email)
}
