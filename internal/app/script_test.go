package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
)

// TestJourneys plays every script in testdata/journeys as its user would: over
// HTTP, without scripts, on both databases and under both profiles.
func TestJourneys(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/journeys/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, profile := range []config.Profile{config.Guide, config.Recommended} {
			if strings.HasPrefix(string(text), "profile ") && !strings.HasPrefix(string(text), "profile "+string(profile)) {
				continue
			}
			name := strings.TrimSuffix(filepath.Base(file), ".txt") + "/" + string(profile)
			each := eachWorld
			if strings.Contains(string(text), "\ndouble ") { // two requests meet
				each = bothWorlds
			}
			t.Run(name, func(t *testing.T) {
				each(t, profile, func(t *testing.T, w *world) {
					s := &script{world: w, tabs: []*tab{newTab(w)}, saved: map[string]string{}}
					for n, line := range strings.Split(string(text), "\n") {
						s.at = fmt.Sprintf("%s:%d: %s", filepath.Base(file), n+1, line)
						s.play(strings.TrimSpace(line))
						if t.Failed() {
							t.Fatalf("%s\n%s\n%s\n%s", s.at, s.tab(), s.tab().text(), w.errors())
						}
					}
				})
			})
		}
	}
}

// script plays one file, a line at a time.
type script struct {
	*world
	tabs  []*tab // the last is in front
	saved map[string]string
	at    string
}

func (s *script) tab() *tab { return s.tabs[len(s.tabs)-1] }

func (s *script) play(line string) {
	s.t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	b := s.tab()
	switch verb {
	case "", "#", "profile":
	case "go":
		s.settled()
		b.open(b.base + rest)
	case "click":
		b.click(rest)
	case "double":
		b.doubleClick(strings.TrimPrefix(rest, "click "), 2)
	case "fill":
		label, value, _ := strings.Cut(rest, " = ")
		b.fill(label, s.value(value))
	case "tick":
		b.fill(rest, "on")
	case "untick":
		b.fill(rest, "off")
	case "see":
		s.want(b.sees(s.value(rest)), "does not show %q", rest)
	case "not":
		s.want(!b.sees(s.value(strings.TrimPrefix(rest, "see "))), "shows %q", rest)
	case "status":
		s.want(fmt.Sprint(b.status) == rest, "status is %d", b.status)
	case "path":
		s.want(b.url.Path == rest, "path is %s", b.url.Path)
	case "typed":
		s.want(strings.Contains(b.body, `value="`+rest+`"`), "lost what was typed")
	case "link", "newlink": // the action of the newest link mail to an address; of one that has not been opened yet
		link := s.newestLink(rest)
		if verb == "newlink" {
			until(s.t, "another link arrives", func() bool {
				link = s.newestLink(rest)
				return link != s.saved["last link"]
			})
		}
		s.saved["last link"] = link
		b.open(link)
	case "back":
		b.back()
	case "reload":
		b.reload()
	case "second": // tab
		s.tabs = append(s.tabs, b.sibling())
	case "new": // browser
		s.tabs = append(s.tabs, newTab(s.world))
	case "close": // tab: the one before is in front again
		s.tabs = s.tabs[:len(s.tabs)-1]
	case "restart":
		s.restart()
	case "other": // replica
		s.otherReplica()
	case "after":
		d, err := time.ParseDuration(rest)
		s.want(err == nil, "%v", err)
		s.clock.add(d)
		s.tick()
	case "save": // NAME = value, for later use as {NAME}
		name, value, _ := strings.Cut(rest, " = ")
		s.saved[name] = s.value(value)
	case "undo": // ADDRESS: open the link that was mailed there
		for _, m := range s.desk(rest) {
			if m.Kind == "link" {
				b.open(m.Links[0])
				return
			}
		}
		s.want(false, "no link")
	case "desk":
		s.playDesk(strings.Fields(rest))
	default:
		s.t.Fatalf("%s: unknown line", s.at)
	}
}

func (s *script) want(ok bool, format string, args ...any) {
	s.t.Helper()
	if !ok {
		s.t.Errorf("%s: "+format, append([]any{s.at}, args...)...)
	}
}

// value fills in {text NUMBER}, {mail ADDRESS} (the newest code there), {wrong
// NUMBER|ADDRESS} (never that code) and {NAME} (saved).
func (s *script) value(text string) string {
	start, end := strings.Index(text, "{"), strings.Index(text, "}")
	if start < 0 || end < start {
		return text
	}
	kind, to, _ := strings.Cut(text[start+1:end], " ")
	value := s.saved[kind]
	switch kind {
	case "text":
		value = s.newest(to, "sms").Code
	case "mail":
		value = s.newest(to, "email").Code
	case "wrong":
		channel := "sms"
		if strings.Contains(to, "@") {
			channel = "email"
		}
		value = other(s.newest(to, channel).Code)
	}
	return text[:start] + value + text[end+1:]
}

// other is a code that is not this one.
func other(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

// playDesk: "call NUMBER answer|busy|hangup|press KEYS|status WORD", "count ADDRESS N".
func (s *script) playDesk(words []string) {
	s.t.Helper()
	switch words[0] {
	case "count":
		for range 100 { // notices go out on their own
			if fmt.Sprint(len(s.desk(words[1]))) == words[2] {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		s.want(fmt.Sprint(len(s.desk(words[1]))) == words[2], "%d messages", len(s.desk(words[1])))
	case "call":
		switch words[2] {
		case "press": // as a person does: once the sentence has been spoken
			s.want(s.phone(words[1], "keys", words[3]) == http.StatusNoContent, "no call to press a key on")
			s.clock.add(5 * time.Second)
			s.tick()
		case "status":
			s.want(s.newest(words[1], "voice").Status == words[3], "the call is %s", s.newest(words[1], "voice").Status)
		default:
			s.want(s.phone(words[1], words[2], "") == http.StatusNoContent, "no call to %s", words[2])
		}
	default:
		s.t.Fatalf("%s: unknown line", s.at)
	}
}
