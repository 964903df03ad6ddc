package ui

import (
	"errors"
	"net/http"

	"sallyport/internal/words"
)

// Page is a typed page: a struct that names its template and holds everything
// that the template shows. Tests check each template against its struct.
type Page interface{ Template() string }

// Around is what the door gives a handler from elsewhere, such as the portal's.
type Around struct {
	Lang *words.Language
	Base func(title, path string) Base // path: the page's own address, for the other languages' links

	Address string // the client's
}

// ErrMissing is answered with the page that says that there is none.
var ErrMissing = errors.New("no such page")

// ErrMalformed is answered with the page that says that what was sent can't be read.
var ErrMalformed = errors.New("form can't be read")

// Handler serves one request within the door's headers, cross-origin check,
// language and error page.
type Handler func(w http.ResponseWriter, r *http.Request, around Around) error

// Base is what every page has; page structs embed it.
type Base struct {
	Lang     string // BCP 47
	Title    string
	Brand    Brand
	Switch   []LangLink // the other languages
	Refresh  int        // seconds after which a waiting page loads itself again where there are no scripts; 0: never
	SignedIn bool
	Wide     bool
}

// Brand is what the operator made of the product.
type Brand struct {
	words.Brand
	LogoURL          string // empty: our two arches
	PrivacyURL       string
	AccessibilityURL string
}

// LangLink leads to the same page in another language.
type LangLink struct{ Lang, Name, URL string }

// Problem is what was wrong with a form: for the summary, and beside the field.
type Problem struct {
	Field   string // id of the field; empty: the page as a whole
	Message string
}

// At tells whether the problem is about this field.
func (p *Problem) At(field string) bool { return p != nil && p.Field == field }
