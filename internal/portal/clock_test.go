package portal

import (
	"testing"
	"time"
)

// Clocks across daylight saving, leap days and the turn of the year: 72 hours are hours,
// seven days are the calendar's, where the operator is.
func TestDue(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ urgency, at, due string }{
		{"standard", "2026-11-20T17:30:00-05:00", "2026-11-27T17:30:00-05:00"},
		{"standard", "2026-03-05T09:00:00-05:00", "2026-03-12T09:00:00-04:00"}, // an hour of that week is missing
		{"standard", "2026-10-28T09:00:00-04:00", "2026-11-04T09:00:00-05:00"}, // and here one is twice
		{"standard", "2026-03-01T02:30:00-05:00", "2026-03-08T01:30:00-05:00"}, // 02:30 is not there that day: an hour less, never one more
		{"standard", "2028-02-25T12:00:00-05:00", "2028-03-03T12:00:00-05:00"}, // a leap year
		{"standard", "2026-12-28T23:59:00-05:00", "2027-01-04T23:59:00-05:00"},
		{"", "2026-11-20T17:30:00-05:00", "2026-11-27T17:30:00-05:00"},
		{"urgent", "2026-03-07T12:00:00-05:00", "2026-03-10T13:00:00-04:00"}, // 72 hours that passed
		{"urgent", "2028-02-28T12:00:00-05:00", "2028-03-02T12:00:00-05:00"},
	} {
		at, _ := time.Parse(time.RFC3339, tc.at)
		due, _ := time.Parse(time.RFC3339, tc.due)
		if got := Due(tc.urgency, at.UTC(), zone); !got.Equal(due) {
			t.Errorf("%s at %s: due %s, want %s", tc.urgency, tc.at, got.In(zone).Format(time.RFC3339), tc.due)
		}
	}
}

// The clock stands while a returned request is with the provider, and never gives more time
// than a new request has.
func TestReturnedRequestsStopTheClock(t *testing.T) {
	day := 24 * time.Hour
	at := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	c := &Case{Request: Request{Urgency: "standard"}}
	c.Submit(at, time.UTC)
	if c.Status != Submitted || !c.DueAt.Equal(at.Add(7*day)) || c.Left(at.Add(90*time.Minute)) != 166*time.Hour {
		t.Fatalf("%+v, %s left", c, c.Left(at.Add(90*time.Minute)))
	}
	c.Status, c.StoppedAt = Returned, at.Add(2*day)
	if left := c.Left(at.Add(30 * day)); left != 5*day {
		t.Errorf("while it stands %s are left", left)
	}
	c.Submit(at.Add(12*day), time.UTC)
	if !c.DueAt.Equal(at.Add(17*day)) || !c.StoppedAt.IsZero() {
		t.Errorf("after ten days with the provider it is due %s", c.DueAt)
	}
	c.Status, c.StoppedAt, c.Request.Urgency = Returned, at.Add(13*day), "urgent"
	c.Submit(at.Add(13*day), time.UTC)
	if !c.DueAt.Equal(at.Add(16 * day)) {
		t.Errorf("urgent now, it is due %s", c.DueAt)
	}
	if left := c.Left(at.Add(16*day + 150*time.Minute)); left != -2*time.Hour {
		t.Errorf("overdue by %s", left)
	}
}
