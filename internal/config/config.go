package config

import (
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"sallyport/internal/secret"
)

// Config is everything an operator can set. The environment variable of a value
// is its path in capitals: email.smtp.host is SALLYPORT_EMAIL_SMTP_HOST.
type Config struct {
	Profile        Profile  `yaml:"profile"`         // guide (the guides' screens and numbers) or recommended (NIST's)
	PublicURL      string   `yaml:"public_url"`      // https://signin.example.org: what people and links use
	Listen         string   `yaml:"listen"`          // host:port
	DataDir        string   `yaml:"data_dir"`        // folder of the database and the keys, where those are not set
	Database       string   `yaml:"database"`        // sqlite:PATH or postgres://…; default sqlite:DATA_DIR/door.db
	KeysFile       string   `yaml:"keys_file"`       // default DATA_DIR/keys; every replica needs the same
	TLS            TLS      `yaml:"tls"`             // certificate files; none where a trusted proxy ends TLS
	TrustedProxies []string `yaml:"trusted_proxies"` // addresses or CIDR blocks whose X-Forwarded-* we believe
	MetricsListen  string   `yaml:"metrics_listen"`  // host:port of /metrics; empty: off
	TimeZone       string   `yaml:"time_zone"`       // IANA name, such as America/New_York: whose days a decision's days are
	Log            Log      `yaml:"log"`
	Brand          Brand    `yaml:"brand"`
	Email          Email    `yaml:"email"`
	Text           Texts    `yaml:"text"`
	Voice          Calls    `yaml:"voice"`
	Messages       Messages `yaml:"messages"`
	Budget         Budget   `yaml:"budget"`
	Alerts         Alerts   `yaml:"alerts"`
	SignIn         SignIn   `yaml:"sign_in"`
	Enroll         Enroll   `yaml:"enroll"`
	Staff          Staff    `yaml:"staff"`
	Audit          Audit    `yaml:"audit"`
	OIDC           OIDC     `yaml:"oidc"`
	Portal         Portal   `yaml:"portal"`
	Terms          Terms    `yaml:"terms"`
	Hash           Hash     `yaml:"password_hash"`
	Limits         Limits   `yaml:"limits"`
}

// Profile names a set of defaults (TM-R3).
type Profile string

const (
	Guide       Profile = "guide"
	Recommended Profile = "recommended"
)

// TLS names PEM files; they are read again when they change.
type TLS struct {
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// Log of the program itself; the audit log is in the database.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // json, text
}

// Brand is what people see. Nothing in code or pages names an organisation.
type Brand struct {
	Name             string `yaml:"name"`
	Product          string `yaml:"product"`
	SupportPhone     string `yaml:"support_phone"`
	SupportEmail     string `yaml:"support_email"`
	Color            string `yaml:"color"`      // #rrggbb of buttons and links, dark enough for white text
	ColorDark        string `yaml:"color_dark"` // the same on a dark background, light enough for black text
	LogoFile         string `yaml:"logo_file"`  // SVG or PNG
	PrivacyURL       string `yaml:"privacy_url"`
	AccessibilityURL string `yaml:"accessibility_url"`
}

// SignIn is policy of the login journeys.
type SignIn struct {
	RememberAdmins     bool `yaml:"remember_admins"`       // may provider administrators use Remember Me? (1.6)
	EmailForPhoneUsers bool `yaml:"email_for_phone_users"` // may who registered a phone sign in by e-mail? (product.md 1.5)
}

// Enroll is policy of registration.
type Enroll struct {
	EmailMatch   string   `yaml:"email_match"`   // another address than the one on file: notify (tell it, with an undo), require (refuse), admin (refuse, and name the administrator)
	StaffDomains []string `yaml:"staff_domains"` // mail domains of the operating organisation, which sign in by LOGIN
	Countries    []string `yaml:"countries"`     // ISO 3166 regions of telephones, the default first; US includes its territories
}

// Terms are the terms of use. A new version asks everyone once, at the next
// sign-in.
type Terms struct {
	Version string            `yaml:"version"` // such as 2026-11; empty: there are none to agree to
	Texts   map[string]string `yaml:"texts"`   // language tag (en, es) to a plain text file; paragraphs are apart by an empty line. None: a neutral text
}

// Audit is the audit log. Its tree is signed now and then; a signed checkpoint that is
// kept elsewhere shows whatever is done to the database afterwards.
type Audit struct {
	CheckpointEvery Duration `yaml:"checkpoint_every" range:"10s..1h"`           // where the log grew
	CheckpointFile  string   `yaml:"checkpoint_file"`                            // checkpoints are appended to it; best on another host
	Webhook         Webhook  `yaml:"webhook"`                                    // … or posted there, signed
	Retention       Duration `yaml:"retention" tm:"TM-35" range:"8760h..87600h"` // then a row loses its text; its leaf stays
}

// OIDC is the OpenID Connect provider.
type OIDC struct {
	RotateKeysEvery Duration `yaml:"rotate_keys_every" range:"24h..8760h"` // age at which a signing key gets a successor
	Clients         []Client `yaml:"clients"`                              // beside those of `sallyport client`
}

// Client is a relying party: another application that people sign in to here.
type Client struct {
	ID                     string      `yaml:"id"`
	Name                   string      `yaml:"name"`
	Secret                 secret.Text `yaml:"secret"`
	SecretFile             string      `yaml:"secret_file"`
	RedirectURIs           []string    `yaml:"redirect_uris"`
	PostLogoutRedirectURIs []string    `yaml:"post_logout_redirect_uris"`
	BackChannelLogoutURI   string      `yaml:"backchannel_logout_uri"`
	InitiateLoginURI       string      `yaml:"initiate_login_uri"`
	Scopes                 []string    `yaml:"scopes"`       // default: openid, profile, email
	Public                 bool        `yaml:"public"`       // keeps no secret
	Refresh                bool        `yaml:"refresh"`      // gets refresh tokens (TM-30)
	WithoutPKCE            bool        `yaml:"without_pkce"` // may leave PKCE out (RFC 7636)
	RequirePAR             bool        `yaml:"require_par"`  // must push its requests (RFC 9126)
	RequireDPoP            bool        `yaml:"require_dpop"` // must prove a key (RFC 9449)
	IDTokenAlg             string      `yaml:"id_token_alg"` // ES256 (default) or RS256
}

// Portal is the house behind the door.
type Portal struct {
	Database string `yaml:"database"` // as database; default a file beside the door's, or the schema portal of the same PostgreSQL
}

// PortalDatabase is the portal's database.
func (c Config) PortalDatabase() string {
	if c.Portal.Database != "" {
		return c.Portal.Database
	}
	if strings.HasPrefix(c.Database, "sqlite:") {
		return "sqlite:" + filepath.Join(c.DataDir, "portal.db")
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		return c.Database
	}
	q := u.Query()
	q.Set("search_path", PortalSchema)
	u.RawQuery = q.Encode()
	return u.String()
}

// PortalSchema is the portal's schema where it shares the door's PostgreSQL.
const PortalSchema = "portal"

// Hash is the cost of our password hash, argon2id (ASVS 11.4.2).
type Hash struct {
	MemoryKiB int      `yaml:"memory_kib" range:"19456..1048576"`
	Passes    int      `yaml:"passes" range:"1..10"`
	QueueFor  Duration `yaml:"queue_for" range:"100ms..10s"` // how long a sign-in waits for its turn before 503 (T-29)
}

// Duration is a time.Duration written as in Go: 30s, 10m, 4h.
type Duration time.Duration

// D returns the duration.
func (d Duration) D() time.Duration { return time.Duration(d) }

// MarshalText writes 10m, not 10m0s.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads Go's notation.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}
