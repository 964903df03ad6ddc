package sqldb

import "sync/atomic"

type stats struct{ commits, statements atomic.Int64 }

// Stats counts what has been done since Open.
type Stats struct {
	Commits    int64 // write transactions that committed
	Statements int64 // statements run, in and outside transactions
}

// Stats returns the counts so far.
func (db *DB) Stats() Stats {
	return Stats{db.stats.commits.Load(), db.stats.statements.Load()}
}
