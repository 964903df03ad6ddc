package web

import (
	"net/http"
	"strconv"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// saveCase keeps what was typed, whatever it is: a draft is judged when it is submitted.
func (s *Server) saveCase(w http.ResponseWriter, r *request) error { return s.takeCase(w, r, false) }

// submitCase judges the request and hands it in. What is wrong is said, and what was typed
// is saved all the same.
func (s *Server) submitCase(w http.ResponseWriter, r *request) error { return s.takeCase(w, r, true) }

func (s *Server) takeCase(w http.ResponseWriter, r *request, submit bool) error {
	read, err := s.theCase(r)
	if err != nil {
		return err
	}
	form, err := s.readFileForm(w, r, read.ID)
	if err != nil {
		return err
	}
	byItself := r.Header.Get(autosaveHeader) != ""
	typed, mistake := portal.ReadRequest(form.Get)
	if !byItself {
		if err := s.attach(r, read, form); err != nil {
			return err
		}
	}
	page := CasePage{Typed: typed}
	if problem, status := problemOf(r, mistake); problem != nil {
		page.Problem = problem
		return s.casePage(w, r, status, read, page)
	}
	programs, err := s.Store.ProgramsOf(s.Store.Read(r.Context()), read.Consumer.ContractID)
	if err != nil {
		return err
	}
	request, status := typed, read.Status
	if mistake = form.mistake; submit && mistake == nil {
		if request, mistake = typed.Complete(programs); mistake == nil {
			mistake = s.listed(r, request)
		}
		if mistake == nil {
			status = portal.Submitted
		}
	}
	if problem, _ := problemOf(r, mistake); mistake != nil && problem == nil {
		return mistake // a failure of ours
	}
	version, _ := strconv.ParseInt(form.Get("version"), 10, 64)
	c, out, err := s.write(r, read.ID, version, func(c *portal.Case) {
		c.Request = typed
		if status == portal.Submitted {
			c.Request, c.Owner, c.Organization = request, r.session.Person.Subject, r.session.Person.Organization
			c.Submit(s.Store.DB.Now(), s.Zone)
		}
	})
	if err != nil {
		return err
	}
	if byItself {
		return savedByItself(w, c, out)
	}
	switch problem, code := problemOf(r, mistake); {
	case out == notEditable:
		page.Problem, page.Typed = &ui.Problem{Message: r.Lang.Say("case.not_editable")}, c.Request
		return s.casePage(w, r, http.StatusConflict, c, page)
	case out == moved:
		page.Changed = &Changed{By: c.ModifiedBy, At: clockTime(c.ModifiedAt)}
		if c.Request.Notes != typed.Notes {
			page.Changed.Notes = c.Request.Notes
		}
		return s.casePage(w, r, http.StatusConflict, c, page)
	case problem != nil:
		page.Problem = problem
		return s.casePage(w, r, code, c, page)
	}
	done := map[bool]string{true: "submitted", false: "saved"}[submit]
	seeOther(w, CasesPath+"/"+c.ID+"?done="+done)
	return nil
}

// savedByItself answers the page's script, which goes on.
func savedByItself(w http.ResponseWriter, c *portal.Case, out outcome) error {
	if out != written {
		w.WriteHeader(http.StatusConflict)
		return nil
	}
	w.Header().Set("X-Version", strconv.FormatInt(c.Version, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// autosaveHeader marks what the page saves by itself.
const autosaveHeader = "X-Autosave"

// What a write came to.
type outcome int

const (
	written     outcome = iota
	moved               // somebody else saved meanwhile
	notEditable         // it is submitted, or withdrawn
)

// write changes a case under the version that the form had. The case is returned as it is
// now.
func (s *Server) write(r *request, id string, version int64, change func(c *portal.Case)) (c *portal.Case, out outcome, err error) {
	err = s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		out = written
		var err error
		if c, err = s.Store.CaseByID(tx, r.session.Person.OrganizationID, id); err != nil {
			return err
		}
		switch {
		case c == nil:
			return ui.ErrMissing
		case c.Version != version:
			if out = moved; !c.Status.Editable() {
				out = notEditable
			}
			return nil
		case !c.Status.Editable():
			out = notEditable
			return nil
		}
		change(c)
		done, err := s.Store.UpdateCase(tx, c, r.session.Person.Name)
		if err == nil && !done {
			out = moved
		}
		return err
	})
	return c, out, err
}

// withdrawCase takes a request back, submitted or not. Nothing of it is deleted.
func (s *Server) withdrawCase(w http.ResponseWriter, r *request) error {
	read, err := s.theCase(r)
	if err != nil {
		return err
	}
	done := "decided" // meanwhile, which stands
	err = s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		c, err := s.Store.CaseByID(tx, r.session.Person.OrganizationID, read.ID)
		if err != nil || c == nil || !c.Status.Editable() && !c.Status.Open() {
			return err
		}
		c.Status, done = portal.Withdrawn, "withdrawn"
		_, err = s.Store.UpdateCase(tx, c, r.session.Person.Name)
		return err
	})
	if err != nil {
		return err
	}
	seeOther(w, CasesPath+"/"+read.ID+"?done="+done)
	return nil
}
