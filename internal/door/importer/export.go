package importer

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/intake"
	"sallyport/internal/sqldb"
)

// exported are the columns of an export, which Users reads unchanged elsewhere.
var exported = []string{"username", "first_name", "last_name", "organization", "email", "role", "password_hash", "state", "method", "phone", "registered_at", "lang"}

// Export writes everybody but staff, by username, and returns how many. Who stopped
// half-way, was reset or disabled is exported as not registered: they begin anew. It
// holds password hashes and telephone numbers in clear.
func (i *Importer) Export(ctx context.Context, to io.Writer, format intake.Format) (n int64, err error) {
	out := csv.NewWriter(to)
	lines := json.NewEncoder(to)
	if format == intake.CSV {
		if err := out.Write(exported); err != nil {
			return 0, err
		}
	}
	err = i.Store.DB.Snapshot(ctx, func(tx *sqldb.Tx) error {
		return i.Store.EachAccount(tx, func(a *account.Account) error {
			n++
			row := exportRow(a)
			if format == intake.JSONLines {
				object := map[string]string{}
				for c, name := range exported {
					if row[c] != "" {
						object[name] = row[c]
					}
				}
				return lines.Encode(object)
			}
			for c := range row {
				row[c] = intake.Cell(row[c])
			}
			return out.Write(row)
		})
	})
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return n, err
}

func exportRow(a *account.Account) []string {
	row := []string{a.Username, a.FirstName, a.LastName, a.NPI, a.Email, string(a.Role), a.OldHash, "imported", "", "", "", a.Lang}
	if a.State == account.Registered {
		row[6], row[7], row[8], row[9] = a.PasswordHash, "registered", string(a.Method), a.Phone
		if !a.RegisteredAt.IsZero() {
			row[10] = a.RegisteredAt.Format(time.RFC3339)
		}
	}
	return row
}
