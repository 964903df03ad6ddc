package sqldb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// On PostgreSQL a round trip is most of what a statement costs, to us and to the
// server. So BEGIN goes out with the first statement, what can wait with the next,
// and a commit with what still waits.

// settings are what every connection asks for. Our statements look up rows by key:
// planning them anew each time costs more than running them.
const settings = `SET plan_cache_mode = force_generic_plan; SET jit = off`

// openPool connects. Relatives of PostgreSQL that know no such settings work without.
func openPool(ctx context.Context, address string, most int, log func(error)) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	c.MaxConns, c.MaxConnIdleTime = int32(most), 5*time.Minute
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.PgConn().Exec(ctx, settings).ReadAll(); err != nil {
			log(err)
		}
		return nil
	}
	return pgxpool.NewWithConfig(ctx, c)
}

// pgReader runs single statements outside any transaction.
type pgReader struct{ pool *pgxpool.Pool }

func (r pgReader) Exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := r.pool.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (r pgReader) Query(ctx context.Context, query string, args []any) (Rows, error) {
	rows, err := r.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return &pgRows{rows, nil}, nil
}

func (r pgReader) QueryRow(ctx context.Context, query string, args []any) Row {
	return r.pool.QueryRow(ctx, query, args...)
}

// pgTx is a write transaction.
type pgTx struct {
	conn   *pgxpool.Conn
	begun  bool
	put    []waiting
	failed error // of what was put off: the transaction can only end
}

func (t *pgTx) later(_ context.Context, w waiting) error {
	t.put = append(t.put, w)
	return nil
}

func (t *pgTx) Exec(ctx context.Context, query string, args []any) (int64, error) {
	if t.begun && len(t.put) == 0 {
		tag, err := t.conn.Exec(ctx, query, args...)
		return tag.RowsAffected(), err
	}
	results, err := t.send(ctx, query, args)
	if err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	return tag.RowsAffected(), errors.Join(err, results.Close())
}

func (t *pgTx) Query(ctx context.Context, query string, args []any) (Rows, error) {
	if t.begun && len(t.put) == 0 {
		rows, err := t.conn.Query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		return &pgRows{rows, nil}, nil
	}
	results, err := t.send(ctx, query, args)
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		results.Close()
		return nil, err
	}
	return &pgRows{rows, results}, nil
}

// QueryRow runs when the row is scanned.
func (t *pgTx) QueryRow(ctx context.Context, query string, args []any) Row {
	return pgRow(func(into []any) error {
		if t.begun && len(t.put) == 0 {
			return t.conn.QueryRow(ctx, query, args...).Scan(into...)
		}
		results, err := t.send(ctx, query, args)
		if err != nil {
			return err
		}
		err = results.QueryRow().Scan(into...)
		if closed := results.Close(); err == nil {
			err = closed
		}
		return err
	})
}

// send runs what waits, then the statement, in one round trip. The statement's own
// result is still to be read.
func (t *pgTx) send(ctx context.Context, query string, args []any) (pgx.BatchResults, error) {
	if t.failed != nil {
		return nil, t.failed
	}
	batch := &pgx.Batch{}
	if !t.begun {
		batch.Queue("BEGIN")
	}
	for _, w := range t.put {
		batch.Queue(w.query, w.args...)
	}
	if query != "" {
		batch.Queue(query, args...)
	}
	results := t.conn.SendBatch(ctx, batch)
	if !t.begun {
		_, t.failed = results.Exec()
		t.begun = true
	}
	for _, w := range t.put {
		tag, err := results.Exec()
		if err == nil && w.otherwise != nil && tag.RowsAffected() != 1 {
			err = w.otherwise
		}
		if t.failed == nil {
			t.failed = err
		}
	}
	t.put = nil
	if t.failed != nil {
		results.Close()
		return nil, t.failed
	}
	return results, nil
}

// Commit ends the transaction, with what still waits where that can't fail it.
func (t *pgTx) Commit(ctx context.Context) error {
	for _, w := range t.put {
		if w.otherwise != nil {
			results, err := t.send(ctx, "", nil)
			if err == nil {
				err = results.Close()
			}
			if err != nil {
				t.Rollback()
				return err
			}
		}
	}
	if t.failed != nil || !t.begun && len(t.put) == 0 {
		t.Rollback()
		return t.failed
	}
	defer t.conn.Release()
	results, err := t.send(ctx, "COMMIT", nil)
	if err != nil {
		return err // Release closes the connection
	}
	tag, err := results.Exec()
	if err == nil && tag.String() != "COMMIT" {
		err = errors.New("the transaction was rolled back")
	}
	return errors.Join(err, results.Close())
}

// Rollback undoes the transaction, if need be by closing the connection.
func (t *pgTx) Rollback() error {
	defer t.conn.Release()
	if !t.begun || t.conn.Conn().IsClosed() { // a request that was given up closes it
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err := t.conn.Exec(ctx, "ROLLBACK")
	return err
}

type pgRow func(into []any) error

func (r pgRow) Scan(into ...any) error { return r(into) }

// pgRows end, when they have all been read, the batch that they came with.
type pgRows struct {
	pgx.Rows
	batch pgx.BatchResults
}

func (r *pgRows) Next() bool {
	more := r.Rows.Next()
	if !more {
		r.Close()
	}
	return more
}

func (r *pgRows) Close() error {
	r.Rows.Close()
	if batch := r.batch; batch != nil {
		r.batch = nil
		return batch.Close()
	}
	return nil
}
