package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/importer"
	"sallyport/internal/intake"
	portalimporter "sallyport/internal/portal/importer"
	"sallyport/internal/sqldb"
)

type importCommand struct {
	Users                 importUsers         `cmd:"" help:"Import users: username, names, organization (NPI), email, role, password_hash."`
	Organizations         importOrganizations `cmd:"" help:"Import organisations: npi, name, active."`
	Contracts             importContracts     `cmd:"" help:"Import contracts: id, name, may_add (consumers)."`
	Programs              importPrograms      `cmd:"" help:"Import what contracts pay for: id, contract, name."`
	ContractOrganizations importMemberships   `cmd:"" help:"Import which organisation works under which contract: contract, organization (NPI), active."`
	Consumers             importConsumers     `cmd:"" help:"Import consumers: contract, number, first_name, last_name, birth_date."`
	DiagnosisCodes        importDiagnoses     `cmd:"" help:"Import the whole list of diagnoses that requests may name: code, description. None is shipped."`
	ServiceCodes          importServices      `cmd:"" help:"Import the whole list of services that requests may name: code, description. None is shipped."`
}

// importFile is what all have.
type importFile struct {
	operatorPlace
	Format   string   `enum:"csv,jsonl,," default:"" help:"csv or jsonl; by the file's name where it tells."`
	Encoding string   `enum:"utf-8,utf-16,windows-1252,iso-8859-1" default:"utf-8" help:"utf-8, utf-16, windows-1252 or iso-8859-1; a byte order mark wins."`
	Map      []string `help:"FIELD=COLUMN, for columns that go by other names."`
	Rejects  string   `type:"path" help:"File of the rows that were not taken; default FILE.rejects.csv."`
	DryRun   bool     `help:"Read and check everything; write nothing."`
	File     string   `arg:"" type:"existingfile"`
}

type (
	importUsers         struct{ importFile }
	importOrganizations struct{ importFile }
	importContracts     struct{ importFile }
	importPrograms      struct{ importFile }
	importMemberships   struct{ importFile }
	importConsumers     struct{ importFile }
	importDiagnoses     struct{ importFile }
	importServices      struct{ importFile }
)

// Run imports users.
func (c *importUsers) Run(ctx context.Context) error {
	return c.intoDoor(ctx, (*importer.Importer).Users)
}

// Run imports organisations.
func (c *importOrganizations) Run(ctx context.Context) error {
	return c.intoDoor(ctx, (*importer.Importer).Organizations)
}

// Run imports contracts.
func (c *importContracts) Run(ctx context.Context) error { return c.intoPortal(ctx, "contracts") }

// Run imports programs.
func (c *importPrograms) Run(ctx context.Context) error { return c.intoPortal(ctx, "programs") }

// Run imports who works under which contract.
func (c *importMemberships) Run(ctx context.Context) error {
	return c.intoPortal(ctx, "contract-organizations")
}

// Run imports consumers.
func (c *importConsumers) Run(ctx context.Context) error { return c.intoPortal(ctx, "consumers") }

// Run imports a list of diagnoses.
func (c *importDiagnoses) Run(ctx context.Context) error { return c.intoPortal(ctx, "diagnosis-codes") }

// Run imports a list of services.
func (c *importServices) Run(ctx context.Context) error { return c.intoPortal(ctx, "service-codes") }

// errRejects: some rows were not taken.
var errRejects = errors.New("some rows were not taken")

func (c *importFile) intoDoor(ctx context.Context, run func(*importer.Importer, context.Context, intake.Options) (*intake.Progress, error)) error {
	app.TuneMemory()
	s, _, done, err := c.openWith(ctx, importCache)
	if err != nil {
		return err
	}
	defer done()
	i := &importer.Importer{Store: s}
	err = c.run(ctx, func(o intake.Options) (*intake.Progress, error) { return run(i, ctx, o) })
	if kept := i.Kept.String(); kept != "" {
		fmt.Println(kept)
	}
	return err
}

// intoPortal imports into the portal's database. What was done stands in the audit log,
// which is the door's.
func (c *importFile) intoPortal(ctx context.Context, name string) error {
	app.TuneMemory()
	door, settings, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	s, close, err := c.openPortal(ctx, settings, door.Keys)
	if err != nil {
		return err
	}
	defer close()
	kind := (&portalimporter.Importer{Store: s, Organization: func(ctx context.Context, name string) (string, error) {
		return door.OrganizationIDs(door.Read(ctx), name)
	}}).Kinds()[name]
	return c.run(ctx, func(o intake.Options) (*intake.Progress, error) {
		p, err := intake.Run(ctx, s.DB, kind, o)
		if p == nil || c.DryRun {
			return p, err
		}
		return p, errors.Join(err, door.Write(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error {
			return door.Record(tx, audit.Row{Type: audit.Imported, Detail: map[string]string{"run": p.ID, "kind": name, "to_line": fmt.Sprint(p.Line),
				"added": fmt.Sprint(p.Added), "changed": fmt.Sprint(p.Changed), "rejected": fmt.Sprint(p.Rejected)}})
		}))
	})
}

func (c *importFile) run(ctx context.Context, run func(intake.Options) (*intake.Progress, error)) error {
	bar := newBar(os.Stderr)
	p, err := run(intake.Options{File: c.File, Format: intake.Format(c.Format), Encoding: c.Encoding, Map: c.Map, Rejects: c.Rejects, DryRun: c.DryRun, Progress: bar.show, Clock: time.Now})
	bar.end()
	if p != nil {
		c.summary(p)
	}
	if err != nil && p != nil && p.Line > 0 && !c.DryRun {
		fmt.Println("It was interrupted; nothing of what was taken is lost. Run the same command again: it goes on behind that line.")
	}
	if err == nil && p.Rejected > 0 {
		err = errRejects
	}
	return err
}

// importCache is what SQLite keeps of the file meanwhile, in KiB.
const importCache = 24 << 10

func (c *importFile) summary(p *intake.Progress) {
	done := "taken"
	if c.DryRun {
		done = "would be taken (a dry run: nothing was written)"
	}
	fmt.Printf("%s to line %d: %d added, %d changed, %d unchanged, %d rejected.\n", done, p.Line, p.Added, p.Changed, p.Unchanged, p.Rejected)
	if p.Rejected > 0 && !c.DryRun {
		rejects := c.Rejects
		if rejects == "" {
			rejects = c.File + ".rejects.csv"
		}
		fmt.Printf("The rejected rows, with line, field and reason, are in %s.\n", rejects)
	}
}
