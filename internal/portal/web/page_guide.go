package web

import (
	"net/http"
	"slices"
	"strings"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// GuidePage is Help: the user guide of this deployment, a page for each task.
type GuidePage struct {
	Frame
	Groups []GuideGroup
	Asked  string // what was searched for
	Found  []GuideLink
}

// GuideGroup is a part of the guide.
type GuideGroup struct {
	Title string
	Links []GuideLink
}

// GuideLink leads to a page of the guide.
type GuideLink struct{ Title, Path, About string }

func (GuidePage) Template() string { return "page_guide" }

// GuideTopicPage is one page of the guide: paragraphs, and steps.
type GuideTopicPage struct {
	Frame
	Parts []GuidePart
	More  []GuideLink // the other pages of its part
}

// GuidePart is a paragraph, or steps in their order.
type GuidePart struct {
	Text  string
	Steps []string
}

func (GuideTopicPage) Template() string { return "page_guide_topic" }

// guide is the guide's parts; each page's words are guide.NAME.title and guide.NAME.text, in
// which an empty line ends a paragraph and a line that begins with “# ” is a step. Who may
// not do it does not read how.
var guide = []struct {
	name   string
	topics []string
	reads  func(*portal.Person) bool
}{
	{"mfa", []string{"what", "how", "signin", "remember", "forgot", "change"}, everybody},
	{"work", []string{"case", "attach", "status", "consumer", "message", "report"}, func(p *portal.Person) bool { return !p.IsStaff() }},
	{"admin", []string{"users", "codes"}, (*portal.Person).IsAdmin},
	{"staff", []string{"queue", "decide", "helpdesk"}, (*portal.Person).IsStaff},
}

func everybody(*portal.Person) bool { return true }

// topics are the guide's pages for the person, by their parts.
func (r *request) topics() (groups []GuideGroup) {
	for _, g := range guide {
		if !g.reads(&r.session.Person) {
			continue
		}
		group := GuideGroup{Title: r.Lang.Say("guide." + g.name)}
		for _, t := range g.topics {
			text, _, _ := strings.Cut(r.Lang.Say("guide."+t+".text"), "\n")
			group.Links = append(group.Links, GuideLink{r.Lang.Say("guide." + t + ".title"), GuidePath + "/" + t, text})
		}
		groups = append(groups, group)
	}
	return groups
}

func (s *Server) guide(w http.ResponseWriter, r *request) error {
	frame, err := s.frame(r, "portal.help", GuidePath)
	if err != nil {
		return err
	}
	page := GuidePage{Frame: frame, Groups: r.topics(), Asked: strings.TrimSpace(r.URL.Query().Get("q"))}
	page.Asked = page.Asked[:min(len(page.Asked), mostSearch)]
	if page.Asked != "" {
		page.Found = r.findTopics(page.Groups, page.Asked)
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

// findTopics are the pages that have every word, those first that have them in their title.
func (r *request) findTopics(groups []GuideGroup, asked string) (found []GuideLink) {
	words := strings.Fields(portal.FoldWords(asked))
	has := func(text string) bool {
		folded := portal.FoldWords(text)
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(folded, w) })
	}
	var later []GuideLink
	for _, g := range groups {
		for _, l := range g.Links {
			switch {
			case has(l.Title):
				found = append(found, l)
			case has(l.Title + " " + r.Lang.Say("guide."+l.Path[len(GuidePath)+1:]+".text")):
				later = append(later, l)
			}
		}
	}
	return append(found, later...)
}

func (s *Server) guideTopic(w http.ResponseWriter, r *request) error {
	path := GuidePath + "/" + r.PathValue("topic")
	for _, g := range r.topics() {
		for _, l := range g.Links {
			if l.Path != path {
				continue
			}
			frame, err := s.frame(r, "portal.help", path)
			if err != nil {
				return err
			}
			page := GuideTopicPage{Frame: frame, Parts: guideParts(r.Lang.Say("guide." + r.PathValue("topic") + ".text"))}
			page.Title = l.Title
			for _, other := range g.Links {
				if other.Path != path {
					page.More = append(page.More, other)
				}
			}
			return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
		}
	}
	return ui.ErrMissing
}

func guideParts(text string) (parts []GuidePart) {
	for line := range strings.SplitSeq(text, "\n") {
		step, isStep := strings.CutPrefix(line, "# ")
		switch {
		case line == "":
		case isStep && len(parts) > 0 && len(parts[len(parts)-1].Steps) > 0:
			parts[len(parts)-1].Steps = append(parts[len(parts)-1].Steps, step)
		case isStep:
			parts = append(parts, GuidePart{Steps: []string{step}})
		default:
			parts = append(parts, GuidePart{Text: line})
		}
	}
	return parts
}
