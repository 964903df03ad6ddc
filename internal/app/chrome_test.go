package app_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// screenshotsEnv names a folder that browser tests leave their pictures in.
const screenshotsEnv = "SALLYPORT_SCREENSHOTS"

var (
	chromeOnce   sync.Once
	chromeParent context.Context
	chromeErr    error
	chromeStop   = func() {}
)

func TestMain(m *testing.M) {
	code := m.Run()
	chromeStop()
	os.Exit(code)
}

// hangsAfter ends a test whose browser no longer answers. Each step has its own, shorter limit.
const hangsAfter = 5 * time.Minute

// chrome is one tab of a real browser, in a browser context of its own.
type chrome struct {
	t       *testing.T
	ctx     context.Context
	base    string
	width   int64
	scripts bool
	dark    bool
	trouble *trouble
}

// newChrome opens a tab in Debian's chromium. Without it the test fails: `make
// test` installs it.
func newChrome(t *testing.T, w *world, width int64, scripts bool, lang string) *chrome {
	t.Helper()
	chromeOnce.Do(startChrome)
	if chromeErr != nil {
		t.Fatal(chromeErr)
	}
	ctx, cancel := chromedp.NewContext(chromeParent, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, timeout := context.WithTimeout(ctx, hangsAfter)
	t.Cleanup(timeout)
	c := &chrome{t: t, ctx: ctx, base: w.config.PublicURL, width: width, scripts: scripts, trouble: &trouble{site: w.config.PublicURL}}
	c.do(chromedp.EmulateViewport(width, 800))
	if err := chromedp.Listen(ctx, c.trouble.hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.report("at the end") })
	c.call(emulation.SetScriptExecutionDisabledParams{Value: !scripts})
	c.open("/?lang=" + lang)
	return c
}

func startChrome() {
	path, err := exec.LookPath("chromium")
	if err != nil {
		chromeErr = fmt.Errorf("chromium is missing: run `make test`, which installs it, or apt-get install chromium")
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true))
	allocator, stop1 := chromedp.NewExecAllocator(context.Background(), options...)
	parent, stop2 := chromedp.NewContext(allocator)
	chromeParent, chromeStop = parent, func() { stop2(); stop1() }
	chromeErr = chromedp.Do(parent)
}

func (c *chrome) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, steps...); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chrome) call(params any) {
	c.t.Helper()
	var err error
	switch p := params.(type) {
	case emulation.SetScriptExecutionDisabledParams:
		_, err = chromedp.Call(c.ctx, emulation.SetScriptExecutionDisabled, p)
	case emulation.SetEmulatedMediaParams:
		_, err = chromedp.Call(c.ctx, emulation.SetEmulatedMedia, p)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *chrome) open(path string) {
	c.t.Helper()
	c.do(chromedp.Navigate(c.base + path))
}

func (c *chrome) eval(expression string) string {
	c.t.Helper()
	var out string
	var err error
	for range 20 { // one page follows another just now
		out, err = chromedp.Run(c.ctx, chromedp.Evaluate[string](expression))
		if err == nil || !strings.Contains(err.Error(), "navigated or closed") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		c.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// byName finds a visible button or link by its accessible name, in any letter case.
const byName = `(name => [...document.querySelectorAll("button,a")].find(e => {
	const n = (e.getAttribute("aria-label") || e.innerText).trim().replace(/\s+/g, " ").toLowerCase();
	return n === name.toLowerCase() && e.getClientRects().length && e.ariaHidden !== "true";
}))`

// click presses a button, or follows a link, with the mouse, and waits for the
// page that follows. A page that loads itself again just then is clicked again.
func (c *chrome) click(name string) {
	c.t.Helper()
	var err error
	for range 3 {
		c.see(name)
		if got := c.eval(`(() => { document.querySelectorAll("[data-test]").forEach(e => delete e.dataset.test);
			const e = ` + byName + `(` + strconv.Quote(name) + `); if (!e) return "none"; e.dataset.test = "1"; return ""; })()`); got != "" {
			err = fmt.Errorf("nothing called %q", name)
			continue
		}
		wait, cancel := context.WithTimeout(c.ctx, 20*time.Second) // a click on a page that just went is lost
		_, err = chromedp.Run(wait, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.Click(chromedp.CSS("[data-test]"))))
		cancel()
		if err == nil {
			return
		}
	}
	c.t.Fatalf("click %s: %v\n%s", name, err, c.text())
}

// left is what the server says of the portal session, in seconds.
func (c *chrome) left() int {
	c.t.Helper()
	out, err := chromedp.Run(c.ctx, chromedp.Evaluate[int](`fetch("/portal/session").then(a => a.json()).then(a => a.left)`, chromedp.EvalAwaitPromise))
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// openMenu opens the menu with the person's name.
func (c *chrome) openMenu() {
	c.t.Helper()
	c.do(chromedp.Click(chromedp.CSS("details.who summary")))
}

func (c *chrome) fill(label, value string) {
	c.t.Helper()
	id := c.eval(`(() => { const l = [...document.querySelectorAll("label")].find(l => [...l.childNodes].filter(n => n.ariaHidden !== "true").map(n => n.textContent).join("").trim().toLowerCase() === ` + strconv.Quote(strings.ToLower(label)) + `); return l ? l.htmlFor : ""; })()`)
	if id == "" {
		c.t.Fatalf("no field %q on:\n%s", label, c.text())
	}
	c.eval(`document.getElementById("` + id + `").value = ""`)
	c.do(chromedp.SendKeys(chromedp.ID(id), value))
}

// attach picks a file in a field.
func (c *chrome) attach(selector, path string) {
	c.t.Helper()
	c.do(chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// text is empty for the moment in which one page follows another.
func (c *chrome) text() string { return c.eval(`document.body ? document.body.innerText : ""`) }

// see waits, at most ten seconds, until the page says these words.
func (c *chrome) see(words string) {
	c.t.Helper()
	for end, pause := time.Now().Add(10*time.Second), 10*time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		if c.says(words) {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("%q does not show on:\n%s", words, c.text())
		}
		time.Sleep(pause) // the page changes by itself, or by the server's answer
	}
}

// says looks at the page's text, and at the names of its buttons.
func (c *chrome) says(words string) bool {
	c.t.Helper()
	names := c.eval(`[...document.querySelectorAll("[aria-label]")].map(e => e.ariaLabel).join("\n")`)
	oneLine := func(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
	return strings.Contains(oneLine(c.text()+"\n"+names), oneLine(words))
}

func (c *chrome) path() string { return c.eval(`location.pathname`) }
