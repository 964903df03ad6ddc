package op

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport/internal/door/factor"
)

// Discovery is GET /.well-known/openid-configuration (OIDC Discovery 1.0 section
// 3) and /.well-known/oauth-authorization-server (RFC 8414).
func (p *Provider) Discovery(w http.ResponseWriter, _ *http.Request) error {
	public(w, time.Hour)
	secrets := []string{"client_secret_basic", "client_secret_post"}
	return writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                         p.Issuer,
		"authorization_endpoint":                         p.Issuer + AuthorizePath,
		"pushed_authorization_request_endpoint":          p.Issuer + PushPath,
		"token_endpoint":                                 p.Issuer + TokenPath,
		"userinfo_endpoint":                              p.Issuer + UserInfoPath,
		"revocation_endpoint":                            p.Issuer + RevokePath,
		"end_session_endpoint":                           p.Issuer + LogoutPath,
		"jwks_uri":                                       p.Issuer + KeysPath,
		"scopes_supported":                               AllScopes(),
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query", "form_post"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          algorithms,
		"token_endpoint_auth_methods_supported":          append(secrets, "none"),
		"revocation_endpoint_auth_methods_supported":     append(secrets, "none"),
		"code_challenge_methods_supported":               []string{"S256"},
		"dpop_signing_alg_values_supported":              proofAlgorithms,
		"acr_values_supported":                           append(factor.ACRs(), PhoneMethodACR, EmailMethodACR),
		"claims_supported":                               append([]string{"sub", "iss", "auth_time", "acr", "amr", "sid"}, allClaims()...),
		"claim_types_supported":                          []string{"normal"},
		"claims_parameter_supported":                     true,
		"request_parameter_supported":                    false,
		"request_uri_parameter_supported":                false,
		"prompt_values_supported":                        []string{"none", "login", "select_account"},
		"ui_locales_supported":                           []string{"en", "es"},
		"authorization_response_iss_parameter_supported": true,
		"backchannel_logout_supported":                   true,
		"backchannel_logout_session_supported":           true,
	})
}

// Keys is GET /oauth2/keys: the public keys (RFC 7517).
func (p *Provider) Keys(w http.ResponseWriter, r *http.Request) error {
	for _, algorithm := range algorithms { // both, from the first time that anybody asks
		if _, err := p.signing(r.Context(), algorithm); err != nil {
			return err
		}
	}
	keys, err := p.allKeys(r.Context())
	if err != nil {
		return err
	}
	set := jose.JSONWebKeySet{}
	for _, k := range published(keys, p.Store.DB.Now()) {
		set.Keys = append(set.Keys, k.public())
	}
	public(w, keysMaxAge)
	return writeJSON(w, http.StatusOK, set)
}

// public lets everybody read and keep an answer for a while.
func public(w http.ResponseWriter, age time.Duration) {
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(age/time.Second)))
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}
