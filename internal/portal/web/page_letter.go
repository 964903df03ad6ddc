package web

import (
	"net/http"
	"strconv"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// LetterPage is the determination letter, to print or to save.
type LetterPage struct {
	Frame
	Case      portal.Case
	Decision  DecisionRow
	Day       string // of the decision, where the operator is
	Addressee string // the provider's organisation
	Consumer  string
	Lines     []LetterLine
	Back      string // to the case
	Save      string // address of the file
}

// LetterLine is a service: asked for, and certified.
type LetterLine struct{ Code, Note, Asked, Certified string }

func (LetterPage) Template() string { return "page_letter" }

// LetterFile is the letter as a file: everything that it needs stands in it.
type LetterFile struct{ LetterPage }

func (LetterFile) Template() string { return "page_letter_file" }

// letter shows the letter to the provider.
func (s *Server) letter(w http.ResponseWriter, r *request) error {
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	return s.letterPage(w, r, c, CasesPath+"/"+c.ID)
}

// reviewLetter shows it to staff.
func (s *Server) reviewLetter(w http.ResponseWriter, r *request) error {
	c, err := s.reviewed(r)
	if err != nil {
		return err
	}
	return s.letterPage(w, r, c, ReviewPath+"/"+c.ID)
}

func (s *Server) letterPage(w http.ResponseWriter, r *request, c *portal.Case, back string) error {
	list, err := s.decisions(r, c)
	if err != nil {
		return err
	}
	if len(list) == 0 || !list[0].Determination.Outcome.Decided() {
		return ui.ErrMissing
	}
	if err := s.seen(r, []portal.Case{*c}); err != nil {
		return err
	}
	d := list[0]
	frame, err := s.frame(r, "letter.title", back+"/letter")
	if err != nil {
		return err
	}
	page := LetterPage{Frame: frame, Case: *c, Decision: d, Day: d.DecidedAt.In(s.Zone).Format("2006-01-02"), Addressee: c.Organization, Consumer: c.Consumer.FirstName + " " + c.Consumer.LastName,
		Back: back, Save: back + "/letter?save=1"}
	record := CasePage{Typed: c.Request}
	record.fill(r, nil)
	if err := s.describe(r, &record); err != nil {
		return err
	}
	notes := map[string]string{}
	for _, shown := range record.Record {
		notes[shown.Code] = shown.Note
	}
	for i, asked := range c.Request.Services {
		line := LetterLine{Code: asked.Code, Note: notes[asked.Code], Asked: asked.Units, Certified: "0"}
		if i < len(d.Units) {
			line.Certified = strconv.Itoa(d.Units[i])
		}
		page.Lines = append(page.Lines, line)
	}
	if r.URL.Query().Get("save") != "" {
		w.Header().Set("Content-Disposition", `attachment; filename="determination-`+c.Number+`.html"`)
		return s.UI.File(w, r.Lang.Tag, LetterFile{page})
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}
