package app

import (
	"context"
	"fmt"
	"os"

	"sallyport/internal/config"
	"sallyport/internal/door/account"
	"sallyport/internal/door/journey"
	"sallyport/internal/sqldb"
)

// terms are the terms of use in force: the operator's texts, or a neutral one.
func (a *App) terms(ctx context.Context, c config.Config) (t journey.Terms, err error) {
	if c.Terms.Version == "" {
		return t, nil
	}
	t = journey.Terms{Terms: account.Terms{Version: c.Terms.Version}, Texts: map[string]string{}}
	for lang, path := range c.Terms.Texts {
		if a.Words.In(lang) == nil {
			return t, fmt.Errorf("terms.texts: there is no language %q here", lang)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return t, fmt.Errorf("terms.texts: %w", err)
		}
		t.Texts[lang] = string(text)
	}
	if len(t.Texts) == 0 {
		for _, lang := range a.Words.All() {
			t.Texts[lang.Tag] = lang.Say("terms.text")
		}
	}
	err = a.Store.Write(ctx, func(tx *sqldb.Tx) error {
		t.Since, err = a.Store.TermsSince(tx, t.Version)
		return err
	})
	return t, err
}
