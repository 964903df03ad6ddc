package ui

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"sallyport/internal/words"
)

type page struct {
	Base
	Hello string
}

func (page) Template() string { return "hello" }

func catalog(t *testing.T) *words.Catalog {
	t.Helper()
	c, err := words.Load(words.Brand{Name: "Harbor <Review>"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func assets(t *testing.T, look Look) *Assets {
	t.Helper()
	a, err := NewAssets(look)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func templates(text string) fstest.MapFS {
	return fstest.MapFS{"hello.html": &fstest.MapFile{Data: []byte(text)}}
}

func TestPageInEachLanguage(t *testing.T) {
	r, err := New(catalog(t), assets(t, Look{}), templates(`{{define "main"}}<p title="[[options.staff.hint]]">[[cancel]] {{.Hello}} {{icon "check"}}</p>{{end}}`))
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "Cancel", "es": "Cancelar"} {
		rec := httptest.NewRecorder()
		if err := r.Page(rec, 422, lang, page{Base{Lang: lang, Title: "T"}, "<b>"}); err != nil {
			t.Fatal(err)
		}
		body := rec.Body.String()
		if rec.Code != 422 || rec.Header().Get("Content-Language") != lang || !strings.Contains(body, want+" &lt;b&gt; <svg aria-hidden=\"true\"") || !strings.Contains(body, `<html lang="`+lang+`">`) {
			t.Errorf("%s: %d\n%s", lang, rec.Code, body)
		}
		if strings.Contains(body, "<Review>") { // words are escaped, the brand in them too
			t.Errorf("%s: the brand is not escaped", lang)
		}
	}
}

// The program does not start with a broken page.
func TestBrokenTemplatesAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no such word":  `{{define "main"}}[[no.such.word]]{{end}}`,
		"no such asset": `{{define "main"}}{{asset "none.css"}}{{end}}`,
		"no such icon":  `{{define "main"}}{{icon "none"}}{{end}}`,
		"bad syntax":    `{{define "main"}}{{.}`,
	} {
		if _, err := New(catalog(t), assets(t, Look{}), templates(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A template that fails half-way sends nothing: the error page can still be shown.
func TestFailingTemplateSendsNothing(t *testing.T) {
	r, err := New(catalog(t), assets(t, Look{}), templates(`{{define "main"}}before {{icon .Hello}}{{end}}`))
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	if err := r.Page(rec, 200, "en", page{}); err == nil || rec.Body.Len() != 0 {
		t.Errorf("err = %v, sent %q", err, rec.Body)
	}
	if err := r.Page(rec, 200, "xx", page{}); err == nil {
		t.Error("a language that is not there was shown")
	}
}

func TestAssets(t *testing.T) {
	logo := filepath.Join(t.TempDir(), "our.SVG")
	if err := os.WriteFile(logo, []byte("<svg/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := assets(t, Look{Color: "#123456", ColorDark: "#abcdef", LogoFile: logo})
	if styles := string(a.files["door.css"]); !strings.Contains(styles, "#123456") || !strings.Contains(styles, "#abcdef") {
		t.Error("the operator's colours are not in the styles")
	}
	for _, name := range []string{"door.css", "door.js", "public-sans.woff2", "logo.svg"} {
		url, err := a.URL(name)
		if err != nil {
			t.Fatal(err)
		}
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, httptest.NewRequest("GET", url, nil))
		if rec.Code != 200 || rec.Header().Get("Content-Type") == "" || !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") || rec.Body.Len() == 0 {
			t.Errorf("%s: %d %v", url, rec.Code, rec.Header())
		}
		again := httptest.NewRequest("GET", url, nil)
		again.Header.Set("If-None-Match", rec.Header().Get("ETag"))
		rec = httptest.NewRecorder()
		if a.ServeHTTP(rec, again); rec.Code != 304 {
			t.Errorf("%s asked again: %d", url, rec.Code)
		}
	}
	if !strings.HasPrefix(a.Logo(), "/static/logo.svg?v=") || assets(t, Look{}).Logo() != "" {
		t.Errorf("logo %q", a.Logo())
	}
	for _, path := range []string{"/static/none.css", "/static/../ui.go", "/static/"} {
		rec := httptest.NewRecorder()
		if a.ServeHTTP(rec, httptest.NewRequest("GET", path, nil)); rec.Code != 404 {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if _, err := NewAssets(Look{LogoFile: logo + ".none"}); err == nil {
		t.Error("a logo that is not there was accepted")
	}
}

// No page loads anything from elsewhere (ASVS 3.6.1), and scripts hold nothing in the browser's stores (14.3.3).
func TestAssetsAreOurs(t *testing.T) {
	a := assets(t, Look{})
	for _, name := range []string{"door.css", "door.js"} {
		text := string(a.files[name])
		for _, bad := range []string{"http://", "https://", "@import", "localStorage", "sessionStorage", "innerHTML", "eval("} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %s", name, bad)
			}
		}
	}
}
