package main

import (
	"context"
	"fmt"
	"os"

	"sallyport/internal/prompts"
	"sallyport/internal/words"
)

type promptsCommand struct {
	Out    string `required:"" type:"path" help:"Folder to write them to: what voice.prompts then names."`
	Config string `type:"existingfile" help:"Configuration file (YAML): its brand and its words. Without it, those that ship are made: they name no brand."`
}

// Run speaks every prompt in every language, by espeak-ng and sox.
func (c *promptsCommand) Run(ctx context.Context) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil { // the configuration may name it already
		return err
	}
	var catalog *words.Catalog
	var err error
	if c.Config == "" {
		catalog, err = words.Load(words.Brand{})
	} else {
		loaded, bad := loadValid(c.Config)
		if bad != nil {
			return bad
		}
		catalog, err = words.LoadWith(words.Brand{Name: loaded.Brand.Name, Product: loaded.Brand.Product, SupportPhone: loaded.Brand.SupportPhone, SupportEmail: loaded.Brand.SupportEmail}, loaded.Messages.Dir)
	}
	if err != nil {
		return err
	}
	n := 0
	for _, l := range catalog.All() {
		say := func(name string) string { return l.Say("spoken." + name) }
		if c.Config == "" {
			say = func(name string) string { return l.Say("spoken."+name, "Brand", l.Say("spoken.portal")) }
		}
		if err := prompts.Make(ctx, c.Out, l.Tag, say, func(name string) { n++; fmt.Printf("\r%d %-20s", n, name) }); err != nil {
			fmt.Println()
			return err
		}
	}
	fmt.Printf("\r%d prompts are in %s: play one with `play -r 8000 -e u-law -t ul FILE`\n", n, c.Out)
	return nil
}
