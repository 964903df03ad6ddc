package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
)

//go:embed static/*.css static/*.js static/*.svg static/*.woff2
var static embed.FS

// Assets are the files that pages load. All are ours: no page loads anything
// from elsewhere (ASVS 3.6.1). Their addresses carry a hash, so browsers keep
// them for a year.
type Assets struct {
	files map[string][]byte
	tags  map[string]string
}

// Look is the part of the style that the operator sets.
type Look struct {
	Color     string // #rrggbb
	ColorDark string
	LogoFile  string // SVG or PNG on disk; empty: none
}

// NewAssets reads the embedded files, the operator's logo and colours.
func NewAssets(look Look) (*Assets, error) {
	a := &Assets{files: map[string][]byte{}, tags: map[string]string{}}
	names, err := static.ReadDir("static")
	if err != nil {
		return nil, err
	}
	for _, entry := range names {
		text, err := static.ReadFile("static/" + entry.Name())
		if err != nil {
			return nil, err
		}
		a.add(entry.Name(), text)
	}
	if look.LogoFile != "" {
		logo, err := os.ReadFile(look.LogoFile)
		if err != nil {
			return nil, fmt.Errorf("brand.logo_file: %w", err)
		}
		a.add("logo"+strings.ToLower(path.Ext(look.LogoFile)), logo)
	}
	a.add("door.css", fmt.Appendf(bytes.Clone(a.files["door.css"]), ":root{--brand:%s}\n@media (prefers-color-scheme:dark){:root{--brand:%s}}\n", look.Color, look.ColorDark)) // one request has all styles
	return a, nil
}

func (a *Assets) add(name string, content []byte) {
	sum := sha256.Sum256(content)
	a.files[name], a.tags[name] = content, hex.EncodeToString(sum[:6])
}

// URL is the address of a file. The error names one that is not there.
func (a *Assets) URL(name string) (string, error) {
	if _, ok := a.files[name]; !ok {
		return "", fmt.Errorf("no asset %s", name)
	}
	return "/static/" + name + "?v=" + a.tags[name], nil
}

// Logo is the address of the operator's logo, or empty.
func (a *Assets) Logo() string {
	for name := range a.files {
		if strings.HasPrefix(name, "logo.") {
			url, _ := a.URL(name)
			return url
		}
	}
	return ""
}

// ServeHTTP serves /static/NAME.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/static/")
	content, ok := a.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("ETag", `"`+a.tags[name]+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func contentType(name string) string {
	if strings.HasSuffix(name, ".woff2") {
		return "font/woff2"
	}
	return mime.TypeByExtension(path.Ext(name))
}
