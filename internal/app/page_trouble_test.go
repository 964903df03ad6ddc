package app_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// trouble collects what the browser complains about while a tab shows pages of our site.
type trouble struct {
	site string // its origin

	mu       sync.Mutex
	faults   []string
	expected []string // parts of faults that the test provokes
}

// expect lets pass faults that contain these words: the test provokes them.
func (t *trouble) expect(words string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected = append(t.expected, words)
}

// take returns the faults since the last call.
func (t *trouble) take() (faults []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	faults, t.faults = t.faults, nil
	return slices.DeleteFunc(faults, func(f string) bool {
		return slices.ContainsFunc(t.expected, func(e string) bool { return strings.Contains(f, e) })
	})
}

func (t *trouble) add(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, fmt.Sprintf(format, args...))
}

// hear takes an event of the tab in. It runs in the loop that reads the browser's messages.
func (t *trouble) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		t.thrown(e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			t.add("error in the console: %s", said(e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork { // requests are heard of below
			t.add("error in the console: %s (%s)", e.Entry.Text, t.path(e.Entry.URL))
		}
	case *network.EventResponseReceived:
		t.answered(e)
	case *network.EventLoadingFailed:
		if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" {
			t.add("failed request: %s %s", e.Type, e.ErrorText)
		}
	}
}

func (t *trouble) thrown(d *runtime.ExceptionDetails) {
	text := d.Text
	if d.Exception != nil && d.Exception.Description != "" {
		text = d.Exception.Description
	}
	t.add("page error: %s (%s:%d)", text, t.path(d.URL), d.LineNumber+1)
}

// answered adds requests that failed. A page itself may be an answer such as 404 or 422,
// which the tests see; a failure of ours, or of anything that a page loads, may not.
func (t *trouble) answered(e *network.EventResponseReceived) {
	if !strings.HasPrefix(e.Response.URL, t.site) {
		return
	}
	if e.Response.Status >= 500 || e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument {
		t.add("failed request: %s %s answered %d", e.Type, t.path(e.Response.URL), e.Response.Status)
	}
}

// path is an address without what may be secret in it.
func (t *trouble) path(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return u.Path
}

func said(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		if a.Description != "" {
			words = append(words, a.Description)
		} else {
			words = append(words, string(a.Value))
		}
	}
	return strings.Join(words, " ")
}
