package journey

import (
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/npi"
)

// SpecifyOrganization is “Create a New Account - Specify Your Organization”
// (product.md 1.3, step 1). That the NPI's check digit is wrong is said at once;
// a wrong NPI, a wrong code and an inactive organisation have one answer (T-05).
var SpecifyOrganization = Step{
	Name: "specify-organization", Label: "step.organization",
	Done:    func(f *Facts) bool { return f.Organization.ID != "" },
	Clear:   func(f *Facts) { f.Organization = OrganizationFacts{} },
	View:    func(r *Run) View { return SpecifyOrganizationView{} },
	Actions: map[string]Action{"organization": {Do: takeOrganization}},
}

// SpecifyOrganizationView asks for NPI and registration code.
type SpecifyOrganizationView struct{}

func takeOrganization(r *Run, f Form) error {
	npi := npi.Fold(f["npi"])
	switch {
	case strings.TrimSpace(f["npi"]) == "":
		return reject("npi", "error.npi_missing")
	case npi == "":
		return reject("npi", "error.npi")
	case account.FoldRegistrationCode(f["registration_code"]) == "":
		return reject("registration_code", "error.registration_code_missing")
	}
	tokens := r.organizationTokens(npi)
	if err := r.Store.Take(r.Tx, tokens...); err != nil {
		return err
	}
	o, codeID, err := r.Store.OrganizationByCode(r.Tx, npi, f["registration_code"])
	if err != nil {
		return err
	}
	if o == nil {
		if err := r.record(audit.CodeRefused, map[string]string{"channel": "registration code", "npi": npi}); err != nil {
			return err
		}
		return reject("", "error.organization")
	}
	r.Facts.Organization = OrganizationFacts{ID: o.ID, Name: o.Name, NPI: o.NPI, CodeID: codeID}
	return r.Store.GiveBack(r.Tx, tokens...)
}

// organizationTokens: failures of a network and of an NPI (TM-23). Who is right
// gets them back; who has used them up is not even compared.
func (r *Run) organizationTokens(npi string) []store.Token {
	hash, limits := r.Store.Keys.Hash, r.Settings.Limits
	return []store.Token{
		store.NewToken("registration codes tried from an address", hash("rate", "organization", r.Client.Network), limits.CodeTriesPerAddress, 15*time.Minute),
		store.NewToken("registration codes tried for an NPI", hash("rate", "organization npi", npi), limits.CodeTriesPerNPI, 24*time.Hour),
	}
}
