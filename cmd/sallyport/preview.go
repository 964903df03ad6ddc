package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"sallyport/internal/app"
	"sallyport/internal/words"
)

type previewCommand struct {
	Config string `type:"existingfile" required:"" help:"Configuration file (YAML): its brand and its words."`
	Out    string `type:"path" help:"Folder to write every message to, mails as pages too, with an index.html. Without it they are printed."`
	Lang   string `help:"Only this language: en or es."`
	Key    string `help:"Only messages whose key begins so, such as message.sign_in."`
	Keys   bool   `help:"List the keys of all messages, for words of your own."`
}

// Run shows every message with sample values. Nothing is sent.
func (c *previewCommand) Run() error {
	if c.Keys {
		for _, key := range words.MessageKeys() {
			fmt.Println(key)
		}
		return nil
	}
	loaded, err := loadValid(c.Config)
	if err != nil {
		return err
	}
	all, err := app.Previews(loaded)
	if err != nil {
		return err
	}
	var list []app.Preview
	for _, p := range all {
		if (c.Lang == "" || p.Lang == c.Lang) && strings.HasPrefix(p.Key, c.Key) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("no message is like that: sallyport preview --keys lists them")
	}
	if c.Out == "" {
		for _, p := range list {
			fmt.Printf("── %s (%s, %s)%s\n", p.Key, p.Channel, p.Lang, segments(p))
			if p.Subject != "" {
				fmt.Println(p.Subject)
			}
			fmt.Printf("\n%s\n\n", strings.TrimSpace(p.Text))
		}
		return nil
	}
	return writePreviews(c.Out, list)
}

func segments(p app.Preview) string {
	if p.Segments == 0 {
		return ""
	}
	return fmt.Sprintf(": %d segment(s)", p.Segments)
}

func writePreviews(dir string, list []app.Preview) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var index strings.Builder
	index.WriteString("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Messages</title><h1>Messages</h1><ul>\n")
	for _, p := range list {
		name := p.Key + "." + p.Lang
		text := p.Text
		if p.Subject != "" {
			text = p.Subject + "\n\n" + text
		}
		if err := os.WriteFile(filepath.Join(dir, name+".txt"), []byte(text), 0o644); err != nil {
			return err
		}
		links := fmt.Sprintf(`<a href="%s.txt">text</a>`, name)
		if p.HTML != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(p.HTML), 0o644); err != nil {
				return err
			}
			links += fmt.Sprintf(`, <a href="%s.html">page</a>`, name)
		}
		fmt.Fprintf(&index, "<li>%s (%s)%s: %s</li>\n", html.EscapeString(name), p.Channel, segments(p), links)
	}
	index.WriteString("</ul></html>\n")
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(index.String()), 0o644); err != nil {
		return err
	}
	fmt.Printf("%d messages are in %s: open index.html\n", len(list), dir)
	return nil
}
