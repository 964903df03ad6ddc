package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// On SQLite parsing a statement costs more than running it, and the driver keeps
// none: we do.

// mostPrepared bounds how many texts are kept; the house has about 150. Beyond it
// statements run as they come.
const mostPrepared = 500

// liteReader runs statements of the reading pool. They are not interrupted: they take
// no time to speak of, and watching each costs two goroutines.
type liteReader struct {
	pool *sql.DB
	by   sync.Map // text to *sql.Stmt, which prepares itself once per connection
	n    atomic.Int64
}

func (r *liteReader) stmt(ctx context.Context, query string) (*sql.Stmt, func()) {
	if found, ok := r.by.Load(query); ok {
		return found.(*sql.Stmt), nil
	}
	s, err := r.pool.PrepareContext(ctx, positional(query))
	if err != nil {
		return nil, nil // running it will say why
	}
	if r.n.Add(1) > mostPrepared {
		r.n.Add(-1)
		return s, func() { s.Close() }
	}
	if other, there := r.by.LoadOrStore(query, s); there {
		r.n.Add(-1)
		s.Close()
		return other.(*sql.Stmt), nil
	}
	return s, nil
}

func (r *liteReader) Exec(ctx context.Context, query string, args []any) (int64, error) {
	return changed(r.pool.ExecContext(ctx, query, args...))
}

func (r *liteReader) Query(ctx context.Context, query string, args []any) (Rows, error) {
	ctx = context.WithoutCancel(ctx)
	s, done := r.stmt(ctx, query)
	if s == nil {
		return liteRows(r.pool.QueryContext(ctx, query, args...))
	}
	if done != nil {
		defer done() // its rows live on
	}
	return liteRows(s.QueryContext(ctx, args...))
}

func (r *liteReader) QueryRow(ctx context.Context, query string, args []any) Row {
	ctx = context.WithoutCancel(ctx)
	s, done := r.stmt(ctx, query)
	if s == nil {
		return r.pool.QueryRowContext(ctx, query, args...)
	}
	if done != nil {
		defer done()
	}
	return s.QueryRowContext(ctx, args...)
}

// liteWriter is the one writing connection. Only who has the turn uses it.
type liteWriter struct {
	conn *sql.Conn
	by   map[string]*sql.Stmt
	log  logFile
}

// positional writes $1, $2, … as ?, where they come once each and in order: SQLite takes
// a parameter with a name of its own for one to be looked up, and the driver asks for
// each name. Any other text stays as it is.
func positional(query string) string {
	var out strings.Builder
	next, quoted := 1, false
	for i := 0; i < len(query); i++ {
		c := query[i]
		if c == '\'' {
			quoted = !quoted
		}
		if c != '$' || quoted {
			out.WriteByte(c)
			continue
		}
		end := i + 1
		for end < len(query) && query[end] >= '0' && query[end] <= '9' {
			end++
		}
		if query[i+1:end] != strconv.Itoa(next) {
			return query
		}
		out.WriteByte('?')
		next++
		i = end - 1
	}
	return out.String()
}

// logFile is the write-ahead log, which is there as long as the writer's connection
// is. A file that was replaced is closed when nobody syncs it any more; SQLite holds no
// lock on it that closing would end.
type logFile struct {
	path string
	file atomic.Pointer[os.File]
}

func (l *logFile) open() error {
	file, err := os.OpenFile(l.path, os.O_RDWR, 0)
	if err == nil {
		l.file.Store(file)
	}
	return err
}

func (l *logFile) sync() error {
	if file := l.file.Load(); file != nil {
		return syncData(file)
	}
	return os.ErrClosed
}

// begin starts a transaction. A connection that can't is used no more.
func (w *liteWriter) begin(ctx context.Context, pool *sql.DB) (err error) {
	fresh := w.conn == nil
	if fresh {
		if w.conn, err = pool.Conn(ctx); err != nil {
			return err
		}
		w.by = map[string]*sql.Stmt{}
	}
	if _, err = w.Exec(ctx, "BEGIN IMMEDIATE", nil); err == nil && fresh {
		err = w.log.open()
	}
	if err != nil {
		w.drop()
	}
	return err
}

// later runs it at once: there is no round trip to save.
func (w *liteWriter) later(ctx context.Context, s waiting) error {
	n, err := w.Exec(ctx, s.query, s.args)
	if err == nil && s.otherwise != nil && n != 1 {
		err = s.otherwise
	}
	return err
}

// Commit ends the transaction; where that fails nothing of it stands.
func (w *liteWriter) Commit(ctx context.Context) error {
	_, err := w.Exec(ctx, "COMMIT", nil)
	if err != nil {
		w.Rollback()
	}
	return err
}

// Rollback undoes the transaction, if need be by closing the connection.
func (w *liteWriter) Rollback() error {
	_, err := w.Exec(context.Background(), "ROLLBACK", nil)
	if err != nil {
		w.drop()
	}
	return err
}

// drop closes the connection, which undoes what it had begun; begin opens another.
func (w *liteWriter) drop() {
	for _, s := range w.by {
		s.Close()
	}
	w.conn.Raw(func(any) error { return driver.ErrBadConn }) // not back into the pool as it is
	w.conn.Close()
	w.conn, w.by = nil, nil
}

func (w *liteWriter) stmt(ctx context.Context, query string) *sql.Stmt {
	s := w.by[query]
	if s != nil || len(w.by) >= mostPrepared {
		return s
	}
	s, err := w.conn.PrepareContext(ctx, positional(query))
	if err != nil {
		return nil // running it will say why
	}
	w.by[query] = s
	return s
}

func (w *liteWriter) Exec(ctx context.Context, query string, args []any) (int64, error) {
	if s := w.stmt(ctx, query); s != nil {
		return changed(s.ExecContext(ctx, args...))
	}
	return changed(w.conn.ExecContext(ctx, query, args...))
}

func (w *liteWriter) Query(ctx context.Context, query string, args []any) (Rows, error) {
	if s := w.stmt(ctx, query); s != nil {
		return liteRows(s.QueryContext(ctx, args...))
	}
	return liteRows(w.conn.QueryContext(ctx, query, args...))
}

func (w *liteWriter) QueryRow(ctx context.Context, query string, args []any) Row {
	if s := w.stmt(ctx, query); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return w.conn.QueryRowContext(ctx, query, args...)
}

func changed(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// liteRows keeps a nil *sql.Rows from becoming a Rows that is not nil.
func liteRows(rows *sql.Rows, err error) (Rows, error) {
	if err != nil {
		return nil, err
	}
	return rows, nil
}
