package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every example in docs/operator/delivery.md and voice.md is a configuration that is taken.
func TestExamplesOfTheDeliveryGuides(t *testing.T) {
	var text []byte
	for _, name := range []string{"delivery", "voice"} {
		part, err := os.ReadFile("../../docs/operator/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, part...)
	}
	dir := t.TempDir()
	secretFile := filepath.Join(dir, "secret")
	if err := os.WriteFile(secretFile, []byte("pass1234"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(dir, "long")
	if err := os.WriteFile(long, []byte(strings.Repeat("x", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 6 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, b := range blocks {
		example := strings.NewReplacer("/etc/sallyport/pager-secret", long, "/etc/sallyport/voice-secret", long).Replace(b[1])
		example = regexp.MustCompile(`/etc/sallyport/[a-z-]+`).ReplaceAllString(example, secretFile)
		if strings.HasPrefix(example, "    - ") {
			example = "text:\n  carriers:\n" + example
		}
		if !strings.Contains(example, "smtp:") {
			example += "\nemail: {from: a@example.org, smtp: {host: mail.example.org}}\n"
			if strings.Contains(b[1], "email:\n") {
				example = strings.Replace(b[1], "email:\n", "email:\n  from: a@example.org\n  smtp: {host: mail.example.org}\n", 1)
			}
		}
		example += "\npublic_url: https://signin.example.org\n"
		file := filepath.Join(dir, "config.yaml")
		if err := os.WriteFile(file, []byte(example), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(file, func(string) (string, bool) { return "", false })
		if err != nil {
			t.Errorf("%v in\n%s", err, b[1])
			continue
		}
		if problems := c.Validate(false); problems != nil {
			t.Errorf("%v in\n%s", problems, b[1])
		}
	}
}
