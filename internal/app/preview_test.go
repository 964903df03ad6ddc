package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/words"
)

func previewed(t *testing.T, change func(*config.Config)) (list []app.Preview, err error) {
	t.Helper()
	c := config.Default(config.Guide)
	c.PublicURL, c.Email.From = "https://signin.harbor-review.org", "no-reply@harbor-review.org"
	change(&c)
	return app.Previews(c)
}

// Every message in every language can be made, says no name but the brand's and the
// person's own, and a text costs one segment.
func TestEveryMessageCanBeSeen(t *testing.T) {
	t.Parallel()
	list, err := previewed(t, func(*config.Config) {})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	odd := regexp.MustCompile(`<no value>|\[[a-z_.]+\]|\{\{`)
	for _, p := range list {
		seen[p.Lang]++
		if found := odd.FindString(p.Subject + p.Text); found != "" {
			t.Errorf("%s %s says %q", p.Lang, p.Key, found)
		}
		if (p.Channel == "email") != (p.HTML != "") || p.Channel != "sms" && p.Subject == "" && !strings.HasPrefix(p.Key, "spoken.") {
			t.Errorf("%s %s: channel %s, subject %q, %d bytes of HTML", p.Lang, p.Key, p.Channel, p.Subject, len(p.HTML))
		}
		if p.Segments > 1 {
			t.Errorf("%s %s costs %d segments", p.Lang, p.Key, p.Segments)
		}
	}
	if seen["en"] == 0 || seen["en"] != seen["es"] || seen["en"] < 25 {
		t.Errorf("%v", seen)
	}
	for _, tag := range []string{"en", "es"} {
		text, err := os.ReadFile("../words/" + tag + ".json")
		if err != nil {
			t.Fatal(err)
		}
		keys, never := words.MessageKeys(), regexp.MustCompile(`\{\{\.(Organization|Patient|Consumer|Name|FirstName|LastName)\}\}`)
		for line := range strings.SplitSeq(string(text), "\n") {
			key, said, _ := strings.Cut(strings.TrimSpace(line), ": ")
			if slices.Contains(keys, strings.Trim(key, `"`)) && never.MatchString(said) {
				t.Errorf("%s: %s names somebody", tag, key)
			}
		}
	}
}

// An operator's words stand in place of ours, in messages alone; every mistake in them is
// told before anything starts.
func TestWordsOfTheOperators(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own := func(c *config.Config) { c.Messages.Dir = dir }
	write("es.json", `{"message.sign_in.sms": "Muelle: {{.Code}}, {{.N}} min.", "admin.reset.text": {"one": "Una hora: {{.Link}}", "other": "{{.N}} horas: {{.Link}}"}}`)
	list, err := previewed(t, own)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, p := range list {
		if p.Key == "message.sign_in" && p.Channel == "sms" {
			if mine := strings.HasPrefix(p.Text, "Muelle: 482117, 20 min.\n\n@signin.harbor-review.org #482117"); mine != (p.Lang == "es") {
				t.Errorf("%s: %q", p.Lang, p.Text)
			}
			found++
		}
		if p.Key == "admin.reset" && p.Lang == "es" && !strings.HasPrefix(p.Text, "20 horas: https://") {
			t.Errorf("%q", p.Text)
		}
	}
	if found != 2 {
		t.Errorf("%d texts to sign in", found)
	}
	write("en.json", `{"message.enrol.sms": "no code", "home.title": "Mine", "notice.reset.text": "{{.Patient}} {{.Link}}", "no.such": "x"}`)
	_, err = previewed(t, own)
	for _, want := range []string{`"message.enrol.sms" lacks {{.Code}}`, `"home.title" is no message's`, `names {{.Patient}}`, `"no.such"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
	write("en.json", `{`)
	if _, err := previewed(t, own); err == nil {
		t.Error("half a file was taken")
	}
}
