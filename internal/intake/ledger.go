package intake

import (
	"errors"
	"time"

	"sallyport/internal/sqldb"
)

// The table import_run is the same in every database that files are taken into.

// Ledger is one file that was, or is being, imported, and how far it came.
type Ledger struct {
	ID, Kind, File string
	Line           int64 // the last that was taken
	Added          int64
	Changed        int64
	Unchanged      int64
	Rejected       int64
	RejectsAt      int64 // how long the rejects file was, in bytes
	StartedAt      time.Time
	FinishedAt     time.Time
}

// Count counts a row that was added, or changed, or neither.
func (l *Ledger) Count(added, changed bool) {
	switch {
	case added:
		l.Added++
	case changed:
		l.Changed++
	default:
		l.Unchanged++
	}
}

// leaseFor is how long a run that says nothing more counts as being imported.
const leaseFor = 30 * time.Second

// ErrImporting means that another process is importing this very file, or was until
// it was killed just now.
var ErrImporting = errors.New("this file is being imported by another process (or one was killed less than 30 seconds ago: then try again in 30 seconds)")

// begin makes this owner the one who imports the file, and returns how far it
// came before. ErrImporting where another is at it.
func begin(tx *sqldb.Tx, r Ledger, owner string) (*Ledger, error) {
	now, until := sqldb.Micros(tx.Now), sqldb.Micros(tx.Now.Add(leaseFor))
	_, err := tx.Exec(`INSERT INTO import_run (id, kind, file, line, added, changed, unchanged, rejected, rejects_at, owner, lease_until, started_at, finished_at)
		VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0, '', 0, $4, 0) ON CONFLICT (id) DO NOTHING`, r.ID, r.Kind, r.File, now)
	if err != nil {
		return nil, err
	}
	n, err := tx.Exec(`UPDATE import_run SET owner = $1, lease_until = $2 WHERE id = $3 AND (owner = $1 OR lease_until <= $4)`, owner, until, r.ID, now)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, ErrImporting
	}
	var started, finished int64
	err = tx.QueryRow(`SELECT line, added, changed, unchanged, rejected, rejects_at, started_at, finished_at FROM import_run WHERE id = $1`, r.ID).
		Scan(&r.Line, &r.Added, &r.Changed, &r.Unchanged, &r.Rejected, &r.RejectsAt, &started, &finished)
	r.StartedAt, r.FinishedAt = sqldb.Time(started), sqldb.Time(finished)
	return &r, err
}

// advance keeps how far a run came, in the transaction of the rows themselves.
// ErrImporting where the lease was lost.
func advance(tx *sqldb.Tx, r *Ledger, owner string, finished bool) error {
	lease, end := sqldb.Micros(tx.Now.Add(leaseFor)), int64(0)
	if finished {
		lease, end = 0, sqldb.Micros(tx.Now)
	}
	return tx.LaterOne(ErrImporting, `UPDATE import_run SET line = $1, added = $2, changed = $3, unchanged = $4, rejected = $5, rejects_at = $6, lease_until = $7, finished_at = $8
		WHERE id = $9 AND owner = $10`, r.Line, r.Added, r.Changed, r.Unchanged, r.Rejected, r.RejectsAt, lease, end, r.ID, owner)
}
