package app_test

import (
	"testing"
	"time"

	"sallyport/internal/demo"
	"sallyport/internal/door/factor"
)

// Staff see how each call of a person went, step by step, in the carrier's words; and that
// one was reported, and what opens the account.
func TestStaffSeeTheCourseOfCalls(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	called := newTab(w)
	w.ringing(called)
	if err := w.serving.Load().Engine.CallEvent(t.Context(), w.newest("+12025550185", "voice").ID, factor.EventBusy, "SIP 486 Busy Here"); err != nil {
		t.Fatal(err)
	}
	w.clock.add(21 * time.Second)
	called.reload()
	called.click("Call Me")
	w.phone("+12025550185", "answer", "")
	w.clock.add(5 * time.Second)
	w.tick()
	w.event(factor.EventStar)
	b := newTab(w)
	w.signInStaff(b, demo.StaffEmail)
	b.open("/staff/users/" + demo.SampleID("dwhitfield"))
	for _, want := range []string{"SIP 486 Busy Here", "Busy", "Reported: not asked for", "rang ", " · answered ", " · prompt ended ", " · ended ", "Closed: somebody reported a call"} {
		if !b.sees(want) {
			t.Errorf("the help desk does not see %q: %s", want, b.text())
		}
	}
}

// ringing signs Dana in as far as her ringing telephone.
func (w *world) ringing(b *tab) {
	w.t.Helper()
	b.signInTo("PHONE", "dana.phone@lakeside.example")
	b.click("Call Me")
}
