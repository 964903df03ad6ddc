package web

import (
	"net/http"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// InvitePage asks who is to be invited into the administrator's organisation.
type InvitePage struct {
	Frame
	Typed   portal.Invitation
	Problem *ui.Problem
}

func (InvitePage) Template() string { return "page_invite" }

func (s *Server) inviteForm(w http.ResponseWriter, r *request) error {
	return s.invitePage(w, r, http.StatusOK, portal.Invitation{Role: "user"}, nil)
}

func (s *Server) invitePage(w http.ResponseWriter, r *request, status int, typed portal.Invitation, problem *ui.Problem) error {
	frame, err := s.frame(r, "users.invite.title", "/setup/users/invite")
	if err != nil {
		return err
	}
	return s.UI.Page(w, status, r.Lang.Tag, InvitePage{Frame: frame, Typed: typed, Problem: problem})
}

func (s *Server) invite(w http.ResponseWriter, r *request) error {
	f := r.PostFormValue
	in := portal.Invitation{Username: f("username"), FirstName: f("first_name"), LastName: f("last_name"), Email: f("email"), Role: f("role")}
	id, err := s.Users.Invite(r.Context(), r.actor(), in)
	if problem, status := problemOf(r, err); problem != nil {
		return s.invitePage(w, r, status, in, problem)
	}
	if err != nil {
		return missingOr(err)
	}
	seeOther(w, "/setup/users/"+id+"?done=invited")
	return nil
}
