package sqldb

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// waiting is a statement that was put off.
type waiting struct {
	query     string
	args      []any
	otherwise error // where it did not change exactly one row; nil: any number will do
}

// Later runs a statement whose result nobody needs at once: at the latest before
// the commit, and in order. On PostgreSQL what waits goes out with the next
// statement in one round trip, which is most of what a statement costs there.
func (tx *Tx) Later(query string, args ...any) error {
	return tx.later(waiting{query, args, nil})
}

// LaterOne is Later for a statement that must change exactly one row: otherwise the
// transaction ends with that error.
func (tx *Tx) LaterOne(otherwise error, query string, args ...any) error {
	return tx.later(waiting{query, args, otherwise})
}

func (tx *Tx) later(w waiting) error {
	if _, canWait := tx.on.(*pgTx); canWait {
		tx.put = append(tx.put, w)
		return nil
	}
	n, err := tx.Exec(w.query, w.args...)
	if err == nil && w.otherwise != nil && n != 1 {
		err = w.otherwise
	}
	return err
}

// flush runs what waits, and returns how many rows the last of it changed.
func (tx *Tx) flush() (n int64, err error) {
	put := tx.put
	tx.put = nil
	if len(put) == 0 || tx.failed != nil {
		return 0, tx.failed
	}
	tx.stats.statements.Add(int64(len(put)))
	n, tx.failed = tx.on.(*pgTx).together(tx.ctx, put)
	return n, tx.failed
}

// pgTx is a transaction on PostgreSQL, with the connection that it runs on.
type pgTx struct {
	*sql.Tx
	conn *sql.Conn
}

func beginPostgres(ctx context.Context, pool *sql.DB) (*pgTx, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	raw, err := conn.BeginTx(ctx, nil)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &pgTx{raw, conn}, nil
}

// together sends statements in one round trip (PostgreSQL's pipeline mode).
func (t *pgTx) together(ctx context.Context, put []waiting) (n int64, err error) {
	lost := t.conn.Raw(func(driver any) error {
		batch := &pgx.Batch{}
		for _, w := range put {
			batch.Queue(w.query, w.args...)
		}
		results := driver.(*stdlib.Conn).Conn().SendBatch(ctx, batch)
		for _, w := range put {
			tag, failed := results.Exec()
			if n = tag.RowsAffected(); failed == nil && w.otherwise != nil && n != 1 {
				failed = w.otherwise
			}
			if err == nil {
				err = failed
			}
		}
		if closed := results.Close(); err == nil {
			err = closed
		}
		return nil
	})
	if err == nil {
		err = lost
	}
	return n, err
}

// settings are what every connection to PostgreSQL asks for. Our statements look up
// rows by key: planning them anew each time costs more than running them.
const settings = `SET plan_cache_mode = force_generic_plan; SET jit = off`

func openPostgres(address string, log func(error)) (*sql.DB, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*c, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.PgConn().Exec(ctx, settings).ReadAll(); err != nil {
			log(err) // a relative of PostgreSQL that knows no such settings works without
		}
		return nil
	})), nil
}
