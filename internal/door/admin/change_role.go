package admin

import (
	"context"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
)

// ChangeRole makes somebody an administrator of their organisation, or a user again.
// What is open ends: the role is part of what relying parties were told.
func (a *Admin) ChangeRole(ctx context.Context, by Actor, id string, epoch int64, role account.Role) error {
	return a.do(ctx, by, audit.RoleChanged, id, func(x *act) error {
		if role != account.User && role != account.Admin {
			return &Mistake{"role", "users.role.unknown"}
		}
		if x.target.Role == role {
			return nil
		}
		done, err := x.Store.ChangeRole(x.tx, x.target.ID, epoch, role)
		return x.changed(done, err, audit.RoleChanged, map[string]string{"from": string(x.target.Role), "to": string(role)})
	})
}
