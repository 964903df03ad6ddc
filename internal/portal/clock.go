package portal

import "time"

// Urgent requests are decided within 72 hours, all others within seven days of the
// calendar (H-7: CMS-0057-F, from 2026-01-01).
const (
	UrgentWithin       = 72 * time.Hour
	StandardWithinDays = 7
)

// Due is when a request that is submitted now must be decided. Hours are hours of a clock
// that runs on; days are the calendar's, where the operator is: at the same time of the
// day, whether one of the days in between had 23 hours or 25.
func Due(urgency string, now time.Time, zone *time.Location) time.Time {
	if urgency == "urgent" {
		return now.Add(UrgentWithin)
	}
	return now.In(zone).AddDate(0, 0, StandardWithinDays)
}

// Submit starts a case's clock, or lets it go on where it stood: the time that a returned
// request was with the provider is not the reviewers'. Who made a request urgent meanwhile
// gets the shorter time.
func (c *Case) Submit(now time.Time, zone *time.Location) {
	due := Due(c.Request.Urgency, now, zone)
	if !c.StoppedAt.IsZero() && !c.DueAt.IsZero() {
		if on := c.DueAt.Add(now.Sub(c.StoppedAt)); on.Before(due) {
			due = on
		}
	}
	c.Status, c.DueAt, c.StoppedAt = Submitted, due, time.Time{}
	c.ClaimedBy, c.ClaimedName = "", ""
}

// Left is how long there is to decide, rounded to the hour towards zero; negative: it is overdue.
func (c *Case) Left(now time.Time) time.Duration {
	if !c.StoppedAt.IsZero() {
		now = c.StoppedAt
	}
	return c.DueAt.Sub(now).Truncate(time.Hour)
}
