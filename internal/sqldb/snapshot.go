package sqldb

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
)

// Snapshot runs fn on the database as it stands at one moment, whatever is written
// meanwhile; it writes nothing.
func (db *DB) Snapshot(ctx context.Context, fn func(*Tx) error) error {
	if db.pool != nil {
		tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
		if err != nil {
			return err
		}
		defer tx.Rollback(context.WithoutCancel(ctx))
		return fn(&Tx{db.Dialect, db.Now(), ctx, pgSnapshot{tx}, nil, &db.stats})
	}
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return fn(&Tx{db.Dialect, db.Now(), ctx, liteSnapshot{tx, map[string]*sql.Stmt{}}, nil, &db.stats})
}

type pgSnapshot struct{ pgx.Tx }

func (s pgSnapshot) Exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := s.Tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (s pgSnapshot) Query(ctx context.Context, query string, args []any) (Rows, error) {
	rows, err := s.Tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return &pgRows{rows, nil}, nil
}

func (s pgSnapshot) QueryRow(ctx context.Context, query string, args []any) Row {
	return s.Tx.QueryRow(ctx, query, args...)
}

// liteSnapshot keeps its statements prepared until the snapshot ends.
type liteSnapshot struct {
	*sql.Tx
	by map[string]*sql.Stmt
}

func (s liteSnapshot) stmt(ctx context.Context, query string) *sql.Stmt {
	found := s.by[query]
	if found == nil && len(s.by) < mostPrepared {
		var err error
		if found, err = s.PrepareContext(ctx, positional(query)); err != nil {
			return nil // running it will say why
		}
		s.by[query] = found
	}
	return found
}

func (s liteSnapshot) Exec(ctx context.Context, query string, args []any) (int64, error) {
	return changed(s.ExecContext(ctx, query, args...))
}

func (s liteSnapshot) Query(ctx context.Context, query string, args []any) (Rows, error) {
	if prepared := s.stmt(ctx, query); prepared != nil {
		return liteRows(prepared.QueryContext(ctx, args...))
	}
	return liteRows(s.QueryContext(ctx, query, args...))
}

func (s liteSnapshot) QueryRow(ctx context.Context, query string, args []any) Row {
	if prepared := s.stmt(ctx, query); prepared != nil {
		return prepared.QueryRowContext(ctx, args...)
	}
	return s.QueryRowContext(ctx, query, args...)
}
