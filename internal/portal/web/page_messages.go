package web

import (
	"net/http"
	"net/url"
	"strconv"

	"sallyport/internal/portal"
)

// MessagesPage is MESSAGE CENTER: the organisation's conversations with staff; to staff,
// everybody's, those first that wait for an answer.
type MessagesPage struct {
	Frame
	Staff   bool
	Waiting bool // staff: those that wait for an answer alone
	Rows    []ThreadRow
	Next    string
}

// ThreadRow is a conversation in a list.
type ThreadRow struct {
	portal.Thread
	Path, When string
	About      string // “Case 261125-123456”, or in general
	Unread     string // “2 new”; empty: none
}

func (MessagesPage) Template() string { return "page_messages" }

// answers tells whether the person speaks for staff.
func (r *request) answers() bool {
	return r.session.Person.Is(portal.ReviewerRole, portal.HelpDeskRole)
}

// side is whose threads the person sees: their organisation's, or, as staff, all.
func (r *request) side() string {
	if r.answers() {
		return ""
	}
	return r.session.Person.OrganizationID
}

func (s *Server) messages(w http.ResponseWriter, r *request) error {
	tx, p, after := s.Store.Read(r.Context()), &r.session.Person, readAfter(r.URL.Query().Get("after"))
	page := MessagesPage{Staff: r.answers()}
	page.Waiting = page.Staff && r.URL.Query().Get("all") == ""
	var found []portal.Thread
	var err error
	switch {
	case page.Waiting:
		found, err = s.Store.WaitingThreads(tx, p.Subject, p.ReviewsCases(), after, perPage+1)
	case page.Staff:
		found, err = s.Store.AllThreads(tx, p.Subject, p.ReviewsCases(), after, perPage+1)
	default:
		found, err = s.Store.ThreadsOf(tx, p.Subject, p.OrganizationID, after, perPage+1)
	}
	if err != nil {
		return err
	}
	if page.Frame, err = s.frame(r, "portal.messages", MessagesPath); err != nil {
		return err
	}
	if len(found) > perPage {
		found = found[:perPage]
		last := found[perPage-1]
		q := url.Values{"after": {strconv.FormatInt(last.LastAt.UnixMicro(), 10) + "." + last.ID}}
		if page.Staff && !page.Waiting {
			q.Set("all", "1")
		}
		page.Next = MessagesPath + "?" + q.Encode()
	}
	for _, t := range found {
		page.Rows = append(page.Rows, s.threadRow(r, t))
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

func (s *Server) threadRow(r *request, t portal.Thread) ThreadRow {
	row := ThreadRow{Thread: t, Path: MessagesPath + "/" + t.ID, When: clockTime(t.LastAt), About: r.Lang.Say("messages.general")}
	if t.CaseID != "" {
		row.About = r.Lang.Say("case.title", "Number", t.CaseNumber)
	}
	if !r.answers() && t.New > 0 {
		row.Unread = r.Lang.Say("messages.new_count", "N", t.New)
	}
	if r.answers() && t.Waiting {
		row.Unread = r.Lang.Say("messages.waiting_for_you")
	}
	return row
}

// theThread reads the thread of the address; another organisation's is not there (T-23).
func (s *Server) theThread(r *request) (*portal.Thread, error) {
	id := r.PathValue("id")
	t, err := s.Store.ThreadByID(s.Store.Read(r.Context()), r.session.Person.Subject, r.side(), id)
	if err == nil && (t == nil || t.CaseID != "" && r.answers() && !r.session.Person.ReviewsCases()) { // the help desk sees no cases
		return nil, s.refused(r, "thread", id)
	}
	return t, err
}

// caseOfThread reads the case that a new thread is about: the organisation's, or any to
// who reviews. None asked for is none.
func (s *Server) caseOfThread(r *request, id string) (c *portal.Case, err error) {
	if id == "" {
		return nil, nil
	}
	tx := s.Store.Read(r.Context())
	if r.session.Person.ReviewsCases() {
		c, err = s.Store.AnyCase(tx, id)
	} else {
		c, err = s.Store.CaseByID(tx, r.session.Person.OrganizationID, id)
	}
	if err == nil && c == nil {
		err = s.refused(r, "message about case", id)
	}
	return c, err
}
