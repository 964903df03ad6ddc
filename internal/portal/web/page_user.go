package web

import (
	"errors"
	"net/http"
	"strconv"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// UserPage is “ACCOUNT INFORMATION” of one person, and what can be done.
type UserPage struct {
	Frame
	User     PersonRow
	View     portal.UserView
	Done     string // what was just done, in words
	Problem  *ui.Problem
	Resend   bool // somebody who is not registered can be sent what brings them on
	CanReset bool
}

func (UserPage) Template() string { return "page_user" }

func (s *Server) user(w http.ResponseWriter, r *request) error {
	return s.userPage(w, r, http.StatusOK, nil)
}

func (s *Server) userPage(w http.ResponseWriter, r *request, status int, problem *ui.Problem) error {
	view, err := s.Users.User(r.Context(), r.actor(), r.PathValue("id"))
	if err != nil {
		return missingOr(err)
	}
	frame, err := s.frame(r, "users.title", "/setup/users/"+view.ID)
	if err != nil {
		return err
	}
	frame.Title = view.Name
	page := UserPage{Frame: frame, User: s.row(r, view.User), View: *view, Problem: problem}
	page.CanReset = view.MayAct && (view.State == "registered" || view.State == "half")
	page.Resend = view.MayAct && view.State != "registered" && view.State != "disabled"
	switch done := r.URL.Query().Get("done"); done {
	case "invited", portal.Reset, portal.Disable, portal.Enable, portal.SetRole, portal.Resend:
		if problem == nil {
			page.Done = r.Lang.Say("users.done."+done, "Name", view.Name)
		}
	}
	return s.UI.Page(w, status, r.Lang.Tag, page)
}

// change does one act and shows the person again.
func (s *Server) change(act string) handler {
	return func(w http.ResponseWriter, r *request) error {
		return s.changed(w, r, portal.Change{Act: act, Epoch: epochOf(r), Role: r.PostFormValue("role")}, s.userPage)
	}
}

// epochOf is the account's as the actor saw it; what was tampered with matches none.
func epochOf(r *request) int64 {
	epoch, _ := strconv.ParseInt(r.PostFormValue("epoch"), 10, 64)
	return epoch
}

// changed runs a change. A mistake is shown on the page that again shows.
func (s *Server) changed(w http.ResponseWriter, r *request, c portal.Change, again func(http.ResponseWriter, *request, int, *ui.Problem) error) error {
	id := r.PathValue("id")
	err := s.Users.Change(r.Context(), r.actor(), id, c)
	if problem, status := problemOf(r, err); problem != nil {
		return again(w, r, status, problem)
	}
	if err != nil {
		return missingOr(err)
	}
	seeOther(w, "/setup/users/"+id+"?done="+c.Act)
	return nil
}

// problemOf is what the actor is told of an error; nil where it is none of theirs.
func problemOf(r *request, err error) (*ui.Problem, int) {
	if mistake, ok := errors.AsType[*portal.Mistake](err); ok {
		status := http.StatusUnprocessableEntity
		if mistake.Field == "" {
			status = http.StatusTooManyRequests
		}
		return &ui.Problem{Field: mistake.Field, Message: r.Lang.Say(mistake.Key, mistake.Args...)}, status
	}
	if errors.Is(err, portal.ErrChanged) {
		return &ui.Problem{Message: r.Lang.Say("users.changed")}, http.StatusConflict
	}
	return nil, 0
}
