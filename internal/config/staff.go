package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sallyport/internal/secret"
)

// Staff sign in at the operating organisation's own identity provider, by OpenID
// Connect (product.md 1.9). Without an issuer LOGIN opens a page that says so.
type Staff struct {
	Issuer           string            `yaml:"issuer"` // https://…, as its discovery document names it
	ClientID         string            `yaml:"client_id"`
	ClientSecret     secret.Text       `yaml:"client_secret"`
	ClientSecretFile string            `yaml:"client_secret_file"`
	Scopes           []string          `yaml:"scopes"`        // beside openid; default profile, email
	EmailDomains     []string          `yaml:"email_domains"` // of addresses that may come in; the provider must call them verified, or not speak of it
	Require          map[string]string `yaml:"require"`       // claims that must have these values: hd, tid
	GroupsClaim      string            `yaml:"groups_claim"`  // default groups
	Groups           []StaffGroup      `yaml:"groups"`        // who is in none of them is refused
	ACR              map[string]string `yaml:"acr"`           // their acr values to ours; what is not here, or not asserted, claims nothing
}

// StaffGroup maps a group of the identity provider to what its people may do here.
type StaffGroup struct {
	Group string   `yaml:"group"`
	Roles []string `yaml:"roles"` // help_desk, reviewer, auditor, break_glass
}

// StaffRoles are the roles of staff.
var StaffRoles = []string{"help_desk", "reviewer", "auditor", "break_glass"}

func (c Config) checkStaff(p *Problems) {
	s := c.Staff
	if s.Issuer == "" {
		return
	}
	issuer, err := url.Parse(s.Issuer)
	if err != nil || issuer.Host == "" || issuer.Scheme != "https" && !(issuer.Scheme == "http" && isLocal(issuer.Hostname())) {
		p.add("staff.issuer", "must be an https address (http only for localhost)")
	}
	if s.ClientID == "" {
		p.add("staff.client_id", "must be set: the identity provider knows us by it")
	}
	if len(s.EmailDomains) == 0 {
		p.add("staff.email_domains", "must name the mail domains of your staff: nobody else comes in")
	}
	for i, d := range s.EmailDomains {
		if d != strings.ToLower(d) || strings.ContainsAny(d, "@ ") || !strings.Contains(d, ".") {
			p.add(fmt.Sprintf("staff.email_domains[%d]", i), "%q is no mail domain in lower case, such as example.org", d)
		}
	}
	if len(s.Groups) == 0 {
		p.add("staff.groups", "must map at least one group to roles: who is in none is refused")
	}
	for i, g := range s.Groups {
		if g.Group == "" || len(g.Roles) == 0 {
			p.add(fmt.Sprintf("staff.groups[%d]", i), "needs a group and roles")
		}
		for _, role := range g.Roles {
			if !slices.Contains(StaffRoles, role) {
				p.add(fmt.Sprintf("staff.groups[%d].roles", i), "%q is none of %s", role, strings.Join(StaffRoles, ", "))
			}
		}
	}
}
