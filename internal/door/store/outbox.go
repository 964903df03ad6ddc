package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/sqldb"
)

// InsertMessage queues a message in the transaction of the change that it tells
// of. The worker is woken after the commit.
func (s *Store) InsertMessage(tx *sqldb.Tx, m delivery.Message) error {
	return s.insertMessage(tx, m, "", "queued", 0, 0)
}

// InsertMessageFor is InsertMessage for somebody, of whom the help desk then sees what
// became of it.
func (s *Store) InsertMessageFor(tx *sqldb.Tx, accountID string, m delivery.Message) error {
	return s.insertMessage(tx, m, accountID, "queued", 0, 0)
}

// InsertAttempt is InsertMessage for one that this process hands over itself, as soon
// as the transaction is committed: it is leased already, and being attempted.
func (s *Store) InsertAttempt(tx *sqldb.Tx, m delivery.Message, lease time.Duration) error {
	return s.insertMessage(tx, m, "", "attempting", 1, sqldb.Micros(tx.Now.Add(lease)))
}

func (s *Store) insertMessage(tx *sqldb.Tx, m delivery.Message, accountID, state string, tries, leaseUntil int64) error {
	payload, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return tx.Later(`INSERT INTO outbox (id, kind, channel, payload, state, tries, run_at, lease_until, expires_at, done_at, account_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)`,
		m.ID, string(m.Kind), m.Channel, s.Keys.Seal("outbox.payload:"+m.ID, payload), state, tries, sqldb.Micros(tx.Now), leaseUntil, sqldb.Micros(m.Expires), accountID)
}

// InsertMessageIf is InsertMessage where there is somebody to send it to, and as
// many statements where there is not (T-03).
func (s *Store) InsertMessageIf(tx *sqldb.Tx, m delivery.Message, somebody bool) error {
	if somebody {
		return s.InsertMessage(tx, m)
	}
	_, err := tx.Exec(`DELETE FROM outbox WHERE id = $1`, m.ID)
	return err
}

// Outbox is the store as a delivery worker sees it. Messages to people and logouts
// to relying parties have workers apart: a dead relying party holds up no code.
type Outbox struct {
	Store       *Store
	BackChannel bool // logouts alone; else all but them
}

// Claim leases what is due. A code or call that is already being attempted, and
// whose lease ran out, was interrupted: it becomes unknown and is not sent again.
// What has expired is dropped. Both happen here, where they are noticed.
func (o Outbox) Claim(ctx context.Context, n int, lease time.Duration) ([]delivery.Job, error) {
	var due int
	reader := o.Store.Read(ctx) // mostly there is nothing, and then nothing is locked
	err := reader.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE done_at = 0 AND run_at <= $1 AND lease_until <= $1 AND (channel = 'backchannel') = $2 LIMIT 1) AS due`,
		sqldb.Micros(reader.Now), o.BackChannel).Scan(&due)
	if err != nil || due == 0 {
		return nil, err
	}
	var jobs []delivery.Job
	err = o.Store.Write(ctx, func(tx *sqldb.Tx) error {
		jobs = nil
		rows, err := tx.Query(`UPDATE outbox SET tries = tries + 1, lease_until = $1,
				state = CASE WHEN kind IN ('code', 'call') AND state = 'attempting' THEN 'unknown' WHEN expires_at <= $2 THEN 'failed' ELSE 'attempting' END
			WHERE id IN (SELECT id FROM outbox WHERE done_at = 0 AND run_at <= $2 AND lease_until <= $2 AND (channel = 'backchannel') = $4 ORDER BY run_at LIMIT $3`+tx.SkipLocked()+`)
			RETURNING id, payload, state, tries, tried`, sqldb.Micros(tx.Now.Add(lease)), sqldb.Micros(tx.Now), n, o.BackChannel)
		if err != nil {
			return err
		}
		defer rows.Close()
		var ended []delivery.Job
		var ends []outcome
		for rows.Next() {
			var id, state, tried string
			var payload []byte
			var try int
			if err := rows.Scan(&id, &payload, &state, &try, &tried); err != nil {
				return err
			}
			if state != "attempting" {
				end := outcome{state: state}
				if state == "failed" && tried != "" {
					end.receipt = string(delivery.Undelivered)
				}
				ended, ends = append(ended, delivery.Job{Message: delivery.Message{ID: id}, Tried: strings.Fields(tried)}), append(ends, end)
				continue
			}
			job, err := o.openJob(id, payload)
			if err != nil {
				return err
			}
			job.Try, job.Tried = try, strings.Fields(tried)
			jobs = append(jobs, job)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for i, job := range ended {
			if err := o.finish(tx, job, ends[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return jobs, err
}

func (o Outbox) openJob(id string, payload []byte) (job delivery.Job, err error) {
	plain, err := o.Store.Keys.Open("outbox.payload:"+id, payload)
	if err != nil {
		return job, fmt.Errorf("outbox %s: %w", id, err)
	}
	if err := json.Unmarshal(plain, &job.Message); err != nil {
		return job, fmt.Errorf("outbox %s: %w", id, err)
	}
	return job, nil
}

// outcome is how a hand-off ended.
type outcome struct {
	state, receipt, carrier, ref string
	keep                         bool // the carrier may say later that it did not deliver
}

// Sent records the hand-off: from now on the code's life counts. Where the carrier will
// say what became of it, the sealed message is kept until then.
func (o Outbox) Sent(ctx context.Context, job delivery.Job, done delivery.HandOff) error {
	return o.Store.Write(ctx, func(tx *sqldb.Tx) error {
		return o.finish(tx, job, outcome{state: "sent", carrier: done.Carrier, ref: done.Ref, keep: done.Receipts})
	})
}

// Failed records that no carrier took the message, or that it is not known.
func (o Outbox) Failed(ctx context.Context, job delivery.Job, f delivery.Failure) error {
	end := outcome{state: "unknown", carrier: f.Carrier}
	switch {
	case f.Unreachable:
		end.state, end.receipt = "failed", string(delivery.Unreachable)
	case f.Certain && len(job.Tried) > 0: // one accepted it and did not deliver it, and no other took it
		end.state, end.receipt = "failed", string(delivery.Undelivered)
	case f.Certain:
		end.state = "failed"
	}
	return o.Store.Write(ctx, func(tx *sqldb.Tx) error { return o.finish(tx, job, end) })
}

// finish ends the message and its challenge, and drops the sealed text.
func (o Outbox) finish(tx *sqldb.Tx, job delivery.Job, end outcome) error {
	id, kept := job.Message.ID, ", payload = NULL"
	if end.keep {
		kept = ""
	}
	err := tx.Later(`UPDATE outbox SET state = $1, done_at = $2, carrier = $4, ref = $5, receipt = $6`+kept+` WHERE id = $3`,
		end.state, sqldb.Micros(tx.Now), id, end.carrier, end.ref, end.receipt)
	if err != nil || o.BackChannel {
		return err
	}
	sentAt := int64(0)
	if end.state == "sent" {
		sentAt = sqldb.Micros(tx.Now)
	}
	if len(job.Tried) > 0 { // its life counts from the first hand-off; whether the second was made may be unknown
		return tx.Later(`UPDATE challenge SET carrier = $2, receipt = $3, delivery = CASE WHEN CAST($4 AS TEXT) = 'unknown' THEN 'unknown' ELSE delivery END WHERE id = $1`,
			id, end.carrier, end.receipt, end.state)
	}
	return tx.Later(`UPDATE challenge SET delivery = $1, sent_at = $2, carrier = $4, receipt = $5 WHERE id = $3 AND sent_at = 0`, end.state, sentAt, id, end.carrier, end.receipt)
}

// Abandon ends the leases that an ended process held, so that nobody waits for
// them to run out: for a database that has one process, when it starts.
func (o Outbox) Abandon(ctx context.Context) error {
	return o.Store.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE outbox SET lease_until = 0 WHERE state = 'attempting' AND done_at = 0`)
		return err
	})
}

// Retry queues the message again.
func (o Outbox) Retry(ctx context.Context, job delivery.Job, after time.Duration) error {
	return o.Store.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE outbox SET state = 'queued', lease_until = 0, run_at = $1 WHERE id = $2`,
			sqldb.Micros(tx.Now.Add(after)), job.Message.ID)
		return err
	})
}
