package journey

import (
	"encoding/json"
	"fmt"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
	"sallyport/internal/words"
)

// Client is who submits: never trusted beyond what it can prove.
type Client struct {
	Browser    string          // the browser's cookie
	HasSession bool            // it has a session cookie, whatever it is worth
	Known      []string        // values of its “known” cookie
	Agent      string          // kind of browser (session.AgentFamily)
	Address    string          // the client's address, for the audit log
	Network    string          // the same as limits see it: an IPv4 address or an IPv6 /64
	Lang       *words.Language //
}

// Run is one look at, or one step of, a journey: the live rows, and what steps
// may do with them.
type Run struct {
	*Engine
	Journey   *Journey
	Row       *store.Loaded
	Facts     Facts
	Client    Client
	Now       time.Time
	Slow      any       // result of the action's slow part
	Tx        *sqldb.Tx // nil while showing
	unsaved   bool      // shown from its start; its first POST adds the row
	rejected  *Reject
	messageID string           // for the one message that this submission may queue
	lane      *time.Duration   // lease of the sender's lane for this submission, over all tries of its transaction; 0: none
	attempt   delivery.Message // goes out by that lane, after the commit
	queued    bool             // a message was queued
	awaited   bool             // … whose hand-off is worth a moment's wait
	takes     []store.Token
	found     *account.Account // by the password step, before the hash
}

// current is the first step that applies and is not done; nil when all are.
func (r *Run) current() *Step {
	for i := range r.Journey.Steps {
		step := &r.Journey.Steps[i]
		if (step.When == nil || step.When(r)) && !step.Done(&r.Facts) {
			return step
		}
	}
	return nil
}

// Account is the live row of whose journey it is; nil before the password.
func (r *Run) Account() *account.Account { return r.Row.Account }

// Challenge is the present code or call, where it was sent by one of these channels.
func (r *Run) Challenge(by ...factor.Channel) *factor.Challenge {
	for _, channel := range by {
		if c := r.Row.Challenge; c != nil && c.Channel == channel && c.EndedAt.IsZero() {
			return c
		}
	}
	return nil
}

// bind makes the journey this account's. From here on it is worth something
// only while the account's epoch stays.
func (r *Run) bind(a *account.Account) {
	r.Row.AccountID, r.Row.Epoch, r.Row.Account = a.ID, a.Epoch, a
}

// record writes an audit row in this transaction.
func (r *Run) record(kind audit.Type, detail map[string]string) error {
	return r.Store.Record(r.Tx, audit.Row{Type: kind, AccountID: r.Row.AccountID, JourneyID: r.Row.ID, Address: r.Client.Address, Detail: detail})
}

// take takes tokens at the end of the transaction: many people share their rows.
func (r *Run) take(tokens ...store.Token) { r.takes = append(r.takes, tokens...) }

// write ends an accepted action: later steps' facts are cleared, effects run,
// and the row moves to its next version.
func (r *Run) write(done *Step) error {
	clearing := false
	for i := range r.Journey.Steps {
		step := &r.Journey.Steps[i]
		if clearing && step.Clear != nil {
			step.Clear(&r.Facts)
		}
		clearing = clearing || step.Name == done.Name
	}
	step := r.current()
	for ; step != nil && step.View == nil; step = r.current() {
		if err := step.Effect(r); err != nil {
			return err
		}
		if !step.Done(&r.Facts) {
			return fmt.Errorf("step %s ran and is not done", step.Name)
		}
	}
	if step == nil {
		r.Row.FinishedAt = r.Now
	}
	facts, err := json.Marshal(r.Facts)
	if err != nil {
		return err
	}
	read := r.Row.Version
	r.Row.Facts, r.Row.BusyUntil, r.Row.Version, r.Row.Lang = facts, time.Time{}, read+1, r.Client.Lang.Tag
	if err := r.Store.UpdateJourney(r.Tx, &r.Row.Journey, read); err != nil {
		return err
	}
	return r.Store.Take(r.Tx, r.takes...)
}
