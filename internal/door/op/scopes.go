package op

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"sallyport/internal/door/account"
)

// Names of our own claims: NPI, organisation and roles are in namespaced claims
// under their own scopes (OIDC-9).
const (
	OrganizationClaim = "urn:sallyport:organization"
	RolesClaim        = "urn:sallyport:roles"
	RegisteredClaim   = "urn:sallyport:registered_at"
)

// scopeClaims are the claims of each scope (OIDC Core 5.4, and two of ours).
var scopeClaims = map[string][]string{
	"profile":      {"name", "given_name", "family_name", "preferred_username", RegisteredClaim},
	"email":        {"email", "email_verified"},
	"phone":        {"phone_number", "phone_number_verified"},
	"organization": {OrganizationClaim},
	"roles":        {RolesClaim},
}

// AllScopes are those there are, openid first.
func AllScopes() []string {
	return append([]string{"openid"}, slices.Sorted(maps.Keys(scopeClaims))...)
}

// allClaims are the claims about a person that we can make.
func allClaims() (names []string) {
	for _, scope := range AllScopes() {
		names = append(names, scopeClaims[scope]...)
	}
	return names
}

// claim is one claim about a person; nil where there is nothing to say. An address
// or number is verified because nobody registers without having proven it.
func claim(a *account.Account, name string) any {
	proven := a.State == account.Registered
	switch name {
	case "name":
		return a.Name()
	case "given_name":
		return a.FirstName
	case "family_name":
		return a.LastName
	case "preferred_username":
		return a.Username
	case RegisteredClaim:
		if !a.RegisteredAt.IsZero() {
			return a.RegisteredAt.Unix()
		}
	case "email":
		return a.Email
	case "email_verified":
		return proven
	case "phone_number":
		if a.Phone != "" {
			return a.Phone
		}
	case "phone_number_verified":
		if a.Phone != "" {
			return proven
		}
	case OrganizationClaim:
		return map[string]string{"id": a.OrganizationID, "name": a.Organization, "npi": a.NPI}
	case RolesClaim:
		if a.IsStaff() {
			return append([]string{"staff"}, a.StaffRoles...)
		}
		return []string{string(a.Role)}
	}
	return nil
}

// claimsRequest is the claims parameter (OIDC Core 5.5), reduced to what we act on.
type claimsRequest struct {
	UserInfo map[string]*claimRequest `json:"userinfo,omitempty"`
	IDToken  map[string]*claimRequest `json:"id_token,omitempty"`
}

type claimRequest struct {
	Essential bool  `json:"essential,omitempty"`
	Value     any   `json:"value,omitempty"`
	Values    []any `json:"values,omitempty"`
}

func parseClaims(text string) (c claimsRequest, err error) {
	if text == "" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return c, fmt.Errorf("claims is not the JSON of OpenID Connect Core 5.5")
	}
	return c, nil
}

// strings of value and values.
func (c *claimRequest) texts() (list []string) {
	if c == nil {
		return nil
	}
	for _, v := range append(slices.Clone(c.Values), c.Value) {
		if text, ok := v.(string); ok {
			list = append(list, text)
		}
	}
	return list
}

// about collects the claims that were asked for by scope, and one by one. Nobody
// gets a claim whose scope the client may not have.
func (c *Client) about(a *account.Account, scopes []string, single map[string]*claimRequest) map[string]any {
	out := map[string]any{}
	for scope, names := range scopeClaims {
		for _, name := range names {
			_, asked := single[name]
			if !slices.Contains(scopes, scope) && !(asked && slices.Contains(c.Scopes, scope)) {
				continue
			}
			if value := claim(a, name); value != nil {
				out[name] = value
			}
		}
	}
	return out
}
