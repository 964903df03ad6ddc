package web

import (
	"net/http"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// Paths that the relying party's registration names.
const (
	HomePath              = "/home"
	ConsumersPath         = "/consumers"
	CasesPath             = "/cases"
	MessagesPath          = "/messages"
	ReportsPath           = "/reports"
	GuidePath             = "/guide"
	QueuePath             = "/staff/queue"
	ReviewPath            = "/staff/cases"
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

		{"GET " + CasesPath, member, s.casesList},
		{"POST " + CasesPath, member, s.createCase},
		{"GET " + CasesPath + "/new", member, s.newCase},
		{"GET " + CasesPath + "/{id}", member, s.showCase},
		{"POST " + CasesPath + "/{id}/save", keeper, s.saveCase},
		{"POST " + CasesPath + "/{id}/submit", keeper, s.submitCase},
		{"GET " + CasesPath + "/{id}/attachments/{file}", member, s.attachment},
		{"POST " + CasesPath + "/{id}/withdraw", member, s.withdrawCase},
		{"GET " + CasesPath + "/{id}/letter", member, s.letter},
		{"POST /codes/{system}", member, s.findCodes},
		{"GET /search", member, s.search},

		{"GET " + ConsumersPath, member, s.consumersForm},
		{"POST " + ConsumersPath + "/find", keeper, s.findConsumers},
		{"POST " + ConsumersPath + "/add", keeper, s.addConsumer},
		{"GET " + ConsumersPath + "/{id}", member, s.consumer},

		{"GET " + MessagesPath, member, s.messages},
		{"GET " + MessagesPath + "/new", member, s.newThread},
		{"POST " + MessagesPath + "/new", keeper, s.beginThread},
		{"GET " + MessagesPath + "/{id}", member, s.thread},
		{"POST " + MessagesPath + "/{id}/reply", keeper, s.reply},
		{"POST " + MessagesPath + "/{id}/settle", member, s.settle},
		{"GET " + MessagesPath + "/{id}/{message}/attachments/{file}", member, s.messageAttachment},

		{"GET " + ReportsPath, member, s.reports},
		{"GET " + ReportsPath + "/cases.csv", member, s.casesCSV},
		{"GET " + ReportsPath + "/turnaround.csv", member, s.turnaroundCSV},

		{"GET " + GuidePath, member, s.guide},
		{"GET " + GuidePath + "/{topic}", member, s.guideTopic},

		{"GET " + QueuePath, reviewer, s.queue},
		{"GET " + ReviewPath + "/{id}", reviewer, s.review},
		{"POST " + ReviewPath + "/{id}/claim", reviewer, s.claim},
		{"POST " + ReviewPath + "/{id}/release", reviewer, s.release},
		{"POST " + ReviewPath + "/{id}/decide", reviewKeeper, s.decide},
		{"GET " + ReviewPath + "/{id}/attachments/{file}", reviewer, s.reviewAttachment},
		{"GET " + ReviewPath + "/{id}/letter", reviewer, s.reviewLetter},

		{"GET /setup", member, s.setup},
		{"GET /setup/users", member, s.manageUsers},
		{"GET /setup/users/invite", administrator, s.inviteForm},
		{"POST /setup/users/invite", keeper, s.invite},
		{"GET /setup/users/{id}", member, s.user},
		{"GET /setup/users/{id}/reset", member, s.resetForm},
		{"POST /setup/users/{id}/reset", member, s.askReset},
		{"POST /setup/users/{id}/reset/confirm", member, s.reset},
		{"POST /setup/users/{id}/disable", member, s.change(portal.Disable)},
		{"POST /setup/users/{id}/enable", member, s.change(portal.Enable)},
		{"POST /setup/users/{id}/role", member, s.change(portal.SetRole)},
		{"POST /setup/users/{id}/resend", member, s.change(portal.Resend)},
		{"GET /setup/codes", member, s.codes},
		{"POST /setup/codes", member, s.issueCode},
		{"POST /setup/codes/{id}/expire", member, s.expireCode},

		{"GET /staff/find", member, s.find},
		{"GET /staff/users/{id}", member, s.helpDesk},
		{"GET /staff/progress", watcher, s.progress},
		{"GET /staff/progress.csv", member, s.progressCSV},
		{"GET /staff/delivery", watcher, s.delivery},
		{"GET /staff/audit", member, s.auditLog},

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
