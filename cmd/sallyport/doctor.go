package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/doctor"
	"sallyport/internal/secret"
)

type doctorCommand struct {
	Config    string `required:"" type:"existingfile" help:"Configuration file (YAML)."`
	SendEmail string `help:"Send one mail to this address by each relay." placeholder:"ADDRESS"`
	SendText  string `help:"Send one text to this number (E.164, such as +12025550185) by each carrier. It may cost money." placeholder:"NUMBER"`
	SendCall  string `help:"Call this number (E.164) by each carrier of calls, and say how each call goes: answer, and press # after the message. It may cost money." placeholder:"NUMBER"`
}

// Run exits with 1 where something is wrong.
func (c *doctorCommand) Run(ctx context.Context) error {
	loaded, err := loadValid(c.Config)
	if err != nil {
		return err
	}
	keys, err := secret.LoadKeys(loaded.KeysFile)
	if err != nil {
		keys = secret.NewKeys() // the finding about the file says so
	}
	calls := &doctor.Calls{}
	channels, err := app.Carriers(loaded, app.Options{Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, keys, calls)
	if err != nil {
		return err
	}
	d := &doctor.Doctor{Config: loaded, Channels: channels, HTTP: publicClient(), Clock: time.Now, SendEmail: c.SendEmail, SendText: c.SendText, SendCall: c.SendCall, Calls: calls,
		Words: func(string) (string, string) {
			return "Test message", loaded.Brand.Name + ": this is a test of how messages go out. It needs no answer."
		}}
	for _, name := range []string{"door", "portal"} {
		d.Databases = append(d.Databases, doctor.Database{Name: name, Check: func(ctx context.Context) (string, error) { return app.Examine(ctx, loaded, name) }})
	}
	bad, warned := d.Run(ctx, os.Stdout)
	switch {
	case bad > 0:
		return fmt.Errorf("%d wrong, %d could be better", bad, warned)
	case warned > 0:
		fmt.Printf("\nNothing is wrong; %d could be better.\n", warned)
	default:
		fmt.Println("\nAll is well.")
	}
	return nil
}

// publicClient asks the public address, which must not lead elsewhere.
func publicClient() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("it redirects elsewhere") }}
}
