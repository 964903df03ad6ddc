package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/demo"
)

type demoCommand struct {
	Listen  string `default:"127.0.0.1:8080" help:"Loopback address to listen on."`
	Data    string `default:"sallyport-demo" type:"path" help:"Folder to keep everything in."`
	Fresh   bool   `help:"Start over: delete what an earlier demo kept in the folder."`
	Profile string `default:"guide" enum:"guide,recommended" help:"Defaults to use."`
	Verbose bool   `short:"v" help:"Log everything."`
}

// Run serves the demo until it is interrupted (product.md 3.4).
func (d *demoCommand) Run(ctx context.Context) error {
	listener, err := d.listen()
	if err != nil {
		return err
	}
	if err := d.prepare(); err != nil {
		return errors.Join(err, listener.Close())
	}
	c := demoConfig(config.Profile(d.Profile), d.Data, fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port))
	c.Listen = d.Listen
	if d.Verbose {
		c.Log.Level = "debug"
	}
	if problems := c.Validate(true); problems != nil {
		return errors.Join(problems, listener.Close())
	}
	app.TuneMemory()
	a, err := app.New(ctx, app.Options{Config: c, Demo: true, Log: logger(c.Log)})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer a.Close()
	if err := os.WriteFile(filepath.Join(d.Data, publicURLFile), []byte(c.PublicURL+"\n"), 0o600); err != nil {
		return errors.Join(err, listener.Close())
	}
	return a.ServeOn(ctx, listener, c, func(net.Addr) {
		fmt.Printf("Sallyport is ready at %s - sign in as %s, %s or %s with the password %q; messages arrive at %s/demo/messages\n",
			c.PublicURL, demo.People[0].Email, demo.People[1].Email, demo.People[2].Email, demo.Password, c.PublicURL)
	})
}

// demoConfig is the demo's, for its folder and its public address.
func demoConfig(profile config.Profile, data, public string) config.Config {
	c := config.Default(profile)
	c.DataDir, c.PublicURL = data, public
	c.Database, c.KeysFile = "sqlite:"+filepath.Join(data, "door.db"), filepath.Join(data, "keys")
	c.Enroll.StaffDomains = []string{"sallyport.example"}
	c.Log.Format, c.Log.Level = "text", "warn"
	return c
}

// defaultDemoData is where a demo keeps everything unless told otherwise.
const defaultDemoData = "sallyport-demo"

// listen takes the address first: a port that is taken must not cost anybody
// their data with --fresh.
func (d *demoCommand) listen() (net.Listener, error) {
	host, _, err := net.SplitHostPort(d.Listen)
	if err != nil {
		return nil, fmt.Errorf("--listen must be host:port: %w", err)
	}
	address, err := netip.ParseAddr(host)
	if host != "localhost" && (err != nil || !address.IsLoopback()) {
		return nil, fmt.Errorf("--listen %s: the demo has known passwords and listens on a loopback address only, such as 127.0.0.1:8080", d.Listen)
	}
	listener, err := net.Listen("tcp", d.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use: end what listens there, or choose another with --listen 127.0.0.1:8081", d.Listen)
	}
	return listener, err
}

// demoFiles are what a demo keeps; --fresh deletes these and nothing else.
var demoFiles = []string{"door.db", "door.db-wal", "door.db-shm", "door.db-turn", "desk.db", "desk.db-wal", "desk.db-shm", "desk.db-turn",
	"portal.db", "portal.db-wal", "portal.db-shm", "portal.db-turn", "keys", publicURLFile}

func (d *demoCommand) prepare() error {
	if err := os.MkdirAll(d.Data, 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if !d.Fresh {
		return nil
	}
	for _, name := range demoFiles {
		if err := os.Remove(filepath.Join(d.Data, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("--fresh: %w", err)
		}
	}
	return nil
}
