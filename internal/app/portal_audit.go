package app

import (
	"context"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// portalAudit writes what happens in the portal into the one audit log.
type portalAudit struct{ *store.Store }

func (a portalAudit) Record(ctx context.Context, by portal.Actor, event string, detail map[string]string) error {
	return a.Write(ctx, func(tx *sqldb.Tx) error {
		return a.Store.Record(tx, audit.Row{Type: audit.Type(event), AccountID: by.ID, Address: by.Address, Detail: detail})
	})
}
