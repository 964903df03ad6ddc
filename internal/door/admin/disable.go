package admin

import (
	"context"

	"sallyport/internal/door/audit"
)

// Disable lets nothing open any more for somebody, until Enable: they left, or their
// account is in wrong hands. Everything that is open ends at once.
func (a *Admin) Disable(ctx context.Context, by Actor, id string, epoch int64) error {
	return a.do(ctx, by, audit.UserDisabled, id, func(x *act) error {
		done, err := x.Store.Disable(x.tx, x.target.ID, epoch)
		return x.changed(done, err, audit.UserDisabled, nil)
	})
}

// Enable makes a disabled account what it was before.
func (a *Admin) Enable(ctx context.Context, by Actor, id string, epoch int64) error {
	return a.do(ctx, by, audit.UserEnabled, id, func(x *act) error {
		done, err := x.Store.Enable(x.tx, x.target.ID, epoch)
		return x.changed(done, err, audit.UserEnabled, nil)
	})
}

// changed records what was done; ErrChanged where another was first.
func (x *act) changed(done bool, err error, kind audit.Type, detail map[string]string) error {
	if err != nil {
		return err
	}
	if !done {
		return ErrChanged
	}
	return x.record(kind, detail)
}
