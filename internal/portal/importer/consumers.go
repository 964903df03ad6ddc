package importer

import (
	"context"
	"errors"
	"fmt"

	"sallyport/internal/intake"
	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// reasons say in an operator's words what is wrong with a row.
var reasons = map[string]string{
	"consumers.first_missing":   "there is none",
	"consumers.last_missing":    "there is none",
	"consumers.name_malformed":  "a name has letters, spaces, hyphens and apostrophes, at most 100 of them",
	"consumers.birth_malformed": "it is no date such as 1948-06-02 or 6/2/1948, not after today",
}

// consumers adds them, or brings their names and birth dates up to date.
func (i *Importer) consumers(_ context.Context, rows []intake.Row) (intake.Put, []*intake.Rejected, error) {
	today := i.Store.DB.Now()
	lines, refused := read(rows, func(f map[string]string) (c portal.Consumer, field, reason string) {
		c, err := portal.ReadConsumer(f["first_name"], f["last_name"], f["birth_date"], today)
		if mistake, ok := errors.AsType[*portal.Mistake](err); ok {
			field = map[string]string{"birth": "birth_date"}[mistake.Field]
			if field == "" {
				field = mistake.Field
			}
			return c, field, reasons[mistake.Key]
		}
		c.ContractID, c.Number = f["contract"], portal.FoldNumber(f["number"])
		if c.Number == "" {
			return c, "number", "a consumer ID has letters, digits and hyphens, at most 30 of them"
		}
		return c, "", ""
	})
	return func(tx *sqldb.Tx, done *intake.Ledger) (more []*intake.Rejected, err error) {
		known, err := i.known(tx)
		if err != nil {
			return nil, err
		}
		byContract, first := map[string][]portal.Consumer{}, map[string]int64{}
		for _, l := range lines {
			c, key := l.value, l.value.ContractID+" "+l.value.Number
			if _, there := known[c.ContractID]; !there {
				more = append(more, &intake.Rejected{Line: l.no, Field: "contract", Reason: noContract})
				continue
			}
			if at, twice := first[key]; twice {
				more = append(more, &intake.Rejected{Line: l.no, Field: "number", Reason: fmt.Sprintf("it stands on line %d already", at)})
				continue
			}
			first[key] = l.no
			byContract[c.ContractID] = append(byContract[c.ContractID], c)
		}
		for contract, list := range byContract {
			if err := i.Store.PutConsumers(tx, contract, list, done.Count); err != nil {
				return nil, err
			}
		}
		return more, nil
	}, refused, nil
}
