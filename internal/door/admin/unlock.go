package admin

import (
	"context"

	"sallyport/internal/door/audit"
)

// Unlock forgets the wrong passwords and codes that were counted for somebody, and
// switches a method on again that too many of them had switched off (NIST-THR-1 wants
// that somebody made sure who asks for it); and opens an account that a reported call closed.
func (a *Admin) Unlock(ctx context.Context, by Actor, id, verified string) error {
	return a.do(ctx, by, audit.UserUnlocked, id, func(x *act) error {
		if err := explained(&verified, "verified", "users.reset.verified_missing"); err != nil {
			return err
		}
		if err := x.Store.ResetTries(x.tx, x.Store.AllTries(x.target)...); err != nil {
			return err
		}
		if err := x.Store.OpenAccount(x.tx, x.target.ID); err != nil {
			return err
		}
		return x.record(audit.UserUnlocked, map[string]string{"verified": verified})
	})
}
