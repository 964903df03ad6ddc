package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Options of an import.
type Options struct {
	Kind     string // users, organizations
	File     string
	Format   Format   // empty: by the file's name
	Encoding string   // empty: utf-8, or what a byte order mark says
	Map      []string // FIELD=COLUMN
	Rejects  string   // file of the rows that were not taken; empty: FILE.rejects.csv
	DryRun   bool     // nothing is written, not even the rejects
	Progress func(Progress)
	Clock    func() time.Time // monotonic: how long a transaction takes
}

// Progress is how far an import is.
type Progress struct {
	store.ImportRun
	Bytes, Size int64 // of the file
	Done        bool
}

// Importer imports into one store.
type Importer struct {
	Store *store.Store
}

// Run imports a file. The same file again goes on where it was interrupted and, where it
// was whole, changes nothing but what changed in between. The error is the caller's
// (a column that is missing), store.ErrImporting, or the machine's (a full disk), after
// which it can be run again.
func (i *Importer) Run(ctx context.Context, o Options) (*Progress, error) {
	if o.Format == "" {
		if o.Format = FormatOf(o.File); o.Format == "" {
			return nil, fmt.Errorf("%s: say --format csv or jsonl", o.File)
		}
	}
	if o.Rejects == "" {
		o.Rejects = o.File + ".rejects.csv"
	}
	m, err := newMapping(o.Kind, o.Map)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(o.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	id, err := fingerprint(file, o)
	if err != nil {
		return nil, err
	}
	counted := &counter{Reader: file}
	src, err := newSource(counted, o.Format, o.Encoding)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	needed := map[string][]string{"users": {"username", "email", "organization"}, "organizations": {"npi", "name"}}[o.Kind]
	if missing := m.missing(src.header, needed...); o.Format == CSV && len(missing) > 0 {
		return nil, fmt.Errorf("%s: no column for %s: name it with --map FIELD=COLUMN; there are %s", o.File, strings.Join(missing, ", "), strings.Join(src.header, ", "))
	}
	r := &run{Importer: i, o: o, m: m, src: src, counted: counted, owner: secret.ID(), organizations: map[string]string{}, shapes: map[string]bool{},
		p: Progress{ImportRun: store.ImportRun{ID: id, Kind: o.Kind, File: filepath.Base(o.File)}, Size: info.Size()}}
	return r.all(ctx)
}

// fingerprint is of the file's content and of how it is read.
func fingerprint(file *os.File, o Options) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, o.Kind, o.Format, o.Encoding, o.Map)
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	_, err := file.Seek(0, io.SeekStart)
	return hex.EncodeToString(sum.Sum(nil))[:32], err
}

// counter counts what was read.
type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// run is one import under way.
type run struct {
	*Importer
	o             Options
	m             *mapping
	src           *source
	counted       *counter
	owner         string
	p             Progress
	rejects       *rejects
	organizations map[string]string // by what files call them
	shapes        map[string]bool   // of hashes, that have a decoy
	most          int               // rows of the next transaction
	first         bool              // a first load: nobody waits for lists and searches yet
}

// large is from how many bytes on a file is worth a first load of its own.
const large = 4 << 20

func (r *run) all(ctx context.Context) (_ *Progress, err error) {
	if !r.o.DryRun {
		if err := r.begin(ctx); err != nil {
			return nil, err
		}
		if r.rejects, err = openRejects(r.o.Rejects, r.p.RejectsAt); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, r.rejects.close(r.p.Rejected == 0)) }()
		if r.o.Kind == "users" && r.p.Size >= large {
			if r.first, err = r.Store.DeferDirectory(ctx); err != nil {
				return nil, err
			}
		}
	}
	r.most = firstBatch
	skip := r.p.Line // of an earlier try
	for ended := false; !ended; {
		if err := ctx.Err(); err != nil {
			return &r.p, err
		}
		var batch []*Record
		var bad []*Rejected
		for len(batch)+len(bad) < r.most {
			record, err := r.src.next()
			refused, isRefused := errors.AsType[*Rejected](err)
			switch {
			case errors.Is(err, io.EOF):
				ended = true
			case isRefused && refused.Line > skip:
				bad = append(bad, refused)
			case isRefused:
			case err != nil:
				return &r.p, fmt.Errorf("%s: %w", r.o.File, err)
			case record.Line > skip:
				batch = append(batch, record)
			}
			if ended {
				break
			}
		}
		began := r.o.Clock()
		if err := r.take(ctx, batch, bad, ended); err != nil {
			return &r.p, err
		}
		r.pace(ctx, r.o.Clock().Sub(began), len(batch))
		if ended && r.o.Kind == "users" && !r.o.DryRun { // of this load, or of one that was interrupted
			if err := r.Store.BuildDirectory(ctx); err != nil {
				return &r.p, err
			}
		}
		r.p.Bytes, r.p.Done = r.counted.n, ended
		if r.o.Progress != nil {
			r.o.Progress(r.p)
		}
	}
	return &r.p, nil
}

// begin takes the lease, and where the last try ended. A file that was imported whole
// begins anew: what changed since is brought up to date.
func (r *run) begin(ctx context.Context) error {
	return r.Store.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := r.Store.BeginImport(tx, store.ImportRun{ID: r.p.ID, Kind: r.p.Kind, File: r.p.File}, r.owner)
		if err != nil {
			return err
		}
		r.p.ImportRun = *before
		if !before.FinishedAt.IsZero() {
			r.p.Line, r.p.Added, r.p.Changed, r.p.Unchanged, r.p.Rejected, r.p.RejectsAt = 0, 0, 0, 0, 0, 0
		}
		return nil
	})
}

// take takes a batch in one transaction: the rows, how far it came, and one audit row.
func (r *run) take(ctx context.Context, batch []*Record, bad []*Rejected, last bool) error {
	if len(batch)+len(bad) == 0 && !last {
		return nil
	}
	lines, unread, err := r.lines(ctx, batch)
	if err != nil {
		return err
	}
	bad = append(bad, unread...)
	var done store.ImportRun
	work := func(tx *sqldb.Tx) error {
		done = r.p.ImportRun
		refused := append([]*Rejected(nil), bad...)
		more, err := r.rows(tx, batch, lines, &done)
		if err != nil {
			return err
		}
		refused = append(refused, more...)
		done.Rejected += int64(len(refused))
		for _, b := range batch {
			done.Line = max(done.Line, b.Line)
		}
		for _, b := range bad {
			done.Line = max(done.Line, b.Line)
		}
		if r.o.DryRun {
			return errDry
		}
		if done.RejectsAt, err = r.rejects.write(r.p.RejectsAt, refused); err != nil {
			return err
		}
		if err := r.Store.AdvanceImport(tx, &done, r.owner, last); err != nil {
			return err
		}
		return r.Store.Record(tx, audit.Row{Type: audit.Imported, Detail: map[string]string{"run": r.p.ID, "kind": r.o.Kind, "to_line": fmt.Sprint(done.Line),
			"added": fmt.Sprint(done.Added - r.p.Added), "changed": fmt.Sprint(done.Changed - r.p.Changed), "rejected": fmt.Sprint(done.Rejected - r.p.Rejected)}})
	}
	err = r.Store.Write(ctx, work)
	if errors.Is(err, errDry) {
		err = nil
	}
	if err == nil {
		r.p.ImportRun = done
	}
	return err
}

// errDry rolls a dry run back.
var errDry = errors.New("nothing is written")

// lines reads a batch's users; organisations are few, and read where they are put.
func (r *run) lines(ctx context.Context, batch []*Record) ([]store.Line, []*Rejected, error) {
	if r.o.Kind != "users" {
		return nil, nil, nil
	}
	return r.readUsers(r.Store.Read(ctx), batch)
}

func (r *run) rows(tx *sqldb.Tx, batch []*Record, lines []store.Line, done *store.ImportRun) ([]*Rejected, error) {
	if r.o.Kind == "organizations" {
		return r.putOrganizations(tx, batch, done)
	}
	return r.putUsers(tx, lines, done)
}
