package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sallyport/internal/door/audit"
	"sallyport/internal/sqldb"
)

// AuditReport is what a verification of the log came to.
type AuditReport struct {
	Leaves      int64
	Loose       int   // rows that are not in the tree yet
	Checkpoints int   // signed ones that the tree was held against
	Pruned      int64 // leaves whose text we removed
	Findings    []audit.Finding
}

// lateAfter is how old a row may be that is not in the tree yet.
const lateAfter = 5 * time.Minute

// VerifyAudit goes through the whole audit log as it stands at one moment: the server
// may go on writing. Outside are signed checkpoints from
// elsewhere, which nobody who can write to the database could have changed. Progress is
// called now and then.
func (s *Store) VerifyAudit(ctx context.Context, outside []string, progress func(done, all int64)) (*AuditReport, error) {
	r := &AuditReport{}
	err := s.DB.Snapshot(ctx, func(tx *sqldb.Tx) error { return s.verify(tx, r, outside, progress) })
	return r, err
}

func (s *Store) verify(tx *sqldb.Tx, r *AuditReport, outside []string, progress func(done, all int64)) error {
	if err := tx.QueryRow(`SELECT size FROM audit_tree WHERE id = 1`).Scan(&r.Leaves); err != nil {
		return err
	}
	checkpoints, bad, err := s.checkpoints(tx, r.Leaves, outside)
	if err != nil {
		return err
	}
	r.Checkpoints = len(checkpoints)
	v := audit.NewVerifier(r.Leaves, checkpoints, func(no int64) *tlog.Hash { return storedLeaf(tx, no) })
	v.Findings = append(v.Findings, bad...)
	if err := s.eachLeaf(tx, func(l *Leaf) {
		found := audit.Found{Leaf: l.Leaf, ID: l.ID, Genuine: l.Genuine, PrunedBefore: l.PrunedBefore}
		if l.Text != "" {
			h := l.LeafHash(l.Text)
			found.Hash = &h
		} else if l.Genuine {
			r.Pruned++
		}
		v.Leaf(found)
		if l.Leaf%10_000 == 0 && progress != nil {
			progress(l.Leaf, r.Leaves)
		}
	}); err != nil {
		return err
	}
	v.Finish()
	if err := s.looseRows(tx, v, r); err != nil {
		return err
	}
	r.Findings = v.Findings
	return nil
}

// checkpoints are the database's and those from outside. One that is newer than the
// tree as it was read, because the log goes on meanwhile, is left out; one from outside
// is not: it tells of an end that was cut off.
func (s *Store) checkpoints(tx *sqldb.Tx, size int64, outside []string) (list []audit.Checkpoint, bad []audit.Finding, err error) {
	signer, err := audit.Signer(s.Keys)
	if err != nil {
		return nil, nil, err
	}
	rows, err := tx.Query(`SELECT size, note FROM audit_checkpoint WHERE size <= $1 ORDER BY size`, size)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var at int64
		var text string
		if err := rows.Scan(&at, &text); err != nil {
			return nil, nil, err
		}
		c, err := audit.ReadCheckpoint(text, signer.Verifier())
		if err != nil || c.Size != at {
			bad = append(bad, audit.Finding{Kind: "checkpoint", Leaf: at - 1, Text: "our key did not sign it"})
			continue
		}
		list = append(list, c)
	}
	for i, text := range outside {
		c, err := audit.ReadCheckpoint(text, signer.Verifier())
		if err != nil {
			bad = append(bad, audit.Finding{Kind: "checkpoint", Leaf: -1, Text: fmt.Sprintf("number %d from outside: %v", i+1, err)})
			continue
		}
		list = append(list, c)
	}
	return list, bad, rows.Err()
}

// storedLeaf is the hash that the tree has for a leaf; nil where it has none.
func storedLeaf(tx *sqldb.Tx, no int64) *tlog.Hash {
	var stored []byte
	err := tx.QueryRow(`SELECT hash FROM audit_hash WHERE no = $1`, tlog.StoredHashIndex(0, no)).Scan(&stored)
	if err != nil || len(stored) != tlog.HashSize {
		return nil
	}
	return (*tlog.Hash)(stored)
}

// eachLeaf goes through the rows in the tree by their numbers.
func (s *Store) eachLeaf(tx *sqldb.Tx, each func(*Leaf)) error {
	const page = 1000
	last, lastID := int64(math.MinInt64), ""
	for {
		rows, err := s.leaves(tx, `SELECT `+auditColumns+`, leaf_no FROM audit WHERE leaf_no IS NOT NULL AND (leaf_no, id) > ($1, $2) ORDER BY leaf_no, id LIMIT `+itoa(page), last, lastID)
		if err != nil {
			return err
		}
		for i := range rows {
			each(&rows[i])
		}
		if len(rows) < page {
			return nil
		}
		last, lastID = rows[page-1].Leaf, rows[page-1].ID
	}
}

func (s *Store) looseRows(tx *sqldb.Tx, v *audit.Verifier, r *AuditReport) error {
	rows, err := s.leaves(tx, `SELECT `+auditColumns+`, -1 FROM audit WHERE leaf_no IS NULL ORDER BY id LIMIT 100000`)
	for i := range rows {
		r.Loose++
		v.Loose(rows[i].ID, rows[i].Genuine && rows[i].Text != "", rows[i].At.Before(tx.Now.Add(-lateAfter)))
	}
	return err
}
