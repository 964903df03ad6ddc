package web

import (
	"net/http"

	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// AskByPasswordPage is “Email Address”, “Password”, “Send link” (product.md 1.8).
type AskByPasswordPage struct{ Frame }

func (AskByPasswordPage) Template() string { return "page_ask_by_password" }

// AskByUsernamePage is “USERNAME”, “Submit” (product.md 1.8).
type AskByUsernamePage struct{ Frame }

func (AskByUsernamePage) Template() string { return "page_ask_by_username" }

// LinkSentPage says the same to everybody.
type LinkSentPage struct {
	Frame
	Text      string
	Reference string
}

func (LinkSentPage) Template() string { return "page_link_sent" }

// PortalPasswordSetPage leads to the first registration.
type PortalPasswordSetPage struct {
	Frame
	Username string
}

func (PortalPasswordSetPage) Template() string { return "page_portal_password_set" }

// LinkPage is what an e-mailed link opens. Opening it changes nothing; “Continue”
// does (rule 5). The browser has its cookie from here on, so that “Continue” can be
// pressed twice.
type LinkPage struct {
	ui.Base
	Token string
}

func (LinkPage) Template() string { return "page_link" }

func askByUsernamePage(r *request, f Frame, v journey.AskByUsernameView) ui.Page {
	if v.Forgot {
		return AskByUsernamePage{f.titled(r, "forgot.title").waits(false)}
	}
	return AskByUsernamePage{f.titled(r, "regerror.title").waits(false)}
}

func linkSentPage(r *request, f Frame, v journey.LinkSentView) ui.Page {
	return LinkSentPage{f.titled(r, "linksent.title").waits(false), r.lang.Say("linksent.text", "N", v.Minutes), v.Reference}
}

func (s *Server) link(w http.ResponseWriter, r *request) error {
	w.Header().Set("Referrer-Policy", "no-referrer") // ASVS 3.4.5
	works, err := s.Engine.LinkWorks(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if !works {
		id, err := s.Engine.Reopened(r.Context(), r.PathValue("token"), r.client)
		if isGone(err) {
			return s.linkGone(w, r)
		}
		if err == nil {
			seeOther(w, "/j/"+id)
		}
		return err
	}
	r.needBrowser(w)
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, LinkPage{r.base("link.title", r.URL.Path), r.PathValue("token")})
}

func (s *Server) openLink(w http.ResponseWriter, r *request) error {
	r.needBrowser(w)
	id, err := s.Engine.OpenLink(r.Context(), r.PathValue("token"), r.client)
	if isGone(err) {
		return s.linkGone(w, r)
	}
	if err != nil {
		return err
	}
	seeOther(w, "/j/"+id)
	return nil
}
