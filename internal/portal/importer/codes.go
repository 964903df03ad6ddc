package importer

import (
	"context"

	"sallyport/internal/intake"
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// codes takes a whole list: what was in an earlier one and is not in it goes, once all of
// it was taken. One with refused rows retires nothing: it may be a part.
func (i *Importer) codes(system portal.CodeSystem) intake.Kind {
	return intake.Kind{
		Fields: map[string][]string{"code": {"icd10", "icd10cm", "hcpcs", "hcpc", "cpt"}, "description": {"longdescription", "shortdescription", "name", "title"}},
		Needed: []string{"code", "description"},
		Take: func(_ context.Context, rows []intake.Row) (intake.Put, []*intake.Rejected, error) {
			lines, refused := read(rows, func(f map[string]string) (c portal.Code, field, reason string) {
				c = portal.Code{System: system, Code: system.Fold(f["code"]), Description: f["description"]}
				switch {
				case c.Code == "":
					return c, "code", "it has not the shape of a " + string(system) + " code"
				case c.Description == "" || len([]rune(c.Description)) > 400:
					return c, "description", "it is empty, or longer than 400 characters"
				}
				return c, "", ""
			})
			return func(tx *sqldb.Tx, done *intake.Ledger) ([]*intake.Rejected, error) {
				var list []portal.Code
				for _, l := range lines {
					list = append(list, l.value)
				}
				if len(list) == 0 {
					return nil, nil
				}
				return nil, i.Store.PutCodes(tx, system, list, done.ID, done.Count)
			}, refused, nil
		},
		Written: func(tx *sqldb.Tx, _, now intake.Ledger, last bool) error {
			if !last || now.Rejected > 0 {
				return nil
			}
			_, err := i.Store.RetireCodes(tx, system, now.ID)
			return err
		},
	}
}
