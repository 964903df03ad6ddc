package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// ASVS 16.4.3: signed checkpoints leave the host, by a file and by a webhook, which is
// tried again after it was down; with them the log proves itself.
func TestCheckpointsLeaveTheHost(t *testing.T) {
	t.Parallel()
	key := secret.NewText("a-secret-of-this-test-alone")
	var down atomic.Bool
	posted := make(chan string, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if down.Load() {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if r.Header.Get(delivery.SignatureHeader) == "" {
			t.Error("it is not signed")
		}
		posted <- string(body)
	}))
	defer hook.Close()
	file := filepath.Join(t.TempDir(), "checkpoints")
	down.Store(true)
	w := liteWorld(t, func(c *config.Config) {
		c.Audit.CheckpointEvery, c.Audit.CheckpointFile = config.Duration(10*time.Second), file
		c.Audit.Webhook = config.Webhook{URL: hook.URL, Secret: key}
	})
	w.signIn(newTab(w), eli)
	w.clock.add(11 * time.Second)
	until(t, "the file has a checkpoint while the webhook is down", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && len(text) > 0
	})
	down.Store(false)
	w.clock.add(11 * time.Second)
	select {
	case <-posted:
	case <-time.After(15 * time.Second):
		t.Fatal("no checkpoint was posted once the webhook was there again")
	}
	w.restart() // leaves a checkpoint of everything
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	notes := audit.SplitNotes(string(text))
	s := w.serving.Load().Store
	if r, err := s.VerifyAudit(t.Context(), notes, nil); err != nil || len(r.Findings) > 0 || r.Checkpoints < len(notes) || len(notes) == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A reset person who also forgot the password is no dead end: the mailbox leads on.
func TestForgottenPasswordAfterAReset(t *testing.T) {
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		w.resetEli(w.users())
		b := newTab(w)
		b.open("/signin/forgot")
		b.fill("Email Address", eli)
		b.click("Send verification code")
		b.fill("Verification Code", w.newest(eli, "email").Code)
		b.click("Verify code")
		b.click("Continue")
		b.click("EMAIL")
		b.fill("New Password", "violet tractor umbrella")
		b.fill("Confirm New Password", "violet tractor umbrella")
		b.click("Continue")
		if !b.isHome() || w.account(demo.SampleID("enavarro")).State != "registered" {
			t.Errorf("%s %s %s", b, b.text(), w.errors())
		}
	})
}

// ASVS 1.2.10: no cell of the CSV is a formula to a spreadsheet.
func TestProgressCSVHasNoFormulas(t *testing.T) {
	w := liteWorld(t)
	b := newTab(w)
	w.signInStaff(b, demo.StaffEmail)
	s := w.serving.Load().Store
	if err := s.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE organization SET name = $1 WHERE id = 'harbor'`, `=HYPERLINK("http://evil.example","x")`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	b.open("/staff/progress.csv")
	for line := range strings.Lines(b.body) {
		if strings.HasPrefix(line, "=") || strings.HasPrefix(line, "\"=") {
			t.Errorf("a formula: %s", line)
		}
	}
	if !strings.Contains(b.body, "'=HYPERLINK") {
		t.Errorf("the name is lost: %s", b.body)
	}
}
