package app_test

import (
	"net/http"
	"strings"
	"testing"

	"sallyport/internal/demo"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
)

// A message for somebody who may not sign in any more, or whose role is gone, is mailed to
// who administers the organisation; one that a crash left untold is told by the sweep, once.
func TestMessageToWhoIsGone(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	staff, dana2 := newTab(w), newTab(w)
	w.signIn(dana2, dana)
	dana2.open("/messages/new")
	dana2.fill("Subject", "Faxes")
	dana2.fill("Message", "Our fax number changed.")
	dana2.click("Send")
	thread := dana2.url.Path
	w.change(func(s *store.Store, tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE account SET state = 'disabled' WHERE email = $1`, dana)
		return err
	})
	w.signInStaff(staff, demo.StaffEmail)
	staff.open(thread)
	staff.fill("Your answer", "Thank you. Which number is it now?")
	staff.click("Send")
	if staff.status != http.StatusOK {
		t.Fatalf("%d: %s", staff.status, staff.text())
	}
	until(t, "the administrator is told", func() bool { return w.mailed("pat.admin@lakeside.example") > 0 })
	if to, gone := w.mailed("pat.admin@lakeside.example"), w.mailed(dana); to != 1 || gone != 0 {
		t.Errorf("%d mails to the administrator, %d to who is gone", to, gone)
	}
	if n := w.rows(`SELECT COUNT(*) FROM message_notice`); n != 0 {
		t.Errorf("%d are still to be told", n)
	}
	s := w.serving.Load().PortalStore
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error { // as a crash between telling and noting leaves it
		_, err := tx.Exec(`INSERT INTO message_notice (message_id, sub, organization_id, due_at) SELECT id, '', 'lakeside', 1 FROM message WHERE staff AND thread_id = $1`, thread[len("/messages/"):])
		return err
	}); err != nil {
		t.Fatal(err)
	}
	staff.fill("Your answer", "Once more.")
	staff.click("Send")
	until(t, "everybody is told", func() bool { return w.rows(`SELECT COUNT(*) FROM message_notice`) == 0 })
	if m := w.mailed("pat.admin@lakeside.example"); m != 1 {
		t.Errorf("%d mails", m)
	}
}

// mailed counts the notices of messages to an address.
func (w *world) mailed(to string) (n int) {
	w.t.Helper()
	w.handedOver()
	for _, m := range w.desk(to) {
		if m.Channel == "email" && strings.Contains(m.Subject, "message waits") {
			n++
		}
	}
	return n
}
