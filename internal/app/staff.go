package app

import (
	"context"
	"net/http"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/journey"
	"sallyport/internal/door/web"
	"sallyport/internal/rp"
	"sallyport/internal/secret"
	"sallyport/internal/ui"
)

// staffLogin builds LOGIN: the operator's identity provider or, in the demo, the
// stand-in for one. Nil where there is none.
func (a *App) staffLogin(o Options) *web.Staff {
	c := o.Config.Staff
	if c.Issuer == "" && a.Desk != nil {
		c = demoStaff(o.Config)
	}
	if c.Issuer == "" {
		return nil
	}
	rules := journey.StaffRules{Issuer: c.Issuer, Domains: c.EmailDomains, Require: c.Require, GroupsClaim: c.GroupsClaim, Groups: map[string][]string{}, ACR: c.ACR, Organization: o.Config.Brand.Name}
	for _, g := range c.Groups {
		rules.Groups[g.Group] = g.Roles
	}
	return &web.Staff{Rules: rules, RP: &rp.Client{Issuer: c.Issuer, ID: c.ClientID, Secret: c.ClientSecret, RedirectURL: issuer(o.Config) + "/signin/staff/callback",
		Scopes: c.Scopes, HTTP: a.backChannel, Clock: o.Clock, Keys: a.Store.Keys}}
}

// demoStaff is how the stand-in is configured.
func demoStaff(c config.Config) config.Staff {
	return config.Staff{Issuer: issuer(c) + demo.ProviderPath, ClientID: demo.ProviderClient, ClientSecret: secret.NewText(demo.ProviderSecret), Scopes: []string{"profile", "email"},
		EmailDomains: []string{"sallyport.example"}, GroupsClaim: "groups", Groups: []config.StaffGroup{
			{Group: "help-desk", Roles: []string{"help_desk"}}, {Group: "reviewers", Roles: []string{"reviewer"}}, {Group: "auditors", Roles: []string{"auditor"}}},
		ACR: map[string]string{}}
}

// standIn is the demo's identity provider.
func (a *App) standIn(server *web.Server, renderer *ui.Renderer) func(*http.ServeMux) {
	p := &demo.Provider{Issuer: server.PublicURL + demo.ProviderPath, Redirect: server.PublicURL + "/signin/staff/callback", UI: renderer, Wrap: server.WithinAnyHost, Keys: a.Store.Keys, Clock: a.Store.DB.Now}
	return p.Mount
}

// discoverEvery is how often an identity provider that does not answer is asked again.
const discoverEvery = 15 * time.Second

// discoverStaff asks the identity provider ahead of the first LOGIN, until it answers:
// browsers are told where its form leads.
func (a *App) discoverStaff(ctx context.Context) {
	if a.staff == nil {
		return
	}
	tick := time.NewTicker(discoverEvery)
	defer tick.Stop()
	for told := false; ; told = true {
		err := a.staff.RP.Discover(ctx)
		switch {
		case err == nil && told:
			a.log.Info("staff: the identity provider answers", "issuer", a.staff.RP.Issuer)
			return
		case err == nil:
			return
		case !told && ctx.Err() == nil:
			a.log.Warn("staff: the identity provider does not answer yet", "issuer", a.staff.RP.Issuer, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
