package app_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
)

// bare is a database without anything in it.
var bare = sqldbtest.Schema{Name: "bare", Prepare: func(ctx context.Context, address string) error {
	db, err := sqldb.Open(ctx, address, sqldb.Options{Clock: time.Now})
	if err != nil {
		return err
	}
	return db.Close()
}}

// A backup of either database restores on either: people sign in as before, and what
// was open when it was made is not.
func TestBackupMovesBetweenDatabases(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	told := func(string, int64) {}
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		before := newTab(w)
		w.signIn(before, dana)
		var file bytes.Buffer
		if err := app.Backup(t.Context(), w.config, log, false, &file, told); err != nil {
			t.Fatal(err)
		}
		whole := file.Bytes()
		if bytes.Contains(whole, []byte("2025550185")) {
			t.Error("a telephone number is in clear")
		}
		sqldbtest.EachOf(t, bare, func(t *testing.T, address string) {
			c := w.config
			c.Database, c.DataDir = address, t.TempDir()
			if strings.HasPrefix(address, "sqlite:") {
				c.Portal.Database = address + ".portal"
			} else {
				c.Portal.Database = ""
			}
			if err := app.Restore(t.Context(), c, log, bytes.NewReader(whole[:len(whole)/2]), told); err == nil {
				t.Error("half a backup was restored")
			}
			if err := app.Restore(t.Context(), c, log, bytes.NewReader(whole), told); err != nil {
				t.Fatal(err)
			}
			again := newWorld(t, address, config.Guide, func(now *config.Config) {
				now.Portal.Database, now.KeysFile = c.Portal.Database, c.KeysFile
			})
			b := newTab(again)
			again.signIn(b, dana)
			if !b.isHome() {
				t.Errorf("after it: %s", b.text())
			}
			var sessions int
			if err := again.serving.Load().Store.Read(t.Context()).QueryRow(`SELECT COUNT(*) FROM session WHERE account_id = $1`, demo.SampleID("dwhitfield")).Scan(&sessions); err != nil || sessions != 1 {
				t.Errorf("%d sessions, %v", sessions, err)
			}
			if r, err := again.serving.Load().Store.VerifyAudit(t.Context(), nil, nil); err != nil || len(r.Findings) > 0 {
				t.Errorf("audit: %v %v", r.Findings, err)
			}
		})
	})
}
