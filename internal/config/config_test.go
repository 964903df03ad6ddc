package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

func none(string) (string, bool) { return "", false }

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const good = `
public_url: https://signin.example.org
email:
  from: Sign-in <no-reply@example.org>
  smtp: {host: mail.example.org, username: door, password: sixteen-letters!}
text: {webhook: {url: "https://hooks.example.org/text", secret: 0123456789abcdef0123456789abcdef}}
`

func TestProfilesAndOverlays(t *testing.T) {
	path := write(t, "profile: recommended\n"+good+"limits: {tries_per_code: 4}\n")
	c, err := Load(path, func(name string) (string, bool) {
		switch name {
		case "SALLYPORT_LIMITS_CALL_RING":
			return "20s", true
		case "SALLYPORT_TRUSTED_PROXIES":
			return "[10.0.0.0/8, 192.0.2.1]", true
		}
		return "", false
	})
	if err != nil {
		t.Fatal(err)
	}
	if problems := c.Validate(false); problems != nil {
		t.Fatal(problems)
	}
	if c.Limits.EmailCodeLife.D() != 10*time.Minute { // TM-01, recommended
		t.Errorf("email_code_life = %v", c.Limits.EmailCodeLife)
	}
	if c.Limits.TriesPerCode != 4 || c.Limits.CallRing.D() != 20*time.Second || len(c.TrustedProxies) != 2 {
		t.Errorf("overlays: %+v %v", c.Limits, c.TrustedProxies)
	}
	if g := Default(Guide); g.Limits.EmailCodeLife.D() != 30*time.Second || g.Limits.EmailCodeMoreTime.D() != 5*time.Minute {
		t.Errorf("guide: %+v", g.Limits)
	}
}

func TestMisspeltKeyIsRefusedWithItsLine(t *testing.T) {
	_, err := Load(write(t, good+"limits:\n  tries_for_code: 4\n"), none)
	if err == nil || !strings.Contains(err.Error(), "line 8") || !strings.Contains(err.Error(), "tries_for_code") {
		t.Errorf("err = %v", err)
	}
}

// Every limit has a range that its defaults keep, and one step outside is refused (TM-R1, TM-R2).
func TestEveryLimitHasARange(t *testing.T) {
	for _, profile := range []Profile{Guide, Recommended} {
		c := Default(profile)
		c.PublicURL, c.Database = "http://localhost:8080", "sqlite:x"
		if problems := c.Validate(true); problems != nil {
			t.Errorf("%s: %v", profile, problems)
		}
		limits := reflect.ValueOf(&c.Limits).Elem()
		for i := range limits.NumField() {
			field := limits.Type().Field(i)
			if field.Name == "Networks" {
				continue
			}
			_, high, ok := strings.Cut(field.Tag.Get("range"), "..")
			if !ok || field.Tag.Get("tm") == "" {
				t.Errorf("%s has no range or no id", field.Name)
				continue
			}
			before := reflect.New(field.Type).Elem()
			before.Set(limits.Field(i))
			if err := set(limits.Field(i), high); err != nil {
				t.Fatal(err)
			}
			limits.Field(i).SetInt(limits.Field(i).Int() + 1)
			if problems := c.Validate(true); !slices.ContainsFunc(problems, func(p Problem) bool {
				return p.Path == "limits."+field.Tag.Get("yaml")
			}) {
				t.Errorf("%s above %s: %v", field.Name, high, problems)
			}
			limits.Field(i).Set(before)
		}
	}
}

func TestValidateListsEveryProblem(t *testing.T) {
	c := Default(Guide)
	c.Profile, c.PublicURL, c.Listen, c.Database = "fast", "http://signin.example.org", "8080", "mysql://x"
	c.TrustedProxies = []string{"the-proxy"}
	c.TLS.CertFile = "cert.pem"
	c.Brand.Color = "teal"
	c.Text.Webhook.URL = "http://hooks.example.org"
	c.Limits.Networks = []Network{{CIDR: "everywhere", UnfinishedSends: 1, AddressFailures: 300}}
	var got []string
	for _, p := range c.Validate(false) {
		got = append(got, p.Path)
	}
	for _, want := range []string{"profile", "public_url", "listen", "database", "trusted_proxies[0]", "tls", "brand.color",
		"email.smtp.host", "email.from", "text.webhook.url", "text.webhook.secret",
		"limits.networks[0].cidr", "limits.networks[0].unfinished_sends"} {
		if !slices.Contains(got, want) {
			t.Errorf("no word about %s in %v", want, got)
		}
	}
}

// 13.4.2: the demo's settings alone do not make a production server.
func TestServeNeedsAnEmailChannel(t *testing.T) {
	c := Default(Guide)
	c.PublicURL, c.Database = "https://signin.example.org", "sqlite:x"
	if c.Validate(true) != nil || c.Validate(false) == nil {
		t.Errorf("demo: %v, serve: %v", c.Validate(true), c.Validate(false))
	}
}

func TestPrintRedactsAndReadsBack(t *testing.T) {
	c, err := Load(write(t, good+"database: postgres://door:db-password@db.example.org/door\nportal: {database: 'postgres://portal:other-password@db.example.org/portal'}\n"), none)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{"sixteen-letters!", "0123456789abcdef", "db-password", "other-password"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("printed %s", leak)
		}
	}
	if !strings.Contains(out.String(), "email_code_life: 30s") || !strings.Contains(out.String(), "[redacted]") {
		t.Errorf("printed:\n%s", out.String())
	}
	var again Config
	if err := yaml.Unmarshal([]byte(out.String()), &again); err != nil {
		t.Errorf("what was printed does not read back: %v", err)
	}
}

func TestSecretFiles(t *testing.T) {
	file := write(t, "from-a-file-0123456789abcdef012345\n")
	c, err := Load(write(t, "voice: {webhook: {url: 'https://v.example.org', secret_file: "+file+"}}"), none)
	if err != nil || c.Voice.Webhook.Secret.Reveal() != "from-a-file-0123456789abcdef012345" {
		t.Errorf("%v, %v", c.Voice.Webhook.Secret.Reveal(), err)
	}
	if _, err := Load(write(t, "text: {webhook: {secret: a, secret_file: "+file+"}}"), none); err == nil {
		t.Error("secret and secret_file were both taken")
	}
	if _, err := Load(write(t, "email: {smtp: {password_file: /does/not/exist}}"), none); err == nil {
		t.Error("a missing secret file was taken for no secret")
	}
}

func TestDeviationsAreNamed(t *testing.T) {
	guide, recommended := Default(Guide).Deviations(), Default(Recommended).Deviations()
	has := func(said []string, id string) bool {
		return slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, id) })
	}
	if !has(guide, "TM-01") || has(recommended, "TM-01") || !has(recommended, "NIST-OOB-3") {
		t.Errorf("guide %v\nrecommended %v", guide, recommended)
	}
}

// The portal's database is beside the door's unless it is named, and never the
// same.
func TestPortalDatabase(t *testing.T) {
	c := Default(Guide)
	c.DataDir, c.Database = "/data", "sqlite:/elsewhere/door.db"
	if got := c.PortalDatabase(); got != "sqlite:/data/portal.db" {
		t.Error(got)
	}
	c.Database = "postgres://door@db.example.org/sallyport?sslmode=verify-full"
	if got := c.PortalDatabase(); got != "postgres://door@db.example.org/sallyport?search_path=portal&sslmode=verify-full" {
		t.Error(got)
	}
	c.Portal.Database = c.Database
	if !strings.Contains(c.Validate(true).Error(), "portal.database") {
		t.Error("door and portal may share their tables")
	}
	c.Terms.Texts = map[string]string{"es": "x"}
	if !strings.Contains(c.Validate(true).Error(), "terms") {
		t.Error("terms without an English text")
	}
}
