package web

import (
	"strings"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// Frame is what every page of the portal has around it (product.md 2).
type Frame struct {
	ui.Base
	Person       string
	Organization string
	Contracts    []Contract
	Path         string // of this page
	Search       string // what was searched for
	Tabs         []Tab
	Left         int64 // seconds until the session idles out
	Warn         int64 // seconds before that when the page says so
	Idle         string
}

// Contract is a choice of “Contract:”.
type Contract struct {
	ID, Name string
	Selected bool
}

// Tab is an entry of the navigation.
type Tab struct {
	Label, Icon, Path string
	Here              bool
}

// tabs are the parts of the portal. Reviewers have their queue where others create cases.
var tabs = []Tab{
	{Label: "portal.home", Icon: "house", Path: HomePath},
	{Label: "portal.cases", Icon: "folder", Path: CasesPath},
	{Label: "portal.create_case", Icon: "file-plus", Path: CasesPath + "/new"},
	{Label: "portal.consumers", Icon: "users", Path: ConsumersPath},
	{Label: "portal.setup", Icon: "settings", Path: "/setup"},
	{Label: "portal.messages", Icon: "mail", Path: MessagesPath},
	{Label: "portal.reports", Icon: "chart-column", Path: ReportsPath},
	{Label: "portal.help", Icon: "circle-question-mark", Path: GuidePath},
}

func (s *Server) frame(r *request, title, path string) (Frame, error) {
	f := Frame{Base: r.Base(title, path), Person: r.session.Person.Name, Organization: r.session.Person.Organization, Path: path,
		Left: int64(r.session.Left(s.Store.DB.Now(), s.Lives) / time.Second), Warn: int64(portal.Warning / time.Second),
		Idle: r.Lang.Say("time.minutes", "N", int(s.Lives.Idle/time.Minute))}
	f.SignedIn = true
	for _, t := range tabs {
		if t.Path == CasesPath+"/new" && r.session.Person.ReviewsCases() {
			t = Tab{Label: "queue.title", Icon: "folder", Path: QueuePath}
		}
		t.Label, t.Here = r.Lang.Say(t.Label), t.Path != "" && (t.Path == path || strings.HasPrefix(path, t.Path+"/") && path != CasesPath+"/new" || t.Path == "/setup" && strings.HasPrefix(path, "/staff/") && !strings.HasPrefix(path, QueuePath) && !strings.HasPrefix(path, ReviewPath) || t.Path == QueuePath && strings.HasPrefix(path, ReviewPath))
		f.Tabs = append(f.Tabs, t)
	}
	contracts, err := s.Store.ContractsIn(s.Store.Read(r.Context()), r.caseScope())
	for _, c := range contracts {
		f.Contracts = append(f.Contracts, Contract{c.ID, c.Name, c.ID == r.session.ContractID})
	}
	return f, err
}
