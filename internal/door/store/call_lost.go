package store

import (
	"context"

	"sallyport/internal/sqldb"
)

// LoseCalls ends the calls that an ended process led, by these carriers: for a database
// that has one process, when it starts. Where there are several, such calls end when they
// have waited for long enough (factor.Call).
func (s *Store) LoseCalls(ctx context.Context, carriers []string) error {
	if len(carriers) == 0 {
		return nil
	}
	return s.Write(ctx, func(tx *sqldb.Tx) error {
		args := []any{sqldb.Micros(tx.Now)}
		for _, name := range carriers {
			args = append(args, name)
		}
		_, err := tx.Exec(`UPDATE challenge SET call_state = 'hung_up', call_ended_at = $1, call_note = 'this server stopped'
			WHERE channel = 'voice' AND call_state IN ('', 'ringing', 'answered') AND delivery = 'sent' AND used_at = 0 AND ended_at = 0 AND carrier IN (`+placeholders(len(carriers), 1)+`)`, args...)
		return err
	})
}
