package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Languages are the tags of the languages we speak, the default first.
var Languages = []language.Tag{language.English, language.Spanish}

// Brand is what every sentence may name.
type Brand struct {
	Name         string // “Sallyport Health”
	Product      string // “Provider portal”
	SupportPhone string
	SupportEmail string
}

// Catalog is all words in all languages, for one brand.
type Catalog struct {
	languages []*Language
	matcher   language.Matcher
	missing   atomic.Int64
	matched   sync.Map // *Language by Accept-Language
	kept      atomic.Int64
}

// Language says the catalogue's words in one language.
type Language struct {
	Tag     string // BCP 47, as in <html lang>
	Name    string // its own name for itself: “Español”
	catalog *Catalog
	say     *i18n.Localizer
	brand   Brand
}

// Load reads the catalogue. It fails only when a file of ours is broken.
func Load(brand Brand) (*Catalog, error) { return read(brand, nil) }

// read reads ours, and then what stands in place of some of them, by file name.
func read(brand Brand, own map[string][]byte) (*Catalog, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	c := &Catalog{matcher: language.NewMatcher(Languages)}
	for _, tag := range Languages {
		if _, err := bundle.LoadMessageFileFS(files, tag.String()+".json"); err != nil {
			return nil, fmt.Errorf("words: %w", err)
		}
	}
	for file, text := range own {
		if _, err := bundle.ParseMessageFileBytes(text, file); err != nil {
			return nil, fmt.Errorf("words: %s: %w", file, err)
		}
	}
	for _, tag := range Languages {
		l := &Language{Tag: tag.String(), catalog: c, say: i18n.NewLocalizer(bundle, tag.String()), brand: brand}
		l.Name = l.Say("language.name")
		c.languages = append(c.languages, l)
	}
	return c, nil
}

// All returns the languages, the default first.
func (c *Catalog) All() []*Language { return c.languages }

// Missing counts the words that were asked for and not there. Tests demand zero.
func (c *Catalog) Missing() int64 { return c.missing.Load() }

// In returns the language with exactly this tag, or nil.
func (c *Catalog) In(tag string) *Language {
	for _, l := range c.languages {
		if l.Tag == tag {
			return l
		}
	}
	return nil
}

// Match picks the language: the chosen tag where we have it, else the best of
// an Accept-Language header (RFC 9110 section 12.5.4), else the default.
func (c *Catalog) Match(chosen, acceptLanguage string) *Language {
	if l := c.In(chosen); l != nil {
		return l
	}
	if found, ok := c.matched.Load(acceptLanguage); ok {
		return found.(*Language)
	}
	l := c.match(acceptLanguage)
	if l == nil {
		l = c.languages[0]
	}
	if len(acceptLanguage) <= longestKept && c.kept.Add(1) <= mostKept {
		c.matched.Store(acceptLanguage, l)
	}
	return l
}

// Parsing the header costs as much as a small answer; browsers send few different ones.
const (
	longestKept = 100 // bytes
	mostKept    = 1000
)

// First picks the best of tags in the order of preference, separated by spaces,
// as in ui_locales (OIDC Core 3.1.2.1); nil where we have none of them.
func (c *Catalog) First(tags string) *Language {
	return c.match(strings.Join(strings.Fields(tags), ","))
}

func (c *Catalog) match(acceptLanguage string) *Language {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return nil
	}
	_, index, confidence := c.matcher.Match(wanted...)
	if confidence == language.No {
		return nil
	}
	return c.languages[index]
}

// Say returns the words for key. Args are name, value pairs that the words name
// as {{.Name}}; an argument called N chooses the plural form (CLDR). A missing
// key returns itself, and is counted.
func (l *Language) Say(key string, args ...any) string {
	data := map[string]any{"Brand": l.brand.Name, "Product": l.brand.Product,
		"SupportPhone": l.brand.SupportPhone, "SupportEmail": l.brand.SupportEmail}
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: data}
	for i := 0; i+1 < len(args); i += 2 {
		name := fmt.Sprint(args[i])
		data[name] = args[i+1]
		if name == "N" {
			config.PluralCount = args[i+1]
		}
	}
	text, err := l.say.Localize(config)
	if err != nil {
		l.catalog.missing.Add(1)
	}
	if text == "" {
		return "[" + key + "]"
	}
	return text
}

// Lines returns the words for key split at line ends, for what is said or shown
// sentence by sentence.
func (l *Language) Lines(key string, args ...any) []string {
	return strings.Split(l.Say(key, args...), "\n")
}
