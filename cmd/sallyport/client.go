package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"sallyport/internal/door/op"
	"sallyport/internal/door/store"
)

type clientCommand struct {
	Add    clientAdd    `cmd:"" help:"Register an application that people sign in to here (OpenID Connect)."`
	List   clientList   `cmd:"" help:"List the registered applications."`
	Rotate clientRotate `cmd:"" help:"Give an application a new secret."`
	Remove clientRemove `cmd:"" help:"Remove an application; everything it has ends at once."`
}

type clientAdd struct {
	operatorPlace
	Name          string   `required:"" help:"Name that people see when they sign in."`
	RedirectURI   []string `required:"" name:"redirect-uri" help:"Address that answers go to, exactly; may be repeated."`
	PostLogoutURI []string `name:"post-logout-redirect-uri" help:"Address that people may go to after signing out; may be repeated."`
	BackChannel   string   `name:"backchannel-logout-uri" help:"Address that is told when a session ends."`
	InitiateLogin string   `name:"initiate-login-uri" help:"Address that begins a sign-in at the application."`
	Scope         []string `help:"Scope that it may ask for; may be repeated. Default: openid, profile, email."`
	Public        bool     `help:"It keeps no secret: an application in a browser or on a telephone."`
	Refresh       bool     `help:"It gets refresh tokens."`
	WithoutPKCE   bool     `name:"without-pkce" help:"It may leave PKCE out (RFC 7636)."`
	RequirePAR    bool     `name:"require-par" help:"It must push its requests (RFC 9126)."`
	RequireDPoP   bool     `name:"require-dpop" help:"It must prove a key with its tokens (RFC 9449)."`
	Alg           string   `name:"id-token-alg" help:"ES256 or RS256; default ES256."`
	JSON          bool     `name:"json" help:"Print JSON."`
}

// Run registers the application. A running installation knows it at once.
func (c *clientAdd) Run(ctx context.Context) error {
	s, cfg, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	id, text, err := op.Register(ctx, s, c.Name, op.ClientSettings{RedirectURIs: c.RedirectURI, PostLogoutRedirectURIs: c.PostLogoutURI, BackChannelLogoutURI: c.BackChannel,
		InitiateLoginURI: c.InitiateLogin, Scopes: c.Scope, Public: c.Public, Refresh: c.Refresh, WithoutPKCE: c.WithoutPKCE, RequirePAR: c.RequirePAR,
		RequireDPoP: c.RequireDPoP, Algorithm: c.Alg})
	if err != nil {
		return err
	}
	return printClient(c.JSON, registration{ID: id, Secret: text, Issuer: strings.TrimSuffix(cfg.PublicURL, "/")})
}

// registration is what an application needs to know.
type registration struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret,omitempty"`
	Issuer string `json:"issuer"`
}

func printClient(asJSON bool, r registration) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Printf("client_id      %s\n", r.ID)
	if r.Secret != "" {
		fmt.Printf("client_secret  %s\n", r.Secret)
	}
	fmt.Printf("issuer         %s\n", r.Issuer)
	if r.Secret != "" {
		fmt.Fprintln(os.Stderr, "The secret is shown this once.")
	}
	return nil
}

type clientList struct {
	place
	JSON bool `name:"json" help:"Print JSON."`
}

// listed is one application as the list shows it, without any secret.
type listed struct {
	ID      string    `json:"client_id"`
	Name    string    `json:"name"`
	Added   time.Time `json:"added"`
	Sources string    `json:"from"`
	op.ClientSettings
}

// Run lists what was registered by command and by configuration.
func (c *clientList) Run(ctx context.Context) error {
	s, cfg, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	rows, err := s.Clients(s.Read(ctx))
	if err != nil {
		return err
	}
	list := []listed{}
	for _, row := range rows {
		client, err := op.ReadClient(row, time.Now())
		if err != nil {
			return err
		}
		list = append(list, listed{row.ID, row.Name, row.CreatedAt, "command", client.ClientSettings})
	}
	for _, set := range cfg.OIDC.Clients {
		list = append(list, listed{set.ID, set.Name, time.Time{}, "configuration", op.ClientSettings{RedirectURIs: set.RedirectURIs, Scopes: set.Scopes, Public: set.Public}})
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(list)
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "CLIENT ID\tNAME\tFROM\tADDED\tREDIRECT URIS")
	for _, l := range list {
		added := ""
		if !l.Added.IsZero() {
			added = l.Added.Format(time.DateOnly)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", l.ID, l.Name, l.Sources, added, strings.Join(l.RedirectURIs, " "))
	}
	return out.Flush()
}

type clientRotate struct {
	operatorPlace
	ID   string        `arg:"" help:"Client id."`
	Keep time.Duration `default:"24h" help:"How long the present secret still works."`
	JSON bool          `name:"json" help:"Print JSON."`
}

// Run prints the new secret.
func (c *clientRotate) Run(ctx context.Context) error {
	s, cfg, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	text, err := op.RotateSecret(ctx, s, c.ID, c.Keep)
	if err != nil {
		return err
	}
	return printClient(c.JSON, registration{ID: c.ID, Secret: text, Issuer: strings.TrimSuffix(cfg.PublicURL, "/")})
}

type clientRemove struct {
	operatorPlace
	ID string `arg:"" help:"Client id."`
}

// Run removes the application.
func (c *clientRemove) Run(ctx context.Context) error {
	return withStore(ctx, c.place, func(s *store.Store) error { return op.Remove(ctx, s, c.ID) })
}

// withStore runs one act on an installation's store.
func withStore(ctx context.Context, i place, act func(s *store.Store) error) error {
	s, _, done, err := i.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	return act(s)
}
