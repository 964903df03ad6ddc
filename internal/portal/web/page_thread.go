package web

import (
	"net/http"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// ThreadPage is one conversation, with a form that goes on with it; or the form that begins
// one.
type ThreadPage struct {
	Frame
	Thread   portal.Thread
	About    string // the case, in words
	CasePath string
	Messages []MessageRow
	Action   string // of the form
	Case     string // id, of the form that begins one
	Begins   bool
	Staff    bool // who looks speaks for staff
	Typed    struct{ Subject, Body string }
	Accept   string
	Done     string
	Problem  *ui.Problem
}

// MessageRow is a message as it is shown.
type MessageRow struct {
	portal.Message
	When  string
	Mine  bool // of the side that looks
	Files []FileRow
}

func (ThreadPage) Template() string { return "page_thread" }

func (s *Server) thread(w http.ResponseWriter, r *request) error {
	t, err := s.theThread(r)
	if err != nil {
		return err
	}
	page := ThreadPage{}
	if r.URL.Query().Get("done") == "sent" {
		page.Done = r.Lang.Say("messages.sent")
	}
	return s.threadPage(w, r, http.StatusOK, t, page)
}

func (s *Server) threadPage(w http.ResponseWriter, r *request, status int, t *portal.Thread, page ThreadPage) (err error) {
	tx := s.Store.Read(r.Context())
	if page.Frame, err = s.frame(r, "portal.messages", MessagesPath+"/"+t.ID); err != nil {
		return err
	}
	page.Title, page.Thread, page.Staff, page.Accept, page.Action = t.Subject, *t, r.answers(), portal.Attachable(), MessagesPath+"/"+t.ID+"/reply"
	if t.CaseID != "" {
		page.About, page.CasePath = r.Lang.Say("case.title", "Number", t.CaseNumber), r.casePath(t.CaseID)
	}
	list, err := s.Store.MessagesOf(tx, t.ID)
	if err != nil {
		return err
	}
	for _, m := range list {
		page.Messages = append(page.Messages, MessageRow{Message: m, When: clockTime(m.SentAt), Mine: m.Staff == page.Staff, Files: fileRows(MessagesPath+"/"+t.ID+"/"+m.ID, m.Files)})
	}
	if !page.Staff && t.New > 0 { // they are on the page now
		if err := s.Store.Write(r.Context(), func(tx *sqldb.Tx) error { return s.Store.SeeThread(tx, t, r.session.Person.Subject) }); err != nil {
			return err
		}
	}
	return s.UI.Page(w, status, r.Lang.Tag, page)
}

// newThread is the form that begins a conversation, about a case or in general.
func (s *Server) newThread(w http.ResponseWriter, r *request) error {
	c, err := s.caseOfThread(r, r.URL.Query().Get("case"))
	if err != nil {
		return err
	}
	return s.newThreadPage(w, r, http.StatusOK, c, ThreadPage{})
}

func (s *Server) newThreadPage(w http.ResponseWriter, r *request, status int, c *portal.Case, page ThreadPage) (err error) {
	if r.answers() && c == nil { // staff write about a case, or answer
		return ui.ErrMissing
	}
	if page.Frame, err = s.frame(r, "messages.write", MessagesPath+"/new"); err != nil {
		return err
	}
	page.Begins, page.Staff, page.Accept, page.Action = true, r.answers(), portal.Attachable(), MessagesPath+"/new"
	if c != nil {
		page.Case, page.About = c.ID, r.Lang.Say("case.title", "Number", c.Number)
		if page.Typed.Subject == "" {
			page.Typed.Subject = page.About
		}
	}
	return s.UI.Page(w, status, r.Lang.Tag, page)
}

// messageAttachment hands a file of a message over.
func (s *Server) messageAttachment(w http.ResponseWriter, r *request) error {
	t, err := s.theThread(r)
	if err != nil {
		return err
	}
	id := r.PathValue("message")
	there, err := s.Store.HasMessage(s.Store.Read(r.Context()), t.ID, id)
	if err != nil {
		return err
	}
	if !there {
		return s.refused(r, "message", id)
	}
	return s.handOver(w, r, id, "message")
}
