package web

import (
	"net/http"
	"slices"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// CasePage is one case: a form while it may be changed, a record afterwards.
type CasePage struct {
	Frame
	Case    portal.Case
	Row     CaseRow
	Typed   portal.Request // what the form shows: what was typed, or what is saved
	Choices []Field
	NPIs    []Field
	Codes   []Field // diagnoses, with room for one more
	Lines   []Line  // services, with room for one more
	Record  []Shown // what it asks for, where it can't be changed any more
	Files   []FileRow
	Accept  string // what can be attached
	Decided []DecisionRow
	Thread  string // address of its messages; empty: there are none yet
	MayTake bool   // it may be withdrawn
	History []HistoryRow
	Done    string
	Changed *Changed // somebody else saved meanwhile
	Problem *ui.Problem
}

// HistoryRow is a line of the history.
type HistoryRow struct{ When, Status, By string }

// Changed says what somebody else saved while this was typed, so that nothing is lost
// without anybody's knowing.
type Changed struct {
	By, At string
	Notes  string // theirs, where they are not what was typed
}

func (CasePage) Template() string { return "page_case" }

// theCase reads the case of the address; another organisation's is not there (T-23).
func (s *Server) theCase(r *request) (*portal.Case, error) {
	id := r.PathValue("id")
	c, err := s.Store.CaseByID(s.Store.Read(r.Context()), r.session.Person.OrganizationID, id)
	if err == nil && c == nil {
		err = s.refused(r, "case", id)
	}
	return c, err
}

func (s *Server) showCase(w http.ResponseWriter, r *request) error {
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	page := CasePage{Typed: c.Request}
	if done := r.URL.Query().Get("done"); slices.Contains([]string{"saved", "submitted", "withdrawn", "decided"}, done) {
		page.Done = r.Lang.Say("case.done."+done, "Number", c.Number)
	}
	return s.casePage(w, r, http.StatusOK, c, page)
}

func (s *Server) casePage(w http.ResponseWriter, r *request, status int, c *portal.Case, page CasePage) error {
	if err := s.seen(r, []portal.Case{*c}); err != nil {
		return err
	}
	frame, err := s.frame(r, "portal.cases", CasesPath+"/"+c.ID)
	if err != nil {
		return err
	}
	programs, err := s.Store.ProgramsOf(s.Store.Read(r.Context()), c.Consumer.ContractID)
	if err != nil {
		return err
	}
	files, err := s.Store.AttachmentsOf(s.Store.Read(r.Context()), c.ID)
	if err != nil {
		return err
	}
	page.Files, page.Accept = fileRows(CasesPath+"/"+c.ID, files), portal.Attachable()
	if page.History, err = s.history(r, c.ID); err != nil {
		return err
	}
	if page.Decided, err = s.decisions(r, c); err != nil {
		return err
	}
	thread, err := s.Store.ThreadOfCase(s.Store.Read(r.Context()), c.ID)
	if err != nil {
		return err
	}
	if thread != "" {
		page.Thread = MessagesPath + "/" + thread
	} else if !c.Status.Editable() || c.Number != "" {
		page.Thread = MessagesPath + "/new?case=" + c.ID
	}
	page.MayTake = c.Status.Editable() || c.Status.Open()
	frame.Title = r.Lang.Say("case.title.draft")
	if c.Number != "" {
		frame.Title = r.Lang.Say("case.title", "Number", c.Number)
	}
	page.Frame, page.Case, page.Row = frame, *c, caseRow(r, *c)
	page.fill(r, programs)
	if err := s.describe(r, &page); err != nil {
		return err
	}
	return s.UI.Page(w, status, r.Lang.Tag, page)
}

// history is a case's, in words.
func (s *Server) history(r *request, id string) (rows []HistoryRow, err error) {
	list, err := s.Store.HistoryOf(s.Store.Read(r.Context()), id)
	for _, h := range list {
		rows = append(rows, HistoryRow{clockTime(h.At), r.Lang.Say("case.status." + string(h.Status)), h.By})
	}
	return rows, err
}

// createCase begins a draft for a consumer, and leads to it.
func (s *Server) createCase(w http.ResponseWriter, r *request) error {
	in := r.scope()
	in.ContractID = ""
	id := r.PostFormValue("consumer")
	c := portal.Case{OrganizationID: in.OrganizationID, Organization: r.session.Person.Organization, Owner: r.session.Person.Subject, Request: portal.Request{Requesting: r.session.Person.NPI}}
	missing := false
	err := s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		found, err := s.Store.ConsumerByID(tx, in, id)
		if err != nil || found == nil {
			missing = found == nil
			return err
		}
		c.Consumer = *found
		return s.Store.InsertCase(tx, &c, r.session.Person.Name)
	})
	if err != nil {
		return err
	}
	if missing {
		return s.refused(r, "create case", id)
	}
	seeOther(w, CasesPath+"/"+c.ID)
	return nil
}
