package store

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"sallyport/internal/sqldb"
)

// Token is one unit taken from a limit of so many per window (GCRA). It can be
// given back.
type Token struct {
	Key    []byte        `json:"key"`
	Cost   time.Duration `json:"cost"` // window / limit
	Window time.Duration `json:"window"`
	What   string        `json:"what"`
}

// NewToken makes a token of a limit per window, for one key.
func NewToken(what string, key []byte, limit int, window time.Duration) Token {
	return Token{Key: key, Cost: window / time.Duration(limit), Window: window, What: what}
}

// Take takes all tokens or none: where one is refused the error is *Limited, and
// the caller's transaction rolls back. It is the last statement of a transaction
// wherever it can be, because many people share an address's row.
func (s *Store) Take(tx *sqldb.Tx, tokens ...Token) error {
	if len(tokens) == 0 {
		return nil
	}
	slices.SortFunc(tokens, func(a, b Token) int { return bytes.Compare(a.Key, b.Key) }) // one lock order for everybody
	now := sqldb.Micros(tx.Now)
	args := []any{now}
	rows := make([]string, len(tokens))
	for i, t := range tokens {
		rows[i] = fmt.Sprintf("($%d, $%d, $%d)", len(args)+1, len(args)+2, len(args)+3)
		args = append(args, t.Key, now+t.Cost.Microseconds(), t.Window.Microseconds())
	}
	taken, err := tx.Exec(`INSERT INTO rate (k, tat, cap) VALUES `+strings.Join(rows, ", ")+`
		ON CONFLICT (k) DO UPDATE SET cap = excluded.cap,
			tat = excluded.tat + CASE WHEN rate.tat > $1 THEN rate.tat - $1 ELSE 0 END
		WHERE rate.tat + excluded.tat - $1 <= $1 + excluded.cap`, args...)
	if err != nil || taken == int64(len(tokens)) {
		return err
	}
	return s.limitedRate(tx, tokens)
}

func (s *Store) limitedRate(tx *sqldb.Tx, tokens []Token) error {
	worst := &Limited{What: tokens[0].What}
	for _, t := range tokens {
		var tat int64
		if err := tx.QueryRow(`SELECT COALESCE(MAX(tat), 0) FROM rate WHERE k = $1`, t.Key).Scan(&tat); err != nil {
			return err
		}
		wait := time.Duration(tat-sqldb.Micros(tx.Now))*time.Microsecond + t.Cost - t.Window
		if wait > worst.Wait {
			worst.Wait, worst.What = wait, t.What
		}
	}
	return worst
}

// GiveBack returns tokens: the sign-in that took them was completed.
func (s *Store) GiveBack(tx *sqldb.Tx, tokens ...Token) error {
	if len(tokens) == 0 {
		return nil
	}
	sum := map[string]int64{}
	for _, t := range tokens {
		sum[string(t.Key)] += t.Cost.Microseconds()
	}
	var cases strings.Builder
	var args []any
	var keys []string
	for key := range sum {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		fmt.Fprintf(&cases, " WHEN $%d THEN CAST($%d AS BIGINT)", len(args)+1, len(args)+2)
		args = append(args, []byte(key), sum[key])
	}
	in := make([]string, len(keys))
	for i := range keys {
		in[i] = fmt.Sprintf("$%d", 2*i+1)
	}
	return tx.Later(`UPDATE rate SET tat = tat - CASE k`+cases.String()+` ELSE 0 END WHERE k IN (`+strings.Join(in, ", ")+`)`, args...)
}
