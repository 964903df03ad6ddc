package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	_ "modernc.org/sqlite" // SQLite, without cgo
)

// Dialect names the database; SQL differs at very few points.
type Dialect string

const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Options of Open. Clock is required.
type Options struct {
	Clock   func() time.Time
	Log     *slog.Logger               // default: slog.Default
	OnHeld  func(held time.Duration)   // sees how long each write transaction's own work took
	MaxOpen int                        // connections; default 16 (PostgreSQL), 8 readers (SQLite)
	OnRetry func(attempt int, e error) // sees each retried transaction
}

// DB is one database. SQLite has one writing connection, with a queue in front
// of it, and several readers; PostgreSQL has one pool for both.
type DB struct {
	Dialect Dialect
	opts    Options
	write   *sql.DB
	read    *sql.DB
	reads   statements
	writer  writer
	turn    chan struct{} // SQLite: who may write; waiting senders form a FIFO
	stats   stats
}

// sqlitePragmas: WAL with FULL sync, so that what we said we accepted survives
// a power cut; immediate transactions, so that no reader is upgraded to writer.
const sqlitePragmas = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)" +
	"&_pragma=foreign_keys(1)&_pragma=cache_size(-4000)&_txlock=immediate"

// Open connects to "sqlite:PATH" or "postgres://…" and checks that it answers.
func Open(ctx context.Context, address string, opts Options) (*DB, error) {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	db := &DB{opts: opts}
	var err error
	switch scheme, rest, _ := strings.Cut(address, ":"); scheme {
	case "sqlite":
		db.Dialect = SQLite
		err = db.openSQLite(rest)
	case "postgres", "postgresql":
		db.Dialect = Postgres
		err = db.openPostgres(address)
	default:
		return nil, fmt.Errorf("database address must begin with sqlite: or postgres://, not %q", scheme+":")
	}
	if err == nil {
		err = errors.Join(db.write.PingContext(ctx), db.read.PingContext(ctx))
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

func (db *DB) openSQLite(path string) (err error) {
	db.turn = make(chan struct{}, 1)
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + sqlitePragmas
	if db.write, err = sql.Open("sqlite", dsn); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(2) // the writer's, and one for migrations
	if db.read, err = sql.Open("sqlite", dsn+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	db.limit(db.read, 8)
	db.reads = &readers{pool: db.read}
	return nil
}

func (db *DB) openPostgres(address string) (err error) {
	told := func(err error) { db.opts.Log.Debug("connection settings", "error", err) }
	if db.write, err = openPostgres(address, told); err != nil {
		return err
	}
	db.limit(db.write, 16)
	db.read, db.reads = db.write, db.write
	return nil
}

func (db *DB) limit(pool *sql.DB, most int) {
	if db.opts.MaxOpen > 0 {
		most = db.opts.MaxOpen
	}
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	pool.SetConnMaxIdleTime(5 * time.Minute)
}

// Ping tells whether the database answers, for readiness.
func (db *DB) Ping(ctx context.Context) error { return db.read.PingContext(ctx) }

// Now is the clock's present time, as rows hold it: UTC, whole microseconds.
func (db *DB) Now() time.Time { return db.opts.Clock().UTC().Truncate(time.Microsecond) }

// Close ends all connections.
func (db *DB) Close() error {
	var errs []error
	if db.turn != nil {
		db.turn <- struct{}{} // who is writing ends first
		if db.writer.conn != nil {
			db.writer.drop()
		}
		<-db.turn
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	if db.read != nil && db.read != db.write {
		errs = append(errs, db.read.Close())
	}
	return errors.Join(errs...)
}
