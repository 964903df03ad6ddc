package web

import (
	"net/http"

	"sallyport/internal/ui"
)

// SignedOutPage follows “Sign out”.
type SignedOutPage struct{ ui.Base }

func (SignedOutPage) Template() string { return "page_signed_out" }

func (s *Server) signedOut(w http.ResponseWriter, r *request) error {
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, SignedOutPage{r.base("signed_out.title", "/signed-out")})
}

// signOut ends the session, here and in the browser, and what it remembered.
func (s *Server) signOut(w http.ResponseWriter, r *request) error {
	if err := s.endSession(w, r); err != nil {
		return err
	}
	return s.left(w, "")
}

func (s *Server) endSession(w http.ResponseWriter, r *request) error {
	token := s.readCookie(r.Request, sessionCookie)
	if token == "" || r.client.Browser == "" {
		return nil
	}
	if err := s.Sessions.SignOut(r.Context(), r.client, token); err != nil {
		return err
	}
	s.setCookie(w, sessionCookie, "", -1)
	return nil
}
