package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// messageKey is what an operator may put in other words: mails, texts, calls and alerts;
// never what a page says.
var messageKey = regexp.MustCompile(`^((message|notice|rescue|admin|newuser|alert)\..*(subject|text|sms|footer)|spoken\..+)$`)

// always are the names that every message may use.
var always = []string{"Brand", "Product", "SupportPhone", "SupportEmail", "N", "Life"}

// needed are those without which a message is worth nothing.
var needed = []string{"Code", "Link", "URL"}

// MessageKeys are the keys of everything that is sent.
func MessageKeys() (list []string) {
	for key := range ours("en") {
		if messageKey.MatchString(key) {
			list = append(list, key)
		}
	}
	slices.Sort(list)
	return list
}

func ours(tag string) map[string]any {
	all := map[string]any{}
	text, err := files.ReadFile(tag + ".json")
	if err != nil || json.Unmarshal(text, &all) != nil {
		return nil
	}
	return all
}

// LoadWith is Load with an operator's words in place of ours: dir holds en.json and
// es.json, or one of them, of messages alone. It fails with every mistake in them.
func LoadWith(brand Brand, dir string) (*Catalog, error) {
	own := map[string][]byte{}
	var errs []error
	if dir != "" {
		if _, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("messages.dir: %w", err)
		}
	}
	for _, tag := range Languages {
		if dir == "" {
			break
		}
		path := filepath.Join(dir, tag.String()+".json")
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = checkOwn(tag.String(), text)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("messages.dir: %s: %w", path, err))
		}
		own[tag.String()+".json"] = text
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return read(brand, own)
}

func checkOwn(tag string, text []byte) error {
	var own map[string]any
	if err := json.Unmarshal(text, &own); err != nil {
		return err
	}
	known := ours(tag)
	var errs []error
	for key, words := range own {
		was, ok := known[key]
		if !ok || !messageKey.MatchString(key) {
			errs = append(errs, fmt.Errorf("%q is no message's; `sallyport preview --keys` lists them", key))
			continue
		}
		errs = append(errs, checkNames(key, names(was), names(words)))
	}
	return errors.Join(errs...)
}

// checkNames: what a message needs is there, and nothing that it is not given.
func checkNames(key string, was, is []string) error {
	for _, name := range needed {
		if slices.Contains(was, name) && !slices.Contains(is, name) {
			return fmt.Errorf("%q lacks {{.%s}}", key, name)
		}
	}
	for _, name := range is {
		if !slices.Contains(was, name) && !slices.Contains(always, name) {
			return fmt.Errorf("%q names {{.%s}}, which this message does not have", key, name)
		}
	}
	return nil
}

var named = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

// names are those in a message's words, in any of its plural forms.
func names(words any) (list []string) {
	text, err := json.Marshal(words)
	if err != nil {
		return nil
	}
	for _, found := range named.FindAllStringSubmatch(strings.ReplaceAll(string(text), `\u003c`, "<"), -1) {
		list = append(list, found[1])
	}
	return list
}
