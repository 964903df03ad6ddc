package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/journey"
	"sallyport/internal/door/op"
	"sallyport/internal/door/session"
	"sallyport/internal/portal"
	portalweb "sallyport/internal/portal/web"
	"sallyport/internal/rp"
	"sallyport/internal/secret"
)

// PortalClient is the client id of our own portal.
const PortalClient = "portal"

// newProvider builds the OpenID Connect provider.
func (a *App) newProvider(o Options, c config.Config) (*op.Provider, error) {
	if problems := ClientProblems(c); problems != nil {
		return nil, problems
	}
	clients := []*op.Client{portalClient(a.Store.Keys, c)}
	for _, set := range c.OIDC.Clients {
		client := configured(set)
		if !set.Secret.Empty() {
			client.Secrets = [][]byte{op.SecretHash(a.Store.Keys, set.ID, set.Secret.Reveal())}
		}
		clients = append(clients, client)
	}
	l := c.Limits
	return &op.Provider{Store: a.Store, Issuer: issuer(c), Clients: clients, Log: o.Log, NewKey: o.NewKey, Settings: op.Settings{
		RequestLife: 2 * l.JourneyLife.D(), CodeLife: l.AuthorizationCode.D(), AccessLife: l.AccessToken.D(), IDLife: l.IDToken.D(),
		RefreshIdle: l.RefreshIdle.D(), RefreshLife: l.RefreshLife.D(), PushLife: l.PushedRequest.D(), RotateEvery: c.OIDC.RotateKeysEvery.D(),
		Sessions: session.Lives{Idle: l.SessionIdle.D(), Whole: l.SessionLife.D(), Remember: l.RememberFor.D()},
	}}, nil
}

// issuer is the public address without a slash at the end.
func issuer(c config.Config) string { return strings.TrimSuffix(c.PublicURL, "/") }

// portalSecret is derived: both sides are in this program.
func portalSecret(keys *secret.Keys) string { return keys.HashText("portal client", PortalClient) }

func portalClient(keys *secret.Keys, c config.Config) *op.Client {
	at := issuer(c)
	return &op.Client{ID: PortalClient, Name: c.Brand.Product, Secrets: [][]byte{op.SecretHash(keys, PortalClient, portalSecret(keys))},
		ClientSettings: op.ClientSettings{RedirectURIs: []string{at + portalweb.CallbackPath}, PostLogoutRedirectURIs: []string{at + "/signed-out"},
			BackChannelLogoutURI: at + portalweb.BackChannelLogoutPath, InitiateLoginURI: at + portalweb.InitiateLoginPath,
			Scopes: []string{"openid", "profile", "organization", "roles"}, Refresh: true}}
}

// ClientProblems are what is wrong with the clients of the configuration, by the
// rules that hold for every client.
func ClientProblems(c config.Config) (list config.Problems) {
	for i, set := range c.OIDC.Clients {
		path := fmt.Sprintf("oidc.clients[%d]", i)
		if set.ID == PortalClient {
			list = append(list, config.Problem{Path: path + ".id", Message: "portal is our own portal's"})
		}
		for _, text := range configured(set).Problems() {
			list = append(list, config.Problem{Path: path, Message: text})
		}
	}
	return list
}

func configured(set config.Client) *op.Client {
	c := &op.Client{ID: set.ID, Name: set.Name, ClientSettings: op.ClientSettings{RedirectURIs: set.RedirectURIs, PostLogoutRedirectURIs: set.PostLogoutRedirectURIs,
		BackChannelLogoutURI: set.BackChannelLogoutURI, InitiateLoginURI: set.InitiateLoginURI, Scopes: set.Scopes, Public: set.Public, Refresh: set.Refresh,
		WithoutPKCE: set.WithoutPKCE, RequirePAR: set.RequirePAR, RequireDPoP: set.RequireDPoP, Algorithm: set.IDTokenAlg}}
	if len(c.Scopes) == 0 {
		c.Scopes = op.DefaultScopes
	}
	return c
}

// home is where a sign-in goes on that no relying party asked for: the default
// client's initiate_login_uri (OIDC Core 4).
func home(c config.Config) string {
	return portalweb.InitiateLoginPath + "?" + url.Values{"iss": {issuer(c)}}.Encode()
}

// resume is where one goes on that a relying party asked for, but for the request.
const resume = op.AuthorizePath + "?resume="

// newPortal builds the house behind the door: a relying party like any other,
// whose calls to the provider stay in this process.
func (a *App) newPortal(o Options, s portalweb.Server) *portalweb.Server {
	c := o.Config
	s.Store, s.PublicURL, s.Clock, s.Log, s.Secure = a.PortalStore, issuer(c), o.Clock, o.Log, strings.HasPrefix(c.PublicURL, "https:")
	s.Zone, _ = time.LoadLocation(c.TimeZone) // Validate has checked it
	s.Lives = portal.Lives{Idle: c.Limits.SessionIdle.D(), Whole: c.Limits.SessionLife.D()}
	s.RP = &rp.Client{Issuer: issuer(c), ID: PortalClient, Secret: secret.NewText(portalSecret(a.Store.Keys)), RedirectURL: issuer(c) + portalweb.CallbackPath,
		Scopes: []string{"profile", "organization", "roles"}, HTTP: a.backChannel, Clock: o.Clock, Keys: a.Store.Keys}
	return portalweb.New(s)
}

// settings are the operator's policy as journeys see it.
func settings(c config.Config) journey.Settings {
	public, _ := url.Parse(c.PublicURL) // Validate has checked it
	return journey.Settings{Limits: c.Limits, EmailForPhoneUsers: c.SignIn.EmailForPhoneUsers, RememberAdmins: c.SignIn.RememberAdmins, Host: public.Hostname(), PublicURL: issuer(c),
		ContextWords: []string{c.Brand.Name, c.Brand.Product}, StaffDomains: c.Enroll.StaffDomains, Countries: c.Enroll.Countries, EmailMatch: c.Enroll.EmailMatch,
		Home: home(c), Resume: resume, CallMode: callMode(c.Voice.Mode)}
}

// callMode is what a call is for; # approves unless the operator chose better.
func callMode(mode string) factor.CallMode {
	if mode == "pound" {
		return factor.Pound
	}
	return factor.CallMode(mode)
}

// both mounts two houses on one mux.
func both(mounts ...func(*http.ServeMux)) func(*http.ServeMux) {
	return func(mux *http.ServeMux) {
		for _, mount := range mounts {
			if mount != nil {
				mount(mux)
			}
		}
	}
}
