package store

import (
	"time"

	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Stuck is how often something kept people from getting in.
type Stuck struct {
	Type string // of the audit log
	N    int
}

// WhyStuck counts, since then, what people got stuck on, the most frequent first. It
// looks at every row of the audit log since.
func (s *Store) WhyStuck(tx *sqldb.Tx, since time.Time) (list []Stuck, err error) {
	rows, err := tx.Query(`SELECT type, COUNT(*) FROM audit WHERE id >= $1 AND type IN ('password.refused', 'code.refused', 'limit.reached', 'rescue.asked', 'help.asked',
			'factor.off', 'call.denied', 'registration.undone', 'reset.undone', 'registration.reset') GROUP BY type ORDER BY 2 DESC, 1`, secret.TimeIDFrom(since))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k Stuck
		if err := rows.Scan(&k.Type, &k.N); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, rows.Err()
}
