package ui

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"sallyport/internal/words"
)

//go:embed layout.html parts.html icons/*.svg
var own embed.FS

// Renderer holds every page's template in every language. All pages of a folder
// share one set, so that what stands around them is held once: the collector looks
// at every template again and again.
type Renderer struct {
	templates map[string]*template.Template // by language and page
	assets    *Assets
}

// FrameFile is the template, in a folder of pages, of what they all have around them.
const FrameFile = "frame.html"

// New parses the templates in each folder of from. A word or an icon that is not
// there is an error: the program does not start with a broken page.
func New(catalog *words.Catalog, assets *Assets, from ...fs.FS) (*Renderer, error) {
	r := &Renderer{templates: map[string]*template.Template{}, assets: assets}
	for _, lang := range catalog.All() {
		common := template.New("").Funcs(template.FuncMap{"icon": icon})
		if err := r.parse(common, lang, own, "", "layout.html", "parts.html"); err != nil {
			return nil, err
		}
		for _, files := range from {
			if err := r.folder(template.Must(common.Clone()), lang, files); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// folder adds a folder's frame and pages to a set.
func (r *Renderer) folder(set *template.Template, lang *words.Language, files fs.FS) error {
	names, err := fs.Glob(files, "*.html")
	if err != nil {
		return err
	}
	if i := slices.Index(names, FrameFile); i >= 0 {
		names = slices.Delete(names, i, i+1)
		if err := r.parse(set, lang, files, "", FrameFile); err != nil {
			return err
		}
	}
	for _, name := range names {
		page := strings.TrimSuffix(path.Base(name), ".html")
		if err := r.parse(set, lang, files, page, name); err != nil {
			return err
		}
		whole := set.New(page)
		if _, err := whole.Parse(`{{template "top" .}}{{template "main ` + page + `" .}}{{template "bottom" .}}`); err != nil {
			return err
		}
		r.templates[key(lang.Tag, page)] = whole
	}
	return nil
}

func key(lang, page string) string { return lang + " " + page }

var (
	word    = regexp.MustCompile(`\[\[([a-z_.]+)\]\]`)
	named   = regexp.MustCompile(`\{\{(icon|asset) "([^"]+)"\}\}`)
	defined = regexp.MustCompile(`\{\{define "([^"]+)"\}\}`)
)

// parse puts the language's words where templates say [[key]], and drawings and
// addresses where they name one, once, and parses. What a page calls its own, main
// above all, gets the page's name.
func (r *Renderer) parse(into *template.Template, lang *words.Language, files fs.FS, page string, names ...string) error {
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		var missing []error
		filled := word.ReplaceAllStringFunc(string(text), func(m string) string {
			said := lang.Say(m[2 : len(m)-2])
			if said == "["+m[2:len(m)-2]+"]" {
				missing = append(missing, fmt.Errorf("%s says %s, which is no word in %s", name, m, lang.Tag))
			}
			return template.HTMLEscapeString(said)
		})
		if strings.Contains(filled, "[[") {
			missing = append(missing, fmt.Errorf("%s: something in [[ ]] is no key of words", name))
		}
		filled = named.ReplaceAllStringFunc(filled, func(m string) string {
			use := named.FindStringSubmatch(m)
			value, err := r.constant(use[1], use[2])
			if err != nil {
				missing = append(missing, fmt.Errorf("%s: %w", name, err))
			}
			return value
		})
		if page != "" {
			for _, own := range defined.FindAllStringSubmatch(filled, -1) {
				for _, use := range []string{"define", "template"} {
					filled = strings.ReplaceAll(filled, `{{`+use+` "`+own[1]+`"`, `{{`+use+` "`+own[1]+" "+page+`"`)
				}
			}
		}
		if _, err := into.New("file " + name).Parse(filled); err != nil {
			missing = append(missing, fmt.Errorf("%s: %w", name, err))
		}
		if err := errors.Join(missing...); err != nil {
			return err
		}
	}
	return nil
}

func (r *Renderer) constant(kind, name string) (string, error) {
	if kind == "icon" {
		drawing, err := icon(name)
		return string(drawing), err
	}
	return r.assets.URL(name)
}

// icon returns the drawing of that name, hidden from screen readers: it always
// stands beside words.
func icon(name string) (template.HTML, error) {
	text, err := own.ReadFile("icons/" + name + ".svg")
	return template.HTML(text), err
}

// Page writes a page. It is rendered whole before anything is sent, so that a
// broken template is an error and not half a page.
func (r *Renderer) Page(w http.ResponseWriter, status int, lang string, page Page) error {
	t := r.templates[key(lang, page.Template())]
	if t == nil {
		return fmt.Errorf("no template %s in %s", page.Template(), lang)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, page); err != nil {
		return fmt.Errorf("page %s: %w", page.Template(), err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.WriteHeader(status)
	_, err := out.WriteTo(w)
	return err
}

// File answers with a page's main part alone, which is a document of its own.
func (r *Renderer) File(w http.ResponseWriter, lang string, page Page) error {
	t := r.templates[key(lang, page.Template())]
	if t == nil {
		return fmt.Errorf("no template %s in %s", page.Template(), lang)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "main "+page.Template(), page); err != nil {
		return fmt.Errorf("page %s: %w", page.Template(), err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	_, err := out.WriteTo(w)
	return err
}

// Template gives tests a page's template, to check it against the page's struct.
func (r *Renderer) Template(lang, page string) *template.Template {
	return r.templates[key(lang, page)]
}
