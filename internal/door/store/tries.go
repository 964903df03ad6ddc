package store

import (
	"fmt"
	"math"
	"strings"
	"time"

	"sallyport/internal/sqldb"
)

// TryLimits say when consecutive failures make one wait, and when they end it.
type TryLimits struct {
	WaitFrom int           // failures before waits begin
	OffAt    int           // failures that switch off for good; 0: never
	First    time.Duration // first wait; doubles
	Longest  time.Duration
	Kept     bool // counters of a factor, which only success or an administrator ends
}

// Limited means that a limit refused: nothing was done, and the transaction
// rolls back. Off tells that waiting does not help.
type Limited struct {
	Wait time.Duration
	Off  bool
	What string // which limit, for the log: never whose
}

func (l *Limited) Error() string {
	return fmt.Sprintf("limit %s: wait %v (off: %v)", l.What, l.Wait, l.Off)
}

const never = math.MaxInt64

// CountTry counts one try against each key before it is made, so that however
// many are made at once each is counted. The error is *Limited where a key must
// wait; n is the most that any of them has now. ResetTries takes the counts back when the try was right.
func (s *Store) CountTry(tx *sqldb.Tx, what string, limits TryLimits, keys ...[]byte) (n int, err error) {
	off := limits.OffAt
	if off == 0 {
		off = math.MaxInt32
	}
	now := sqldb.Micros(tx.Now)
	args := []any{now, limits.WaitFrom, off, limits.First.Microseconds(), limits.Longest.Microseconds(), limits.Kept}
	rows, err := tx.Query(`INSERT INTO tries (k, n, wait_until, updated_at, kept) VALUES `+keyRows(len(keys), len(args), `1, 0, $1, $6`)+`
		ON CONFLICT (k) DO UPDATE SET n = tries.n + 1, updated_at = excluded.updated_at, wait_until = CASE
			WHEN tries.n + 1 >= $3 THEN `+fmt.Sprint(int64(never))+`
			WHEN tries.n + 1 < $2 THEN 0
			WHEN tries.n + 1 - $2 >= 12 OR CAST($4 AS BIGINT) << CAST(tries.n + 1 - $2 AS INTEGER) > $5 THEN $1 + CAST($5 AS BIGINT)
			ELSE $1 + (CAST($4 AS BIGINT) << CAST(tries.n + 1 - $2 AS INTEGER)) END
		WHERE tries.wait_until <= $1 RETURNING n`, withKeys(args, keys)...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	counted := 0
	for ; rows.Next(); counted++ {
		var of int
		if err := rows.Scan(&of); err != nil {
			return 0, err
		}
		n = max(n, of)
	}
	if err := rows.Err(); err != nil || counted == len(keys) {
		return n, err
	}
	return 0, s.limitedTries(tx, what, keys)
}

func (s *Store) limitedTries(tx *sqldb.Tx, what string, keys [][]byte) error {
	var until int64
	err := tx.QueryRow(`SELECT COALESCE(MAX(wait_until), 0) FROM tries WHERE k IN (`+placeholders(len(keys), 0)+`)`, withKeys(nil, keys)...).Scan(&until)
	if err != nil {
		return err
	}
	return &Limited{Wait: time.Duration(until-sqldb.Micros(tx.Now)) * time.Microsecond, Off: until == never, What: what}
}

// ResetTries forgets the failures: the try was right.
func (s *Store) ResetTries(tx *sqldb.Tx, keys ...[]byte) error {
	return tx.Later(`DELETE FROM tries WHERE k IN (`+placeholders(len(keys), 0)+`)`, withKeys(nil, keys)...)
}

// placeholders returns "$4, $5" for n = 2 after 3 others.
func placeholders(n, after int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", after+i+1)
	}
	return strings.Join(list, ", ")
}

// keyRows returns "($7, REST), ($8, REST)" for n = 2 after 6 others.
func keyRows(n, after int, rest string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("($%d, %s)", after+i+1, rest)
	}
	return strings.Join(list, ", ")
}

func withKeys(args []any, keys [][]byte) []any {
	for _, k := range keys {
		args = append(args, k)
	}
	return args
}
