package prompts

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed shipped
var shipped embed.FS

// Names of the prompts, which are those of their words, too (spoken.NAME).
var Names = []string{"greeting", "sign_in", "enrol", "reset", "test", "press", "report", "now", "wrong", "thanks", "denied", "bye",
	"digit", "code", "again", "type", "goodbye", "keypad", "mismatch", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

const (
	rate    = 8000
	longest = 20 * rate // of one prompt
)

// Set is all prompts in all languages.
type Set struct{ sounds map[string][]byte }

// Sound is a prompt in a language, in µ-law; in English where there is none in that.
func (s *Set) Sound(lang, name string) []byte {
	if sound := s.sounds[lang+"/"+name]; sound != nil {
		return sound
	}
	return s.sounds["en/"+name]
}

// Load returns the prompts that ship, for these languages, and in place of some of them
// what is in dir: en/greeting.wav, es/press.ul and so on. Empty: there is nothing. It
// fails with every mistake in the folder.
func Load(dir string, languages ...string) (*Set, error) {
	s := &Set{map[string][]byte{}}
	for _, lang := range languages {
		for _, name := range Names {
			sound, err := shipped.ReadFile("shipped/" + lang + "/" + name + ".ul")
			if err != nil {
				return nil, err
			}
			s.sounds[lang+"/"+name] = sound
		}
	}
	if dir == "" {
		return s, nil
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	var mistakes []error
	for _, lang := range languages {
		files, err := os.ReadDir(filepath.Join(dir, lang))
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				mistakes = append(mistakes, err)
			}
			continue
		}
		for _, f := range files {
			if err := s.replace(lang, filepath.Join(dir, lang, f.Name())); err != nil {
				mistakes = append(mistakes, fmt.Errorf("%s/%s: %w", lang, f.Name(), err))
			}
		}
	}
	return s, errors.Join(mistakes...)
}

func (s *Set) replace(lang, path string) error {
	kind := filepath.Ext(path)
	name := strings.TrimSuffix(filepath.Base(path), kind)
	if !slices.Contains(Names, name) || kind != ".wav" && kind != ".ul" {
		return fmt.Errorf("is no prompt: they are %s, each .wav or .ul", strings.Join(Names, ", "))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	sound := text
	if kind == ".wav" {
		if sound, err = readWAV(text); err != nil {
			return err
		}
	}
	if len(sound) == 0 || len(sound) > longest {
		return fmt.Errorf("lasts %d seconds: it must be more than none and at most %d", len(sound)/rate, longest/rate)
	}
	s.sounds[lang+"/"+name] = sound
	return nil
}
