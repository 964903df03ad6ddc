package importer

import (
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
	"sallyport/internal/npi"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// putOrganizations adds them, or brings them up to date.
func (r *run) putOrganizations(tx *sqldb.Tx, batch []*Record, done *store.ImportRun) (refused []*Rejected, err error) {
	for _, record := range batch {
		row := r.m.row(record)
		o := account.Organization{ID: secret.ID(), NPI: npi.Fold(row["npi"]), Name: account.FoldName(row["name"]), Active: !strings.EqualFold(row["active"], "false") && row["active"] != "0"}
		switch {
		case o.NPI == "":
			refused = append(refused, &Rejected{record.Line, "npi", "it is no NPI: ten digits, the last of which checks the others"})
			continue
		case o.Name == "":
			refused = append(refused, &Rejected{record.Line, "name", "it is empty, longer than 100 characters, or has < or > in it"})
			continue
		}
		added, changed, err := r.Store.PutOrganization(tx, o)
		switch {
		case err != nil:
			return nil, err
		case added:
			done.Added++
		case changed:
			done.Changed++
		default:
			done.Unchanged++
		}
	}
	return refused, nil
}
