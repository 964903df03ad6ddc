package intake

import (
	"context"

	"sallyport/internal/sqldb"
)

// Kind is a kind of file, and what becomes of its rows.
type Kind struct {
	Name   string
	Fields map[string][]string // those that are read, with other names that they go by, folded
	Needed []string            // columns without which no row can be taken
	// Take reads a batch of rows, before any transaction, and returns what puts them in, in
	// one. Rows that are refused come back.
	Take func(ctx context.Context, rows []Row) (Put, []*Rejected, error)
	// Begin is told how many bytes the file has, and tells whether it is a first load, for
	// which nobody waits yet. May be nil, as may be the others.
	Begin func(ctx context.Context, size int64) (first bool, err error)
	// Written is called within each transaction with how far the file was before and is now;
	// last with its end.
	Written func(tx *sqldb.Tx, before, now Ledger, last bool) error
	// End is called behind the last transaction.
	End func(ctx context.Context) error
}

// Row is a row by our names of its fields.
type Row struct {
	Line  int64 // where it begins, from 1
	Field map[string]string
}

// Put writes rows, counts them as added, changed or unchanged, and returns those that are
// refused.
type Put func(tx *sqldb.Tx, count *Ledger) ([]*Rejected, error)
