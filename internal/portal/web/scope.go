package web

import (
	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
)

// scope is what the person may look up within their own organization, under the selected
// contract.
func (r *request) scope() store.Scope {
	return store.Scope{OrganizationID: r.session.Person.OrganizationID, ContractID: r.session.ContractID}
}

// caseScope is which cases the person may list: their organization's or, for reviewers, the
// submitted cases of every organization. CASES, HOME, the search, the review queue and the
// choices of “Contract:” all follow it.
func (r *request) caseScope() store.Scope {
	if r.session.Person.ReviewsCases() {
		return store.Scope{AllOrganizations: true, ContractID: r.session.ContractID}
	}
	return r.scope()
}

// reportScope is what the person's reports count: the cases that they may list or, for the
// other staff, those of every organization. Only reviewers among staff can select a contract.
func (r *request) reportScope() store.Scope {
	if r.readsAll() && !r.session.Person.ReviewsCases() {
		return store.Scope{AllOrganizations: true}
	}
	return r.caseScope()
}

// withoutCases tells whether the person is of staff in a role that does not include cases.
func (r *request) withoutCases() bool {
	return r.session.Person.IsStaff() && !r.session.Person.ReviewsCases()
}

// casePath is where the person opens a case that they may list.
func (r *request) casePath(id string) string {
	if r.session.Person.ReviewsCases() {
		return ReviewPath + "/" + id
	}
	return CasesPath + "/" + id
}

// caseStatuses are the statuses that the person can list, the one that opens first at first.
func (r *request) caseStatuses() (all []portal.CaseStatus, first portal.CaseStatus) {
	if r.session.Person.ReviewsCases() {
		return portal.SubmittedStatuses, portal.Submitted
	}
	return portal.CaseStatuses, portal.Draft
}
