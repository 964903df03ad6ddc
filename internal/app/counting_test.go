package app_test

import (
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/sqldb"
)

// A whole sign-in with phone, delivery and the page after it included: at most
// six commits and thirty statements.
func TestSignInIsCheap(t *testing.T) {
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		w.poll = time.Hour // looking for others' messages is not of this sign-in
		w.restart()
		b := newTab(w)
		before := w.serving.Load().Store.DB.Stats()
		b.signInTo("phone", "dana.phone@lakeside.example")
		b.click("Send Code")
		b.fill("Verification code", w.newest("+12025550185", "sms").Code)
		b.click("Verify Code")
		if !b.sees("Dana Whitfield") {
			t.Fatal(b.text())
		}
		after := w.serving.Load().Store.DB.Stats()
		spent := sqldb.Stats{Commits: after.Commits - before.Commits, Statements: after.Statements - before.Statements}
		t.Logf("spent %+v", spent)
		if spent.Commits > 6 || spent.Statements > 30 {
			t.Errorf("a sign-in took %d commits and %d statements", spent.Commits, spent.Statements)
		}
	})
}
