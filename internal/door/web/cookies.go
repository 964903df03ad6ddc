package web

import (
	"net/http"
	"slices"
	"strings"
)

// cookie names one of our cookies. Over https all but the language carry the
// __Host- prefix (ASVS 3.3.3, NIST-SES-3); over http on localhost they can't,
// because browsers refuse the prefix there.
type cookie string

const (
	browserCookie  cookie = "browser" // which browser this is; grants nothing by itself
	sessionCookie  cookie = "session" // the door session's token
	knownCookie    cookie = "known"   // accounts that completed a sign-in here; grants nothing
	languageCookie cookie = "language"
)

const (
	knownFor    = 90 * 24 * 3600 // seconds
	languageFor = 365 * 24 * 3600
	mostKnown   = 5 // people who share a computer
)

func (s *Server) cookieName(c cookie) string {
	if s.secure {
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
// deletes it. What enforces an end is always the server's row.
func (s *Server) setCookie(w http.ResponseWriter, c cookie, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(c), Value: value, Path: "/", MaxAge: seconds,
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (s *Server) readKnown(r *http.Request) []string {
	value := s.readCookie(r, knownCookie)
	if value == "" {
		return nil
	}
	known := strings.Split(value, ".")
	return known[:min(len(known), mostKnown)]
}

// addKnown puts the newest first and forgets the oldest.
func (s *Server) addKnown(w http.ResponseWriter, r *request, value string) {
	others := slices.DeleteFunc(slices.Clone(r.client.Known), func(k string) bool { return k == value })
	known := append([]string{value}, others...)
	s.setCookie(w, knownCookie, strings.Join(known[:min(len(known), mostKnown)], "."), knownFor)
}
