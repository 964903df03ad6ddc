package web

import (
	"net/http"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// ResetPage asks why a registration is to be reset, and how the person was verified.
type ResetPage struct {
	Frame
	User             PersonRow
	Reason, Verified string
	Problem          *ui.Problem
	Back             string
}

func (ResetPage) Template() string { return "page_reset" }

// askReset is the first “RESET REGISTRATION”: it leads to the questions.
func (s *Server) askReset(w http.ResponseWriter, r *request) error {
	if _, err := s.Users.User(r.Context(), r.actor(), r.PathValue("id")); err != nil {
		return missingOr(err)
	}
	seeOther(w, "/setup/users/"+r.PathValue("id")+"/reset")
	return nil
}

func (s *Server) resetForm(w http.ResponseWriter, r *request) error {
	return s.resetPage(w, r, http.StatusOK, nil)
}

func (s *Server) resetPage(w http.ResponseWriter, r *request, status int, problem *ui.Problem) error {
	view, err := s.Users.User(r.Context(), r.actor(), r.PathValue("id"))
	if err != nil {
		return missingOr(err)
	}
	if !view.MayAct {
		return ui.ErrMissing
	}
	frame, err := s.frame(r, "users.reset.title", "/setup/users/"+view.ID+"/reset")
	if err != nil {
		return err
	}
	page := ResetPage{Frame: frame, User: s.row(r, view.User), Reason: r.PostFormValue("reason"), Verified: r.PostFormValue("verified"), Problem: problem, Back: "/setup/users/" + view.ID}
	return s.UI.Page(w, status, r.Lang.Tag, page)
}

// reset is the second one, which does it.
func (s *Server) reset(w http.ResponseWriter, r *request) error {
	c := portal.Change{Act: portal.Reset, Epoch: epochOf(r), Reason: r.PostFormValue("reason"), Verified: r.PostFormValue("verified")}
	return s.changed(w, r, c, s.resetPage)
}
