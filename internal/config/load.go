package config

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"sallyport/internal/secret"
)

// Load reads the YAML file at path (none where path is empty) over the defaults
// of the profile that it or the environment names, then the environment, then
// the files that *_file values name. Unknown YAML keys are refused with their line.
func Load(path string, env func(string) (string, bool)) (Config, error) {
	var text []byte
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return Config{}, fmt.Errorf("configuration: %w", err)
		}
	}
	var first struct {
		Profile Profile `yaml:"profile"`
	}
	if err := yaml.Unmarshal(text, &first); err != nil {
		return Config{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	if value, ok := env("SALLYPORT_PROFILE"); ok {
		first.Profile = Profile(value)
	}
	if first.Profile == "" {
		first.Profile = Guide
	}
	c := Default(first.Profile)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	if err := c.fromEnvironment(env); err != nil {
		return Config{}, err
	}
	return c, c.complete()
}

// complete fills what follows from other values, and reads secret files.
func (c *Config) complete() error {
	if c.Database == "" {
		c.Database = "sqlite:" + filepath.Join(c.DataDir, "door.db")
	}
	if c.KeysFile == "" {
		c.KeysFile = filepath.Join(c.DataDir, "keys")
	}
	var errs []error
	for _, s := range []struct {
		path, file string
		into       *secret.Text
	}{
		{"email.smtp.password", c.Email.SMTP.PasswordFile, &c.Email.SMTP.Password},
		{"text.webhook.secret", c.Text.Webhook.SecretFile, &c.Text.Webhook.Secret},
		{"staff.client_secret", c.Staff.ClientSecretFile, &c.Staff.ClientSecret},
		{"audit.webhook.secret", c.Audit.Webhook.SecretFile, &c.Audit.Webhook.Secret},
		{"voice.webhook.secret", c.Voice.Webhook.SecretFile, &c.Voice.Webhook.Secret},
		{"alerts.webhook.secret", c.Alerts.Webhook.SecretFile, &c.Alerts.Webhook.Secret},
	} {
		errs = append(errs, readSecret(s.path, s.file, s.into))
	}
	for i := range c.OIDC.Clients {
		client := &c.OIDC.Clients[i]
		errs = append(errs, readSecret(fmt.Sprintf("oidc.clients[%d].secret", i), client.SecretFile, &client.Secret))
	}
	return errors.Join(append(errs, c.readCarrierSecrets())...)
}

// readSecret reads the file that path_file names, where it names one.
func readSecret(path, file string, into *secret.Text) error {
	if file == "" {
		return nil
	}
	if !into.Empty() {
		return fmt.Errorf("configuration: %s and %s_file are both set", path, path)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("configuration: %s_file: %w", path, err)
	}
	*into = secret.NewText(strings.TrimSpace(string(text)))
	return nil
}

func (c *Config) fromEnvironment(env func(string) (string, bool)) error {
	var errs []error
	walk(reflect.ValueOf(c).Elem(), nil, func(path []string, v reflect.Value, _ reflect.StructTag) {
		name := "SALLYPORT_" + strings.ToUpper(strings.Join(path, "_"))
		text, ok := env(name)
		if !ok {
			return
		}
		if err := set(v, text); err != nil {
			errs = append(errs, fmt.Errorf("configuration: %s: %w", name, err))
		}
	})
	return errors.Join(errs...)
}

// walk visits every leaf of the configuration with its YAML path.
func walk(v reflect.Value, path []string, visit func([]string, reflect.Value, reflect.StructTag)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := field.Tag.Get("yaml")
		at := append(path[:len(path):len(path)], name)
		if _, leaf := v.Field(i).Addr().Interface().(encoding.TextUnmarshaler); !leaf && field.Type.Kind() == reflect.Struct {
			walk(v.Field(i), at, visit)
			continue
		}
		visit(at, v.Field(i), field.Tag)
	}
}

func set(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("not a whole number")
		}
		v.SetInt(int64(n))
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("not true or false")
		}
		v.SetBool(b)
	default: // lists, as a line of YAML
		if err := yaml.Unmarshal([]byte(text), v.Addr().Interface()); err != nil {
			return errors.New("not a YAML list")
		}
	}
	return nil
}

// Print writes the whole effective configuration as YAML, secrets as [redacted].
func (c Config) Print(w io.Writer) error {
	c.Database, c.Portal.Database = redactURL(c.Database), redactURL(c.Portal.Database)
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(c); err != nil {
		return err
	}
	return encoder.Close()
}
