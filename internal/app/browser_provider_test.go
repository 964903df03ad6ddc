package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sallyport/internal/config"
	"sallyport/internal/demo"
	"sallyport/internal/door/op"
)

// A second application in a real browser: the forms on the way lead to another
// origin in the end, which the Content-Security-Policy must allow, and the login
// options say where one is going.
func TestBrowserSecondApplication(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "example")
	if out, err := exec.Command("go", "build", "-o", program, "../../examples/go").CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		w.clock.live()
		address := freeAddress(t)
		base := "http://" + strings.Replace(address, "127.0.0.1", "localhost", 1)
		p := w.party(t, func(s *op.ClientSettings) {
			s.RedirectURIs, s.PostLogoutRedirectURIs, s.BackChannelLogoutURI = []string{base + "/callback"}, []string{base + "/"}, base+"/backchannel-logout"
		})
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), "ISSUER="+w.config.PublicURL, "CLIENT_ID="+p.id, "CLIENT_SECRET="+p.text, "LISTEN="+strings.TrimPrefix(base, "http://"))
		w.run(t, address, cmd)
		door := c.base
		c.base = base
		c.open("/")
		c.click("Sign in with Sallyport")
		c.see("Scheduling")
		c.shot(name("60-login-options-client"))
		c.click(say("options.phone"))
		c.fill(say("signin.email"), dana)
		c.fill(say("signin.password"), "correct horse battery staple")
		c.click(say("signin.submit"))
		c.click(say("phone.send"))
		c.fill(say("phone.code.label"), w.newest(phones[dana], "sms").Code)
		c.click(say("phone.code.verify"))
		c.see("Hello Dana Whitfield")
		c.base = door
		c.open("/home")
		c.see(say("home.saved"))
		c.openMenu()
		c.click(say("account.sign_out"))
		c.see(say("signed_out.title"))
		w.settled()
		c.base = base
		c.open("/")
		c.see("Nobody is signed in.")
	})
}

// The page with a code follows the code's delivery. When the journey ends meanwhile, its
// scripts must not fetch where it leads: an authorization code is for the browser's own way
// to the client.
func TestBrowserCodePageFetchesNoAnswer(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	c := newChrome(t, w, 1280, true, "en")
	say := w.serving.Load().Words.In("en").Say
	arrived := make(chan string, 9)
	client := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		arrived <- r.Header.Get("Sec-Fetch-Mode")
		rw.Header().Set("Content-Type", "text/html")
		rw.Write([]byte("<!doctype html><title>There</title><p>You have arrived"))
	}))
	t.Cleanup(client.Close)
	p := w.party(t, func(s *op.ClientSettings) { s.RedirectURIs = []string{client.URL + "/callback"} })
	c.open(op.AuthorizePath + "?" + p.request().Encode())
	c.click(say("options.phone"))
	c.fill(say("signin.email"), dana)
	c.fill(say("signin.password"), demo.Password)
	c.click(say("signin.submit"))
	c.click(say("phone.send"))
	c.see(say("phone.code.enter"))
	c.eval(`(() => { // the answer to “Verify Code” is on its way
		const form = document.querySelector("input.code").form, fields = new URLSearchParams(new FormData(form));
		fields.set("action", "verify");
		fields.set("code", ` + strconv.Quote(w.newest(phones[dana], "sms").Code) + `);
		fetch(form.getAttribute("action"), { method: "POST", body: fields, redirect: "manual" });
		return "";
	})()`)
	c.see("You have arrived")
	if mode := <-arrived; mode != "navigate" {
		t.Errorf("the client was asked by %q", mode)
	}
}

// response_mode=form_post goes by itself with scripts, and by its button without;
// the remembered button's form may lead there, too.
func TestBrowserFormPost(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		posted := make(chan url.Values, 9)
		mux := http.NewServeMux()
		mux.HandleFunc("POST /callback", func(rw http.ResponseWriter, r *http.Request) {
			r.ParseForm()
			posted <- r.PostForm
			rw.Header().Set("Content-Type", "text/html")
			rw.Write([]byte("<!doctype html><title>There</title><p>You have arrived"))
		})
		address := freeAddress(t)
		server := &http.Server{Addr: address, Handler: mux}
		go server.ListenAndServe()
		t.Cleanup(func() { server.Close() })
		p := w.party(t, func(s *op.ClientSettings) { s.RedirectURIs = []string{"http://" + address + "/callback"} })
		p.mode = "form_post"
		c.open(op.AuthorizePath + "?" + p.request().Encode())
		c.click(say("options.email"))
		c.fill(say("signin.email"), eli)
		c.fill(say("signin.password"), "correct horse battery staple")
		c.click(say("signin.submit"))
		c.click(say("email.send"))
		c.fill(say("email.code.label"), w.newest(eli, "email").Code)
		c.click(say("email.code.verify"))
		c.click(say("email.continue"))
		if !c.scripts {
			c.see(say("formpost.text"))
			c.shot(name("61-form-post"))
			c.click(say("formpost.continue"))
		}
		c.see("You have arrived")
		if answer := <-posted; answer.Get("code") == "" || answer.Get("state") != p.state || answer.Get("iss") != w.config.PublicURL {
			t.Errorf("posted %v", answer)
		}
		p.mode = ""
		c.visit(op.LogoutPath+"?"+url.Values{"client_id": {p.id}}.Encode(), say("leave.title"), name("62-leave"))
		c.click(say("leave.no"))
		c.see(say("home.saved"))
		c.visit(op.AuthorizePath+"?client_id=none", say("authorize.refused.title"), name("63-request-refused"))
		c.visit(op.LogoutPath+"?id_token_hint=x", say("leave.refused.title"), name("64-leave-refused"))
	})
}

func TestBrowserNotSignedIn(t *testing.T) {
	t.Parallel()
	eachLook(t, func(t *testing.T, w *world, c *chrome, say func(string, ...any) string, name func(string) string) {
		c.open("/portal/callback?error=access_denied&state=x")
		c.visit("/portal/callback?error=access_denied&state=x", say("portal.not_signed_in.title"), name("65-not-signed-in"))
	})
}

// TM-17 with scripts: two minutes before the end the page says so; “Stay signed
// in” goes on; at the end nothing of the page can be read any more.
func TestBrowserIdleWarning(t *testing.T) {
	t.Parallel()
	for _, look := range looks {
		if !look.scripts {
			continue
		}
		t.Run(look.lang, func(t *testing.T) {
			w := liteWorld(t, func(c *config.Config) { c.Limits.SessionIdle = config.Duration(124 * time.Second) }) // a page that is open for four seconds is near its end
			c := newChrome(t, w, look.width, true, look.lang)
			say := w.serving.Load().Words.In(look.lang).Say
			c.signIn(say, "options.email", eli)
			c.click(say("email.send"))
			c.fill(say("email.code.label"), w.newest(eli, "email").Code)
			c.click(say("email.code.verify"))
			c.click(say("email.continue"))
			c.see(say("home.saved"))
			if c.says(say("idle.title")) {
				t.Error("it warns at once")
			}
			w.clock.add(20 * time.Second)
			c.see(say("idle.title"))
			c.see("1:4")
			c.shot("66-idle-" + look.lang)
			c.do(chromedp.Click(chromedp.CSS("#idle form button")))
			until(t, "the warning goes away", func() bool { return !c.says(say("idle.title")) })
			w.clock.add(100 * time.Second) // of 124
			if got := c.left(); got < 20 {
				t.Error("it did not stay signed in")
			}
			w.clock.add(30 * time.Second)
			c.see(say("idle.again"))
			c.shot("67-idle-over-" + look.lang)
			if strings.Contains(c.text(), "Lakeside") {
				t.Error("the page can still be read")
			}
			c.click(say("idle.again"))
			c.see(say("options.title"))
		})
	}
}
