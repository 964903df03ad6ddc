package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"sallyport/internal/config"
)

// Serve listens and serves until ctx ends, then finishes what it had begun.
// Started is called with the address once requests are answered.
func (a *App) Serve(ctx context.Context, c config.Config, started func(address net.Addr)) error {
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	return a.ServeOn(ctx, listener, c, started)
}

// ServeOn is Serve on a listener that is there already.
func (a *App) ServeOn(ctx context.Context, listener net.Listener, c config.Config, started func(address net.Addr)) error {
	if c.TLS.CertFile != "" {
		certificates := &certificateFiles{certFile: c.TLS.CertFile, keyFile: c.TLS.KeyFile, log: a.log}
		if _, err := certificates.get(nil); err != nil {
			return errors.Join(err, listener.Close())
		}
		listener = tls.NewListener(listener, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificates.get, NextProtos: []string{"h2", "http/1.1"}})
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	all.Go(func() { a.Run(background) })
	defer func() { stop(); all.Wait() }()
	servers := []*http.Server{newServer(a.Handler, a.log)}
	ended := make(chan error, 2)
	go func() { ended <- servers[0].Serve(listener) }()
	if c.MetricsListen != "" {
		metrics, err := net.Listen("tcp", c.MetricsListen)
		if err != nil {
			return errors.Join(err, servers[0].Close())
		}
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", a.Metrics)
		servers = append(servers, newServer(mux, a.log))
		go func() { ended <- servers[1].Serve(metrics) }()
	}
	<-a.started
	started(listener.Addr())
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	return shutdown(servers)
}

// shutdown lets requests that were begun end, for at most ten seconds.
func shutdown(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var errs []error
	for _, s := range servers {
		errs = append(errs, s.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
}

// certificateFiles reads the certificate again when its file changes, so that a
// renewed one needs no restart.
type certificateFiles struct {
	certFile, keyFile string
	log               *slog.Logger
	mu                sync.Mutex
	read              time.Time
	current           *tls.Certificate
}

func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.certFile)
	if err == nil && f.current != nil && info.ModTime().Equal(f.read) {
		return f.current, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(f.certFile, f.keyFile)
	}
	switch {
	case err == nil:
		f.current, f.read = &pair, info.ModTime()
	case f.current == nil:
		return nil, err
	default:
		f.log.Error("certificate not read again; the old one stays", "error", err)
	}
	return f.current, nil
}
