package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sallyport/internal/demo"
)

// Help has a page for each task of who looks, and no other's; it is searched by words, with
// accents or without, and ends with whom to ask.
func TestGuide(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	user, admin, staff := newTab(w), newTab(w), newTab(w)
	w.signIn(user, dana)
	w.signIn(admin, pat)
	w.signInStaff(staff, demo.StaffEmail)
	user.open("/home")
	user.click("Help")
	if i, j := strings.Index(user.text(), "What is MFA?"), strings.Index(user.text(), "How Multi-Factor Authentication Works"); i < 0 || j < i || !user.sees("1-555-010-0199") || user.sees("Manage users") || user.sees("The review queue") {
		t.Errorf("a user's: %s", user.text())
	}
	if admin.open("/guide"); !admin.sees("Manage users") || admin.sees("The review queue") {
		t.Errorf("an administrator's: %s", admin.text())
	}
	if staff.open("/guide"); !staff.sees("The review queue") || staff.sees("Create and submit a request") {
		t.Errorf("staff's: %s", staff.text())
	}
	for b, hidden := range map[*tab]string{user: "/guide/users", admin: "/guide/queue", staff: "/guide/case"} {
		if b.open(hidden); b.status != http.StatusNotFound {
			t.Errorf("%s: %d", hidden, b.status)
		}
	}
	if user.open("/guide/nothing"); user.status != http.StatusNotFound {
		t.Errorf("no such page: %d", user.status)
	}
	for _, tag := range []string{"en", "es"} { // every page has words, and every link leads to one
		user.lang = tag
		user.open("/guide?lang=" + tag)
		for _, link := range user.hrefs("/guide/") {
			if user.open(link); user.status != http.StatusOK || strings.Contains(user.body, "[guide.") || strings.Contains(user.body, "># ") {
				t.Errorf("%s in %s: %d", link, tag, user.status)
			}
		}
	}
	for asked, want := range map[string]string{"beneficiario numero": "Buscar o agregar un beneficiario", "FOTOGRAFÍAS": "Adjuntar archivos"} {
		if user.open("/guide?q=" + url.QueryEscape(asked)); !user.sees(want) {
			t.Errorf("%q: %s", asked, user.text())
		}
	}
	for _, asked := range []string{"xyzzy", `"><script>x`, strings.Repeat("x", 400)} {
		if user.open("/guide?q=" + url.QueryEscape(asked)); !user.sees("Ninguna página tiene esas palabras") || strings.Contains(user.body, "<script>x") {
			t.Errorf("%.20q: %s", asked, user.text())
		}
	}
}

// hrefs are the addresses of links that begin so.
func (b *tab) hrefs(prefix string) (list []string) {
	for n := range b.doc.Descendants() {
		if n.Data == "a" && strings.HasPrefix(attr(n, "href"), prefix) {
			list = append(list, attr(n, "href"))
		}
	}
	return list
}
