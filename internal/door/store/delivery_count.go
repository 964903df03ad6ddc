package store

import (
	"fmt"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/sqldb"
)

// countsOf is the stretch of time that one row of the counts is of.
const countsOf = 2 * time.Minute

const countColumns = `sent, failed, unknown, delivered, undelivered, codes, used, strange, strange_used, segments, cost`

func countFields(c *delivery.Counts) []any {
	return []any{&c.Sent, &c.Failed, &c.Unknown, &c.Delivered, &c.Undelivered, &c.Codes, &c.Used, &c.Strange, &c.StrangeUsed, &c.Segments, &c.Cost}
}

// AddDeliveries adds what one replica counted lately.
func (s *Store) AddDeliveries(tx *sqldb.Tx, replica string, all map[delivery.Slot]delivery.Counts) error {
	for slot, c := range all {
		err := tx.Later(`INSERT INTO delivery_count (at, replica, channel, carrier, country, `+countColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
			ON CONFLICT (at, channel, carrier, country, replica) DO UPDATE SET sent = delivery_count.sent + excluded.sent, failed = delivery_count.failed + excluded.failed,
				unknown = delivery_count.unknown + excluded.unknown, delivered = delivery_count.delivered + excluded.delivered, undelivered = delivery_count.undelivered + excluded.undelivered,
				codes = delivery_count.codes + excluded.codes, used = delivery_count.used + excluded.used, strange = delivery_count.strange + excluded.strange,
				strange_used = delivery_count.strange_used + excluded.strange_used, segments = delivery_count.segments + excluded.segments, cost = delivery_count.cost + excluded.cost`,
			sqldb.Micros(tx.Now.Truncate(countsOf)), replica, slot.Channel, slot.Carrier, slot.Country,
			c.Sent, c.Failed, c.Unknown, c.Delivered, c.Undelivered, c.Codes, c.Used, c.Strange, c.StrangeUsed, c.Segments, c.Cost)
		if err != nil {
			return err
		}
	}
	return nil
}

// Delivered is how one carrier did in one country.
type Delivered struct {
	delivery.Slot
	delivery.Counts
}

// Deliveries sums up what all replicas counted since then, by channel, carrier and country.
func (s *Store) Deliveries(tx *sqldb.Tx, since time.Time) (list []Delivered, err error) {
	sums := ""
	for _, c := range []string{"sent", "failed", "unknown", "delivered", "undelivered", "codes", "used", "strange", "strange_used", "segments", "cost"} {
		sums += fmt.Sprintf(", CAST(SUM(%s) AS BIGINT)", c)
	}
	rows, err := tx.Query(`SELECT channel, carrier, country`+sums+` FROM delivery_count WHERE at >= $1 GROUP BY channel, carrier, country ORDER BY channel, carrier, country`,
		sqldb.Micros(since.Truncate(countsOf)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d Delivered
		if err := rows.Scan(append([]any{&d.Channel, &d.Carrier, &d.Country}, countFields(&d.Counts)...)...); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// StrangeCodes is how many codes went to numbers that nobody had proven, and how many of
// them were used.
type StrangeCodes struct {
	Channel, Country string
	Sent, Used       int64
}

// StrangeCodes counts those sent between since and until, and used since then.
func (s *Store) StrangeCodes(tx *sqldb.Tx, since, until time.Time) (list []StrangeCodes, err error) {
	rows, err := tx.Query(`SELECT channel, country, CAST(SUM(CASE WHEN at < $2 THEN strange ELSE 0 END) AS BIGINT), CAST(SUM(strange_used) AS BIGINT)
		FROM delivery_count WHERE at >= $1 AND channel IN ('sms', 'voice') GROUP BY channel, country`, sqldb.Micros(since), sqldb.Micros(until.Truncate(countsOf)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c StrangeCodes
		if err := rows.Scan(&c.Channel, &c.Country, &c.Sent, &c.Used); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}
