package journey

import (
	"context"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/factor"
	"sallyport/internal/sqldb"
)

// CallEvent takes what a carrier reports of the call with this id. Reports that
// are late, repeated or of no call of ours change nothing. # signs nobody in by
// itself: it makes the waiting page's “Continue” work.
func (e *Engine) CallEvent(ctx context.Context, id string, event factor.CallEvent) error {
	return e.Store.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := e.Store.ChallengeByID(tx, id)
		if err != nil || c == nil || c.Channel != factor.Voice || !c.EndedAt.IsZero() {
			return err
		}
		call, changed := c.Call.Apply(event, tx.Now, c.SentAt, e.callLimits())
		if !changed {
			return nil
		}
		if err := e.Store.UpdateCall(tx, id, call); err != nil {
			return err
		}
		e.Observe("call " + string(call.State))
		if kind, ok := callAudit[call.State]; ok {
			return e.Store.Record(tx, audit.Row{Type: kind, AccountID: c.AccountID, JourneyID: c.JourneyID})
		}
		return nil
	})
}

// CallConfirmed tells whether the call with this id counts as answered with #.
func (e *Engine) CallConfirmed(ctx context.Context, id string) (bool, error) {
	c, err := e.Store.ChallengeByID(e.Store.Read(ctx), id)
	return c != nil && c.Call.State == factor.Confirmed, err
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
