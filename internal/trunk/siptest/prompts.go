package siptest

import (
	"os"
	"path/filepath"
	"testing"

	"sallyport/internal/prompts"
)

// ShortPrompts is a folder of prompts of 200 ms, each another noise, so that nobody waits
// for ours.
func ShortPrompts(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, lang := range []string{"en", "es"} {
		if err := os.MkdirAll(filepath.Join(dir, lang), 0o755); err != nil {
			t.Fatal(err)
		}
		for i, name := range prompts.Names {
			noise := make([]byte, 1600)
			for n := range noise {
				noise[n] = byte(n*n*(2*i+3) + 31*n + i + len(lang)*7)
			}
			if err := os.WriteFile(filepath.Join(dir, lang, name+".ul"), noise, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}
