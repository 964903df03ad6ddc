package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sallyport/internal/door/audit"
	"sallyport/internal/sqldb"
)

// TreeSize is how many rows of the audit log are leaves of its tree.
func (s *Store) TreeSize(tx *sqldb.Tx) (size int64, err error) {
	err = tx.QueryRow(`SELECT size FROM audit_tree WHERE id = 1`).Scan(&size)
	return size, err
}

const (
	// sequencerLease is how long another sequencer waits before it takes over.
	sequencerLease = 10 * time.Second
	// mostLeaves is how many rows one transaction appends: no writer waits long.
	mostLeaves = 200
)

// Sequence appends rows that are not in the tree yet, as this sequencer, and returns
// how many: 0 where there are none, or where another holds the lease. Of two at once one
// waits for the other's commit and goes on behind it.
func (s *Store) Sequence(ctx context.Context, sequencer string) (n int, err error) {
	var waiting int
	if err := s.Read(ctx).QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM audit WHERE leaf_no IS NULL LIMIT 1) AS waiting`).Scan(&waiting); err != nil || waiting == 0 {
		return 0, err
	}
	err = s.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		leased, err := tx.Exec(`UPDATE audit_tree SET sequencer = $1, lease_until = $2 WHERE id = 1 AND (sequencer = $1 OR lease_until <= $3)`,
			sequencer, sqldb.Micros(tx.Now.Add(sequencerLease)), sqldb.Micros(tx.Now))
		if err != nil || leased == 0 {
			return err
		}
		n, err = s.appendLeaves(tx)
		return err
	})
	return n, err
}

func (s *Store) appendLeaves(tx *sqldb.Tx) (int, error) {
	size, err := s.TreeSize(tx)
	if err != nil {
		return 0, err
	}
	rows, err := s.leaves(tx, `SELECT `+auditColumns+`, -1 FROM audit WHERE leaf_no IS NULL ORDER BY id LIMIT `+itoa(mostLeaves))
	if err != nil {
		return 0, err
	}
	fresh := map[int64]tlog.Hash{} // by stored number
	reader := s.hashReader(tx, fresh)
	for i := range rows {
		no := size + int64(i)
		hashes, err := tlog.StoredHashesForRecordHash(no, rows[i].LeafHash(rows[i].Text), reader)
		if err != nil {
			return 0, fmt.Errorf("audit tree: leaf %d: %w", no, err)
		}
		first := tlog.StoredHashIndex(0, no)
		for j, h := range hashes {
			fresh[first+int64(j)] = h
			if err := tx.Later(`INSERT INTO audit_hash (no, hash) VALUES ($1, $2)`, first+int64(j), h[:]); err != nil {
				return 0, err
			}
		}
		if err := tx.Later(`UPDATE audit SET leaf_no = $1 WHERE id = $2`, no, rows[i].ID); err != nil {
			return 0, err
		}
	}
	grown := errors.New("the audit tree grew meanwhile")
	return len(rows), tx.LaterOne(grown, `UPDATE audit_tree SET size = $1 WHERE id = 1 AND size = $2`, size+int64(len(rows)), size)
}

// errBadHash means that a stored hash has not the length of a hash.
var errBadHash = errors.New("a stored hash of the audit tree is damaged")

// hashReader reads stored hashes, those first that were just made.
func (s *Store) hashReader(tx *sqldb.Tx, fresh map[int64]tlog.Hash) tlog.HashReaderFunc {
	return func(numbers []int64) ([]tlog.Hash, error) {
		list := make([]tlog.Hash, len(numbers))
		for i, no := range numbers {
			h, ok := fresh[no]
			if !ok {
				var stored []byte
				if err := tx.QueryRow(`SELECT hash FROM audit_hash WHERE no = $1`, no).Scan(&stored); err != nil {
					return nil, err
				}
				if len(stored) != tlog.HashSize {
					return nil, fmt.Errorf("%w: number %d", errBadHash, no)
				}
				copy(h[:], stored)
				fresh[no] = h
			}
			list[i] = h
		}
		return list, nil
	}
}

// Checkpoint signs what the tree holds where that has grown since the last one, and
// returns the note; empty where it has not.
func (s *Store) Checkpoint(ctx context.Context) (note string, err error) {
	err = s.Write(ctx, func(tx *sqldb.Tx) error {
		note, err = s.checkpoint(tx, false)
		return err
	})
	return note, err
}

func (s *Store) checkpoint(tx *sqldb.Tx, always bool) (string, error) {
	var c audit.Checkpoint
	var last int64
	if err := tx.QueryRow(`SELECT size, COALESCE((SELECT MAX(size) FROM audit_checkpoint), -1) FROM audit_tree WHERE id = 1`+tx.ForUpdate("audit_tree")).Scan(&c.Size, &last); err != nil {
		return "", err
	}
	if c.Size == 0 || c.Size == last && !always {
		return "", nil
	}
	var err error
	if c.Pruned, err = s.prunedLeaves(tx); err != nil {
		return "", err
	}
	if c.Root, err = tlog.TreeHash(c.Size, s.hashReader(tx, map[int64]tlog.Hash{})); err != nil {
		return "", fmt.Errorf("audit tree: %w", err)
	}
	signer, err := audit.Signer(s.Keys)
	if err != nil {
		return "", err
	}
	note, err := c.Sign(signer)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(`INSERT INTO audit_checkpoint (size, at, note) VALUES ($1, $2, $3) ON CONFLICT (size) DO UPDATE SET at = excluded.at, note = excluded.note`,
		c.Size, sqldb.Micros(tx.Now), note)
	return note, err
}

// NewestCheckpoint returns the note that was signed last; empty where none was.
func (s *Store) NewestCheckpoint(tx *sqldb.Tx) (note string, err error) {
	err = tx.QueryRow(`SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1`).Scan(&note)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return note, err
}
