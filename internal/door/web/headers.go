package web

import (
	"net/http"
	"strings"
)

// csp: everything from ourselves, nothing inline, no frames (ASVS 3.4.3, 3.4.6;
// T-18). There is no nonce because there is no inline script or style.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

// allowForm lets this page's forms lead to another origin, too: browsers hold the
// redirects that follow a form to the same list.
func allowForm(w http.ResponseWriter, origin string) {
	if origin != "" {
		now := w.Header().Get("Content-Security-Policy")
		w.Header().Set("Content-Security-Policy", strings.Replace(now, "form-action 'self'", "form-action 'self' "+origin, 1))
	}
}

// headers sets what every answer carries, errors included.
func (s *Server) headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	h.Set("Cache-Control", "no-store")
	if s.secure {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}
