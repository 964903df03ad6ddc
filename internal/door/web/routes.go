package web

import (
	"net/http"

	"sallyport/internal/door/account"
)

// route is one line of the site map. There is no line without a guard.
type route struct {
	pattern string
	guard   guard
	handler handler
}

func (s *Server) routes() []route {
	return []route{
		{"GET /{$}", anyone, s.loginOptions},
		{"GET /signin/phone", anyone, s.showStart("login-with-phone")},
		{"POST /signin/phone", anyone, s.pressLogin(account.PhoneMethod)},
		{"GET /signin/email", anyone, s.showStart("login-with-email")},
		{"POST /signin/email", anyone, s.pressLogin(account.EmailMethod)},
		{"POST /signin/staff", anyone, s.staffSignIn},
		{"GET /signin/staff", anyone, s.staffStart},
		{"GET /signin/staff/callback", anyone, s.staffCallback},
		{"GET /signin/forgot", anyone, s.showStart("forgot-password")},

		{"GET /j/{id}", anyone, s.showJourney},
		{"POST /j/{id}", anyone, s.submitJourney},
		{"GET /j/{id}/state", anyone, s.journeyState},

		{"GET /register/new", anyone, s.showStart("new-provider")},
		{"GET /register/forgot", anyone, s.showStart("portal-password")},
		{"GET /register/first", anyone, s.showStart("first-registration")},
		{"GET /undo/{token}", anyone, s.undo},
		{"POST /undo/{token}", anyone, s.undoNow},
		{"GET /help", anyone, s.help},
		{"GET /help/topic/{topic}", anyone, s.helpTopic},
		{"POST /help/topic/{topic}", anyone, s.helpReference},
		{"POST /help/reset", anyone, s.resetRegistration},
		{"GET /help/unfinished", anyone, s.showStart("unfinished-registration")},
		{"GET /help/registration-error", anyone, s.showStart("registration-error")},
		{"GET /link/{token}", anyone, s.link},
		{"POST /link/{token}", anyone, s.openLink},
		{"GET /help/remember-me", anyone, s.rememberMe},

		{"GET /oauth2/authorize", anyone, s.authorize},
		{"POST /oauth2/authorize", fromAnywhere, s.authorizePosted},
		{"GET /oauth2/logout", anyone, s.leave},
		{"POST /oauth2/logout", fromAnywhere, s.leavePosted},
		{"POST /oauth2/logout/confirm", anyone, s.leaveConfirmed},
		{"POST /oauth2/par", backChannel, endpoint(s.OP.Push)},
		{"POST /oauth2/token", backChannel, endpoint(s.OP.Token)},
		{"GET /oauth2/userinfo", backChannel, endpoint(s.OP.UserInfo)},
		{"POST /oauth2/userinfo", backChannel, endpoint(s.OP.UserInfo)},
		{"POST /oauth2/revoke", backChannel, endpoint(s.OP.Revoke)},
		{"GET /oauth2/keys", backChannel, endpoint(s.OP.Keys)},
		{"GET /.well-known/openid-configuration", backChannel, endpoint(s.OP.Discovery)},
		{"GET /.well-known/oauth-authorization-server", backChannel, endpoint(s.OP.Discovery)},

		{"GET /account", signedIn, s.account},
		{"POST /signout", anyone, s.signOut},
		{"GET /signed-out", anyone, s.signedOut},

		{"POST /hooks/voice", carrier, s.callReport},
		{"POST /hooks/call/{carrier}/{part}", callCarrier, s.leadCall},
		{"POST /hooks/text/{carrier}", textCarrier, s.receipt},
		{"GET /hooks/text/{carrier}", textCarrier, s.receipt},

		{"GET /.well-known/assurance", anyone, s.assurance},
		{"GET /static/{file}", anyHost, s.static},
		{"GET /healthz", anyHost, s.healthz},
		{"GET /readyz", anyHost, s.readyz},
	}
}

// mount puts the site map on a mux. Every other address is a page that says so.
func (s *Server) mount(mux *http.ServeMux) {
	for _, r := range s.routes() {
		mux.Handle(r.pattern, r.guard(s, r.handler))
	}
	mux.Handle("/", anyone(s, s.missing))
}
