package web

import (
	"net/http"
	"strconv"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// decide takes a reviewer's decision of a case that they have. Nobody decides twice: the
// case must be as the reviewer saw it, and theirs.
func (s *Server) decide(w http.ResponseWriter, r *request) error {
	read, err := s.reviewed(r)
	if err != nil {
		return err
	}
	d, mistake := portal.ReadDetermination(r.PostFormValue, read.Request)
	if problem, status := problemOf(r, mistake); problem != nil {
		return s.reviewPage(w, r, status, read, ReviewPage{Problem: problem}, r.PostFormValue)
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	d.By, d.BySubject = r.session.Person.Name, r.session.Person.Subject
	var c *portal.Case
	done := false
	err = s.Store.Write(r.Context(), func(tx *sqldb.Tx) (err error) {
		done = false
		if c, err = s.Store.AnyCase(tx, read.ID); err != nil || c == nil {
			return err
		}
		if !c.Status.Open() || c.Version != version || c.ClaimedBy != d.BySubject {
			return nil
		}
		done, err = s.Store.Decide(tx, c, &d, r.Lang.Say("case.title", "Number", c.Number), s.decisionMessage(r, c, d))
		return err
	})
	if err != nil {
		return err
	}
	if c == nil {
		return ui.ErrMissing
	}
	if !done {
		return s.reviewPage(w, r, http.StatusConflict, c, ReviewPage{Problem: &ui.Problem{Message: r.Lang.Say("review.meanwhile")}}, r.PostFormValue)
	}
	if err := s.Audit.Record(r.Context(), r.actor(), portal.CaseDecided, map[string]string{"case": c.ID, "outcome": string(d.Outcome), "determination": d.ID}); err != nil {
		return err
	}
	s.tell(r.Context())
	seeOther(w, ReviewPath+"/"+c.ID+"?done=decided")
	return nil
}

// decisionMessage is what the provider reads in the message center.
func (s *Server) decisionMessage(r *request, c *portal.Case, d portal.Determination) string {
	if d.Outcome == portal.Pended || d.Outcome == portal.Returned {
		return d.Question
	}
	text := r.Lang.Say("review.message."+string(d.Outcome), "Number", c.Number)
	if d.Question != "" {
		text += "\n\n" + d.Question
	}
	return text
}

// DecisionRow is a determination in words.
type DecisionRow struct {
	portal.Determination
	Outcome, When, Reason, Tone string
	Letter                      string // address; empty: it is no final decision
}

// decisions are what was decided of a case, the newest first.
func (s *Server) decisions(r *request, c *portal.Case) (rows []DecisionRow, err error) {
	list, err := s.Store.DeterminationsOf(s.Store.Read(r.Context()), c.ID)
	for _, d := range list {
		row := DecisionRow{Determination: d, Outcome: r.Lang.Say("case.status." + string(d.Outcome)), When: clockTime(d.DecidedAt), Tone: tones[d.Outcome]}
		if d.Reason != "" {
			row.Reason = r.Lang.Say("reason." + d.Reason)
		}
		if d.Outcome.Decided() {
			row.Letter = r.casePath(c.ID) + "/letter"
		}
		rows = append(rows, row)
	}
	return rows, err
}
