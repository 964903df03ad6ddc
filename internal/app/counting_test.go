package app_test

import (
	"net/http"
	"strings"
	"testing"

	"sallyport/internal/config"
	"sallyport/internal/sqldb"
)

// What a sign-in with phone costs: the door's part, delivery included, at most five
// commits and 28 statements; the way through the provider to the portal's
// HOME one commit in each database more.
func TestSignInIsCheap(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		w.quiet = true // only what the person does is counted
		w.restart()
		w.signIn(newTab(w), "pat.admin@lakeside.example") // the keys are made, and the portal knows the provider
		b := newTab(w)
		b.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.Path, "/portal/") {
				return http.ErrUseLastResponse
			}
			return nil
		}
		door, portal := w.serving.Load().Store.DB, w.serving.Load().PortalStore.DB
		doorBefore, portalBefore := door.Stats(), portal.Stats()
		w.signIn(b, "dana.phone@lakeside.example")
		spent(t, "the door's part", door, doorBefore, sqldb.Stats{Commits: 5, Statements: 28})
		spent(t, "the door's part, in the portal", portal, portalBefore, sqldb.Stats{})

		doorBefore, portalBefore = door.Stats(), portal.Stats()
		b.client.CheckRedirect = nil
		b.open("/home")
		if !b.sees("Dana Whitfield") {
			t.Fatal(b.text())
		}
		spent(t, "the portal's part, in the door", door, doorBefore, sqldb.Stats{Commits: 2, Statements: 7}) // the second: whose names HOME showed
		spent(t, "the portal's part", portal, portalBefore, sqldb.Stats{Commits: 1, Statements: 6})
	})
}

func spent(t *testing.T, what string, db *sqldb.DB, before, most sqldb.Stats) {
	t.Helper()
	after := db.Stats()
	s := sqldb.Stats{Commits: after.Commits - before.Commits, Statements: after.Statements - before.Statements}
	t.Logf("%s: %+v", what, s)
	if s.Commits > most.Commits || s.Statements > most.Statements {
		t.Errorf("%s took %d commits and %d statements", what, s.Commits, s.Statements)
	}
}
