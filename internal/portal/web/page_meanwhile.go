package web

import (
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"sallyport/internal/ui"
)

// MeanwhilePage holds what somebody sent whose session had ended: it waits in their own
// browser, and is sent again after they signed in. Nothing of it is kept here
// (docs/decisions/0024).
type MeanwhilePage struct {
	ui.Base
	Again  string // where to sign in
	Action string
	Fields []HiddenField
	Files  bool // there were some, which no page can hold
}

// HiddenField is one that was sent.
type HiddenField struct{ Name, Value string }

func (MeanwhilePage) Template() string { return "page_meanwhile" }

// keeper is member, for forms that somebody typed into: where the session ended meanwhile,
// the answer holds what was typed.
func keeper(s *Server, h handler) handler {
	return func(w http.ResponseWriter, r *request) (err error) {
		r.session, err = s.load(r)
		switch {
		case err != nil:
			return err
		case r.session != nil:
			return h(w, r)
		case r.Header.Get(autosaveHeader) != "": // the page's script keeps it
			w.WriteHeader(http.StatusForbidden)
			return nil
		}
		return s.meanwhile(w, r)
	}
}

func (s *Server) meanwhile(w http.ResponseWriter, r *request) error {
	page := MeanwhilePage{Base: r.Base("portal.meanwhile.title", HomePath), Action: r.URL.Path, Again: InitiateLoginPath + "?target_link_uri=" + url.QueryEscape(pageOf(r.URL.Path))}
	f, err := readForm(w, r, func(_ *fileForm, part *multipart.Part) error {
		page.Files = page.Files || part.FileName() != ""
		return nil
	})
	if err != nil {
		return err
	}
	page.Files = page.Files || f.mistake != nil // they are too large, even
	for name, values := range f.Values {
		for _, value := range values {
			page.Fields = append(page.Fields, HiddenField{name, value})
		}
	}
	return s.UI.Page(w, http.StatusForbidden, r.Lang.Tag, page)
}

// pageOf is the page on which the form of an act stands.
func pageOf(path string) string {
	for _, act := range []string{"/save", "/submit", "/find", "/add", "/reply", "/decide"} {
		if page, ok := strings.CutSuffix(path, act); ok {
			return page
		}
	}
	return path
}
