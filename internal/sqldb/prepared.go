package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"sync/atomic"
)

// On SQLite parsing a statement costs more than running it, and the driver keeps
// none: these do. (On PostgreSQL pgx keeps prepared statements by itself.)

// mostPrepared bounds how many texts are kept; the house has about 150. Beyond it
// statements run as they come.
const mostPrepared = 500

// readers runs statements of the reading pool.
type readers struct {
	pool *sql.DB
	by   sync.Map // text to *sql.Stmt, which prepares itself once per connection
	n    atomic.Int64
}

func (r *readers) stmt(ctx context.Context, query string) *sql.Stmt {
	if found, ok := r.by.Load(query); ok {
		return found.(*sql.Stmt)
	}
	if r.n.Load() >= mostPrepared {
		return nil
	}
	s, err := r.pool.PrepareContext(ctx, query)
	if err != nil {
		return nil // running it will say why
	}
	if other, there := r.by.LoadOrStore(query, s); there {
		s.Close()
		return other.(*sql.Stmt)
	}
	r.n.Add(1)
	return s
}

func (r *readers) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return r.pool.ExecContext(ctx, query, args...)
}

func (r *readers) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := r.stmt(ctx, query); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return r.pool.QueryContext(ctx, query, args...)
}

func (r *readers) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := r.stmt(ctx, query); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return r.pool.QueryRowContext(ctx, query, args...)
}

// writer is the one writing connection. Only who has the turn uses it.
type writer struct {
	conn *sql.Conn
	by   map[string]*sql.Stmt
}

// begin starts a transaction. A writer that failed to is used no more.
func (w *writer) begin(ctx context.Context, pool *sql.DB) (err error) {
	if w.conn == nil {
		if w.conn, err = pool.Conn(ctx); err != nil {
			return err
		}
		w.by = map[string]*sql.Stmt{}
	}
	if _, err = w.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		w.drop()
	}
	return err
}

// Commit ends the transaction; where that fails nothing of it stands.
func (w *writer) Commit() error {
	_, err := w.ExecContext(context.Background(), "COMMIT")
	if err != nil {
		w.Rollback()
	}
	return err
}

// Rollback undoes the transaction, if need be by closing the connection.
func (w *writer) Rollback() error {
	_, err := w.ExecContext(context.Background(), "ROLLBACK")
	if err != nil {
		w.drop()
	}
	return err
}

// drop closes the connection, which undoes what it had begun; begin opens another.
func (w *writer) drop() {
	for _, s := range w.by {
		s.Close()
	}
	w.conn.Raw(func(any) error { return driver.ErrBadConn }) // not back into the pool as it is
	w.conn.Close()
	w.conn, w.by = nil, nil
}

func (w *writer) stmt(ctx context.Context, query string) *sql.Stmt {
	s := w.by[query]
	if s != nil || len(w.by) >= mostPrepared {
		return s
	}
	s, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil // running it will say why
	}
	w.by[query] = s
	return s
}

func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := w.stmt(ctx, query); s != nil {
		return s.ExecContext(ctx, args...)
	}
	return w.conn.ExecContext(ctx, query, args...)
}

func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := w.stmt(ctx, query); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return w.conn.QueryContext(ctx, query, args...)
}

func (w *writer) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := w.stmt(ctx, query); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return w.conn.QueryRowContext(ctx, query, args...)
}
