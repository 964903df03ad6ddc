package main

import (
	"context"
	"log/slog"
	"net"
	"os"

	"sallyport/internal/app"
	"sallyport/internal/config"
)

type serveCommand struct {
	Config string `required:"" type:"existingfile" help:"Configuration file (YAML)."`
}

// Run serves until it is told to stop (SIGTERM, SIGINT).
func (s *serveCommand) Run(ctx context.Context) error {
	c, err := loadValid(s.Config)
	if err != nil {
		return err
	}
	log := logger(c.Log)
	for _, said := range c.Deviations() {
		log.Warn("assurance", "deviation", said)
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return err
	}
	app.TuneMemory()
	a, err := app.New(ctx, app.Options{Config: c, Log: log})
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Serve(ctx, c, func(address net.Addr) {
		log.Info("ready", "listen", address.String(), "public_url", c.PublicURL, "profile", c.Profile, "version", version)
	})
}

// loadValid reads a configuration and refuses it with every problem at once.
func loadValid(path string) (config.Config, error) {
	c, err := config.Load(path, os.LookupEnv)
	if err != nil {
		return c, err
	}
	problems := append(c.Validate(false), app.ClientProblems(c)...)
	if problems == nil {
		problems = app.DeliveryProblems(c)
	}
	if problems != nil {
		return c, problems
	}
	return c, nil
}

// logger writes JSON lines, or text, to standard error (ASVS 16.2.4).
func logger(c config.Log) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(c.Level)) // Validate has checked it
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, options))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, options))
}
