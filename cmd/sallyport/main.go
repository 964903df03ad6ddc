// Command sallyport is the whole product: a self-hosted multi-factor front door
// and provider portal. One file per command.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"sallyport/internal/config"
)

type commands struct {
	Demo    demoCommand             `cmd:"" help:"Try it: everything embedded, sample accounts, and a desk where messages and calls arrive."`
	Serve   serveCommand            `cmd:"" help:"Serve an installation that a configuration file describes."`
	Doctor  doctorCommand           `cmd:"" help:"Try every carrier, the databases, TLS, DNS, the clock and the public address, and say what to do."`
	Preview previewCommand          `cmd:"" help:"Show every mail, text and call as it goes out, in your brand and words."`
	Prompts promptsCommand          `cmd:"" help:"Speak the sentences of calls into files, in your brand and words."`
	Config  configCommand           `cmd:"" help:"Check or print the configuration."`
	Migrate migrateCommand          `cmd:"" help:"Bring the database's schema up to this version."`
	Client  clientCommand           `cmd:"" help:"Applications that people sign in to here."`
	Keys    keysCommand             `cmd:"" help:"Keys that tokens are signed with."`
	Import  importCommand           `cmd:"" help:"Move users and organisations in."`
	Export  exportCommand           `cmd:"" help:"Write users for import elsewhere."`
	Rollout rolloutCommand          `cmd:"" help:"Invitations and reminders, in waves at a set rate."`
	User    userCommand             `cmd:"" help:"Emergencies: show, reset, disable, enable, unlock, make-admin, first-admin."`
	Backup  backupCommand           `cmd:"" help:"Write everything that must not be lost into one file."`
	Restore restoreCommand          `cmd:"" help:"Make an installation of a backup, on either database."`
	Audit   auditCommand            `cmd:"" help:"The audit log: verify, export, checkpoint."`
	Code    registrationCodeCommand `cmd:"" name:"registration-code" help:"Codes with which new providers register."`
	Version versionCommand          `cmd:"" help:"Print the version."`
}

// version is set when a release is built.
var version = "development"

type versionCommand struct{}

func (versionCommand) Run() error {
	fmt.Println("sallyport", version)
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	line := kong.Parse(&c, kong.Name("sallyport"), kong.Description("A self-hosted multi-factor front door and provider portal."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := line.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "sallyport:", err)
		if problems, ok := errors.AsType[config.Problems](err); ok && len(problems) > 0 {
			fmt.Fprintln(os.Stderr, "Run `sallyport config print` to see what is in force.")
		}
		os.Exit(1)
	}
}
