package store

import (
	"testing"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// prune removes the text of everything that is older than a day.
func prune(t *testing.T, s *Store, c *clock) int64 {
	t.Helper()
	n, err := s.Prune(t.Context(), c.Now().Add(-24*time.Hour), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func execAll(t *testing.T, s *Store, queries []string) {
	t.Helper()
	for _, query := range queries {
		write(t, s, func(tx *sqldb.Tx) error { _, err := tx.Exec(query); return err })
	}
}

// H4: no statement on the database makes the sweeper erase a row whose retention has not
// ended, or makes verify accept a row that was erased by hand. Leaves 0 to 9 are two days
// old here, 10 to 19 are new, and the retention is one day.
func TestPruneTrustsNoColumn(t *testing.T) {
	t.Parallel()
	const blank = `UPDATE audit SET account_id = '', journey_id = '', address = '', detail = '', reference = ''`
	oldID := secret.TimeIDFrom(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))[:20]
	for name, tc := range map[string]struct {
		before, after []string // the sweeper runs between them
		pruned        int64
		want          string
	}{
		"nothing": {nil, nil, 10, ""},
		"new rows are called old": {[]string{`UPDATE audit SET at = 1 WHERE leaf_no IN (10, 11)`},
			nil, 10, "changed 10, changed 11"},
		"new rows are called old, with their ids": {[]string{`UPDATE audit SET at = 1577836800000000, id = '` + oldID + `000' || (leaf_no - 10) WHERE leaf_no IN (10, 11)`},
			nil, 10, "changed 10, changed 11"},
		"everything is called old": {[]string{`UPDATE audit SET at = 1`},
			nil, 0, "changed 0, changed 1, changed 2, changed 3, changed 4, changed 5, changed 6, changed 7, changed 8, changed 9, changed 10, changed 11, changed 12, changed 13, changed 14, changed 15, changed 16, changed 17, changed 18, changed 19"},
		"an old row is edited": {[]string{`UPDATE audit SET detail = '{"n":"99"}' WHERE leaf_no = 4`},
			nil, 9, "changed 4"},
		"the MAC of an old row is removed": {[]string{`UPDATE audit SET mac = detail_mac.mac FROM (SELECT mac FROM audit WHERE leaf_no = 5) AS detail_mac WHERE leaf_no = 4`},
			nil, 9, "changed 4"},
		"an old row is deleted":          {[]string{`DELETE FROM audit WHERE leaf_no = 0`}, nil, 9, "removed 0"},
		"an old row is emptied too soon": {[]string{blank + ` WHERE leaf_no = 3`}, nil, 9, "removed 3"},
		"new rows are emptied and called pruned": {[]string{blank + ` WHERE leaf_no < 12`, `UPDATE audit_tree SET pruned = 12`},
			nil, 0, "removed 0, removed 1, removed 2, removed 3, removed 4, removed 5, removed 6, removed 7, removed 8, removed 9, removed 10, removed 11"},
		"emptied and called pruned, after the sweeper": {nil, []string{blank + ` WHERE leaf_no = 10`, `UPDATE audit_tree SET pruned = 11`},
			10, "removed 10"},
		"emptied, called pruned, with an old id": {nil, []string{blank + `, at = 1577836800000000, id = '` + oldID + `0000' WHERE leaf_no = 10`, `UPDATE audit_tree SET pruned = 11`},
			10, "removed 10"},
		"the mark of another leaf is copied": {nil, []string{blank + `, at = other.at, id = '` + oldID + `0000', mac = other.mac FROM (SELECT at, mac FROM audit WHERE leaf_no = 3) AS other WHERE leaf_no = 10`},
			10, "removed 10"},
		"a pruned row is given another time": {nil, []string{`UPDATE audit SET at = at + 1000000 WHERE leaf_no = 2`}, 10, "removed 2"},
		"an old row takes a new one's number": {[]string{`DELETE FROM audit WHERE leaf_no = 10`, `UPDATE audit SET leaf_no = 10 WHERE leaf_no = 9`},
			nil, 9, "removed 9, changed 10"},
		"an old row takes a new one's number and hash, until it is pruned": {
			[]string{`DELETE FROM audit WHERE leaf_no = 10`, `UPDATE audit SET leaf_no = 10 WHERE leaf_no = 9`,
				`INSERT INTO audit_hash (no, hash) SELECT 1000, hash FROM audit_hash WHERE no = 18`,
				`UPDATE audit_hash SET hash = (SELECT hash FROM audit_hash WHERE no = 17) WHERE no = 18`},
			[]string{`UPDATE audit_hash SET hash = (SELECT hash FROM audit_hash WHERE no = 1000) WHERE no = 18`, `DELETE FROM audit_hash WHERE no = 1000`},
			9, "removed 9, changed 10"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store, c *clock) {
				addRows(t, s, 10)
				c.add(48 * time.Hour)
				addRows(t, s, 10)
				checkpoint(t, s)
				execAll(t, s, tc.before)
				if n := prune(t, s, c); n != tc.pruned {
					t.Errorf("%d rows were pruned, want %d", n, tc.pruned)
				}
				execAll(t, s, tc.after)
				addRows(t, s, 1) // the server goes on, and signs what the tree says
				checkpoint(t, s)
				got, r := verify(t, s)
				if got != tc.want {
					t.Errorf("found %q, want %q: %v", got, tc.want, r.Findings)
				}
				if n := prune(t, s, c); n != 0 {
					t.Errorf("a second time %d rows were pruned", n)
				}
			})
		})
	}
}

// Rows that somebody changed do not hold up the retention of the rows behind them.
func TestPruneGoesOnBehindChangedRows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		addRows(t, s, 500)
		c.add(48 * time.Hour)
		addRows(t, s, 5)
		checkpoint(t, s)
		execAll(t, s, []string{`UPDATE audit SET at = 1 WHERE leaf_no < 250`, `UPDATE audit SET id = 'zzz' || leaf_no WHERE leaf_no = 300`, `DELETE FROM audit WHERE leaf_no >= 310 AND leaf_no < 320`})
		for range 3 {
			prune(t, s, c)
		}
		var left int
		if err := s.Read(t.Context()).QueryRow(`SELECT COUNT(*) FROM audit WHERE leaf_no < 500 AND detail <> ''`).Scan(&left); err != nil || left != 251 {
			t.Errorf("%d rows have text, want the 251 that were changed (%v)", left, err)
		}
	})
}

// A row of the newest minute, which no checkpoint covers yet, waits.
func TestPruneWaitsForACheckpoint(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		addRows(t, s, 5)
		c.add(48 * time.Hour)
		if n := prune(t, s, c); n != 0 {
			t.Errorf("%d rows were pruned that nothing signed proves", n)
		}
		checkpoint(t, s)
		if n := prune(t, s, c); n != 5 {
			t.Errorf("%d rows were pruned after the checkpoint", n)
		}
	})
}

// A checkpoint says how many leaves we pruned, not what the database says.
func TestCheckpointSignsOnlyOurPruning(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		addRows(t, s, 10)
		execAll(t, s, []string{`UPDATE audit_tree SET pruned = 7`,
			`INSERT INTO audit (id, at, type, account_id, journey_id, address, detail, mac) SELECT 'zzz', at, 'audit.pruned', '', '', '', '{"leaves":"7"}', mac FROM audit WHERE leaf_no = 3`})
		signer, err := audit.Signer(s.Keys)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := audit.ReadCheckpoint(checkpoint(t, s), signer.Verifier()); err != nil || got.Pruned != 0 || got.Size != 10 {
			t.Errorf("it signed %+v, %v", got, err)
		}
	})
}

// Verify judges for itself whether the retention of a pruned row had ended: it would have
// found what the sweeper did when it trusted the column at.
func TestVerifyChecksTheRetentionOfPrunedRows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		addRows(t, s, 3)
		checkpoint(t, s)
		rows, err := s.AuditLeaves(s.Read(t.Context()), AuditQuery{Most: 3})
		if err != nil {
			t.Fatal(err)
		}
		for i, before := range []time.Time{c.Now().Add(time.Hour), c.Now(), c.Now().Add(-time.Hour)} {
			r := rows[i]
			r.MarkPruned(s.Keys, r.Leaf, before)
			write(t, s, func(tx *sqldb.Tx) error {
				_, err := tx.Exec(`UPDATE audit SET account_id = '', address = '', detail = '', mac = $1 WHERE id = $2`, r.MAC, r.ID)
				return err
			})
		}
		if got, r := verify(t, s); got != "removed 0, removed 1" || r.Pruned != 3 {
			t.Errorf("found %q: %+v", got, r)
		}
	})
}

// The column that says where the sweeper goes on makes it erase nothing, wherever it points.
func TestPruneFromAnywhere(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]string{"before the first leaf": "-9000000000000000000", "the first leaf": "0", "a later leaf": "12", "far behind the last leaf": "9000000000000000000"} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Store, c *clock) {
				addRows(t, s, 10)
				c.add(48 * time.Hour)
				addRows(t, s, 10)
				checkpoint(t, s)
				prune(t, s, c)
				execAll(t, s, []string{`UPDATE audit_tree SET pruned = ` + from})
				if n := prune(t, s, c); n != 0 {
					t.Errorf("%d rows were pruned", n)
				}
				addRows(t, s, 1)
				checkpoint(t, s)
				if got, r := verify(t, s); got != "" || r.Pruned != 10 {
					t.Errorf("found %q: %+v", got, r)
				}
				execAll(t, s, []string{`UPDATE audit_tree SET pruned = 0`})
				c.add(48 * time.Hour)
				checkpointIfGrown(t, s)
				if n := prune(t, s, c); n != 12 { // ten, the first record of the pruning, and one
					t.Errorf("%d rows were pruned later", n)
				}
				if got, r := verify(t, s); got != "" || r.Pruned != 22 {
					t.Errorf("later found %q: %+v", got, r)
				}
			})
		})
	}
}

func checkpointIfGrown(t *testing.T, s *Store) {
	t.Helper()
	if _, err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
}
