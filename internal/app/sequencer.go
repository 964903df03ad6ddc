package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
)

// sequencer makes the audit log's tree grow, signs checkpoints, and takes them off the
// host. Every replica has one; a lease lets one at a time work.
type sequencer struct {
	store  *store.Store
	id     string
	c      config.Audit
	out    *http.Client
	behind string // a checkpoint that did not get out yet
}

const sequenceEvery = time.Second

func (a *App) newSequencer(c config.Audit) *sequencer {
	return &sequencer{store: a.Store, id: secret.ID(), c: c, out: a.backChannel}
}

// run works until ctx ends, and leaves a checkpoint of what there is then.
func (q *sequencer) run(ctx context.Context, warn func(string, ...any)) {
	tick := time.NewTicker(sequenceEvery)
	defer tick.Stop()
	last := q.store.DB.Now()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-tick.C:
		}
		now := q.store.DB.Now()
		if err := q.sequence(context.WithoutCancel(ctx)); err != nil {
			warn("audit log: rows not sequenced", "error", err)
			continue
		}
		if ended || now.Sub(last) >= q.c.CheckpointEvery.D() || q.behind != "" {
			last = now
			if err := q.checkpoint(context.WithoutCancel(ctx)); err != nil {
				warn("audit log: checkpoint not signed, or not taken off the host", "error", err)
			}
		}
	}
}

func (q *sequencer) sequence(ctx context.Context) error {
	for {
		if n, err := q.store.Sequence(ctx, q.id); err != nil || n == 0 {
			return err
		}
	}
}

// checkpoint signs, and sends out what was signed: again, where that failed before.
func (q *sequencer) checkpoint(ctx context.Context) error {
	note, err := q.store.Checkpoint(ctx)
	if err != nil {
		return err
	}
	if note == "" {
		note = q.behind
	}
	if note == "" {
		return nil
	}
	q.behind = note // a later one says all that an earlier one does
	if err := errors.Join(q.toFile(note), q.toWebhook(ctx, note)); err != nil {
		return err
	}
	q.behind = ""
	return nil
}

func (q *sequencer) toFile(note string) error {
	if q.c.CheckpointFile == "" {
		return nil
	}
	file, err := os.OpenFile(q.c.CheckpointFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(note + "\n")
	return errors.Join(err, file.Sync(), file.Close())
}

func (q *sequencer) toWebhook(ctx context.Context, note string) error {
	hook := q.c.Webhook
	if hook.URL == "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader([]byte(note)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	req.Header.Set(delivery.SignatureHeader, delivery.SignBody(hook.Secret, []byte(note), q.store.DB.Now()))
	resp, err := q.out.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode >= 300 {
		return fmt.Errorf("the webhook answered %s", resp.Status)
	}
	return nil
}
