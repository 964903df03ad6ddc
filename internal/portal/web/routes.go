package web

import (
	"net/http"

	"sallyport/internal/ui"
)

// Paths that the relying party's registration names.
const (
	HomePath              = "/home"
	InitiateLoginPath     = "/portal/signin"
	CallbackPath          = "/portal/callback"
	BackChannelLogoutPath = "/portal/logout"
)

// route is one line of the site map. There is no line without a guard.
type route struct {
	pattern string
	guard   guard
	handler handler
}

func (s *Server) routes() []route {
	return []route{
		{"GET " + HomePath, member, s.home},
		{"POST /portal/contract", member, s.selectContract},

		{"GET " + InitiateLoginPath, anyone, s.signIn},
		{"GET " + CallbackPath, anyone, s.callback},
		{"POST /portal/signout", anyone, s.signOut},
		{"POST " + BackChannelLogoutPath, anyone, s.backChannelLogout},
		{"GET /portal/session", anyone, s.timeLeft},
		{"POST /portal/session", member, s.staySignedIn},
	}
}

// Mount puts the site map on a mux.
func (s *Server) Mount(mux *http.ServeMux) {
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.Wrap(func(w http.ResponseWriter, raw *http.Request, around ui.Around) error {
			return r.guard(s, r.handler)(w, &request{Request: raw, Around: around})
		}))
	}
}
