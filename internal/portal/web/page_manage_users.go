package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// ManageUsersPage lists the people of an administrator's organisation (product.md 2).
type ManageUsersPage struct {
	Frame
	Search string
	People []PersonRow
	Count  string // “(7)”
	Next   string // address of the next page
	First  bool   // this is the first page
	Narrow bool   // there are more than are shown: a longer beginning finds fewer
}

func (ManageUsersPage) Template() string { return "page_manage_users" }

// mostSearch is the longest search, in bytes.
const mostSearch = 200

func (s *Server) manageUsers(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	search := strings.TrimSpace(q.Get("q"))
	search = search[:min(len(search), mostSearch)]
	found, err := s.Users.Users(r.Context(), r.actor(), search, q.Get("after"))
	if err != nil {
		return missingOr(err)
	}
	frame, err := s.frame(r, "users.title", "/setup/users")
	if err != nil {
		return err
	}
	page := ManageUsersPage{Frame: frame, Search: search, Count: fmt.Sprintf("(%d)", found.Count), First: q.Get("after") == ""}
	if found.Capped {
		page.Count = r.Lang.Say("users.count_more", "Count", found.Count)
	}
	for _, u := range found.Users {
		page.People = append(page.People, s.row(r, u))
	}
	page.Narrow = search != "" && len(found.Users) == fullPage
	if found.Next != "" {
		page.Next = "/setup/users?" + url.Values{"after": {found.Next}}.Encode()
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

// fullPage is how many people a page has at most.
const fullPage = 50

// missingOr makes what is not there for somebody a page that does not exist: nobody
// learns whether it does for others (T-23).
func missingOr(err error) error {
	if err == portal.ErrNotFound {
		return ui.ErrMissing
	}
	return err
}
