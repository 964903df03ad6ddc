package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/sqldb"
)

// Receive records what a carrier said became of a message. The first word counts: what
// is said again, or by a carrier that does not have the message any more, changes nothing.
// A message that was not delivered, and still matters, is queued again where another says
// that a carrier is left: the same message, with the same code.
func (o Outbox) Receive(ctx context.Context, r delivery.Receipt, another func(m delivery.Message, tried []string) bool) (got delivery.Received, err error) {
	err = o.Store.Write(ctx, func(tx *sqldb.Tx) error {
		got = delivery.Received{}
		if r.Message == "" && r.Ref == "" {
			return nil
		}
		where, args := `o.id = $1`, []any{r.Message}
		if r.Message == "" { // carriers may use the same refs, and a carrier its own again
			where, args = `o.ref = $1 AND o.ref <> '' AND o.carrier = $2`, []any{r.Ref, r.Carrier}
		}
		var id, kind, channel, state, carrier, tried, said string
		var payload []byte
		var expires int64
		err := tx.QueryRow(`SELECT o.id, o.kind, o.channel, o.state, o.carrier, o.tried, o.receipt, o.payload, o.expires_at FROM outbox o WHERE `+where+` ORDER BY o.id DESC LIMIT 1`+tx.ForUpdate("o"),
			args...).Scan(&id, &kind, &channel, &state, &carrier, &tried, &said, &payload, &expires)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		has := carrier == r.Carrier || r.Carrier == delivery.EmailCarriers && channel == "email"
		got.Found = state == "sent" || state == "failed" || slices.Contains(strings.Fields(tried), r.Carrier)
		if !has || state != "sent" || said != "" || r.Fate == "" {
			return nil
		}
		got.Changed, got.Message = true, delivery.Message{ID: id, Kind: delivery.Kind(kind), Channel: channel}
		c, err := o.Store.ChallengeByID(tx, id)
		if err != nil {
			return err
		}
		if c != nil {
			got.Message.Country, got.Message.Strange = c.Country, c.Purpose == "enrol"
		}
		if r.Fate == delivery.Undelivered && payload != nil && sqldb.Micros(tx.Now) < expires && (c == nil || c.UsedAt.IsZero() && c.EndedAt.IsZero()) {
			job, err := o.openJob(id, payload)
			if err != nil {
				return err
			}
			all := append(strings.Fields(tried), carrier)
			if another(job.Message, all) {
				got.Again, got.Message = true, job.Message
				return o.again(tx, id, strings.Join(all, " "))
			}
		}
		err = tx.Later(`UPDATE outbox SET receipt = $1, reason = $2, payload = NULL WHERE id = $3`, string(r.Fate), shorten(r.Reason), id)
		if err != nil {
			return err
		}
		return tx.Later(`UPDATE challenge SET receipt = $1 WHERE id = $2`, string(r.Fate), id)
	})
	return got, err
}

// again queues a message that one carrier did not deliver, for the next.
func (o Outbox) again(tx *sqldb.Tx, id, tried string) error {
	err := tx.Later(`UPDATE outbox SET state = 'queued', done_at = 0, lease_until = 0, run_at = $1, tries = 0, tried = $2, carrier = '', ref = '' WHERE id = $3`,
		sqldb.Micros(tx.Now), tried, id)
	if err != nil {
		return err
	}
	return tx.Later(`UPDATE challenge SET receipt = $1 WHERE id = $2`, factor.Again, id)
}

// shorten keeps what a carrier writes from filling the table.
func shorten(reason string) string { return reason[:min(len(reason), 60)] }
