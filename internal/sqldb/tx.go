package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"sallyport/internal/secret"
)

// Tx is where statements run: inside a write transaction (from Write), or
// straight on a reading connection (from Reader). Now is read once, when it
// began, so that everything written together carries one time.
type Tx struct {
	Dialect Dialect
	Now     time.Time
	ctx     context.Context
	on      statements
	writing bool
	stats   *stats
	put     []waiting // see Later
	failed  error     // of what was put off
}

type statements interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if len(tx.put) > 0 {
		tx.put = append(tx.put, waiting{query, args, nil})
		return tx.flush()
	}
	tx.stats.statements.Add(1)
	result, err := tx.on.ExecContext(tx.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query runs a statement that returns rows.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	if _, err := tx.flush(); err != nil {
		return nil, err
	}
	tx.stats.statements.Add(1)
	return tx.on.QueryContext(tx.ctx, query, args...)
}

// QueryRow runs a statement that returns at most one row.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	tx.flush() // an error is kept, and ends the transaction
	tx.stats.statements.Add(1)
	return tx.on.QueryRowContext(tx.ctx, query, args...)
}

// Context is the context that the statements run under.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Writing tells whether this is a write transaction.
func (tx *Tx) Writing() bool { return tx.writing }

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
	return &Tx{Dialect: db.Dialect, Now: db.Now(), ctx: ctx, on: db.reads, stats: &db.stats}
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
	raw, ctx, done, err := db.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	defer func() {
		if p := recover(); p != nil {
			raw.Rollback()
			panic(p)
		}
	}()
	began := time.Now()
	tx := &Tx{Dialect: db.Dialect, Now: db.Now(), ctx: ctx, on: raw, writing: true, stats: &db.stats}
	if err = fn(tx); err == nil {
		_, err = tx.flush()
	}
	if tx.failed != nil {
		err = tx.failed
	}
	db.held(time.Since(began))
	if err != nil {
		if undo := raw.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			db.opts.Log.Warn("rollback failed; the connection is dropped", "error", undo)
		}
		return err
	}
	if err := raw.Commit(); err != nil {
		return err
	}
	db.stats.commits.Add(1)
	return nil
}

// transaction is one that was begun.
type transaction interface {
	statements
	Commit() error
	Rollback() error
}

// begin starts a transaction. On SQLite it waits for its turn, first come first
// served, and is then not interrupted: its statements take no time to speak of.
func (db *DB) begin(ctx context.Context) (t transaction, inside context.Context, done func(), err error) {
	if db.turn == nil {
		raw, err := beginPostgres(ctx, db.write)
		if err != nil {
			return nil, ctx, nil, err
		}
		return raw, ctx, func() { raw.conn.Close() }, nil
	}
	select {
	case db.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx, nil, ctx.Err()
	}
	done, inside = func() { <-db.turn }, context.WithoutCancel(ctx)
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
	if d > slow {
		db.opts.Log.Warn("write transaction held long", "ms", d.Milliseconds())
	}
}
