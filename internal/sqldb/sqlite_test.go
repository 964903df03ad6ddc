package sqldb

import "testing"

func TestPositional(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`SELECT 1`: `SELECT 1`, `INSERT INTO t VALUES ($1, $2, $3)`: `INSERT INTO t VALUES (?, ?, ?)`,
		`UPDATE t SET a = $2 WHERE b = $1`: `UPDATE t SET a = $2 WHERE b = $1`, `VALUES ($1, $1)`: `VALUES ($1, $1)`,
		`SELECT '$1', 'it''s $2' WHERE a = $1`: `SELECT '$1', 'it''s $2' WHERE a = ?`, `a = $10`: `a = $10`, `a = $`: `a = $`,
	} {
		if got := positional(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}
