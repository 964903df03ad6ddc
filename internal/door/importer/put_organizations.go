package importer

import (
	"context"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/intake"
	"sallyport/internal/npi"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// organizations reads them, and adds them or brings them up to date.
func (i *Importer) organizations(_ context.Context, rows []intake.Row) (intake.Put, []*intake.Rejected, error) {
	var list []account.Organization
	var refused []*intake.Rejected
	for _, row := range rows {
		f := row.Field
		o := account.Organization{ID: secret.ID(), NPI: npi.Fold(f["npi"]), Name: account.FoldName(f["name"]), Active: !strings.EqualFold(f["active"], "false") && f["active"] != "0"}
		switch {
		case o.NPI == "":
			refused = append(refused, &intake.Rejected{Line: row.Line, Field: "npi", Reason: "it is no NPI: ten digits, the last of which checks the others"})
			continue
		case o.Name == "":
			refused = append(refused, &intake.Rejected{Line: row.Line, Field: "name", Reason: "it is empty, longer than 100 characters, or has < or > in it"})
			continue
		}
		list = append(list, o)
	}
	return func(tx *sqldb.Tx, done *intake.Ledger) ([]*intake.Rejected, error) {
		for _, o := range list {
			added, changed, err := i.Store.PutOrganization(tx, o)
			if err != nil {
				return nil, err
			}
			done.Count(added, changed)
		}
		return nil, nil
	}, refused, nil
}
