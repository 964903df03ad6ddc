package journey

import (
	"errors"
	"net/netip"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/store"
)

// networkLimits are the per-address limits for this client: its network's own
// where the operator set some, else everybody's (rule 7).
func (r *Run) networkLimits() config.Network {
	limits := r.Settings.Limits
	all := config.Network{UnfinishedSends: limits.UnfinishedSends, AddressFailures: limits.AddressFailures}
	address, err := netip.ParseAddr(r.Client.Address)
	if err != nil {
		return all
	}
	for _, n := range limits.Networks {
		if prefix, err := config.ParseNetwork(n.CIDR); err == nil && prefix.Contains(address.Unmap()) {
			return n
		}
	}
	return all
}

// sendTokens are what one more message costs: of the client's network, and of
// the mailbox or number. A completed sign-in gives them back. Resets, which
// anybody can ask for, have an allowance of their own (TM-12): nobody uses up the
// codes that somebody else signs in with.
func (r *Run) sendTokens(c *factor.Challenge) []store.Token {
	hash, kind, most := r.Store.Keys.Hash, "codes", r.Settings.Limits.UnfinishedCodes
	if c.Purpose == resetting {
		kind, most = "resets", r.Settings.Limits.ResetMails
	}
	return []store.Token{
		store.NewToken("sends of an address", hash("rate", "sends", r.Client.Network), r.networkLimits().UnfinishedSends, 5*time.Minute),
		store.NewToken(kind+" to a destination", hash("rate", kind, string(c.Destination)), most, time.Hour),
	}
}

// class is what share of the budget a link or a word of this journey may spend: a stranger's,
// until the person has shown a right password, a link that was sent to them, or their mailbox.
func (r *Run) class() delivery.Class {
	verdict, _ := r.Slow.(verdict)
	f := &r.Facts
	if verdict.right || f.Password.Account != "" || f.OldLogin.Account != "" || f.Link.Account != "" || !f.Mailbox.ProvenAt.IsZero() {
		return delivery.Ordinary
	}
	return delivery.Stranger
}

// codeClass is class for a code or a call. A code to a destination that is being enrolled never
// spends the reserve: one right password would otherwise open it for messages to anybody.
func (r *Run) codeClass(purpose string) delivery.Class {
	if r.Facts.Password.Account != "" && purpose != enrolling {
		return delivery.SignInCode
	}
	return r.class()
}

// withhold withholds a message to an address without an account if that address got one in the
// last 24 hours (T-02). A request for an account takes the same token, so that the statements
// are the same.
func (r *Run) withhold(s send, m *delivery.Message) error {
	if s.purpose != resetting {
		return nil
	}
	token := store.NewToken("emails to an address without an account", r.Store.Keys.Hash("rate", "no account", string(r.Store.Destination(s.to))), 1, 24*time.Hour)
	err := r.Store.Take(r.Tx, token)
	if _, limited := errors.AsType[*store.Limited](err); limited {
		m.Withheld = s.nobody
		return nil
	}
	return err
}

// callTokens are what one more call costs the number that it rings (T-12). Only
// the # on that call gives them back.
func (r *Run) callTokens(destination []byte) []store.Token {
	hash, limits := r.Store.Keys.Hash, r.Settings.Limits
	return []store.Token{
		store.NewToken("unanswered calls", hash("rate", "calls", string(destination)), limits.UnansweredCalls, 15*time.Minute),
		store.NewToken("unanswered calls a day", hash("rate", "calls a day", string(destination)), limits.UnansweredCallsDay, 24*time.Hour),
	}
}

// passwordLimits: waits from ten consecutive wrong passwords (TM-20, TM-21).
func (r *Run) passwordLimits() store.TryLimits {
	l := r.Settings.Limits
	return store.TryLimits{WaitFrom: l.PasswordWaitFrom, First: l.WaitFirst.D(), Longest: l.WaitLongest.D()}
}

// failureToken is one of the failures that a client's network has (TM-22).
func (r *Run) failureToken() store.Token {
	return store.NewToken("failures of an address", r.Store.Keys.Hash("rate", "failures", r.Client.Network), r.networkLimits().AddressFailures, 5*time.Minute)
}

// codeLimits: waits from ten consecutive wrong codes, off at a hundred (TM-07,
// NIST-THR-1). Codes of a reset, which anybody can ask for, never switch anything
// off.
func (r *Run) codeLimits(c *factor.Challenge) store.TryLimits {
	l := r.Settings.Limits
	if c.Purpose == resetting {
		return store.TryLimits{WaitFrom: l.CodeWaitFrom, First: l.WaitFirst.D(), Longest: l.WaitLongest.D()}
	}
	return store.TryLimits{WaitFrom: l.CodeWaitFrom, OffAt: l.CodeOffAt, First: l.WaitFirst.D(), Longest: l.WaitLongest.D(), Kept: true}
}

// codeKeys count wrong codes per account and method, and per destination, across
// journeys and replicas (rule 3).
func (r *Run) codeKeys(c *factor.Challenge) [][]byte {
	if c.Purpose == resetting {
		return [][]byte{r.Store.ResetCodeTries(c.Destination)}
	}
	method := "phone"
	if c.Channel == factor.Email {
		method = "email"
	}
	return [][]byte{
		r.Store.CodeTries(r.Row.AccountID, method),
		r.Store.DestinationTries(c.Destination),
	}
}
