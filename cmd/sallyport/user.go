package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"sallyport/internal/app"
	"sallyport/internal/config"
	"sallyport/internal/door/account"
	"sallyport/internal/door/admin"
	"sallyport/internal/door/store"
	"sallyport/internal/npi"
	"sallyport/internal/words"
)

type userCommand struct {
	Show       userShow       `cmd:"" help:"Show where somebody stands, and what happened lately."`
	Reset      userReset      `cmd:"" help:"Reset somebody's registration: the second factor goes, the password stays, a link is mailed."`
	Disable    userDisable    `cmd:"" help:"Let nothing open for somebody any more."`
	Enable     userEnable     `cmd:"" help:"Take a disable back."`
	Unlock     userUnlock     `cmd:"" help:"Forget the wrong passwords and codes that make somebody wait."`
	MakeAdmin  userMakeAdmin  `cmd:"" help:"Make somebody an administrator of their organisation."`
	FirstAdmin userFirstAdmin `cmd:"" help:"Add an organisation's first administrator, and print a one-time link by which they register."`
}

// who is the person that a command is about.
type who struct {
	operatorPlace
	Name string `arg:"" help:"Username or sign-in address."`
}

// act runs an act of the operator's on that person. It is written to the audit log like
// any administrator's, with the operator's name. A running server sends what is to be mailed.
func (w who) act(ctx context.Context, do func(a *admin.Admin, by admin.Actor, id string, epoch int64) error) error {
	return withAdmin(ctx, w.place, func(a *admin.Admin) error {
		id, epoch, err := a.ByName(ctx, w.Name)
		if err == nil && id == "" {
			err = fmt.Errorf("there is nobody called %s", w.Name)
		}
		if err != nil {
			return err
		}
		return plain(a, do(a, admin.Actor{Operator: true}, id, epoch))
	})
}

func withAdmin(ctx context.Context, i place, act func(a *admin.Admin) error) error {
	s, c, done, err := i.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	catalog, err := catalogOf(c)
	if err != nil {
		return err
	}
	return act(app.NewAdmin(s, catalog, c, false, func() {}))
}

func catalogOf(c config.Config) (*words.Catalog, error) {
	return words.Load(words.Brand{Name: c.Brand.Name, Product: c.Brand.Product, SupportPhone: c.Brand.SupportPhone, SupportEmail: c.Brand.SupportEmail})
}

// plain says in words what an act refused.
func plain(a *admin.Admin, err error) error {
	mistake, isMistake := errors.AsType[*admin.Mistake](err)
	limited, isLimited := errors.AsType[*store.Limited](err)
	switch {
	case isMistake:
		return errors.New(a.Words.All()[0].Say(mistake.Key))
	case isLimited:
		return fmt.Errorf("that was done many times today; try again in %s", limited.Wait.Round(time.Minute))
	case errors.Is(err, admin.ErrNotFound):
		return errors.New("that is a person of staff: their own identity provider decides")
	case errors.Is(err, admin.ErrChanged):
		return errors.New("nothing to do: the person's state does not allow it, or somebody changed it a moment ago")
	}
	return err
}

type userShow struct{ who }

// Run prints what the help desk sees.
func (c *userShow) Run(ctx context.Context) error {
	return c.act(ctx, func(a *admin.Admin, by admin.Actor, id string, _ int64) error {
		h, err := a.Help(ctx, by, id)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		signedIn := "never"
		if !h.SignedInAt.IsZero() {
			signedIn = h.SignedInAt.Format(time.RFC3339)
		}
		state := strings.TrimSpace(h.State + " " + h.Progress)
		if h.Closed {
			state += ", closed: a call was reported"
		}
		for _, line := range [][2]string{{"NAME", h.Name}, {"USERNAME", h.Username}, {"SIGN-IN ADDRESS", h.SignIn}, {"ORGANIZATION", h.Organization}, {"ROLE", h.Role},
			{"STATE", state}, {"METHOD", strings.TrimSpace(h.Method + " " + h.Phone)}, {"LAST SIGN-IN", signedIn},
			{"SESSIONS", fmt.Sprintf("%d, %d of them remembered", h.Sessions, h.Remembered)}} {
			fmt.Fprintf(out, "%s\t%s\n", line[0], line[1])
		}
		fmt.Fprintln(out, "\nWHEN\tEVENT\tBY")
		for _, e := range h.Events[:min(len(h.Events), 20)] {
			fmt.Fprintf(out, "%s\t%s\t%s\n", e.At.Format(time.RFC3339), e.Type, e.By)
		}
		return out.Flush()
	})
}

type userReset struct {
	who
	Reason   string `required:"" help:"Why, for the audit log."`
	Verified string `required:"" help:"How you made sure that it is this person."`
}

// Run resets.
func (c *userReset) Run(ctx context.Context) error {
	return c.act(ctx, func(a *admin.Admin, by admin.Actor, id string, epoch int64) error {
		err := a.ResetRegistration(ctx, by, id, epoch, c.Reason, c.Verified)
		return said(err, "The registration was reset. The running server mails the link.")
	})
}

type userDisable struct{ who }

// Run disables.
func (c *userDisable) Run(ctx context.Context) error {
	return c.act(ctx, func(a *admin.Admin, by admin.Actor, id string, epoch int64) error {
		return said(a.Disable(ctx, by, id, epoch), "Disabled. Everything that was open has ended.")
	})
}

type userEnable struct{ who }

// Run enables.
func (c *userEnable) Run(ctx context.Context) error {
	return c.act(ctx, func(a *admin.Admin, by admin.Actor, id string, epoch int64) error {
		return said(a.Enable(ctx, by, id, epoch), "Enabled.")
	})
}

type userUnlock struct {
	who
	Verified string `required:"" help:"How you made sure that it is this person."`
}

// Run unlocks.
func (c *userUnlock) Run(ctx context.Context) error {
	return c.act(ctx, func(a *admin.Admin, by admin.Actor, id string, _ int64) error {
		return said(a.Unlock(ctx, by, id, c.Verified), "Unlocked.")
	})
}

type userMakeAdmin struct{ who }

// Run makes somebody an administrator.
func (c *userMakeAdmin) Run(ctx context.Context) error {
	return c.act(ctx, func(a *admin.Admin, by admin.Actor, id string, epoch int64) error {
		return said(a.ChangeRole(ctx, by, id, epoch, account.Admin), "An administrator now. Their sessions have ended.")
	})
}

func said(err error, words string) error {
	if err == nil {
		fmt.Println(words)
	}
	return err
}

type userFirstAdmin struct {
	operatorPlace
	Organization string `required:"" help:"Name of the organisation; it is added where its NPI is not known yet."`
	NPI          string `required:"" name:"npi" help:"Its National Provider Identifier."`
	Username     string `required:""`
	FirstName    string `required:""`
	LastName     string `required:""`
	Email        string `required:""`
}

// Run prints the link. It works once.
func (c *userFirstAdmin) Run(ctx context.Context) error {
	npi := npi.Fold(c.NPI)
	if npi == "" {
		return fmt.Errorf("--npi %s is no NPI: it has ten digits, and the last one checks the others", c.NPI)
	}
	return withAdmin(ctx, c.place, func(a *admin.Admin) error {
		link, err := a.FirstAdmin(ctx, c.Organization, npi, admin.Invitation{Username: c.Username, FirstName: c.FirstName, LastName: c.LastName, Email: c.Email})
		if err == nil {
			fmt.Printf("%s\nIt works once, for %s. Give it to nobody else: who opens it becomes the administrator.\n", link, a.LinkLife)
		}
		return plain(a, err)
	})
}
