package web

import (
	"strings"

	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// TermsPage is “Terms of Use Agreement” (product.md 1.3, step 5).
type TermsPage struct {
	Frame
	Terms      string // version of the terms
	TextLang   string // of the text, which may not be there in the page's language
	Paragraphs []string
}

func (TermsPage) Template() string { return "page_terms" }

func termsPage(r *request, f Frame, v journey.TermsView) ui.Page {
	lang := r.lang.Tag
	if _, ok := v.Texts[lang]; !ok {
		lang = r.server.Words.All()[0].Tag
	}
	page := TermsPage{Frame: f.titled(r, "terms.title").waits(false), Terms: v.Version, TextLang: lang}
	for _, paragraph := range strings.Split(strings.ReplaceAll(v.Texts[lang], "\r\n", "\n"), "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			page.Paragraphs = append(page.Paragraphs, paragraph)
		}
	}
	return page
}
