package importer

import (
	"context"
	"strings"

	"sallyport/internal/intake"
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// programs adds what contracts pay for, or brings it up to date.
func (i *Importer) programs(_ context.Context, rows []intake.Row) (intake.Put, []*intake.Rejected, error) {
	lines, refused := read(rows, func(f map[string]string) (p portal.Program, field, reason string) {
		p = portal.Program{ID: strings.ToUpper(f["id"]), ContractID: f["contract"], Name: f["name"]}
		switch {
		case !isID(p.ID):
			return p, "id", "an id has letters, digits, hyphens, dots and underscores, at most 60"
		case !isTitle(p.Name):
			return p, "name", "it is empty, longer than 200 characters, or has < or > in it"
		}
		return p, "", ""
	})
	return func(tx *sqldb.Tx, done *intake.Ledger) (more []*intake.Rejected, err error) {
		known, err := i.known(tx)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			no := func(field, reason string) {
				more = append(more, &intake.Rejected{Line: l.no, Field: field, Reason: reason})
			}
			if _, there := known[l.value.ContractID]; !there {
				no("contract", noContract)
				continue
			}
			was, err := i.Store.ProgramByID(tx, l.value.ID)
			switch {
			case err != nil:
				return nil, err
			case was != nil && was.ContractID != l.value.ContractID:
				no("contract", "this program belongs to another contract, where it stays")
				continue
			case was == nil || *was != l.value:
				if err := i.Store.PutProgram(tx, l.value); err != nil {
					return nil, err
				}
			}
			done.Count(was == nil, was != nil && *was != l.value)
		}
		return more, nil
	}, refused, nil
}
