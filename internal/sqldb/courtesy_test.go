package sqldb

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// openOn opens the file as another process would: locks of flock(2) belong to who opened.
func openOn(t *testing.T, path string, background bool) *DB {
	t.Helper()
	db, err := Open(t.Context(), "sqlite:"+path, Options{Clock: time.Now, Background: background})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func write(ctx context.Context, db *DB) (time.Duration, error) {
	began := time.Now()
	err := db.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO t VALUES (1)`)
		return err
	})
	return time.Since(began), err
}

// A background writer waits for who writes for people, and gets on all the same when
// that never ends.
func TestCourtesy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	front, back := openOn(t, path, false), openOn(t, path, true)
	if err := front.Write(t.Context(), func(tx *Tx) error { _, err := tx.Exec(`CREATE TABLE t (n BIGINT)`); return err }); err != nil {
		t.Fatal(err)
	}
	if took, err := write(t.Context(), back); err != nil || back.Busy() {
		t.Errorf("with nobody there: %s, %v, busy %t", took, err, back.Busy())
	}

	front.courtesy.enter()
	front.courtesy.enter()
	front.courtesy.leave() // of two writers one is still there
	const there = 60 * time.Millisecond
	go func() {
		time.Sleep(there) // the wait that is measured
		front.courtesy.leave()
	}()
	if took, err := write(t.Context(), back); err != nil || took < there/2 || took >= mostCourtesy || !back.Busy() {
		t.Errorf("it waited %s, %v, busy %t", took, err, back.Busy())
	}

	front.courtesy.enter()
	if took, err := write(t.Context(), back); err != nil || took < mostCourtesy {
		t.Errorf("with somebody there for good it waited %s, %v", took, err)
	}
	if _, err := write(t.Context(), front); err != nil {
		t.Error(err)
	}
	front.courtesy.leave()
}

// Who is killed, or gives up waiting, stands in nobody's way.
func TestCourtesyEnds(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	front, back := openOn(t, path, false), openOn(t, path, true)
	front.turn <- struct{}{} // somebody writes, for long
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := write(ctx, front); err != context.DeadlineExceeded {
		t.Errorf("it did not give up: %v", err)
	}
	if back.courtesy.others() {
		t.Error("who gave up is still announced")
	}
	<-front.turn
	front.courtesy.enter()
	if !back.courtesy.others() {
		t.Error("nobody is announced")
	}
	front.courtesy.close()
	if back.courtesy.others() {
		t.Error("who has closed is still announced")
	}
}
