package web

import "net/http"

// cookie names one of the portal's cookies; the rules are the door's (ASVS 3.3.3,
// NIST-SES-3).
type cookie string

const (
	sessionCookie cookie = "portal"         // the portal session's token
	wayCookie     cookie = "portal_way"     // which browser is on its way to sign in
	againCookie   cookie = "portal_again"   // a sign-in came to nothing just now and was begun again
	welcomeCookie cookie = "portal_welcome" // says “You are registered!” once
)

func (s *Server) cookieName(c cookie) string {
	if s.Secure {
		return "__Host-" + string(c)
	}
	return "sallyport_" + string(c)
}

func (s *Server) readCookie(r *http.Request, c cookie) string {
	found, err := r.Cookie(s.cookieName(c))
	if err != nil {
		return ""
	}
	return found.Value
}

// setCookie sets a cookie for seconds; 0 means until the browser closes, negative
// deletes it.
func (s *Server) setCookie(w http.ResponseWriter, c cookie, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(c), Value: value, Path: "/", MaxAge: seconds,
		Secure: s.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
