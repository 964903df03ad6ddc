package secret

import "log/slog"

const redacted = "[redacted]"

// Text is a secret in memory. Whatever prints, logs or marshals it sees
// "[redacted]"; only Reveal gives the value.
type Text struct{ value string }

// NewText wraps a secret value.
func NewText(value string) Text { return Text{value} }

// Reveal returns the secret itself, for the one call that needs it.
func (t Text) Reveal() string { return t.value }

// Empty tells whether there is no secret.
func (t Text) Empty() bool { return t.value == "" }

func (t Text) String() string               { return redacted }
func (t Text) GoString() string             { return redacted }
func (t Text) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (t Text) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText reads a secret from configuration.
func (t *Text) UnmarshalText(b []byte) error {
	t.value = string(b)
	return nil
}
