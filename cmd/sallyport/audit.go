package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
)

type auditCommand struct {
	Verify     auditVerify     `cmd:"" help:"Prove that no row of the audit log was changed, removed, inserted or moved."`
	Export     auditExport     `cmd:"" help:"Write rows as JSON lines."`
	Checkpoint auditCheckpoint `cmd:"" help:"Print the newest signed checkpoint, to keep elsewhere."`
}

type auditVerify struct {
	place
	Checkpoints []string `type:"existingfile" help:"Files of signed checkpoints that were kept elsewhere: with them an end that was cut off is found, too."`
}

// errFindings: the log is not as it was written.
var errFindings = errors.New("the audit log is not as it was written")

// Run goes through the whole log. It exits with 1 where anything is wrong.
func (c *auditVerify) Run(ctx context.Context) error {
	var outside []string
	for _, path := range c.Checkpoints {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		outside = append(outside, audit.SplitNotes(string(text))...)
	}
	return withStore(ctx, c.place, func(s *store.Store) error {
		last := time.Now()
		r, err := s.VerifyAudit(ctx, outside, func(done, all int64) {
			if time.Since(last) > 2*time.Second {
				last = time.Now()
				fmt.Fprintf(os.Stderr, "%d of %d rows\n", done, all)
			}
		})
		if err != nil {
			return err
		}
		for _, f := range r.Findings {
			fmt.Println(f)
		}
		fmt.Printf("%d rows in the tree (%d of them without text: their retention ended), %d not in it yet, %d signed checkpoints: ", r.Leaves, r.Pruned, r.Loose, r.Checkpoints)
		if len(r.Findings) > 0 {
			fmt.Printf("%d findings.\n", len(r.Findings))
			return errFindings
		}
		fmt.Println("all as it was written.")
		if len(outside) == 0 {
			fmt.Println("No checkpoint from elsewhere was given: an end that was cut off, with its checkpoints, would not show.")
		}
		return nil
	})
}

type auditExport struct {
	place
	From time.Time `format:"2006-01-02" help:"First day (UTC)."`
	To   time.Time `format:"2006-01-02" help:"Last day (UTC)."`
}

// exported is a row as it is exported: with what proves it.
type exported struct {
	Leaf      int64             `json:"leaf"` // -1: not in the tree yet
	ID        string            `json:"id"`
	At        time.Time         `json:"at"`
	Type      string            `json:"type"`
	AccountID string            `json:"account_id,omitempty"`
	JourneyID string            `json:"journey_id,omitempty"`
	Address   string            `json:"address,omitempty"`
	Detail    map[string]string `json:"detail,omitempty"`
	Genuine   bool              `json:"genuine"`
}

// Run writes the rows, the oldest first.
func (c *auditExport) Run(ctx context.Context) error {
	return withStore(ctx, c.place, func(s *store.Store) error {
		q := store.AuditQuery{From: c.From, Most: 1000}
		if !c.To.IsZero() {
			q.To = c.To.AddDate(0, 0, 1)
		}
		buffered := bufio.NewWriter(os.Stdout)
		out := json.NewEncoder(buffered)
		err := s.EachAuditRow(s.Read(ctx), q, func(l *store.Leaf) error {
			return out.Encode(exported{l.Leaf, l.ID, l.At, string(l.Type), l.AccountID, l.JourneyID, l.Address, l.Detail, l.Genuine})
		})
		return errors.Join(err, buffered.Flush())
	})
}

type auditCheckpoint struct {
	place
	Key bool `help:"Print the key with which others check the signature."`
}

// Run signs what there is, and prints it.
func (c *auditCheckpoint) Run(ctx context.Context) error {
	return withStore(ctx, c.place, func(s *store.Store) error {
		signer, err := audit.Signer(s.Keys)
		if err != nil {
			return err
		}
		if c.Key {
			fmt.Println(signer.Public())
			return nil
		}
		if _, err := s.Checkpoint(ctx); err != nil {
			return err
		}
		note, err := s.NewestCheckpoint(s.Read(ctx))
		if err != nil {
			return err
		}
		if note == "" {
			return errors.New("the log has no rows in its tree yet: start the server")
		}
		fmt.Print(note)
		return nil
	})
}
