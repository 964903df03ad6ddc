package store

import (
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// Decide writes what a reviewer decided of a case that the transaction holds, as its
// status, its determination and a message to the provider; subject is the thread's, where
// the case has none yet. False where somebody changed the case since it was read.
func (s *Store) Decide(tx *sqldb.Tx, c *portal.Case, d *portal.Determination, subject, text string) (bool, error) {
	c.Status = d.Outcome
	if d.Outcome == portal.Returned { // the clock stands while the provider has it
		c.StoppedAt, c.ClaimedBy, c.ClaimedName = tx.Now, "", ""
	}
	done, err := s.UpdateCase(tx, c, d.By)
	if err != nil || !done {
		return false, err
	}
	if err := s.InsertDetermination(tx, c, d); err != nil {
		return false, err
	}
	t := portal.Thread{OrganizationID: c.OrganizationID, Organization: c.Organization, CaseID: c.ID, Subject: subject}
	if err := s.OpenThread(tx, &t); err != nil {
		return false, err
	}
	return true, s.InsertMessage(tx, &t, &portal.Message{By: d.By, Staff: true, Body: text}, d.BySubject)
}
