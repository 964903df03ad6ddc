package web

import (
	"errors"
	"net/http"
	"slices"

	"sallyport/internal/door/store"
	"sallyport/internal/ui"
)

// topic is a branch of “Multi-Factor Authentication Help”. Each ends in something
// to do, or with a named contact and a reference number (product.md 1.8).
type topic struct {
	slug    string
	actions []action
	contact bool // the provider administrator or support helps, with a number
}

// action is one way on: words and where they lead.
type action struct{ words, path string }

var topics = []topic{
	{"started", []action{{"help.do.unfinished", "/help/unfinished"}, {"help.do.options", "/"}}, false},
	{"registration_error", nil, false}, // has a page of its own: “Reset”
	{"no_code", []action{{"help.do.options", "/"}}, true},
	{"phone", []action{{"help.do.email", "/signin/email"}}, true},
	{"email", nil, true},
	{"locked", []action{{"help.do.forgot", "/signin/forgot"}}, true},
	{"expired", []action{{"help.do.unfinished", "/help/unfinished"}, {"help.do.forgot", "/signin/forgot"}}, false},
	{"method", []action{{"help.do.options", "/"}}, true},
	{"other", nil, true},
}

// HelpPage is “Multi-Factor Authentication Help”: nine branches.
type HelpPage struct {
	ui.Base
	Topics []HelpLink
}

// HelpLink is a branch, or a way on.
type HelpLink struct{ Words, Path string }

func (HelpPage) Template() string { return "page_help" }

// HelpTopicPage is one branch.
type HelpTopicPage struct {
	ui.Base
	Text    string
	Actions []HelpLink
	Reset   bool   // “Registration Error”, with “Reset”
	Ask     string // address that gives a reference number; empty: none needed
	Number  string // it was given
}

func (HelpTopicPage) Template() string { return "page_help_topic" }

func helpPath(slug string) string { return "/help/topic/" + slug }

func (s *Server) help(w http.ResponseWriter, r *request) error {
	page := HelpPage{Base: r.base("help.title", "/help")}
	for _, t := range topics {
		page.Topics = append(page.Topics, HelpLink{r.lang.Say("help." + t.slug + ".title"), helpPath(t.slug)})
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, page)
}

func (s *Server) helpTopic(w http.ResponseWriter, r *request) error {
	page, err := r.topicPage()
	if err != nil {
		return err
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, page)
}

func (r *request) topicPage() (HelpTopicPage, error) {
	slug := r.PathValue("topic")
	i := slices.IndexFunc(topics, func(t topic) bool { return t.slug == slug })
	if i < 0 {
		return HelpTopicPage{}, errMissing
	}
	t := topics[i]
	page := HelpTopicPage{Base: r.base("help."+slug+".title", helpPath(slug)), Text: r.lang.Say("help." + slug + ".text"), Reset: slug == "registration_error"}
	for _, a := range t.actions {
		page.Actions = append(page.Actions, HelpLink{r.lang.Say(a.words), a.path})
	}
	if t.contact {
		page.Ask = helpPath(slug)
	}
	return page, nil
}

// helpReference gives the number that support looks up.
func (s *Server) helpReference(w http.ResponseWriter, r *request) error {
	page, err := r.topicPage()
	if err != nil {
		return err
	}
	if err := r.loadSession(); err != nil {
		return err
	}
	account := ""
	if r.person != nil {
		account = r.person.ID
	}
	page.Number, err = s.Engine.HelpReference(r.Context(), r.PathValue("topic"), account, r.client)
	if _, limited := errors.AsType[*store.Limited](err); limited {
		page.Number, err = "", nil
		return s.UI.Page(w, http.StatusTooManyRequests, r.lang.Tag, page)
	}
	if err != nil {
		return err
	}
	return s.UI.Page(w, http.StatusOK, r.lang.Tag, page)
}

// resetRegistration is “Reset” of “Registration Error”.
func (s *Server) resetRegistration(w http.ResponseWriter, _ *request) error {
	seeOther(w, "/help/registration-error")
	return nil
}
