package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sallyport/internal/door/audit"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Prune removes the text of rows that are older than before, and returns of how many. It
// looks at so many leaves at most, in the tree's order. Their leaves stay, each row gets
// our mark, and the new count is signed at once.
//
// An intruder who can write to the database decides nothing here: a row is pruned only if
// its MAC is right, its ID is old enough, and a signed checkpoint proves that the leaf is
// this row's. All other rows stay as they are, for VerifyAudit to report. The column
// pruned says only which leaf is next: set it to 0 to have all of them looked at again.
func (s *Store) Prune(ctx context.Context, before time.Time, most int) (n int64, err error) {
	for looked := 0; looked < most; {
		if due, err := s.pruneDue(ctx, before); err != nil || !due {
			return n, err
		}
		leaves := min(mostLeaves, most-looked)
		pruned, passed, err := s.pruneLeaves(ctx, before, int64(leaves))
		n += pruned
		if err != nil || passed == 0 {
			return n, err
		}
		looked += leaves
	}
	return n, nil
}

// pruneDue reports whether pruneLeaves may find something, without a transaction: the
// sweeper asks every time, and nearly always the next row is too young.
func (s *Store) pruneDue(ctx context.Context, before time.Time) (bool, error) {
	next, err := s.leaves(s.Read(ctx), `SELECT `+auditColumns+`, leaf_no FROM audit WHERE leaf_no >= (SELECT pruned FROM audit_tree WHERE id = 1) ORDER BY leaf_no LIMIT 1`)
	if err != nil || len(next) == 0 {
		return false, err
	}
	return next[0].ID < secret.TimeIDFrom(before) || !next[0].Genuine, nil
}

// pruneLeaves looks at the next leaves, and returns how many rows it pruned and how many
// leaves it is done with: up to the first row that is too young.
func (s *Store) pruneLeaves(ctx context.Context, before time.Time, leaves int64) (pruned, passed int64, err error) {
	err = s.Write(ctx, func(tx *sqldb.Tx) error {
		pruned, passed = 0, 0
		var from int64
		if err := tx.QueryRow(`SELECT pruned FROM audit_tree WHERE id = 1` + tx.ForUpdate("audit_tree")).Scan(&from); err != nil {
			return err
		}
		from = max(from, 0)
		prover, err := s.newProver(tx, from, from+leaves)
		if err != nil {
			return err
		}
		until := min(from+leaves, prover.signed.Size)
		rows, err := s.leaves(tx, `SELECT `+auditColumns+`, leaf_no FROM audit WHERE leaf_no >= $1 AND leaf_no < $2 ORDER BY leaf_no`, from, until)
		if err != nil {
			return err
		}
		youngest, behind := secret.TimeIDFrom(before), from // behind the last row that was pruned
		for i := range rows {
			l := &rows[i]
			if l.Text == "" || !l.Genuine {
				continue
			}
			if proven, err := prover.proves(l); err != nil {
				return err
			} else if !proven {
				continue
			}
			if l.ID >= youngest {
				until = l.Leaf
				break
			}
			l.MarkPruned(s.Keys, l.Leaf, before)
			if err := tx.Later(`UPDATE audit SET account_id = '', journey_id = '', address = '', detail = '', reference = '', mac = $1 WHERE id = $2`, l.MAC, l.ID); err != nil {
				return err
			}
			pruned++
			behind = l.Leaf + 1
		}
		if passed = max(until-from, 0); passed == 0 {
			return nil
		}
		if err := tx.Later(`UPDATE audit_tree SET pruned = $1 WHERE id = 1`, until); err != nil || pruned == 0 {
			return err
		}
		if err := s.Record(tx, audit.Row{Type: audit.AuditPruned, Detail: map[string]string{"leaves": fmt.Sprint(behind), "rows": fmt.Sprint(pruned), "before": before.UTC().Format(time.RFC3339)}}); err != nil {
			return err
		}
		_, err = s.checkpoint(tx, true)
		return err
	})
	return pruned, passed, err
}

// prunedLeaves is behind which leaf the rows still have their text, by the records of the
// pruning that are ours.
func (s *Store) prunedLeaves(tx *sqldb.Tx) (leaves int64, err error) {
	records, err := s.AuditLeaves(tx, AuditQuery{Type: string(audit.AuditPruned), Most: 20})
	for _, r := range records {
		if n, err := strconv.ParseInt(r.Detail["leaves"], 10, 64); err == nil && r.Genuine {
			leaves = max(leaves, n)
		}
	}
	return leaves, err
}

// prover proves rows against the newest checkpoint that our key signed.
type prover struct {
	signed audit.Checkpoint // the zero one proves nothing
	hashes tlog.HashReaderFunc
}

// newProver prepares proofs of the leaves from the first up to the last, which is not
// included: their hashes are read with one statement.
func (s *Store) newProver(tx *sqldb.Tx, first, last int64) (*prover, error) {
	signer, err := audit.Signer(s.Keys)
	if err != nil {
		return nil, err
	}
	p := &prover{}
	notes, err := tx.Query(`SELECT note FROM audit_checkpoint WHERE size <= (SELECT size FROM audit_tree WHERE id = 1) ORDER BY size DESC LIMIT 10`)
	if err != nil {
		return nil, err
	}
	defer notes.Close()
	for notes.Next() && p.signed.Size == 0 {
		var note string
		if err := notes.Scan(&note); err != nil {
			return nil, err
		}
		if c, err := audit.ReadCheckpoint(note, signer.Verifier()); err == nil {
			p.signed = c
		}
	}
	if err := errors.Join(notes.Err(), notes.Close()); err != nil {
		return nil, err
	}
	known := map[int64]tlog.Hash{}
	rows, err := tx.Query(`SELECT no, hash FROM audit_hash WHERE no >= $1 AND no < $2`, tlog.StoredHashIndex(0, first), tlog.StoredHashIndex(0, last))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var no int64
		var hash []byte
		if err := rows.Scan(&no, &hash); err != nil {
			return nil, err
		}
		if len(hash) == tlog.HashSize {
			known[no] = tlog.Hash(hash)
		}
	}
	p.hashes = s.hashReader(tx, known)
	return p, rows.Err()
}

// proves reports whether the leaf was this row's when the checkpoint was signed. A hash
// that is missing proves nothing.
func (p *prover) proves(l *Leaf) (bool, error) {
	proof, err := tlog.ProveRecord(p.signed.Size, l.Leaf, p.hashes)
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, errBadHash) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return tlog.CheckRecord(proof, p.signed.Size, p.signed.Root, l.Leaf, l.LeafHash(l.Text)) == nil, nil
}
