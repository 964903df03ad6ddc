package main

import (
	"context"
	"fmt"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/npi"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

type registrationCodeCommand struct {
	Issue registrationCodeIssue `cmd:"" help:"Make a code with which an organisation's people register as new users."`
}

type registrationCodeIssue struct {
	operatorPlace
	NPI  string        `required:"" name:"npi" help:"NPI of the organisation."`
	Uses int           `default:"25" help:"How many may register with it."`
	Life time.Duration `default:"2160h" help:"How long it works: a day to a year (24h to 8760h)."`
}

// Run prints the code; only a keyed hash is kept (TM-24).
func (c *registrationCodeIssue) Run(ctx context.Context) error {
	npi := npi.Fold(c.NPI)
	switch {
	case npi == "":
		return fmt.Errorf("--npi %s is no NPI: it has ten digits, and the last one checks the others", c.NPI)
	case c.Uses < 1 || c.Uses > 10_000:
		return fmt.Errorf("--uses must be 1 to 10000")
	case c.Life < 24*time.Hour || c.Life > 365*24*time.Hour:
		return fmt.Errorf("--life must be 24h to 8760h")
	}
	return withStore(ctx, c.place, func(s *store.Store) error {
		code := secret.RegistrationCode()
		err := s.Write(ctx, func(tx *sqldb.Tx) error {
			o, err := s.OrganizationByNPI(tx, npi)
			if err == nil && o == nil {
				err = fmt.Errorf("there is no organisation with the NPI %s", npi)
			}
			if err != nil {
				return err
			}
			issued := store.RegistrationCode{ID: secret.ID(), OrganizationID: o.ID, Code: code, MostUses: c.Uses, ExpiresAt: tx.Now.Add(c.Life)}
			if err := s.InsertRegistrationCode(tx, issued); err != nil {
				return err
			}
			return s.Record(tx, audit.Row{Type: audit.CodeIssued, Detail: map[string]string{"code": issued.ID, "organization": o.ID}})
		})
		if err == nil {
			fmt.Println(code)
		}
		return err
	})
}
