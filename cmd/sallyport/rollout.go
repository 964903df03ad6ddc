package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sallyport/internal/door/admin"
	"sallyport/internal/door/store"
	"sallyport/internal/npi"
)

type rolloutCommand struct {
	Invite rolloutInvite `cmd:"" help:"Invite people to register, at a set rate, until nobody is left."`
	Remind rolloutRemind `cmd:"" help:"Remind who began to register and stopped."`
	Stop   rolloutStop   `cmd:"" help:"Stop the wave that is under way, before its next mail."`
}

// wave is what invitations and reminders have.
type wave struct {
	operatorPlace
	NPI  string `name:"npi" help:"Of one organisation alone; default: all."`
	Rate int    `default:"60" help:"Mails a minute, 1 to 6000."`
	Most int    `help:"Mails in all; default: until nobody is left."`
}

func (c *wave) run(ctx context.Context, w admin.Wave) error {
	if c.Rate < 1 || c.Rate > 6000 {
		return fmt.Errorf("--rate must be 1 to 6000 a minute")
	}
	return withAdmin(ctx, c.place, func(a *admin.Admin) error {
		if c.NPI != "" {
			id, name, err := a.OrganizationByNPI(ctx, npi.Fold(c.NPI))
			if err == nil && id == "" {
				err = fmt.Errorf("there is no organisation with the NPI %s", c.NPI)
			}
			if err != nil {
				return err
			}
			w.Organization = id
			fmt.Println(name)
		}
		w.Every, w.Most = time.Minute/time.Duration(c.Rate), c.Most
		last := time.Now()
		w.Sent = func(n int) {
			if time.Since(last) >= 10*time.Second {
				last = time.Now()
				fmt.Printf("%d sent\n", n)
			}
		}
		sent, err := a.Run(ctx, w)
		fmt.Printf("%d mails were queued; the running server delivers them.\n", sent)
		if errors.Is(err, store.ErrStopped) {
			fmt.Println("The wave was stopped. The same command goes on behind it.")
			return nil
		}
		return err
	})
}

type rolloutInvite struct{ wave }

// Run invites who has not begun, and was not invited yet.
func (c *rolloutInvite) Run(ctx context.Context) error { return c.run(ctx, admin.Wave{}) }

type rolloutRemind struct {
	wave
	Again time.Duration `default:"72h" help:"Nobody is reminded twice within this time."`
}

// Run reminds who began and stopped.
func (c *rolloutRemind) Run(ctx context.Context) error {
	return c.run(ctx, admin.Wave{Remind: true, Again: c.Again})
}

type rolloutStop struct{ place }

// Run stops a wave that runs anywhere.
func (c *rolloutStop) Run(ctx context.Context) error {
	return withAdmin(ctx, c.place, func(a *admin.Admin) error {
		was, err := a.StopWave(ctx)
		if err == nil && was {
			fmt.Println("Stopped.")
		} else if err == nil {
			fmt.Println("No wave is under way.")
		}
		return err
	})
}
