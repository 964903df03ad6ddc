package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/emersion/go-smtp"

	"sallyport/internal/door/account"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/sqldb/sqldbtest"
	"sallyport/internal/trunk/siptest"
)

// installation is a `serve` as an operator would set it up: certificate files, a
// mail server, signed webhooks for texts and calls.
type installation struct {
	t        *testing.T
	dir      string
	file     string
	base     string
	roots    *x509.CertPool
	mails    chan string
	texts    chan delivery.Message
	calls    chan map[string]any
	hookKey  secret.Text
	database string
	metrics  string // port
	log      *output
	hooks    string // address of the operator's webhooks
}

// output is what a process has written so far; it can be read while the process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

const hookSecret = "a-shared-secret-of-at-least-32-characters"

func newInstallation(t *testing.T, database string) *installation {
	i := &installation{t: t, dir: t.TempDir(), mails: make(chan string, 9), texts: make(chan delivery.Message, 9), calls: make(chan map[string]any, 9),
		hookKey: secret.NewText(hookSecret), database: database, log: &output{}}
	hooks := httptest.NewServer(http.HandlerFunc(i.hook))
	t.Cleanup(hooks.Close)
	i.hooks = hooks.URL
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mail := smtp.NewServer(mailbox{i})
	go mail.Serve(listener)
	t.Cleanup(func() { mail.Close() })
	i.base = "https://localhost:" + freePort(t)
	i.metrics = freePort(t)
	i.certificate()
	i.file = filepath.Join(i.dir, "config.yaml")
	config := fmt.Sprintf(`
public_url: %s
listen: 127.0.0.1:%s
data_dir: %s
database: %q
tls: {cert_file: %s, key_file: %s}
metrics_listen: 127.0.0.1:%s
brand: {name: Harbor Review, support_phone: 1-555-010-0100}
email: {from: no-reply@harbor.example, smtp: {host: 127.0.0.1, port: %d, tls: none}}
text: {webhook: {url: "%s/text", secret: %s}}
voice: {webhook: {url: "%s/voice", secret: %s}}
`, i.base, i.base[len("https://localhost:"):], i.dir, database, filepath.Join(i.dir, "cert.pem"), filepath.Join(i.dir, "key.pem"), i.metrics,
		listener.Addr().(*net.TCPAddr).Port, hooks.URL, hookSecret, hooks.URL, hookSecret)
	if err := os.WriteFile(i.file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return i
}

type mailbox struct{ *installation }

func (m mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return m, nil }
func (m mailbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (m mailbox) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (m mailbox) Reset()                                      {}
func (m mailbox) Logout() error                               { return nil }
func (m mailbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	m.mails <- string(text)
	return err
}

// hook is the operator's webhook: it checks the signature as docs/webhook.md says.
func (i *installation) hook(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if err := delivery.CheckBody(i.hookKey, r.Header.Get(delivery.SignatureHeader), body, time.Now()); err != nil {
		i.t.Error(err)
	}
	if r.URL.Path == "/voice" {
		var call map[string]any
		json.Unmarshal(body, &call)
		i.calls <- call
	} else {
		var m delivery.Message
		json.Unmarshal(body, &m)
		i.texts <- m
	}
	w.WriteHeader(http.StatusAccepted)
}

// freePort returns a port that no other test of this process gets, nor the system by itself:
// a server that was killed finds it free again.
func freePort(t *testing.T) string {
	t.Helper()
	return strconv.Itoa(siptest.FreePort(t))
}

func (i *installation) certificate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		i.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		i.t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	i.roots = x509.NewCertPool()
	i.roots.AddCert(leaf)
	raw, _ := x509.MarshalPKCS8PrivateKey(key)
	os.WriteFile(filepath.Join(i.dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	os.WriteFile(filepath.Join(i.dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600)
}

// change does something to the door's database, with the installation's own keys.
func (i *installation) change(fn func(s *store.Store, tx *sqldb.Tx) error) {
	i.t.Helper()
	db, err := sqldb.Open(i.t.Context(), i.database, sqldb.Options{Clock: time.Now})
	if err != nil {
		i.t.Fatal(err)
	}
	defer db.Close()
	keys, err := secret.LoadOrCreateKeys(filepath.Join(i.dir, "keys"))
	if err != nil {
		i.t.Fatal(err)
	}
	s := &store.Store{DB: db, Keys: keys}
	if err := s.Write(i.t.Context(), func(tx *sqldb.Tx) error { return fn(s, tx) }); err != nil {
		i.t.Fatal(err)
	}
}

// seed adds a registered person.
func (i *installation) seed() {
	i.t.Helper()
	i.change(func(s *store.Store, tx *sqldb.Tx) error {
		if err := s.InsertOrganization(tx, account.Organization{ID: "o", Name: "Pier Clinic", NPI: "1234567893", Active: true}); err != nil {
			return err
		}
		return s.InsertAccount(tx, account.Account{ID: "ana", OrganizationID: "o", Username: "ana", Email: "ana@pier.example", FirstName: "Ana", LastName: "Ruiz", Role: account.User,
			State: account.Registered, Method: account.PhoneMethod, Phone: "+12025550123", PasswordHash: passhash.Hash("a long enough password", passhash.Cost{MemoryKiB: 19456, Passes: 2}), Epoch: 1})
	})
}

// serve starts the command and waits until it is ready.
func (i *installation) serve() *exec.Cmd {
	i.t.Helper()
	cmd := exec.Command(program, "serve", "--config", i.file)
	cmd.Stderr = i.log
	if err := cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	i.t.Cleanup(func() {
		if i.t.Failed() {
			i.t.Logf("the server's log:\n%s", i.log)
		}
	})
	client := i.client()
	eventually(i.t, patience, "the server is ready", func() bool {
		resp, err := client.Get(i.base + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == 200
	})
	client.CloseIdleConnections()
	return cmd
}

func (i *installation) client() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: i.roots}}}
}

func (i *installation) visitor() *visitor { return &visitor{t: i.t, http: i.client()} }

func receive[T any](t *testing.T, from chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing arrived")
	}
	return v
}

// report posts a call event, signed with key.
func (i *installation) report(to, id, event string, key secret.Text) int {
	body, _ := json.Marshal(delivery.CallReport{ID: id, Event: event})
	req, _ := http.NewRequestWithContext(context.Background(), "POST", to, bytes.NewReader(body))
	req.Header.Set(delivery.SignatureHeader, delivery.SignBody(key, body, time.Now()))
	resp, err := i.client().Do(req)
	if err != nil {
		i.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// eachDatabase runs a test with the address of an empty database of each kind.
func eachDatabase(t *testing.T, fn func(t *testing.T, database string)) {
	sqldbtest.Each(t, fstest.MapFS{"sqlite/0001_x.sql": nothing, "postgres/0001_x.sql": nothing}, func(t *testing.T, database string) {
		if strings.HasPrefix(database, "sqlite:") {
			fn(t, "sqlite:"+filepath.Join(t.TempDir(), "door.db"))
			return
		}
		fn(t, emptied(t, database))
	})
}

// An installation on each database, by text, by e-mail and by call, through real
// TLS, a real mail server and signed webhooks.
func TestServe(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		i := newInstallation(t, database)
		if strings.HasPrefix(database, "postgres") {
			if out, code := run(t, nil, "serve", "--config", i.file); code != 1 || !strings.Contains(out, "sallyport migrate") {
				t.Fatalf("serve on an empty PostgreSQL: %d %s", code, out)
			}
		}
		for _, want := range []string{"applied", "up to date"} {
			if out, code := run(t, nil, "migrate", "--config", i.file); code != 0 || !strings.Contains(out, want) {
				t.Fatalf("migrate: %d %s", code, out)
			}
		}
		i.seed()
		cmd := i.serve()
		v := i.visitor()
		if v.get(i.base + "/demo/messages"); !strings.Contains(v.page, "Page not found") { // 13.4.2
			t.Error("the message desk is there outside the demo")
		}
		if v.get(i.base + "/signin/staff"); !strings.Contains(v.page, "not switched on in this installation") { // no provider of staff is configured
			t.Errorf("LOGIN: %s", v.page)
		}
		if v.get(i.base + "/demo/idp/keys"); !strings.Contains(v.page, "Page not found") {
			t.Error("the stand-in provider is there outside the demo")
		}
		signIn := func(method string) {
			v.get(i.base + "/signin/" + method)
			v.post("sign_in", "email", "ana@pier.example", "password", "a long enough password")
		}
		signIn("phone")
		v.post("send_code")
		text := receive(t, i.texts)
		if text.To != "+12025550123" || !strings.HasSuffix(text.Text, "@localhost #"+text.Code) {
			t.Errorf("text: %s", text.To)
		}
		v.post("verify", "code", text.Code)
		if !strings.Contains(v.page, "Ana Ruiz") {
			t.Fatalf("by text: %s", v.page)
		}
		signIn("email")
		v.post("send_email")
		mail := receive(t, i.mails)
		code := mail[strings.Index(mail, "\r\n    ")+6:][:6]
		v.post("verify_email", "code", code)
		v.post("continue_email")
		if !strings.Contains(v.page, "Ana Ruiz") {
			t.Fatalf("by e-mail: %s\n%s", mail, v.page)
		}
		signIn("phone")
		v.post("call_me")
		call := receive(t, i.calls)
		events, id := call["events_url"].(string), call["id"].(string)
		if events != i.base+"/hooks/voice" || !strings.Contains(call["text"].(string), "Harbor Review") {
			t.Errorf("call: %v", call)
		}
		if got := i.report(events, id, "key_pound", secret.NewText("not the secret, not the secret, no")); got != 403 {
			t.Errorf("a forged report: %d", got)
		}
		for _, event := range []string{"ringing", "answered", "prompt_ended"} {
			if got := i.report(events, id, event, i.hookKey); got != 204 {
				t.Fatalf("%s: %d", event, got)
			}
		}
		i.report(events, id, "key_pound", i.hookKey) // at once: a machine's (T-25)
		if v.post("continue"); !strings.Contains(v.page, "We have not heard #") {
			t.Errorf("an early # counted: %s", v.page)
		}
		time.Sleep(2100 * time.Millisecond) // the two seconds themselves are tested: a # counts only after them (T-25)
		i.report(events, id, "key_pound", i.hookKey)
		v.get(v.url.String())
		v.post("continue")
		if !strings.Contains(v.page, "Ana Ruiz") {
			t.Fatalf("by call: %s", v.page)
		}
		resp, err := http.Get("http://127.0.0.1:" + i.metrics + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		metrics, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(metrics), `sallyport_deliveries_total{carrier="webhook",channel="voice",outcome="sent"} 1`) {
			t.Errorf("metrics: %s", metrics)
		}
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("told to stop: %v", err)
		}
		for _, leak := range []string{text.Code, code, "2025550123", "a long enough password", hookSecret} {
			if strings.Contains(i.log.String(), leak) {
				t.Errorf("the log shows %q", leak)
			}
		}
		if !strings.Contains(i.log.String(), `"deviation":"TM-01`) {
			t.Errorf("the deviations are not in the log: %s", i.log)
		}
	})
}

var nothing = &fstest.MapFile{Data: []byte("-- +goose Up\nSELECT 1;\n")}

// emptied takes the template's own version table out of a PostgreSQL database.
func emptied(t *testing.T, address string) string {
	t.Helper()
	db, err := sqldb.Open(t.Context(), address, sqldb.Options{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec("DROP TABLE goose_db_version"); return err }); err != nil {
		t.Fatal(err)
	}
	return address
}
