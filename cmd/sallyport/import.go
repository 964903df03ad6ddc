package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/door/importer"
	"sallyport/internal/door/store"
)

type importCommand struct {
	Users         importUsers         `cmd:"" help:"Import users: username, names, organization (NPI), email, role, password_hash."`
	Organizations importOrganizations `cmd:"" help:"Import organisations: npi, name, active."`
}

// importFile is what both have.
type importFile struct {
	place
	Format   string   `enum:"csv,jsonl,," default:"" help:"csv or jsonl; by the file's name where it tells."`
	Encoding string   `enum:"utf-8,utf-16,windows-1252,iso-8859-1" default:"utf-8" help:"utf-8, utf-16, windows-1252 or iso-8859-1; a byte order mark wins."`
	Map      []string `help:"FIELD=COLUMN, for columns that go by other names."`
	Rejects  string   `type:"path" help:"File of the rows that were not taken; default FILE.rejects.csv."`
	DryRun   bool     `help:"Read and check everything; write nothing."`
	File     string   `arg:"" type:"existingfile"`
}

type importUsers struct{ importFile }

// Run imports users.
func (c *importUsers) Run(ctx context.Context) error { return c.run(ctx, "users") }

type importOrganizations struct{ importFile }

// Run imports organisations.
func (c *importOrganizations) Run(ctx context.Context) error { return c.run(ctx, "organizations") }

// errRejects: some rows were not taken.
var errRejects = errors.New("some rows were not taken")

func (c *importFile) run(ctx context.Context, kind string) error {
	app.TuneMemory()
	s, _, done, err := c.openWith(ctx, importCache)
	if err != nil {
		return err
	}
	defer done()
	bar := newBar(os.Stderr)
	p, err := (&importer.Importer{Store: s}).Run(ctx, importer.Options{Kind: kind, File: c.File, Format: importer.Format(c.Format), Encoding: c.Encoding, Map: c.Map, Rejects: c.Rejects,
		DryRun: c.DryRun, Progress: bar.show, Clock: time.Now})
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

func (c *importFile) summary(p *importer.Progress) {
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

// bar shows progress: one line that changes on a terminal, a line now and then elsewhere.
type bar struct {
	to       *os.File
	terminal bool
	began    time.Time
	last     time.Time
	rows     int64   // that were there with the first transaction: an earlier try's
	share    float64 // of the file, likewise
	begun    bool
}

func newBar(to *os.File) *bar {
	info, err := to.Stat()
	return &bar{to: to, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, began: time.Now()}
}

func (b *bar) show(p importer.Progress) {
	rows := p.Added + p.Changed + p.Unchanged + p.Rejected
	share := float64(p.Bytes) / float64(max(p.Size, 1))
	if !b.begun && !p.Done {
		b.begun, b.began, b.rows, b.share = true, time.Now(), rows, share
		return
	}
	every := 5 * time.Second
	if b.terminal {
		every = 200 * time.Millisecond
	}
	if time.Since(b.last) < every && !p.Done {
		return
	}
	b.last = time.Now()
	took := time.Since(b.began)
	left := "?"
	if share > b.share {
		left = time.Duration(float64(took) * (1 - share) / (share - b.share)).Round(time.Second).String()
	}
	text := fmt.Sprintf("%3.0f %%  %d rows, %.0f a second, %s left, %d rejected", 100*share, rows, float64(rows-b.rows)/took.Seconds(), left, p.Rejected)
	if !b.terminal {
		fmt.Fprintln(b.to, text)
		return
	}
	const width = 30
	full := int(share * width)
	fmt.Fprintf(b.to, "\r[%s%s] %s   ", strings.Repeat("#", full), strings.Repeat(".", width-full), text)
}

func (b *bar) end() {
	if b.terminal {
		fmt.Fprintln(b.to)
	}
}

type exportCommand struct {
	Users exportUsers `cmd:"" help:"Write all users, for import elsewhere. The file holds password hashes and telephone numbers."`
}

type exportUsers struct {
	place
	Format string `enum:"csv,jsonl" default:"csv" help:"csv or jsonl."`
	File   string `arg:"" type:"path" help:"File to write; it must not exist."`
}

// Run exports.
func (c *exportUsers) Run(ctx context.Context) error {
	return withStore(ctx, c.place, func(s *store.Store) error {
		out, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		n, err := (&importer.Importer{Store: s}).Export(ctx, out, importer.Format(c.Format))
		if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
			return errors.Join(err, os.Remove(c.File))
		}
		fmt.Printf("%d users. The file holds password hashes and telephone numbers: keep it like the keys.\n", n)
		return nil
	})
}
