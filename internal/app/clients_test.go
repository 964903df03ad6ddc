package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/op"
)

// Real clients, which tell the time themselves: these worlds' clocks run.

// liveWorld is a world whose clock is the machine's.
func liveWorld(t *testing.T) *world {
	w := liteWorld(t)
	w.clock.live()
	return w
}

// node is a command that runs a script. Debian 12's node (18) needs a flag for
// what 20 has.
func node(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	path := tool(t, "node")
	version, err := exec.Command(path, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--dns-result-order=ipv4first"}
	if strings.HasPrefix(string(version), "v18.") {
		args = append(args, "--experimental-global-webcrypto")
	}
	return exec.Command(path, append(args, script)...)
}

// openid-client from npm: code with PKCE, PAR, DPoP, refresh, reuse, revocation,
// end_session, prompt=none.
func TestOpenIDClient(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		w.clock.live()
		p := w.party(t)
		cmd := node(t, "testdata/node/client.mjs")
		cmd.Env = append(os.Environ(), "ISSUER="+w.config.PublicURL, "CLIENT_ID="+p.id, "CLIENT_SECRET="+p.text)
		var trouble bytes.Buffer
		cmd.Stderr = &trouble
		in, err1 := cmd.StdinPipe()
		out, err2 := cmd.StdoutPipe()
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill() })
		b := newTab(w)
		var done []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var line struct{ Open, Done string }
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatalf("%s: %v", lines.Text(), err)
			}
			if line.Done != "" {
				done = append(done, line.Done)
				continue
			}
			b.open(line.Open)
			if b.sees("LOGIN OPTIONS") {
				w.signIn(b, eli)
			}
			fmt.Fprintln(in, b.header.Get("Location"))
		}
		if err := cmd.Wait(); err != nil || len(done) != 7 {
			t.Errorf("%v, done: %q\n%s\n%s", err, done, trouble.String(), w.errors())
		}
	})
}

// application is a running example.
type application struct {
	*world
	t    *testing.T
	base string
	out  *bytes.Buffer
}

// run starts an example and waits until it answers.
func (w *world) run(t *testing.T, address string, cmd *exec.Cmd) *application {
	t.Helper()
	a := &application{world: w, t: t, base: "http://" + address, out: &bytes.Buffer{}}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = a.out, a.out, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }) // Apache ends its children itself
	until(t, "the program answers", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return a
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: run `make test`, which installs it", name)
	}
	return path
}

// follows lets the tab go to the application's site, too.
func (a *application) follows(b *tab) *tab {
	b.client.CheckRedirect = nil
	return b
}

// works: sign in there by the session here, and be signed out there when the
// session ends here.
func (a *application) works(b *tab, loginLink, hello string) {
	a.t.Helper()
	b.open(a.base + "/")
	if loginLink != "" {
		b.click(loginLink)
	}
	if !b.sees("You are signing in to Scheduling") {
		a.t.Fatalf("%s: %s\n%s", b, b.text(), a.out)
	}
	a.signIn(b, eli)
	if !strings.HasPrefix(b.url.String(), a.base) || !b.sees(hello) {
		a.t.Fatalf("%s: %s\n%s\n%s", b, b.text(), a.out, a.errors())
	}
}

// TestGoExample runs examples/go as docs/integrate.md says.
func TestGoExample(t *testing.T) {
	t.Parallel()
	w := liveWorld(t)
	address := freeAddress(t)
	base := "http://" + address
	p := w.party(t, func(s *op.ClientSettings) {
		s.RedirectURIs, s.PostLogoutRedirectURIs, s.BackChannelLogoutURI = []string{base + "/callback"}, []string{base + "/"}, base+"/backchannel-logout"
	})
	program := filepath.Join(t.TempDir(), "example")
	if out, err := exec.Command("go", "build", "-o", program, "../../examples/go").CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "ISSUER="+w.config.PublicURL, "CLIENT_ID="+p.id, "CLIENT_SECRET="+p.text, "LISTEN="+address)
	a := w.run(t, address, cmd)
	b := a.follows(newTab(w))
	a.works(b, "Sign in with Sallyport", "Hello Eli Navarro")
	b.open(w.config.PublicURL + "/account") // the end comes from elsewhere
	b.click("Sign out")
	w.settled()
	if b.open(base + "/"); !b.sees("Nobody is signed in.") {
		t.Errorf("signed out by the back channel: %s\n%s", b.text(), a.out)
	}
	a.works(b, "Sign in with Sallyport", "Hello Eli Navarro")
	b.click("Leave") // and from there
	if b.url.String() != base+"/" || !b.sees("Nobody is signed in.") {
		t.Errorf("%s: %s", b, b.text())
	}
	if b.open(w.config.PublicURL + "/account"); b.url.Path != "/" {
		t.Errorf("left there, and the door is open: %s", b)
	}
}

// TestNodeExample runs examples/node.
func TestNodeExample(t *testing.T) {
	t.Parallel()
	w := liveWorld(t)
	address := freeAddress(t)
	base := "http://" + address
	p := w.party(t, func(s *op.ClientSettings) {
		s.RedirectURIs, s.PostLogoutRedirectURIs = []string{base + "/callback"}, []string{base + "/"}
	})
	dir := t.TempDir() // as after npm install
	modules, err := filepath.Abs("testdata/node/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../examples/node/app.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "app.mjs"), example, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := node(t, "app.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ISSUER="+w.config.PublicURL, "CLIENT_ID="+p.id, "CLIENT_SECRET="+p.text, "LISTEN="+address)
	a := w.run(t, address, cmd)
	b := a.follows(newTab(w))
	a.works(b, "Sign in with Sallyport", "Hello Eli Navarro")
	b.click("Leave")
	if b.url.String() != base+"/" || !b.sees("Nobody is signed in.") {
		t.Errorf("%s: %s\n%s", b, b.text(), a.out)
	}
}

// TestApacheExample runs examples/apache: Debian's Apache with mod_auth_openidc
// before an application that knows nothing of OpenID Connect, with back-channel
// logout.
func TestApacheExample(t *testing.T) {
	t.Parallel()
	w := liveWorld(t)
	application := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(rw, "<title>App</title><p>The application sees %s of %s</p>", r.Header.Get("OIDC_CLAIM_name"), r.Header.Get("OIDC_CLAIM_email"))
	}))
	defer application.Close()
	address := freeAddress(t)
	site := "http://" + address
	p := w.party(t, func(s *op.ClientSettings) {
		s.RedirectURIs, s.PostLogoutRedirectURIs = []string{site + "/signin/return"}, []string{site + "/"}
		s.BackChannelLogoutURI = site + "/signin/return?logout=backchannel"
	})
	example, err := filepath.Abs("../../examples/apache/sallyport.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "sallyport-apache-*")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	var conf strings.Builder
	fmt.Fprintf(&conf, "ServerRoot %s\nServerName localhost\nListen %s\nPidFile %s/pid\nDefaultRuntimeDir %s\nErrorLog /dev/stderr\nLogLevel info\nMutex file:%s default\nDocumentRoot %s\n", dir, address, dir, dir, dir, dir)
	for _, module := range []string{"mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc", "headers", "proxy", "proxy_http"} {
		fmt.Fprintf(&conf, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", module, module)
	}
	if os.Getuid() == 0 {
		conf.WriteString("User www-data\nGroup www-data\n")
	}
	for name, value := range map[string]string{"ISSUER": w.config.PublicURL, "CLIENT_ID": p.id, "CLIENT_SECRET": p.text, "SITE": site, "PASSPHRASE": "a long random text for a test", "APPLICATION": application.URL + "/"} {
		fmt.Fprintf(&conf, "Define %s %q\n", name, value)
	}
	fmt.Fprintf(&conf, "Include %s\n", copyTo(t, dir, example))
	if err := os.WriteFile(filepath.Join(dir, "apache.conf"), []byte(conf.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	a := w.run(t, address, exec.Command(tool(t, "apache2"), "-DFOREGROUND", "-f", filepath.Join(dir, "apache.conf")))
	b := a.follows(newTab(w))
	a.works(b, "", "The application sees Eli Navarro of "+eli)
	b.open(w.config.PublicURL + "/home")
	if !b.sees("Eli Navarro") {
		t.Errorf("the portal, with the same session: %s", b.text())
	}
	b.click("Sign out")
	w.settled()
	if b.open(site + "/"); !b.sees("LOGIN OPTIONS") {
		t.Errorf("after the back-channel logout: %s %s\n%s", b, b.text(), a.out)
	}
	w.signIn(b, eli)
	b.open(site + "/signin/return?" + url.Values{"logout": {site + "/"}}.Encode()) // RP-initiated
	if !b.sees("LOGIN OPTIONS") {
		t.Errorf("left there: %s %s", b, b.text())
	}
	if b.open(w.config.PublicURL + "/account"); b.url.Path != "/" {
		t.Errorf("left there, and the door is open: %s", b)
	}
}

// copyTo puts a file where another user may read it.
func copyTo(t *testing.T, dir, path string) string {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	to := filepath.Join(dir, filepath.Base(path))
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	return to
}
