package intake

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

	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Options of an import.
type Options struct {
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
	Ledger
	Bytes, Size int64 // of the file
	Done        bool
}

// Run imports a file. The same file again goes on where it was interrupted and, where it
// was whole, changes nothing but what changed in between. The error is the caller's
// (a column that is missing), ErrImporting, or the machine's (a full disk), after
// which it can be run again.
func Run(ctx context.Context, db *sqldb.DB, kind Kind, o Options) (*Progress, error) {
	if o.Format == "" {
		if o.Format = FormatOf(o.File); o.Format == "" {
			return nil, fmt.Errorf("%s: say --format csv or jsonl", o.File)
		}
	}
	if o.Rejects == "" {
		o.Rejects = o.File + ".rejects.csv"
	}
	m, err := newMapping(kind.Fields, o.Map)
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
	id, err := fingerprint(file, kind.Name, o)
	if err != nil {
		return nil, err
	}
	counted := &counter{Reader: file}
	src, err := newSource(counted, o.Format, o.Encoding)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	if missing := m.missing(src.header, kind.Needed...); o.Format == CSV && len(missing) > 0 {
		return nil, fmt.Errorf("%s: no column for %s: name it with --map FIELD=COLUMN; there are %s", o.File, strings.Join(missing, ", "), strings.Join(src.header, ", "))
	}
	r := &run{db: db, kind: kind, o: o, m: m, src: src, counted: counted, owner: secret.ID(),
		p: Progress{Ledger: Ledger{ID: id, Kind: kind.Name, File: filepath.Base(o.File)}, Size: info.Size()}}
	return r.all(ctx)
}

// fingerprint is of the file's content and of how it is read.
func fingerprint(file *os.File, kind string, o Options) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, kind, o.Format, o.Encoding, o.Map)
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
	db      *sqldb.DB
	kind    Kind
	o       Options
	m       *mapping
	src     *source
	counted *counter
	owner   string
	p       Progress
	rejects *rejects
	most    int  // rows of the next transaction
	first   bool // a first load: nobody waits yet
}

func (r *run) all(ctx context.Context) (_ *Progress, err error) {
	if !r.o.DryRun {
		if err := r.begin(ctx); err != nil {
			return nil, err
		}
		if r.rejects, err = openRejects(r.o.Rejects, r.p.RejectsAt); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, r.rejects.close(r.p.Rejected == 0)) }()
		if r.kind.Begin != nil {
			if r.first, err = r.kind.Begin(ctx, r.p.Size); err != nil {
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
		var batch []Row
		var bad []*Rejected
		for len(batch)+len(bad) < r.most {
			next, err := r.src.next()
			refused, isRefused := errors.AsType[*Rejected](err)
			switch {
			case errors.Is(err, io.EOF):
				ended = true
			case isRefused && refused.Line > skip:
				bad = append(bad, refused)
			case isRefused:
			case err != nil:
				return &r.p, fmt.Errorf("%s: %w", r.o.File, err)
			case next.Line > skip:
				batch = append(batch, r.m.row(next))
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
		if ended && r.kind.End != nil && !r.o.DryRun {
			if err := r.kind.End(ctx); err != nil {
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
	return r.db.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := begin(tx, Ledger{ID: r.p.ID, Kind: r.p.Kind, File: r.p.File}, r.owner)
		if err != nil {
			return err
		}
		r.p.Ledger = *before
		if !before.FinishedAt.IsZero() {
			r.p.Line, r.p.Added, r.p.Changed, r.p.Unchanged, r.p.Rejected, r.p.RejectsAt = 0, 0, 0, 0, 0, 0
		}
		return nil
	})
}

// take takes a batch in one transaction: the rows, and how far it came.
func (r *run) take(ctx context.Context, batch []Row, bad []*Rejected, last bool) error {
	if len(batch)+len(bad) == 0 && !last {
		return nil
	}
	put, unread, err := r.kind.Take(ctx, batch)
	if err != nil {
		return err
	}
	bad = append(bad, unread...)
	var done Ledger
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		done = r.p.Ledger
		more, err := put(tx, &done)
		if err != nil {
			return err
		}
		refused := append(append([]*Rejected(nil), bad...), more...)
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
		if err := advance(tx, &done, r.owner, last); err != nil || r.kind.Written == nil {
			return err
		}
		return r.kind.Written(tx, r.p.Ledger, done, last)
	})
	if err == nil || errors.Is(err, errDry) {
		r.p.Ledger = done
		return nil
	}
	return err
}

// errDry rolls a dry run back.
var errDry = errors.New("nothing is written")
