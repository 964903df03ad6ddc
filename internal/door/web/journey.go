package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// Frame is what every page of a journey has around its view.
type Frame struct {
	ui.Base
	Action  string // address that the forms post to
	Start   string // sealed; while the journey does not exist yet
	Version int64
	Bar     []BarItem
	Leave   string // where “Cancel” leads
	Query   string // “?request=…” for links to other beginnings; empty where no relying party asked
	Problem *ui.Problem
	Mistake string // key of the problem's words
	Stale   bool
	Typed   Typed
	State   string // address that a waiting page asks; empty: it does not wait
}

// BarItem is one door of the step bar.
type BarItem struct {
	Number int
	Label  string
	State  string // done, now, next
}

// Typed is what was typed and is shown again after a mistake: never a password or
// a code (rule 9).
type Typed struct {
	Email, Username, Country, Phone string
	More                            map[string]string // of the long form, by field
}

// typedMore are the long form's fields.
var typedMore = []string{"npi", "registration_code", "first_name", "last_name", "address1", "address2", "city", "state", "zip", "user_email", "confirm_email", "user_phone", "fax"}

func typedIn(form journey.Form) Typed {
	t := Typed{Email: form["email"], Username: form["username"], Country: form["country"], Phone: form["phone"], More: map[string]string{}}
	for _, name := range typedMore {
		t.More[name] = form[name]
	}
	return t
}

// frameExtras is what a page shows beside its view.
type frameExtras struct {
	typed Typed
	stale bool
}

// showJourney is GET /j/{id}. It writes nothing.
func (s *Server) showJourney(w http.ResponseWriter, r *request) error {
	page, err := s.Engine.Show(r.Context(), r.PathValue("id"), "", r.client)
	if err != nil {
		return err
	}
	if page.SignedIn != nil {
		return s.finish(w, r, page.SignedIn)
	}
	return s.journeyPage(w, r, http.StatusOK, page, frameExtras{stale: r.URL.Query().Has("stale")})
}

// submitJourney is POST /j/{id}: accepted is 303, a person's mistake is 422 with
// what was typed, an old page is 303 to the present one.
func (s *Server) submitJourney(w http.ResponseWriter, r *request) error {
	if err := r.readForm(); err != nil {
		return err
	}
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		version = 0 // stale
	}
	form := journey.Form{}
	for name, values := range r.PostForm {
		form[name] = values[len(values)-1] // of action: the button's, after the form's own (Enter was pressed)
	}
	out, err := s.Engine.Submit(r.Context(), journey.Submission{ID: r.PathValue("id"), Start: form["start"], Version: version,
		Action: form["action"], Form: form, Client: r.client})
	switch {
	case err != nil:
		return err
	case out.SignedIn != nil:
		return s.finish(w, r, out.SignedIn)
	case out.Page != nil:
		reject := out.Page.Reject
		if reject.Retry > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((reject.Retry+time.Second-1)/time.Second)))
		}
		return s.journeyPage(w, r, statusOf(reject), out.Page, frameExtras{typed: typedIn(form)})
	case out.Stale:
		seeOther(w, r.URL.Path+"?stale")
	default:
		seeOther(w, r.URL.Path)
	}
	return nil
}

func statusOf(reject *journey.Reject) int {
	if reject.Status != 0 {
		return reject.Status
	}
	return http.StatusUnprocessableEntity
}

// journeyState answers a waiting page: 204 until it would look different.
func (s *Server) journeyState(w http.ResponseWriter, r *request) error {
	changed, err := s.Engine.Changed(r.Context(), r.PathValue("id"), r.URL.Query().Get("seen"), r.client)
	if err != nil {
		return err
	}
	if !changed {
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}

// finish gives the browser what the journey came to, and leads on.
func (s *Server) finish(w http.ResponseWriter, r *request, in *journey.SignedIn) error {
	s.setCookie(w, sessionCookie, in.SessionToken, 0)
	s.addKnown(w, r, in.Known)
	seeOther(w, in.Path)
	return nil
}

// journeyPage shows the view that the journey stands at: one case per page.
func (s *Server) journeyPage(w http.ResponseWriter, r *request, status int, p *journey.Page, x frameExtras) error {
	f := s.frame(r, p, x)
	if err := s.allowAnswer(w, r, p.Asked.Request); err != nil {
		return err
	}
	var page ui.Page
	switch v := p.View.(type) {
	case journey.SignInView:
		page = signInPage(f, v)
	case journey.OldLoginView:
		page = oldLoginPage(r, f)
	case journey.ChooseMethodView:
		page = chooseMethodPage(r, f, v)
	case journey.EnrolEmailView:
		page = enrolEmailPage(r, f, v)
	case journey.MailboxView:
		page = mailboxPage(r, f, v)
	case journey.SpecifyOrganizationView:
		page = SpecifyOrganizationPage{f.titled(r, "neworg.title").waits(false)}
	case journey.EnterUserView:
		page = enterUserPage(r, f, v)
	case journey.MailSentView:
		page = MailSentPage{f.titled(r, "mailsent.title").waits(false), r.lang.Say("mailsent.text", "N", v.Minutes)}
	case journey.AskByPasswordView:
		page = AskByPasswordPage{f.titled(r, "unfinished.title").waits(false)}
	case journey.AskByUsernameView:
		page = askByUsernamePage(r, f, v)
	case journey.PortalPasswordSetView:
		page = PortalPasswordSetPage{f.titled(r, "portalset.title").waits(false), v.Username}
	case journey.LinkSentView:
		page = linkSentPage(r, f, v)
	case journey.TermsView:
		page = termsPage(r, f, v)
	case journey.NewPasswordView:
		page = newPasswordPage(r, f, v)
	case journey.EnterPhoneView:
		page = enterPhonePage(r, f, v)
	case journey.ChoosePhoneView:
		page = choosePhonePage(r, f, v)
	case journey.NoPhoneView:
		page = noPhonePage(r, f)
	case journey.PhoneCodeView:
		page = phoneCodePage(r, f, v)
	case journey.CallingView:
		page = callingPage(r, f, v)
	case journey.SendEmailView:
		page = sendEmailPage(r, f, v)
	case journey.EmailCodeView:
		page = emailCodePage(r, f, v)
	case journey.EmailVerifiedView:
		page = emailVerifiedPage(r, f, v)
	case journey.EmailNotAllowedView:
		page = emailNotAllowedPage(r, f)
	default:
		return fmt.Errorf("no page for %T", v)
	}
	return s.UI.Page(w, status, r.lang.Tag, page)
}

func (s *Server) frame(r *request, p *journey.Page, x frameExtras) Frame {
	action := "/j/" + p.ID
	again := action // where the page can be asked for again, in another language
	if p.Start != "" {
		again = withRequest(p.Journey.Start, p.Asked.Request)
		if p.Asked.Remember {
			again = withQuery(again, "remember", "on")
		}
	}
	f := Frame{Base: r.base("signin.title", again), Action: action, Start: p.Start, Version: p.Version, Leave: withRequest(p.Journey.Leave, p.Asked.Request), Query: withRequest("", p.Asked.Request), Stale: x.stale, Typed: x.typed}
	for i, step := range p.Bar {
		f.Bar = append(f.Bar, BarItem{i + 1, r.lang.Say(step.Label), step.State})
	}
	if p.Reject != nil {
		f.Mistake = p.Reject.Key
		f.Problem = &ui.Problem{Field: p.Reject.Field, Message: r.lang.Say(p.Reject.Key, p.Reject.Args...)}
	}
	f.State = action + "/state?seen=" + url.QueryEscape(p.Mark)
	return f
}

// waits makes the page follow what happens outside: by script, or by loading
// itself again every four seconds without.
func (f Frame) waits(waiting bool) Frame {
	if !waiting {
		f.State = ""
		return f
	}
	f.Refresh = 4
	return f
}

// titled gives the page its own title.
func (f Frame) titled(r *request, key string) Frame {
	f.Title = r.lang.Say(key)
	return f
}
