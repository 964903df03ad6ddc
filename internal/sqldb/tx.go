package sqldb

import (
	"context"
	"time"

	"sallyport/internal/secret"
)

// Tx is where statements run: inside a write transaction (from Write), or
// straight on a reading connection (from Reader). Now is read once, when it
// began, so that everything written together carries one time. There is one result
// at a time: rows are closed before the next statement.
type Tx struct {
	Dialect Dialect
	Now     time.Time
	ctx     context.Context
	on      statements
	writing transaction // nil on a reading connection
	stats   *stats
}

// Row is the one row of a statement, or sql.ErrNoRows.
type Row interface{ Scan(into ...any) error }

// Rows are what a statement returned.
type Rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close() error
}

type statements interface {
	Exec(ctx context.Context, query string, args []any) (int64, error)
	Query(ctx context.Context, query string, args []any) (Rows, error)
	QueryRow(ctx context.Context, query string, args []any) Row
}

// transaction is one that was begun.
type transaction interface {
	statements
	later(ctx context.Context, w waiting) error
	Commit(ctx context.Context) error
	Rollback() error
}

// waiting is a statement that can wait.
type waiting struct {
	query     string
	args      []any
	otherwise error // where it did not change exactly one row; nil: any number will do
}

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	tx.stats.statements.Add(1)
	return tx.on.Exec(tx.ctx, query, args)
}

// Query runs a statement that returns rows.
func (tx *Tx) Query(query string, args ...any) (Rows, error) {
	tx.stats.statements.Add(1)
	return tx.on.Query(tx.ctx, query, args)
}

// QueryRow runs a statement that returns at most one row.
func (tx *Tx) QueryRow(query string, args ...any) Row {
	tx.stats.statements.Add(1)
	return tx.on.QueryRow(tx.ctx, query, args)
}

// Later runs a statement whose result nobody needs at once: at the latest with the
// commit, and in order. On PostgreSQL it goes out with the next statement.
func (tx *Tx) Later(query string, args ...any) error {
	tx.stats.statements.Add(1)
	return tx.writing.later(tx.ctx, waiting{query, args, nil})
}

// LaterOne is Later for a statement that must change exactly one row: otherwise the
// transaction ends with that error.
func (tx *Tx) LaterOne(otherwise error, query string, args ...any) error {
	tx.stats.statements.Add(1)
	return tx.writing.later(tx.ctx, waiting{query, args, otherwise})
}

// Context is the context that the statements run under.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Writing tells whether this is a write transaction.
func (tx *Tx) Writing() bool { return tx.writing != nil }

// SkipLocked is the suffix that lets workers on PostgreSQL claim different rows;
// SQLite has one writer and needs none.
func (tx *Tx) SkipLocked() string {
	if tx.Dialect == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// ForUpdate is the suffix that locks the rows of a table until the transaction
// ends; on SQLite the one writer holds the whole file.
func (tx *Tx) ForUpdate(table string) string {
	if tx.Dialect == Postgres {
		return " FOR UPDATE OF " + table
	}
	return ""
}

// Reader runs single statements outside any transaction.
func (db *DB) Reader(ctx context.Context) *Tx {
	return &Tx{db.Dialect, db.Now(), ctx, db.reads, nil, &db.stats}
}

const (
	attempts  = 6                     // tries of one write transaction
	firstWait = 2 * time.Millisecond  // doubles with each further try
	slow      = 50 * time.Millisecond // own work of a write transaction that is worth a line in the log
)

// Write runs fn in a transaction and commits. When the database reports a
// serialization failure, a deadlock or a busy file, everything is rolled back
// and fn runs again from the start, so fn must keep nothing from its last run.
// An error from fn rolls back and is returned as it is.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.writeOnce(ctx, fn)
		if err == nil || !Retryable(err) || attempt == attempts {
			return err
		}
		if db.opts.OnRetry != nil {
			db.opts.OnRetry(attempt, err)
		}
		wait := firstWait << attempt
		select {
		case <-time.After(wait/2 + secret.Jitter(wait)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (db *DB) writeOnce(ctx context.Context, fn func(*Tx) error) (err error) {
	committed := false
	raw, ctx, done, err := db.begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		done()
		if committed && db.Dialect == SQLite {
			err = db.disk.wait()
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			raw.Rollback()
			panic(p)
		}
	}()
	began := time.Now()
	err = fn(&Tx{db.Dialect, db.Now(), ctx, raw, raw, &db.stats})
	db.held(time.Since(began))
	if err != nil {
		if undo := raw.Rollback(); undo != nil {
			db.opts.Log.Warn("rollback failed; the connection is dropped", "error", undo)
		}
		return err
	}
	if err := raw.Commit(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	db.stats.commits.Add(1)
	committed = true
	return nil
}

// begin starts a transaction. On SQLite it waits for its turn, first come first
// served, and is then not interrupted: its statements take no time to speak of.
func (db *DB) begin(ctx context.Context) (t transaction, inside context.Context, done func(), err error) {
	if db.pool != nil {
		conn, err := db.pool.Acquire(ctx)
		return &pgTx{conn: conn}, ctx, func() {}, err
	}
	if err := db.disk.err(); err != nil {
		return nil, ctx, nil, err
	}
	leave := func() {}
	if db.opts.Background {
		db.courtesy.giveWay(ctx)
	} else {
		db.courtesy.enter()
		leave = db.courtesy.leave
	}
	select {
	case db.turn <- struct{}{}:
	case <-ctx.Done():
		leave()
		return nil, ctx, nil, ctx.Err()
	}
	done, inside = func() { <-db.turn; leave() }, context.WithoutCancel(ctx)
	if err := db.writer.begin(inside, db.write); err != nil {
		done()
		return nil, ctx, nil, err
	}
	return &db.writer, inside, done, nil
}

// held reports work that kept the other writers waiting: a hash, a template or
// a network call inside a transaction shows here.
func (db *DB) held(d time.Duration) {
	if db.opts.OnHeld != nil {
		db.opts.OnHeld(d)
	}
	if d > slow && !db.opts.Background {
		db.opts.Log.Warn("write transaction held long", "ms", d.Milliseconds())
	}
}
