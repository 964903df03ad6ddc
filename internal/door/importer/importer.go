package importer

import (
	"context"
	"fmt"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/intake"
	"sallyport/internal/sqldb"
)

// Importer imports into one store.
type Importer struct {
	Store *store.Store
	Kept  Kept // by the last import of users
}

// run is one import under way.
type run struct {
	*Importer
	organizations map[string]string // by what files call them
	shapes        map[string]bool   // of hashes, that have a decoy
	kept          map[int64]bool    // lines whose password was not taken
}

// large is from how many bytes on a file is worth a first load of its own.
const large = 4 << 20

// Users imports a file of users, as intake.Run says.
func (i *Importer) Users(ctx context.Context, o intake.Options) (*intake.Progress, error) {
	r := &run{Importer: i, organizations: map[string]string{}, shapes: map[string]bool{}, kept: map[int64]bool{}}
	p, err := intake.Run(ctx, i.Store.DB, intake.Kind{Name: "users", Fields: userFields, Needed: []string{"username", "email", "organization"},
		Take: r.users, Written: i.written("users"),
		Begin: func(ctx context.Context, size int64) (bool, error) {
			if size < large {
				return false, nil
			}
			return i.Store.DeferDirectory(ctx)
		},
		End: i.Store.BuildDirectory}, // of this load, or of one that was interrupted
		o)
	if err == nil {
		i.Kept, err = r.writeKept(context.WithoutCancel(ctx), p.ID, o)
	}
	return p, err
}

// Organizations imports a file of organisations.
func (i *Importer) Organizations(ctx context.Context, o intake.Options) (*intake.Progress, error) {
	return intake.Run(ctx, i.Store.DB, intake.Kind{Name: "organizations", Fields: organizationFields, Needed: []string{"npi", "name"}, Take: i.organizations, Written: i.written("organizations")}, o)
}

// written writes a row of the audit log for each transaction.
func (i *Importer) written(kind string) func(tx *sqldb.Tx, before, now intake.Ledger, last bool) error {
	return func(tx *sqldb.Tx, before, now intake.Ledger, _ bool) error {
		return i.Store.Record(tx, audit.Row{Type: audit.Imported, Detail: map[string]string{"run": now.ID, "kind": kind, "to_line": fmt.Sprint(now.Line),
			"added": fmt.Sprint(now.Added - before.Added), "changed": fmt.Sprint(now.Changed - before.Changed), "rejected": fmt.Sprint(now.Rejected - before.Rejected)}})
	}
}
