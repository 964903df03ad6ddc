package journey

import (
	"context"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/sqldb"
)

// CallEvent takes what a carrier reports of the call with this id, and its words for it,
// for staff. Reports that are late, repeated or of no call of ours change nothing. # signs
// nobody in by itself: it makes the waiting page's “Continue” work.
func (e *Engine) CallEvent(ctx context.Context, id string, event factor.CallEvent, note string) error {
	denied, account := false, ""
	err := e.Store.Write(ctx, func(tx *sqldb.Tx) error {
		denied = false
		c, err := e.Store.ChallengeByID(tx, id)
		if err != nil || c == nil || c.Channel != factor.Voice || !c.EndedAt.IsZero() {
			return err
		}
		call, changed := c.Call.Apply(event, tx.Now, c.SentAt, e.callLimits())
		if !changed {
			return nil
		}
		if note != "" {
			call.Note = note
		}
		if err := e.Store.UpdateCall(tx, id, call); err != nil {
			return err
		}
		e.Observe("call " + string(call.State))
		if denied, account = call.State == factor.Denied, c.AccountID; denied {
			if err := e.reported(tx, c); err != nil {
				return err
			}
		}
		if kind, ok := callAudit[call.State]; ok {
			return e.Store.Record(tx, audit.Row{Type: kind, AccountID: c.AccountID, JourneyID: c.JourneyID})
		}
		return nil
	})
	if err == nil && denied {
		e.Wake()
		if e.OnReport != nil {
			e.OnReport(account)
		}
	}
	return err
}

// CallStands tells what the call with this id is still good for.
func (e *Engine) CallStands(ctx context.Context, id string) (s delivery.CallStanding, err error) {
	tx := e.Store.Read(ctx)
	c, err := e.Store.ChallengeByID(tx, id)
	if err != nil || c == nil {
		return s, err
	}
	s.Confirmed = c.Call.State == factor.Confirmed
	s.Wanted = c.EndedAt.IsZero() && c.UsedAt.IsZero() && !c.Call.At(tx.Now, c.SentAt, e.callLimits()).Over()
	return s, nil
}

// callAudit: which endings of a call are worth a row.
var callAudit = map[factor.CallState]audit.Type{factor.Confirmed: audit.CallConfirmed, factor.Denied: audit.CallDenied}

func (e *Engine) callLimits() factor.CallLimits {
	l := e.Settings.Limits
	return factor.CallLimits{Ring: l.CallRing.D(), KeyWait: l.CallKeyWait.D(), Whole: l.CallWhole.D()}
}

// callState is where a call stands now, its deadlines reckoned.
func (r *Run) callState(c *factor.Challenge) factor.CallState {
	return c.Call.At(r.Now, c.SentAt, r.callLimits())
}
