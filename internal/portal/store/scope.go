package store

// Scope is what a viewer may list: the rows of one organization under the contracts that it
// works under or, for staff, those of every organization. The zero value lists nothing.
type Scope struct {
	OrganizationID   string
	ContractID       string // the selected contract; empty: all contracts of the scope
	AllOrganizations bool   // for staff
}

// everywhere is the scope of a reviewer under no selected contract.
var everywhere = Scope{AllOrganizations: true}

// submittedOnce leaves out requests that a provider never submitted, which stay the
// organization's own, also once they are withdrawn. A case has a number from its first
// submission on.
const submittedOnce = `r.number IS NOT NULL AND `

// open is the cases that wait to be decided. All of them were submitted.
const open = `r.status IN ('submitted', 'pended') AND `

// cases joins the cases that the scope lists to what they are under; $1 and $2 are the scope.
// The same condition lists cases and opens one, so that a list never leads to a missing page.
func (in Scope) cases() string {
	if in.AllOrganizations {
		return in.joined() + submittedOnce
	}
	return in.joined()
}

// openCases is cases for those that wait to be decided. It leaves submittedOnce out, which open
// implies, so that SQLite reads the index of the queue, which has the rows in their order.
func (in Scope) openCases() string { return in.joined() + open }

// joined hides an organization's cases once it no longer works under their contract. Reviewers
// keep them. CROSS JOIN makes SQLite read the cases first, in the order of an index: it would
// start with the small table of contracts, and sort all cases for each page.
func (in Scope) joined() string {
	const joined = ` FROM service_request r CROSS JOIN consumer c CROSS JOIN contract k`
	if in.AllOrganizations {
		return joined + ` WHERE CAST($1 AS TEXT) IS NOT NULL AND c.id = r.consumer_id AND k.id = r.contract_id AND ` + in.under(`r.contract_id`)
	}
	return joined + ` CROSS JOIN organization_contract o
		WHERE r.organization_id = $1 AND c.id = r.consumer_id AND k.id = r.contract_id AND o.contract_id = r.contract_id AND o.organization_id = r.organization_id AND ` + in.under(`r.contract_id`)
}

// counted is the same for tables that count cases, of which none is shown; $1 and $2 are the
// scope. It has no OR: each of the four forms has an index.
func (in Scope) counted() string {
	which := `r.organization_id = $1 AND r.contract_id IN (SELECT o.contract_id FROM organization_contract o WHERE o.organization_id = $1) AND `
	if in.AllOrganizations {
		which = `CAST($1 AS TEXT) IS NOT NULL AND `
	}
	return which + in.under(`r.contract_id`)
}

// under narrows to the selected contract, if one is selected: both forms have an index that
// gives the rows in their order.
func (in Scope) under(column string) string {
	if in.ContractID == "" {
		return `CAST($2 AS TEXT) = '' AND `
	}
	return column + ` = $2 AND `
}

// anyContract is the scope without the selected contract, for links and numbers, which lead to
// a case whatever is selected.
func (in Scope) anyContract() Scope {
	in.ContractID = ""
	return in
}
