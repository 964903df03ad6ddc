// Command bench measures complete journeys against servers of its own, on SQLite
// and on PostgreSQL, beside the raw rate of the password hash on the same machine in
// the same run. docs/performance.md says how to read what it prints.
//
//	go run ./bench                         everything (make bench)
//	go run ./bench --scenario sign-in-phone --clients 16 --database sqlite
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/alecthomas/kong"
)

type flags struct {
	Run    runCommand    `cmd:"" default:"withargs" help:"Measure (the default)."`
	Serve  serveCommand  `cmd:"" hidden:"" help:"A server to measure; started by run."`
	Import importCommand `cmd:"" hidden:"" help:"An import beside it; started by run."`
}

type runCommand struct {
	Scenario   []string      `help:"Which, of ${scenarios}; default: all."`
	Database   []string      `default:"sqlite,postgres" help:"Which databases."`
	Clients    []int         `default:"2,16,64" help:"How many at once."`
	For        time.Duration `default:"6s" help:"How long each measurement lasts, at most 1m."`
	Postgres   string        `env:"SALLYPORT_BENCH_POSTGRES" help:"Address of a PostgreSQL that may create databases."`
	Accounts   int           `default:"1000" help:"Registered accounts in the database, 64 to 1000000."`
	OneAddress bool          `help:"Everybody is behind one address, as in a hospital."`
	JSON       string        `default:"-" help:"File for the JSON lines; - for standard output, after the table."`
	CPU        string        `help:"Write the server's CPU profile of each scenario to this folder."`
}

// Validate bounds the load.
func (r *runCommand) Validate() error {
	if r.For < time.Second || r.For > time.Minute {
		return fmt.Errorf("--for must be 1s to 1m")
	}
	if r.Accounts < 64 || r.Accounts > 1_000_000 {
		return fmt.Errorf("--accounts must be 64 to 1000000")
	}
	for _, n := range r.Clients {
		if n < 1 || n > 64 {
			return fmt.Errorf("--clients must be 1 to 64")
		}
	}
	return nil
}

func main() {
	var f flags
	ctx := kong.Parse(&f, kong.Name("bench"), kong.Vars{"scenarios": scenarioNames()})
	if err := ctx.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
