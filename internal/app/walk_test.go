package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRandomWalk presses any button of any page, with right and wrong answers,
// lets time pass, restarts, and goes back: never a session without the proofs,
// never a page without a way on, never our own trouble.
func TestRandomWalk(t *testing.T) {
	t.Parallel() // beside those that wait more than they work
	arrived := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w := liteWorld(t)
		defer w.serving.Load().stop()
		p := &walker{world: w, tab: newTab(w)}
		p.open("/")
		for range rapid.IntRange(8, 25).Draw(rt, "length") {
			p.step(rt)
			p.check(rt)
			if p.url.Path != "/home" {
				continue
			}
			account := p.sibling()
			account.open("/account")
			for _, how := range []string{"sent by text", "answered with #", "sent by email"} {
				if account.sees(how) {
					arrived[how]++
				}
			}
		}
	})
	t.Logf("arrived: %v", arrived)
	if len(arrived) < 2 {
		t.Errorf("the walk hardly ever gets in: %v", arrived)
	}
}

// walker knows what a person would have proven, from the outside alone.
type walker struct {
	*world
	*tab
	email    string
	password bool // right one given in this journey
	second   bool // right code given, or # pressed and continued
}

func (p *walker) step(rt *rapid.T) {
	buttons, links := p.names()
	links = slices.DeleteFunc(links, func(name string) bool { return strings.Contains(name, "@") }) // opens a mail program
	choices := append(slices.Clone(buttons), "«telephone»")                                         // mostly on, sometimes astray
	if len(buttons) == 0 || rapid.IntRange(0, 9).Draw(rt, "astray") > 6 {
		choices = append(append(choices, links...), "«wait»", "«restart»", "«reload»")
	}
	choice := rapid.SampledFrom(choices).Draw(rt, "choice")
	switch choice {
	case "«wait»":
		p.clock.add(time.Duration(rapid.IntRange(1, 400).Draw(rt, "seconds")) * time.Second)
	case "«restart»":
		p.restart()
	case "«reload»":
		p.reload()
	case "«telephone»":
		p.useTelephone(rt)
	case "Sign in":
		p.signInSomehow(rt)
	case "Verify Code", "Verify code":
		p.codeSomehow(rt, choice)
	case "Continue", "I pressed # – continue":
		p.press(rt, choice)
	default:
		p.tab.click(choice)
		if strings.HasPrefix(choice, "LOGIN WITH") {
			p.password, p.second = false, false
		}
	}
}

func (p *walker) signInSomehow(rt *rapid.T) {
	p.email = rapid.SampledFrom([]string{"dana.phone@lakeside.example", "dana.phone@lakeside.example", "eli.email@lakeside.example", "jrivera@lakeside.example", "nobody@lakeside.example", "nonsense", ""}).Draw(rt, "email")
	password := rapid.SampledFrom([]string{"correct horse battery staple", "correct horse battery staple", "correct horse battery staple", "Portal-Pass-2020", "wrong", ""}).Draw(rt, "password")
	p.fill("Email Address", p.email)
	p.fill("Password", password)
	p.tab.click("Sign in")
	p.password = password == "correct horse battery staple" && (strings.HasPrefix(p.email, "dana") || strings.HasPrefix(p.email, "eli"))
	p.second = false
}

func (p *walker) codeSomehow(rt *rapid.T, button string) {
	to, channel := "+12025550185", "sms"
	if button == "Verify code" {
		to, channel = p.email, "email"
	}
	code := "000000"
	for _, m := range p.desk(to) {
		if m.Channel == channel {
			code = m.Code
			break
		}
	}
	right := rapid.IntRange(0, 3).Draw(rt, "right") > 0
	if !right {
		code = other(code)
	}
	p.fill("Verification code", code)
	p.tab.click(button)
	p.second = p.second || right
}

func (p *walker) press(rt *rapid.T, button string) {
	for _, m := range p.desk("+12025550185") {
		p.second = p.second || m.Channel == "voice" && m.Status == "completed"
	}
	p.tab.click(button)
}

func (p *walker) useTelephone(rt *rapid.T) {
	for _, m := range p.desk("+12025550185") {
		if m.Channel == "voice" && (m.Status == "ringing" || m.Status == "answered") {
			act := rapid.SampledFrom([]string{"answer", "hangup", "busy", "keys", "keys", "keys"}).Draw(rt, "act")
			p.phone("+12025550185", act, rapid.SampledFrom([]string{"#", "#", "#", "*", "12#"}).Draw(rt, "keys"))
			p.clock.add(time.Duration(rapid.IntRange(0, 12).Draw(rt, "seconds")) * time.Second)
			p.tick()
			return
		}
	}
}

func (p *walker) check(rt *rapid.T) {
	if p.status >= 500 {
		rt.Fatalf("trouble: %s %s\n%s", p.tab, p.text(), p.log.text())
	}
	buttons, links := p.names()
	if len(buttons)+len(links) == 0 {
		rt.Fatalf("a dead end: %s %s", p.tab, p.text())
	}
	if p.url.Path == "/home" && !(p.password && p.second) {
		rt.Fatalf("signed in without the proofs (password %v, second %v): %s", p.password, p.second, p.text())
	}
	if p.url.Path == "/signed-out" {
		p.password, p.second = false, false
	}
}
