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

// Renderer holds every page's template in every language.
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
		common, err := r.parse(template.New("").Funcs(r.funcs()), lang, own, "layout.html", "parts.html")
		if err != nil {
			return nil, err
		}
		for _, files := range from {
			names, err := fs.Glob(files, "*.html")
			if err != nil {
				return nil, err
			}
			around := common
			if i := slices.Index(names, FrameFile); i >= 0 {
				names = slices.Delete(names, i, i+1)
				if around, err = r.parse(template.Must(common.Clone()), lang, files, FrameFile); err != nil {
					return nil, err
				}
			}
			for _, name := range names {
				page := template.Must(around.Clone())
				if page, err = r.parse(page, lang, files, name); err != nil {
					return nil, err
				}
				r.templates[key(lang.Tag, strings.TrimSuffix(path.Base(name), ".html"))] = page
			}
		}
	}
	return r, nil
}

func key(lang, page string) string { return lang + " " + page }

var (
	word  = regexp.MustCompile(`\[\[([a-z_.]+)\]\]`)
	named = regexp.MustCompile(`\{\{(icon|asset) "([^"]+)"\}\}`)
)

// parse puts the language's words where templates say [[key]], once, and parses.
func (r *Renderer) parse(into *template.Template, lang *words.Language, files fs.FS, names ...string) (*template.Template, error) {
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
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
		for _, use := range named.FindAllStringSubmatch(filled, -1) {
			if err := r.have(use[1], use[2]); err != nil {
				missing = append(missing, fmt.Errorf("%s: %w", name, err))
			}
		}
		if _, err := into.Parse(filled); err != nil {
			missing = append(missing, fmt.Errorf("%s: %w", name, err))
		}
		if err := errors.Join(missing...); err != nil {
			return nil, err
		}
	}
	return into, nil
}

func (r *Renderer) have(kind, name string) (err error) {
	if kind == "icon" {
		_, err = icon(name)
	} else {
		_, err = r.assets.URL(name)
	}
	return err
}

func (r *Renderer) funcs() template.FuncMap {
	return template.FuncMap{"asset": r.assets.URL, "icon": icon}
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
	if err := t.ExecuteTemplate(&out, "layout", page); err != nil {
		return fmt.Errorf("page %s: %w", page.Template(), err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.WriteHeader(status)
	_, err := out.WriteTo(w)
	return err
}

// Template gives tests a page's template, to check it against the page's struct.
func (r *Renderer) Template(lang, page string) *template.Template {
	return r.templates[key(lang, page)]
}
