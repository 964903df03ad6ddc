package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// widths are the screens that every page must fit: the smallest that WCAG 2.2 (1.4.10)
// asks for, a phone, half a screen, a tablet upright and lying, and a desktop.
var widths = []int64{320, 375, 600, 768, 1024, 1280}

// visit loads a page, waits until it says these words, and checks it.
func (c *chrome) visit(path, words, name string) {
	c.t.Helper()
	c.open(path)
	c.see(words)
	c.shot(name)
}

// shot checks the page in front, and takes pictures of it where they are wanted. It fails
// on what the browser reported (page errors, errors in the console, failed requests), on
// a page that scrolls sideways, on targets that are too small, and on what axe finds.
func (c *chrome) shot(name string) {
	c.t.Helper()
	c.report(name)
	for _, width := range widths {
		c.resize(width)
		c.fits(name, width)
		if width != 375 && width != 1280 {
			continue
		}
		if small := c.eval(smallTargets); small != "" {
			c.t.Errorf("%s at %d px: smaller than 24 px (A-6): %s", name, width, small)
		}
		for _, dark := range []bool{false, true} {
			c.prefer(dark)
			c.axe(fmt.Sprintf("%s at %d px, %s", name, width, map[bool]string{false: "light", true: "dark"}[dark]))
		}
		c.prefer(c.dark)
	}
	c.pictures(name)
	c.resize(c.width)
	c.report(name)
}

// report fails the test with everything that the browser complained about since the last
// report.
func (c *chrome) report(name string) {
	c.t.Helper()
	for _, fault := range c.trouble.take() {
		c.t.Errorf("%s: %s", name, fault)
	}
}

func (c *chrome) resize(width int64) {
	c.t.Helper()
	c.do(chromedp.EmulateViewport(width, 800))
}

// prefer switches between the light and the dark appearance of the pages.
func (c *chrome) prefer(dark bool) {
	c.t.Helper()
	c.call(emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: map[bool]string{false: "light", true: "dark"}[dark]}}})
}

// fits fails where a page is wider than the screen, unless the list of known faults has
// it. A fault that is gone must leave the list.
func (c *chrome) fits(name string, width int64) {
	c.t.Helper()
	key := fmt.Sprintf("%s %d", name, width)
	wide := c.eval(`document.documentElement.scrollWidth > innerWidth ? String(document.documentElement.scrollWidth) : ""`)
	switch known := knownFaults(c.t)[key]; {
	case wide != "" && !known:
		c.t.Errorf("%s scrolls sideways: it is %s px wide", key, wide)
	case wide == "" && known:
		c.t.Errorf("%s no longer scrolls sideways: remove it from %s", key, knownFaultsFile)
	}
}

const knownFaultsFile = "testdata/pages/known-faults.txt"

var readKnownFaults = sync.OnceValues(func() (map[string]bool, error) {
	text, err := os.ReadFile(knownFaultsFile)
	list := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list[line] = true
		}
	}
	return list, err
})

// knownFaults are pages and widths that scroll sideways today.
func knownFaults(t *testing.T) map[string]bool {
	t.Helper()
	list, err := readKnownFaults()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// pictures leaves pictures at three widths, light and dark, where somebody wants to look.
func (c *chrome) pictures(name string) {
	c.t.Helper()
	dir := os.Getenv(screenshotsEnv)
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		c.t.Fatal(err)
	}
	for _, width := range []int64{375, 768, 1280} {
		for _, dark := range []bool{false, true} {
			c.resize(width)
			c.prefer(dark)
			picture, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name+"-"+strconv.FormatInt(width, 10)+map[bool]string{true: "-dark"}[dark]+".png"), picture, 0o644)
			}
			if err != nil {
				c.t.Error(err)
			}
		}
	}
	c.prefer(c.dark)
}

// smallTargets lists buttons, fields and links outside sentences below 24 px.
const smallTargets = `[...document.querySelectorAll("button,input,a.btn,footer a,nav a")].filter(e => {
	const r = e.getBoundingClientRect(); return r.width && !e.matches(".skip,.link,[type=hidden]") && (r.width < 24 || r.height < 24) && e.type !== "checkbox";
}).map(e => e.outerHTML.slice(0, 80)).join("\n")`

var axeScript = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("testdata/axe/axe.min.js")
	return string(text), err
})

// axe needs scripts to run; without them the page is the same but for what it
// takes away.
func (c *chrome) axe(name string) {
	c.t.Helper()
	if !c.scripts {
		return
	}
	script, err := axeScript()
	if err != nil {
		c.t.Fatal(err)
	}
	if c.eval(`typeof axe`) == "undefined" {
		c.eval(script + `; ""`)
	}
	out, err := chromedp.Run(c.ctx, chromedp.Evaluate[string](`axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
		.then(r => JSON.stringify(r.violations.map(v => [v.id, v.help, v.nodes.map(n => n.html + " " + n.failureSummary)])))`, chromedp.EvalAwaitPromise))
	if err != nil {
		c.t.Errorf("axe on %s: %v", name, err)
		return
	}
	var violations []any
	if err := json.Unmarshal([]byte(out), &violations); err != nil || len(violations) > 0 {
		c.t.Errorf("axe on %s: %v %s", name, err, out)
	}
}
