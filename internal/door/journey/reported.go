package journey

import (
	"slices"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// numberClosed is how long nobody may enrol a number whose owner did not want our call.
const numberClosed = 24 * time.Hour

// reported closes what a call was for that somebody did not ask for (T-12): somebody has
// the password of who is called, or a number that is not theirs. The account's mailboxes
// are told, and staff.
func (e *Engine) reported(tx *sqldb.Tx, c *factor.Challenge) error {
	resets := e.resets(c.JourneyID)
	var err error
	switch {
	case c.Purpose == enrolling: // most likely it was mistyped: another number may go on
		err = e.Store.Close(tx, numberClosed, e.Store.ReportedNumber(c.Destination))
	case resets: // who resets a password had the mailbox, not the password
		err = e.Store.Close(tx, 0, e.Store.ReportedJourney(c.JourneyID))
	default:
		err = e.Store.CloseAccount(tx, c.AccountID)
	}
	if err != nil {
		return err
	}
	name := map[bool]string{true: "call_reported_enrol", false: "call_reported"}[c.Purpose == enrolling || resets]
	return e.tellReported(tx, c.AccountID, name)
}

// resets tells whether a journey is one of a forgotten password.
func (e *Engine) resets(journeyID string) bool {
	j := e.OfID(journeyID)
	return j != nil && slices.ContainsFunc(j.Steps, func(s Step) bool { return s.Name == "reset-password" })
}

// tellReported tells every mailbox on file.
func (e *Engine) tellReported(tx *sqldb.Tx, accountID, name string) error {
	a, err := e.Store.AccountByID(tx, accountID)
	if err != nil || a == nil {
		return err
	}
	l := e.Words.In(a.Lang)
	if l == nil {
		l = e.Words.All()[0]
	}
	var told []string
	for _, address := range []string{a.Email, a.FileEmail} {
		if address == "" || slices.Contains(told, address) {
			continue
		}
		told = append(told, address)
		err := e.Store.InsertMessageFor(tx, a.ID, delivery.Message{ID: secret.TimeID(tx.Now), Kind: delivery.Notice, Class: delivery.SecurityNotice, Channel: "email", To: address, Lang: l.Tag,
			Subject: l.Say("notice." + name + ".subject"), Text: l.Say("notice." + name + ".text"), Expires: tx.Now.Add(24 * time.Hour)})
		if err != nil {
			return err
		}
	}
	return nil
}

// open refuses to send anything for what was reported.
func (r *Run) open(s send) error {
	var key []byte
	switch {
	case s.purpose == enrolling:
		key = r.Store.ReportedNumber(r.Store.Destination(s.to))
	case s.purpose == resetting:
		return nil
	case r.resets(r.Row.ID):
		key = r.Store.ReportedJourney(r.Row.ID)
	case r.Account().Closed():
		return reject("", "error.reported")
	default:
		return nil
	}
	closed, err := r.Store.Closed(r.Tx, key)
	if err != nil || !closed {
		return err
	}
	if s.purpose == enrolling {
		return reject("", "error.number_reported")
	}
	return reject("", "error.reported")
}
