package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/secret"
)

const (
	hookSecret   = "a-secret-of-the-load-generator-alone"
	clientID     = "bench"
	clientSecret = "the-relying-party-of-the-load-generator"
	redirectURI  = "https://party.example/callback"
)

// serveCommand is the product's server with the limits on, the loader as its trusted
// proxy, and real channels. The hash may be a trivial one, which no configuration
// file can ask for.
type serveCommand struct {
	Data, Database, Listen, Hook, CPU string
	SIP                               string // host:port of a trunk; empty: calls go to the webhook
	Mail                              int
	Trivial                           bool
	Client                            string
}

// settings are the same for the server and for who fills its database.
func (s *serveCommand) settings() config.Config {
	c := config.Default(config.Guide)
	c.PublicURL, c.Listen, c.DataDir, c.Database = "http://"+s.Listen, s.Listen, s.Data, s.Database
	c.KeysFile = filepath.Join(s.Data, "keys")
	c.TrustedProxies = []string{"127.0.0.0/8"}
	c.Log.Level = "error"
	c.Brand.Name = "Bench"
	c.Email.From = "no-reply@bench.example"
	c.Email.SMTP = config.SMTP{Host: "127.0.0.1", Port: s.Mail, TLS: "none"}
	hook := config.Webhook{URL: s.Hook, Secret: secret.NewText(hookSecret)}
	c.Text.Webhook, c.Voice.Webhook = hook, hook
	if s.SIP != "" {
		c.Voice.Webhook = config.Webhook{}
		never := config.Duration(0)
		c.Voice.Carriers = []config.CallCarrier{{Name: "trunk", SIP: config.SIP{Server: s.SIP, From: "+12025550100", Listen: "127.0.0.1:0", Most: 2 * atOnce, Keepalive: &never}}}
	}
	c.Limits.SessionIdle = config.Duration(time.Hour)
	c.OIDC.Clients = []config.Client{{ID: clientID, Name: "Bench", Secret: secret.NewText(clientSecret), RedirectURIs: []string{redirectURI}, Refresh: true}}
	if s.Trivial {
		c.Hash.MemoryKiB, c.Hash.Passes = 8, 1
	}
	return c
}

// Run serves until it is told to end.
func (s *serveCommand) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	app.TuneMemory()
	c := s.settings()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	a, err := app.New(ctx, app.Options{Config: c, Log: log})
	if err != nil {
		return err
	}
	defer a.Close()
	if s.CPU != "" {
		file, err := os.Create(s.CPU)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return a.Serve(ctx, c, func(net.Addr) { fmt.Println("ready") })
}

// server is a running one.
type server struct {
	cmd  *exec.Cmd
	host string
}

// start runs this program again as a server on this database.
func start(place *place, inbox *drive.Inbox, cpuProfile string, more ...string) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	s := &server{host: fmt.Sprintf("localhost:%d", port)}
	args := []string{"serve", "--data", place.dir, "--database", place.address, "--listen", s.host, "--hook", inbox.HookURL(), "--mail", fmt.Sprint(inbox.MailPort()), "--cpu", cpuProfile}
	if place.trivial {
		args = append(args, "--trivial")
	}
	s.cmd = exec.Command(os.Args[0], append(args, more...)...)
	s.cmd.Stderr = os.Stderr
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	said := make([]byte, 5)
	if _, err := io.ReadFull(out, said); err != nil || !strings.HasPrefix(string(said), "ready") {
		s.stop()
		return nil, fmt.Errorf("the server did not start: %v", err)
	}
	return s, nil
}

// warm waits until the server has made its signing keys, which takes a second once
// in its life.
func (s *server) warm() error {
	for range 200 {
		v := &drive.Visitor{Server: strings.Replace(s.host, "localhost", "127.0.0.1", 1), Host: s.host}
		err := v.Ask("GET", "/oauth2/keys", nil)
		v.Hangup()
		if err == nil && strings.Contains(v.Page, "RSA") && strings.Contains(v.Page, "EC") {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the server has no signing keys")
}

// stop ends it; what it had begun is finished.
func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
}
