package web

import (
	"net/http"
	"strconv"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// ReviewPage is a case as a reviewer sees it, with the form that decides it once they have
// claimed it.
type ReviewPage struct {
	Frame
	Case     portal.Case
	Row      QueueRow
	Record   []Shown
	Files    []FileRow
	Decided  []DecisionRow
	History  []HistoryRow
	Thread   string
	Waits    bool // it is to be decided
	Mine     bool // the reviewer has it
	Outcomes []Option
	Reasons  []Option
	From, To string
	Units    []UnitField
	Typed    struct{ Explanation, Question string }
	Done     string
	Problem  *ui.Problem
}

// UnitField is how many units of a service are certified.
type UnitField struct {
	Name, Label, Asked, Value string
	Problem                   *ui.Problem
}

func (ReviewPage) Template() string { return "page_review" }

// reviewed reads the case of the address, of whichever organisation.
func (s *Server) reviewed(r *request) (*portal.Case, error) {
	c, err := s.Store.AnyCase(s.Store.Read(r.Context()), r.PathValue("id"))
	if err == nil && c == nil {
		err = s.refused(r, "review", r.PathValue("id"))
	}
	return c, err
}

func (s *Server) review(w http.ResponseWriter, r *request) error {
	c, err := s.reviewed(r)
	if err != nil {
		return err
	}
	page := ReviewPage{}
	switch done := r.URL.Query().Get("done"); done {
	case "claimed", "released", "decided":
		page.Done = r.Lang.Say("review.done." + done)
	}
	return s.reviewPage(w, r, http.StatusOK, c, page, nil)
}

// reviewPage shows a case; typed is the form that had a mistake, or nil.
func (s *Server) reviewPage(w http.ResponseWriter, r *request, status int, c *portal.Case, page ReviewPage, typed func(string) string) (err error) {
	if err := s.seen(r, []portal.Case{*c}); err != nil {
		return err
	}
	tx := s.Store.Read(r.Context())
	if page.Frame, err = s.frame(r, "queue.title", ReviewPath+"/"+c.ID); err != nil {
		return err
	}
	page.Title = r.Lang.Say("case.title", "Number", c.Number)
	page.Case, page.Row = *c, s.queueRow(r, *c)
	page.Waits, page.Mine = c.Status.Open(), c.ClaimedBy == r.session.Person.Subject
	programs, err := s.Store.ProgramsOf(tx, c.Consumer.ContractID)
	if err != nil {
		return err
	}
	record := CasePage{Typed: c.Request}
	record.fill(r, programs)
	if err := s.describe(r, &record); err != nil {
		return err
	}
	page.Record = record.Record
	files, err := s.Store.AttachmentsOf(tx, c.ID)
	if err != nil {
		return err
	}
	page.Files = fileRows(ReviewPath+"/"+c.ID, files)
	if page.Decided, err = s.decisions(r, c); err != nil {
		return err
	}
	if page.History, err = s.history(r, c.ID); err != nil {
		return err
	}
	thread, err := s.Store.ThreadOfCase(tx, c.ID)
	if err != nil {
		return err
	}
	page.Thread = MessagesPath + "/" + thread
	if thread == "" {
		page.Thread = MessagesPath + "/new?case=" + c.ID
	}
	page.form(r, c, typed)
	return s.UI.Page(w, status, r.Lang.Tag, page)
}

// form is the form that decides, with what was typed or what was asked for.
func (p *ReviewPage) form(r *request, c *portal.Case, typed func(string) string) {
	get := func(name, otherwise string) string {
		if typed == nil {
			return otherwise
		}
		return typed(name)
	}
	for _, o := range portal.Outcomes {
		p.Outcomes = append(p.Outcomes, Option{string(o), r.Lang.Say("review.outcome." + string(o)), get("outcome", "") == string(o)})
	}
	for _, why := range portal.Reasons {
		p.Reasons = append(p.Reasons, Option{why, r.Lang.Say("reason." + why), get("reason", "") == why})
	}
	for i, asked := range c.Request.Services {
		if i == 0 {
			p.From, p.To = asked.From, asked.To
		}
		p.From, p.To = min(p.From, asked.From), max(p.To, asked.To)
		name := "units_" + strconv.Itoa(i+1)
		f := UnitField{Name: name, Label: asked.Code, Asked: asked.Units, Value: get(name, asked.Units)}
		if p.Problem.At(name) {
			f.Problem = p.Problem
		}
		p.Units = append(p.Units, f)
	}
	p.From, p.To = get("from", p.From), get("to", p.To)
	p.Typed.Explanation, p.Typed.Question = get("explanation", ""), get("question", "")
}

// claim gives a case to the reviewer, also one that a colleague has where they say so.
func (s *Server) claim(w http.ResponseWriter, r *request) error {
	return s.hand(w, r, r.PostFormValue("from"), r.session.Person.Subject, r.session.Person.Name, "claimed")
}

// release gives it back.
func (s *Server) release(w http.ResponseWriter, r *request) error {
	return s.hand(w, r, r.session.Person.Subject, "", "", "released")
}

func (s *Server) hand(w http.ResponseWriter, r *request, from, sub, name, done string) error {
	c, err := s.reviewed(r)
	if err != nil {
		return err
	}
	got := false
	err = s.Store.Write(r.Context(), func(tx *sqldb.Tx) (err error) {
		got, err = s.Store.Claim(tx, c.ID, from, sub, name)
		return err
	})
	if err != nil {
		return err
	}
	if !got { // somebody was faster: the page says who
		if c, err = s.reviewed(r); err != nil {
			return err
		}
		if c.ClaimedBy != sub {
			return s.reviewPage(w, r, http.StatusConflict, c, ReviewPage{Problem: &ui.Problem{Message: r.Lang.Say("review.taken")}}, nil)
		}
	}
	if err := s.Audit.Record(r.Context(), r.actor(), portal.CaseClaimed, map[string]string{"case": c.ID, "act": done, "before": from}); err != nil {
		return err
	}
	seeOther(w, ReviewPath+"/"+c.ID+"?done="+done)
	return nil
}

// reviewAttachment hands a file of a case over to a reviewer.
func (s *Server) reviewAttachment(w http.ResponseWriter, r *request) error {
	c, err := s.reviewed(r)
	if err != nil {
		return err
	}
	return s.handOver(w, r, c.ID, "case")
}
