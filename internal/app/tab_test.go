package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"
)

// tab is a browser tab without scripts: it follows links, fills fields by their
// label and presses buttons by their name.
type tab struct {
	t      testing.TB
	base   string
	client *http.Client
	lang   string
	agent  string // User-Agent
	url    *url.URL
	status int
	header http.Header
	doc    *html.Node
	body   string
	typed  map[string]string // field name to value
	files  []upload          // chosen for the next form that takes some
	before []*url.URL
}

func newTab(w *world) *tab {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if "http://"+r.URL.Host != w.config.PublicURL { // a relying party's own site: tests read the Location
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return &tab{t: w.t, base: w.config.PublicURL, client: client, lang: "en", typed: map[string]string{}}
}

// sibling is a second tab of the same browser.
func (b *tab) sibling() *tab {
	return &tab{t: b.t, base: b.base, client: b.client, lang: b.lang, typed: map[string]string{}}
}

func (b *tab) open(path string) {
	b.t.Helper()
	target, err := url.Parse(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.url != nil {
		b.before = append(b.before, b.url)
		target = b.url
	}
	if target, err = target.Parse(path); err != nil {
		b.t.Fatal(err)
	}
	req, _ := http.NewRequest(http.MethodGet, target.String(), nil)
	b.take(b.send(req))
}

func (b *tab) send(req *http.Request) *http.Response {
	b.t.Helper()
	req.Header.Set("Accept-Language", b.lang)
	req.Header.Set("Accept", "text/html,*/*;q=0.8")
	if b.agent != "" {
		req.Header.Set("User-Agent", b.agent)
	}
	if req.Method == http.MethodPost {
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp
}

func (b *tab) take(resp *http.Response) {
	b.t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.doc, err = html.Parse(strings.NewReader(string(body))); err != nil {
		b.t.Fatal(err)
	}
	b.url, b.status, b.header, b.body, b.typed, b.files = resp.Request.URL, resp.StatusCode, resp.Header, string(body), map[string]string{}, nil
}

func (b *tab) back() {
	b.t.Helper()
	if len(b.before) == 0 {
		b.t.Fatal("nowhere to go back to")
	}
	to := b.before[len(b.before)-1]
	b.before = b.before[:len(b.before)-1]
	req, _ := http.NewRequest(http.MethodGet, to.String(), nil)
	b.take(b.send(req))
}

func (b *tab) reload() {
	b.t.Helper()
	req, _ := http.NewRequest(http.MethodGet, b.url.String(), nil)
	b.take(b.send(req))
}

// text is what a person reads: the words of the page, hidden ones left out.
func (b *tab) text() string {
	var out strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			out.WriteString(n.Data)
		}
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "head" || n.Data == "dialog" && !has(n, "open") || has(n, "hidden") || attr(n, "aria-hidden") == "true") {
			return
		}
		if n.Type == html.ElementNode && n.Data == "input" && attr(n, "type") != "hidden" && attr(n, "type") != "password" {
			out.WriteString(" " + attr(n, "value") + " ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if n.Type == html.ElementNode {
			out.WriteString(" ")
		}
	}
	walk(b.doc)
	return strings.NewReplacer(" .", ".", " ,", ",").Replace(strings.Join(strings.Fields(out.String()), " "))
}

func (b *tab) sees(words string) bool {
	return strings.Contains(strings.ToLower(b.text()), strings.ToLower(words))
}

// fill types into the field with this label.
func (b *tab) fill(label, value string) {
	b.t.Helper()
	l := b.find(func(n *html.Node) bool { return n.Data == "label" && same(content(n), label) })
	if l == nil {
		b.t.Fatalf("no field %q on %s:\n%s", label, b.url, b.text())
	}
	field := b.find(func(n *html.Node) bool {
		return (n.Data == "input" || n.Data == "select" || n.Data == "textarea") && attr(n, "id") == attr(l, "for")
	})
	if field == nil || has(field, "readonly") {
		b.t.Fatalf("the field %q can't be typed into", label)
	}
	b.typed[attr(field, "name")] = value
}

// textOf is what a textarea holds.
func textOf(n *html.Node) string {
	if n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}

// press finds the button of this name and returns the request that it makes.
func (b *tab) press(name string) *http.Request {
	button := b.find(func(n *html.Node) bool { return n.Data == "button" && !has(n, "hidden") && same(content(n), name) })
	if button == nil {
		return nil
	}
	form := button
	for form != nil && form.Data != "form" {
		form = form.Parent
	}
	values := url.Values{}
	each(form, func(n *html.Node) {
		field := attr(n, "name")
		if name := attr(n.Parent, "name"); n.Data == "option" && (has(n, "selected") || !values.Has(name)) {
			values.Set(name, attr(n, "value"))
		}
		if n.Data != "input" || field == "" || attr(n, "type") == "file" || attr(n, "type") == "radio" && !has(n, "checked") && b.typed[field] == "" || (attr(n, "type") == "checkbox" && b.typed[field] == "" && !has(n, "checked")) || b.typed[field] == "off" {
			return
		}
		values.Set(field, attr(n, "value"))
		if typed, ok := b.typed[field]; ok {
			values.Set(field, typed)
		}
	})
	each(form, func(n *html.Node) {
		if n.Data == "textarea" {
			values.Set(attr(n, "name"), textOf(n))
		}
		if typed, ok := b.typed[attr(n, "name")]; ok && (n.Data == "select" || n.Data == "textarea") {
			values.Set(attr(n, "name"), typed)
		}
	})
	if attr(button, "name") != "" {
		values.Set(attr(button, "name"), attr(button, "value"))
	}
	action := attr(form, "action")
	if attr(button, "formaction") != "" {
		action = attr(button, "formaction")
	}
	target, err := b.url.Parse(action)
	if err != nil {
		b.t.Fatal(err)
	}
	if attr(form, "enctype") == "multipart/form-data" {
		return b.parts(target.String(), values)
	}
	req, _ := http.NewRequest(http.MethodPost, target.String(), strings.NewReader(values.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

// pick chooses one of several.
func (b *tab) pick(field, value string) { b.typed[field] = value }

// click presses the button, or follows the link, of this name.
func (b *tab) click(name string) {
	b.t.Helper()
	if req := b.press(name); req != nil {
		b.before = append(b.before, b.url)
		b.take(b.send(req))
		return
	}
	link := b.find(func(n *html.Node) bool { return n.Data == "a" && same(content(n), name) })
	if link == nil {
		b.t.Fatalf("nothing called %q on %s:\n%s", name, b.url, b.text())
	}
	b.open(attr(link, "href"))
}

// submitGet presses the button of a form that is sent by GET.
func (b *tab) submitGet(name string) {
	b.t.Helper()
	req := b.press(name)
	if req == nil {
		b.t.Fatalf("no button %q on %s:\n%s", name, b.url, b.text())
	}
	query, err := io.ReadAll(req.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.open(req.URL.Path + "?" + string(query))
}

// doubleClick sends the same submission n times at once, and shows what came to
// the last of them.
func (b *tab) doubleClick(name string, n int) (statuses []int) {
	b.t.Helper()
	var all sync.WaitGroup
	answers := make([]*http.Response, n)
	for i := range n {
		req := b.press(name)
		if req == nil {
			b.t.Fatalf("no button %q on %s:\n%s", name, b.url, b.text())
		}
		all.Go(func() { answers[i] = b.send(req) })
	}
	all.Wait()
	for i := range n {
		statuses = append(statuses, answers[i].StatusCode)
		b.take(answers[i])
	}
	return statuses
}

// names lists every button and link of the page's main part, and of the portal's
// head.
func (b *tab) names() (buttons, links []string) {
	for _, part := range []func(*html.Node) bool{
		func(n *html.Node) bool { return n.Data == "main" },
		func(n *html.Node) bool { return n.Data == "header" && attr(n, "class") == "top" },
	} {
		each(b.find(part), func(n *html.Node) {
			switch {
			case n.Data == "button" && !has(n, "hidden"):
				buttons = append(buttons, content(n))
			case n.Data == "a":
				links = append(links, content(n))
			}
		})
	}
	return buttons, links
}

func (b *tab) find(ok func(*html.Node) bool) (found *html.Node) {
	each(b.doc, func(n *html.Node) {
		if found == nil && ok(n) {
			found = n
		}
	})
	return found
}

func each(n *html.Node, fn func(*html.Node)) {
	if n == nil {
		return
	}
	if n.Type == html.ElementNode {
		fn(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, fn)
	}
}

// content is a node's text, hidden decoration left out.
func content(n *html.Node) string {
	var out strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			out.WriteString(n.Data + " ")
		}
		if attr(n, "aria-hidden") == "true" {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(out.String()), " ")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func same(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

func (b *tab) String() string { return fmt.Sprintf("%d %s", b.status, b.url) }

// hrefOf is a link whose address has this part; linkOf is one of this name.
func hrefOf(part string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Data == "a" && strings.Contains(attr(n, "href"), part) }
}

func linkOf(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Data == "a" && same(content(n), name) }
}
