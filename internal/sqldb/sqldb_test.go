package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

var counters = func() fstest.MapFS {
	file := &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE counter (id TEXT PRIMARY KEY, n BIGINT NOT NULL, big BYTEA);\n")}
	return fstest.MapFS{"sqlite/0001_counter.sql": file, "postgres/0001_counter.sql": file}
}()

var noon = time.Date(2026, 11, 21, 12, 0, 0, 123456789, time.UTC)

func clock() time.Time { return noon }

func TestOneNowAndRollback(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, counters, func(t *testing.T, address string) {
		db := sqldbtest.Open(t, address, clock)
		ctx := t.Context()
		var now time.Time
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			now = tx.Now
			_, err := tx.Exec("INSERT INTO counter (id, n, big) VALUES ($1, $2, $3)", "a", sqldb.Micros(tx.Now), []byte{0, 255})
			return err
		})
		if err != nil || now != noon.Truncate(time.Microsecond) {
			t.Fatalf("now = %v, %v", now, err)
		}
		stop := errors.New("stop")
		err = db.Write(ctx, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec("UPDATE counter SET n = 1"); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Errorf("err = %v", err)
		}
		var n int64
		var big []byte
		if err := db.Reader(ctx).QueryRow("SELECT n, big FROM counter WHERE id = $1", "a").Scan(&n, &big); err != nil {
			t.Fatal(err)
		}
		if !sqldb.Time(n).Equal(now) || len(big) != 2 || big[1] != 255 {
			t.Errorf("after rollback: %v %v", sqldb.Time(n), big)
		}
		err = db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec("INSERT INTO counter (id, n) VALUES ('a', 1)")
			return err
		})
		if !sqldb.Duplicate(err) || sqldb.Retryable(err) {
			t.Errorf("a second row of one key: %v", err)
		}
		if s := db.Stats(); s.Commits != 1 || s.Statements != 4 {
			t.Errorf("stats = %+v", s)
		}
	})
}

// Writers that fight over one row all succeed: SQLite queues them, PostgreSQL
// reports serialization failures or deadlocks, which are run again.
func TestFightingWriters(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, counters, func(t *testing.T, address string) {
		db := sqldbtest.Open(t, address, clock)
		ctx := t.Context()
		must(t, db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec("INSERT INTO counter (id, n) VALUES ('a', 0), ('b', 0)")
			return err
		}))
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				order := []string{"a", "b"}
				if i%2 == 1 {
					order = []string{"b", "a"} // the recipe of a deadlock
				}
				if err := db.Write(ctx, func(tx *sqldb.Tx) error {
					for _, id := range order {
						if _, err := tx.Exec("UPDATE counter SET n = n + 1 WHERE id = $1", id); err != nil {
							return err
						}
					}
					return nil
				}); err != nil && !sqldb.Retryable(err) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		var a, b int
		must(t, db.Reader(ctx).QueryRow("SELECT a.n, b.n FROM counter a, counter b WHERE a.id = 'a' AND b.id = 'b'").Scan(&a, &b))
		if a != b || a == 0 || int64(a) != db.Stats().Commits-1 {
			t.Errorf("a = %d, b = %d, commits = %d", a, b, db.Stats().Commits)
		}
	})
}

// The writers' queue is first come, first served: database/sql hands a single
// connection to a random waiter, which starves some under load.
func TestWritersQueueIsFIFO(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldbtest.SQLite(t, sqldbtest.Of(counters)), clock)
	ctx := t.Context()
	gate, first := make(chan struct{}), make(chan struct{})
	var order []int
	var all sync.WaitGroup
	all.Go(func() {
		db.Write(ctx, func(*sqldb.Tx) error { close(first); <-gate; return nil })
	})
	<-first
	for i := range 20 {
		all.Go(func() {
			db.Write(ctx, func(*sqldb.Tx) error { order = append(order, i); return nil })
		})
		waitForQueue(t, i+1)
	}
	close(gate)
	all.Wait()
	for i, got := range order {
		if got != i {
			t.Fatalf("order = %v", order)
		}
	}
}

// waitForQueue waits until so many writers of TestWritersQueueIsFIFO are in the queue.
func waitForQueue(t *testing.T, n int) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); time.Sleep(time.Millisecond) { // the stacks are read again
		queued := 0
		for _, stack := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			if head, _, _ := strings.Cut(stack, "\n"); strings.Contains(head, "[select") && strings.Contains(stack, "sqldb.(*DB).begin") && strings.Contains(stack, "TestWritersQueueIsFIFO.") {
				queued++
			}
		}
		if queued == n {
			return
		}
	}
	t.Fatalf("%d writers never were in the queue", n)
}

func TestCancelledWriterLeavesTheQueue(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldbtest.SQLite(t, sqldbtest.Of(counters)), clock)
	gate, first := make(chan struct{}), make(chan struct{})
	go db.Write(t.Context(), func(*sqldb.Tx) error { close(first); <-gate; return nil })
	<-first
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := db.Write(ctx, func(*sqldb.Tx) error { t.Error("it ran"); return nil })
	close(gate)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
	must(t, db.Write(t.Context(), func(*sqldb.Tx) error { return nil }))
}

func TestMigrateTwiceAndPending(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, counters, func(t *testing.T, address string) {
		db := sqldbtest.Open(t, address, clock)
		more := fstest.MapFS{}
		for name, file := range counters {
			more[name] = file
		}
		second := &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE counter ADD COLUMN note TEXT NOT NULL DEFAULT '';\n")}
		more["sqlite/0002_note.sql"], more["postgres/0002_note.sql"] = second, second
		for i, want := range []int{1, 0} {
			if pending, err := db.Pending(t.Context(), more); err != nil || pending != want {
				t.Fatalf("round %d: pending = %d, %v", i, pending, err)
			}
			if applied, err := db.Migrate(t.Context(), more); err != nil || len(applied) != want {
				t.Fatalf("round %d: applied = %v, %v", i, applied, err)
			}
		}
	})
}

func TestOpenRefusesOtherAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "mysql://x", "/var/lib/x.db"} {
		if db, err := sqldb.Open(t.Context(), address, sqldb.Options{Clock: clock}); err == nil {
			db.Close()
			t.Errorf("%q opened", address)
		}
	}
}

func TestTimeOfZeroIsNever(t *testing.T) {
	t.Parallel()
	if sqldb.Micros(time.Time{}) != 0 || !sqldb.Time(0).IsZero() {
		t.Error("zero is not never")
	}
	if got := sqldb.Time(sqldb.Micros(noon)); fmt.Sprint(got) != fmt.Sprint(noon.Truncate(time.Microsecond)) {
		t.Errorf("got %v", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
