package importer

import (
	"context"

	"sallyport/internal/intake"
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// contracts adds contracts, or brings them up to date.
func (i *Importer) contracts(_ context.Context, rows []intake.Row) (intake.Put, []*intake.Rejected, error) {
	lines, refused := read(rows, func(f map[string]string) (c portal.Contract, field, reason string) {
		c = portal.Contract{ID: f["id"], Name: f["name"], MayAdd: isYes(f["may_add"])}
		switch {
		case !isID(c.ID):
			return c, "id", "an id has letters, digits, hyphens, dots and underscores, at most 60"
		case !isTitle(c.Name):
			return c, "name", "it is empty, longer than 200 characters, or has < or > in it"
		case f["may_add"] != "" && !isYes(f["may_add"]) && !isNo(f["may_add"]):
			return c, "may_add", "it is neither true nor false"
		}
		return c, "", ""
	})
	return func(tx *sqldb.Tx, done *intake.Ledger) ([]*intake.Rejected, error) {
		known, err := i.known(tx)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			was, there := known[l.value.ID]
			if !there || was != l.value {
				if err := i.Store.PutContract(tx, l.value); err != nil {
					return nil, err
				}
			}
			known[l.value.ID] = l.value
			done.Count(!there, was != l.value)
		}
		return nil, nil
	}, refused, nil
}

// contractOrganizations says who works under which contract. One that is not active any
// more hides the contract's consumers and cases from the organisation; nothing is deleted.
func (i *Importer) contractOrganizations(ctx context.Context, rows []intake.Row) (intake.Put, []*intake.Rejected, error) {
	type pair struct {
		organization, contract string
		active                 bool
	}
	var trouble error
	lines, refused := read(rows, func(f map[string]string) (p pair, field, reason string) {
		p = pair{contract: f["contract"], active: !isNo(f["active"])}
		if f["organization"] != "" {
			var err error
			if p.organization, err = i.Organization(ctx, f["organization"]); err != nil {
				trouble = err
			}
		}
		switch {
		case p.organization == "":
			return p, "organization", "there is no organisation with this NPI or id: import organizations first"
		case f["active"] != "" && !isYes(f["active"]) && !isNo(f["active"]):
			return p, "active", "it is neither true nor false"
		}
		return p, "", ""
	})
	return func(tx *sqldb.Tx, done *intake.Ledger) (more []*intake.Rejected, err error) {
		known, err := i.known(tx)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if _, there := known[l.value.contract]; !there {
				more = append(more, &intake.Rejected{Line: l.no, Field: "contract", Reason: noContract})
				continue
			}
			put := i.Store.PutOrganizationContract
			if !l.value.active {
				put = i.Store.RemoveOrganizationContract
			}
			changed, err := put(tx, l.value.organization, l.value.contract)
			if err != nil {
				return nil, err
			}
			done.Count(changed && l.value.active, changed)
		}
		return more, nil
	}, refused, trouble
}
