// Package mailtest runs an independent mail server, Debian's aiosmtpd, for tests. It
// listens on loopback alone, and relays nothing.
package mailtest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Event is one thing that happened: a connection, or a mail.
type Event struct {
	Port      int
	Connected bool
	Mail      string // raw
	Sender    string // of the envelope
	To        []string
	TLS       bool
	User      bool // authenticated
}

// Server is a running mail server.
type Server struct {
	Port   int
	CAFile string // certificate to trust
	Events chan Event
	t      testing.TB
}

// Start runs one until the test ends: mode is starttls, tls or none; without a user
// nobody need authenticate. Mail to later@… is refused for now, to gone@… for good, and
// slow@… is kept waiting.
func Start(t testing.TB, mode, user, password string) *Server {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	cert, key := certificate(t)
	cmd := exec.Command("/usr/bin/python3", "-W", "ignore", filepath.Join(filepath.Dir(here), "server.py"), cert, key, mode, user, password)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("the mail server (scripts/parts installs it): %v", err)
	}
	s := &Server{CAFile: cert, Events: make(chan Event, 5000), t: t}
	ready := make(chan int, 1)
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var e Event
			if json.Unmarshal(lines.Bytes(), &e) != nil {
				continue
			}
			if e.Port > 0 {
				ready <- e.Port
				continue
			}
			s.Events <- e
		}
	}()
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	select {
	case s.Port = <-ready:
	case <-time.After(20 * time.Second):
		t.Fatal("the mail server did not start: Debian's python3-aiosmtpd is installed by scripts/parts")
	}
	return s
}

// Mail returns the next mail that arrives.
func (s *Server) Mail() Event {
	s.t.Helper()
	limit := time.After(15 * time.Second)
	for {
		select {
		case e := <-s.Events:
			if e.Mail != "" {
				return e
			}
		case <-limit:
			s.t.Fatal("no mail arrived")
		}
	}
}

func certificate(t testing.TB) (certFile, keyFile string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}
