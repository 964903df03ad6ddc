package op

import (
	"crypto"
	"log/slog"
	"time"

	"sallyport/internal/door/session"
	"sallyport/internal/door/store"
)

// Provider is the OpenID Connect provider of one issuer.
type Provider struct {
	Store    *store.Store
	Issuer   string // https://signin.example.org, without a slash at the end
	Settings Settings
	Clients  []*Client // by configuration; others are in the store
	Log      *slog.Logger
	NewKey   func(algorithm string) (crypto.Signer, error)

	keys keyRing
}

// Settings are the provider's timers.
type Settings struct {
	RequestLife time.Duration // of an authorization request that waits for a sign-in (TM-32)
	CodeLife    time.Duration // TM-28
	AccessLife  time.Duration // TM-29
	IDLife      time.Duration // TM-29
	RefreshIdle time.Duration // TM-30
	RefreshLife time.Duration // TM-30, from the sign-in
	PushLife    time.Duration // TM-31
	RotateEvery time.Duration // age at which a signing key gets a successor
	Sessions    session.Lives
}

// LogoutTokenLife is how long a logout token is good for (TM-31, ASVS 10.5.5).
const LogoutTokenLife = 2 * time.Minute

// Paths of the endpoints.
const (
	AuthorizePath = "/oauth2/authorize"
	PushPath      = "/oauth2/par"
	TokenPath     = "/oauth2/token"
	UserInfoPath  = "/oauth2/userinfo"
	RevokePath    = "/oauth2/revoke"
	LogoutPath    = "/oauth2/logout"
	KeysPath      = "/oauth2/keys"
)
