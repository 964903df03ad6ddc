package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
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
	Cache   int                        // KiB of pages that SQLite's writer keeps, and of the log before it is brought into the file; default 4000
	OnRetry func(attempt int, e error) // sees each retried transaction

	// Background writers let other processes write first (SQLite), and a transaction
	// of theirs may take its time.
	Background bool
}

// DB is one database. SQLite has one writing connection, with a queue in front
// of it, and several readers; PostgreSQL has one pool for both.
type DB struct {
	Dialect Dialect
	opts    Options
	reads   statements
	stats   stats

	pool *pgxpool.Pool // PostgreSQL

	write  *sql.DB // SQLite
	read   *sql.DB
	writer liteWriter
	disk   groupSync
	turn   chan struct{} // who may write; waiting senders form a FIFO

	courtesy courtesy // towards other processes
}

// sqlitePragmas: WAL, which Write brings to the disk itself (groupSync), so that what
// we said we accepted survives a power cut; NORMAL still syncs around checkpoints.
// Immediate transactions, so that no reader is upgraded to writer.
const sqlitePragmas = "?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(5000)" +
	"&_pragma=foreign_keys(1)&_txlock=immediate"

const usualCache = 4000 // KiB

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
		err = db.openPostgres(ctx, address)
	default:
		return nil, fmt.Errorf("database address must begin with sqlite: or postgres://, not %q", scheme+":")
	}
	if err == nil {
		err = db.Ping(ctx)
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
	cache := cmp.Or(db.opts.Cache, usualCache)
	if db.write, err = sql.Open("sqlite", dsn+fmt.Sprintf("&_pragma=cache_size(-%d)&_pragma=wal_autocheckpoint(%d)", cache, cache/4)); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(2) // the writer's, and one for migrations
	db.writer.log.path = path + "-wal"
	db.disk.sync = db.writer.log.sync
	db.courtesy.path = path + "-turn"
	if db.read, err = sql.Open("sqlite", dsn+fmt.Sprintf("&_pragma=query_only(1)&_pragma=cache_size(-%d)", usualCache)); err != nil {
		return err
	}
	most := db.mostOpen(8)
	db.read.SetMaxOpenConns(most)
	db.read.SetMaxIdleConns(most)
	db.read.SetConnMaxIdleTime(5 * time.Minute)
	db.reads = &liteReader{pool: db.read}
	return nil
}

func (db *DB) openPostgres(ctx context.Context, address string) (err error) {
	db.pool, err = openPool(ctx, address, db.mostOpen(16), func(err error) { db.opts.Log.Debug("connection settings", "error", err) })
	db.reads = pgReader{db.pool}
	return err
}

func (db *DB) mostOpen(usual int) int {
	if db.opts.MaxOpen > 0 {
		return db.opts.MaxOpen
	}
	return usual
}

// Ping tells whether the database answers, for readiness.
func (db *DB) Ping(ctx context.Context) error {
	if db.pool != nil {
		return db.pool.Ping(ctx)
	}
	return errors.Join(db.disk.err(), db.write.PingContext(ctx), db.read.PingContext(ctx))
}

// Now is the clock's present time, as rows hold it: UTC, whole microseconds.
func (db *DB) Now() time.Time { return db.opts.Clock().UTC().Truncate(time.Microsecond) }

// Close ends all connections.
func (db *DB) Close() error {
	if db.pool != nil {
		db.pool.Close()
	}
	var errs []error
	if db.turn != nil {
		db.turn <- struct{}{} // who is writing ends first
		if db.writer.conn != nil {
			db.writer.drop()
		}
		<-db.turn
		db.courtesy.close()
	}
	for _, pool := range []*sql.DB{db.write, db.read} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// driver gives migrations the database as database/sql has it.
func (db *DB) driver() (raw *sql.DB, done func() error) {
	if db.pool != nil {
		raw = stdlib.OpenDBFromPool(db.pool)
		return raw, raw.Close
	}
	return db.write, func() error { return nil }
}
