package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/sqldb"
)

// addRows writes rows and has them sequenced.
func addRows(t *testing.T, s *Store, n int) {
	t.Helper()
	for i := range n {
		write(t, s, func(tx *sqldb.Tx) error {
			return s.Record(tx, audit.Row{Type: audit.SignedIn, AccountID: fmt.Sprint("person", i%3), Address: "203.0.113.7", Detail: map[string]string{"n": fmt.Sprint(i)}})
		})
	}
	for {
		if did, err := s.Sequence(t.Context(), "one"); err != nil {
			t.Fatal(err)
		} else if did == 0 {
			return
		}
	}
}

func verify(t *testing.T, s *Store, outside ...string) (kinds string, r *AuditReport) {
	t.Helper()
	r, err := s.VerifyAudit(t.Context(), outside, nil)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range r.Findings {
		list = append(list, fmt.Sprint(f.Kind, " ", f.Leaf))
	}
	return strings.Join(list, ", "), r
}

func checkpoint(t *testing.T, s *Store) string {
	t.Helper()
	note, err := s.Checkpoint(t.Context())
	if err != nil || note == "" {
		t.Fatalf("checkpoint %q, %v", note, err)
	}
	return note
}

// V16: the server goes on writing while the log is verified, and nothing of that is
// taken for an intruder's.
func TestVerifyWhileTheLogGoesOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		addRows(t, s, 1100) // more than are read at once
		checkpoint(t, s)
		r, err := s.VerifyAudit(t.Context(), nil, func(done, all int64) {
			if done == 0 {
				addRows(t, s, 30)
				checkpoint(t, s)
			}
		})
		if err != nil || len(r.Findings) > 0 || r.Leaves != 1100 {
			t.Errorf("%d leaves, %v, %v", r.Leaves, r.Findings, err)
		}
		if kinds, r := verify(t, s); kinds != "" || r.Leaves != 1130 {
			t.Errorf("afterwards: %d leaves, %s", r.Leaves, kinds)
		}
	})
}

// V16, ASVS 16.4.2: an edited, deleted, inserted, moved or cut-off row is found, also
// where the stored hashes were made to fit.
func TestAuditTreeFindsWhatWasDone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		do   []string
		want string
	}{
		"nothing":                   {nil, ""},
		"edited":                    {[]string{`UPDATE audit SET detail = '{"n":"99"}' WHERE leaf_no = 4`}, "changed 4"},
		"edited, another's account": {[]string{`UPDATE audit SET account_id = 'person9' WHERE leaf_no = 0`}, "changed 0"},
		"edited, not even JSON":     {[]string{`UPDATE audit SET detail = '{' WHERE leaf_no = 4`}, "changed 4"},
		"deleted":                   {[]string{`DELETE FROM audit WHERE leaf_no = 7`}, "removed 7"},
		"deleted with its hash":     {[]string{`DELETE FROM audit WHERE leaf_no = 7`, `DELETE FROM audit_hash WHERE no = 11`}, "removed 7, checkpoint 19"},
		"emptied":                   {[]string{`UPDATE audit SET detail = '', account_id = '' WHERE leaf_no = 5`}, "removed 5"},
		"emptied, called pruned":    {[]string{`UPDATE audit SET detail = '', account_id = '' WHERE leaf_no < 3`, `UPDATE audit_tree SET pruned = 3`}, "removed 0, removed 1, removed 2"},
		"inserted": {[]string{`INSERT INTO audit (id, at, type, account_id, journey_id, address, detail, mac)
			SELECT 'zzz', at, type, account_id, journey_id, address, '{"n":"100"}', mac FROM audit WHERE leaf_no = 3`}, "inserted -1"},
		"inserted behind the end": {[]string{`INSERT INTO audit (id, at, type, account_id, journey_id, address, detail, mac, leaf_no)
			SELECT 'zzz', at, type, account_id, journey_id, address, detail, mac, 20 FROM audit WHERE leaf_no = 3`}, "inserted 20"},
		"inserted before the beginning": {[]string{`INSERT INTO audit (id, at, type, account_id, journey_id, address, detail, mac, leaf_no)
			SELECT 'aaa', at, type, account_id, journey_id, address, detail, mac, -5 FROM audit WHERE leaf_no = 3`}, "inserted -5"},
		"moved":                    {[]string{`UPDATE audit SET leaf_no = 100 WHERE leaf_no = 2`, `UPDATE audit SET leaf_no = 2 WHERE leaf_no = 3`, `UPDATE audit SET leaf_no = 3 WHERE leaf_no = 100`}, "changed 2, changed 3"},
		"replaced by an older row": {[]string{`DELETE FROM audit WHERE leaf_no = 9`, `UPDATE audit SET leaf_no = 9 WHERE leaf_no = 8`}, "removed 8, changed 9"},
		"a hash was changed":       {[]string{`UPDATE audit_hash SET hash = (SELECT hash FROM audit_hash WHERE no = 0) WHERE no = 1`}, "changed 1, checkpoint 19"},
		"a checkpoint was changed": {[]string{`UPDATE audit_checkpoint SET note = 'sallyport-audit'`}, "checkpoint 19"},
		"taken out of the tree":    {[]string{`UPDATE audit SET leaf_no = NULL WHERE leaf_no = 19`}, "removed 19"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store, c *clock) {
				addRows(t, s, 20)
				checkpoint(t, s)
				for _, query := range tc.do {
					write(t, s, func(tx *sqldb.Tx) error { _, err := tx.Exec(query); return err })
				}
				if got, r := verify(t, s); got != tc.want {
					t.Errorf("found %q, want %q: %v", got, tc.want, r.Findings)
				}
			})
		})
	}
}

// An end that was cut off together with its checkpoints shows where a checkpoint was
// kept elsewhere.
func TestCutOffEndShowsByOutsideCheckpoint(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		addRows(t, s, 10)
		early := checkpoint(t, s)
		addRows(t, s, 5)
		late := checkpoint(t, s)
		if got, r := verify(t, s, audit.SplitNotes(early+"\n"+late)...); got != "" || r.Checkpoints != 4 {
			t.Errorf("before: %q, %+v", got, r)
		}
		write(t, s, func(tx *sqldb.Tx) error {
			for _, query := range []string{`DELETE FROM audit WHERE leaf_no >= 12`, `DELETE FROM audit_checkpoint WHERE size > 10`, `UPDATE audit_tree SET size = 12`} {
				if _, err := tx.Exec(query); err != nil {
					return err
				}
			}
			return nil
		})
		if got, _ := verify(t, s); got != "" {
			t.Errorf("inside nothing can show: %q", got)
		}
		if got, _ := verify(t, s, late); got != "checkpoint -1" {
			t.Errorf("with a checkpoint from elsewhere: %q", got)
		}
		if got, _ := verify(t, s, strings.Replace(late, "15", "12", 1)); got != "checkpoint -1" {
			t.Errorf("with a forged one: %q", got)
		}
	})
}

// Two sequencers at once make one tree, and one that died is followed after its lease.
func TestTwoSequencers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		for range 300 {
			write(t, s, func(tx *sqldb.Tx) error { return s.Record(tx, audit.Row{Type: audit.SignedIn}) })
		}
		var all sync.WaitGroup
		for _, name := range []string{"one", "two", "three"} {
			all.Go(func() {
				for range 5 {
					if _, err := s.Sequence(t.Context(), name); err != nil && !strings.Contains(err.Error(), "grew meanwhile") {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got, r := verify(t, s); got != "" || r.Leaves != 300 || r.Loose != 0 {
			t.Errorf("%q %+v", got, r)
		}
		write(t, s, func(tx *sqldb.Tx) error { return s.Record(tx, audit.Row{Type: audit.SignedIn}) })
		if n, err := s.Sequence(t.Context(), "four"); n != 0 || err != nil {
			t.Errorf("while another's lease runs: %d, %v", n, err)
		}
		c.add(sequencerLease)
		if n, err := s.Sequence(t.Context(), "four"); n != 1 || err != nil {
			t.Errorf("after it: %d, %v", n, err)
		}
	})
}

// TM-35: beyond its retention a row loses its text and keeps its leaf.
func TestPrune(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		addRows(t, s, 10)
		c.add(48 * time.Hour)
		addRows(t, s, 5)
		checkpoint(t, s)
		if n, err := s.Prune(t.Context(), c.Now().Add(-49*time.Hour), 100); n != 0 || err != nil {
			t.Errorf("before its time: %d, %v", n, err)
		}
		if n, err := s.Prune(t.Context(), c.Now().Add(-24*time.Hour), 4); n != 4 || err != nil {
			t.Errorf("at most four: %d, %v", n, err)
		}
		if n, err := s.Prune(t.Context(), c.Now().Add(-24*time.Hour), 100); n != 6 || err != nil {
			t.Errorf("the rest: %d, %v", n, err)
		}
		addRows(t, s, 1)
		checkpoint(t, s)
		if got, r := verify(t, s); got != "" || r.Pruned != 10 {
			t.Errorf("%q %+v", got, r)
		}
		rows, err := s.AuditLeaves(s.Read(t.Context()), AuditQuery{Most: 100})
		if err != nil || len(rows) != 18 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for n, r := range rows { // the newest first: those that are kept, with two that tell of the pruning
			if kept := n < 8 && r.Type != audit.AuditPruned; (r.AccountID != "") != kept || (r.Address != "") != kept {
				t.Errorf("row %d of leaf %d: %+v", n, r.Leaf, r.Row)
			}
		}
	})
}
