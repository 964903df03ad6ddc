package store

import (
	"testing"
	"time"

	"sallyport/internal/sqldb"
)

// A submission that waited for the journey's row sees the account as the first one left
// it. On PostgreSQL the statement that waited joins the new journey with the account from
// before, which made a double click on “Continue” look like somebody else's journey.
func TestSecondSubmissionSeesTheEpochOfTheFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, c *clock) {
		seed(t, s)
		write(t, s, func(tx *sqldb.Tx) error {
			j := newJourney(s)
			if _, err := s.InsertJourney(tx, j); err != nil {
				return err
			}
			j.AccountID, j.Epoch, j.Version = "dana", dana().Epoch, 2
			return s.UpdateJourney(tx, j, 1)
		})
		second := make(chan *Loaded, 1)
		write(t, s, func(tx *sqldb.Tx) error {
			first, err := s.LoadJourney(tx, "j1", true)
			if err != nil {
				return err
			}
			go func() {
				var l *Loaded
				if err := s.Write(t.Context(), func(tx *sqldb.Tx) (err error) { l, err = s.LoadJourney(tx, "j1", true); return err }); err != nil {
					t.Error(err)
				}
				second <- l
			}()
			waitForLock(t, s)
			if err := s.EndEverything(tx, "dana"); err != nil {
				return err
			}
			first.Epoch, first.Version = dana().Epoch+1, 3
			return s.UpdateJourney(tx, &first.Journey, 2)
		})
		if l := <-second; l == nil || l.Version != 3 || l.Account == nil || l.Account.Epoch != l.Epoch {
			t.Errorf("the second submission loaded %+v with the account %+v", l, l.Account)
		}
	})
}

// waitForLock waits until a PostgreSQL session waits for a row. On SQLite the second
// writer can only begin after the first, so there is nothing to wait for.
func waitForLock(t *testing.T, s *Store) {
	t.Helper()
	if s.DB.Dialect != sqldb.Postgres {
		return
	}
	for range 2000 {
		var waiting int
		if err := s.Read(t.Context()).QueryRow(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		if waiting > 0 {
			return
		}
		time.Sleep(time.Millisecond) // the server is asked again
	}
	t.Fatal("the second submission never waited for the first")
}
