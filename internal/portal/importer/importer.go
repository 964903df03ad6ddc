package importer

import (
	"context"
	"maps"
	"strings"

	"sallyport/internal/intake"
	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
	"sallyport/internal/sqldb"
)

// Importer imports into one store.
type Importer struct {
	Store *store.Store
	// Organization is the id of an organisation by its NPI or id; empty: there is none.
	Organization func(ctx context.Context, name string) (id string, err error)
}

// Kinds are the kinds of files, by the names that operators use.
func (i *Importer) Kinds() map[string]intake.Kind {
	kinds := map[string]intake.Kind{
		"contracts": {Fields: map[string][]string{"id": {"contract", "contractid", "code"}, "name": {"contractname", "description"}, "may_add": {"mayaddconsumers", "addconsumers"}},
			Needed: []string{"id", "name"}, Take: i.contracts},
		"programs": {Fields: map[string][]string{"id": {"program", "programid", "programnumber"}, "contract": {"contractid"}, "name": {"programname", "description"}},
			Needed: []string{"id", "contract", "name"}, Take: i.programs},
		"contract-organizations": {Fields: map[string][]string{"contract": {"contractid"}, "organization": {"npi", "organizationnpi", "organisation", "providernpi"}, "active": {"enabled"}},
			Needed: []string{"contract", "organization"}, Take: i.contractOrganizations},
		"consumers": {Fields: map[string][]string{"contract": {"contractid", "plan"}, "number": {"consumerid", "memberid", "id"}, "first_name": {"first", "given", "givenname"},
			"last_name": {"last", "surname", "familyname"}, "birth_date": {"birthdate", "dateofbirth", "dob", "birth"}},
			Needed: []string{"contract", "number", "first_name", "last_name", "birth_date"}, Take: i.consumers},
	}
	for _, system := range portal.CodeSystems {
		kinds[string(system)+"-codes"] = i.codes(system)
	}
	for name, kind := range maps.Clone(kinds) {
		kind.Name = name
		kinds[name] = kind
	}
	return kinds
}

// line is a row that was read, with where it stands.
type line[T any] struct {
	value T
	no    int64
}

// read makes lines of rows, and refuses what can't be read.
func read[T any](rows []intake.Row, one func(f map[string]string) (value T, field, reason string)) (lines []line[T], refused []*intake.Rejected) {
	for _, row := range rows {
		for name, text := range row.Field {
			row.Field[name] = strings.TrimSpace(text)
		}
		value, field, reason := one(row.Field)
		if reason != "" {
			refused = append(refused, &intake.Rejected{Line: row.Line, Field: field, Reason: reason})
			continue
		}
		lines = append(lines, line[T]{value, row.Line})
	}
	return lines, refused
}

// known are the ids of all contracts.
func (i *Importer) known(tx *sqldb.Tx) (map[string]portal.Contract, error) {
	list, err := i.Store.Contracts(tx)
	known := map[string]portal.Contract{}
	for _, c := range list {
		known[c.ID] = c
	}
	return known, err
}

const noContract = "there is no contract of this id: import contracts first"

// isID is what stands in addresses and files: letters, digits, hyphens, dots, underscores.
func isID(text string) bool {
	return text != "" && len(text) <= 60 && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("-._", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

func isTitle(text string) bool {
	return text != "" && len([]rune(text)) <= 200 && !strings.ContainsAny(text, "<>\r\n\t")
}

func isNo(text string) bool {
	return strings.EqualFold(text, "false") || text == "0" || strings.EqualFold(text, "no")
}
func isYes(text string) bool {
	return strings.EqualFold(text, "true") || text == "1" || strings.EqualFold(text, "yes")
}
