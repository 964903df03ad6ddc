package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/app"
	"sallyport/internal/door/importer"
	"sallyport/internal/door/store"
	"sallyport/internal/intake"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// importing measures what people who sign in notice of an import that another process
// runs meanwhile, beside the same without one. It fills a database of its own.
func (r *runCommand) importing(ctx context.Context, database string, inbox *drive.Inbox) (lines []result, err error) {
	place, err := newPlace(ctx, database, r.Postgres, false, r.Accounts)
	if err != nil {
		return nil, err
	}
	defer place.remove()
	for _, clients := range r.Clients {
		two, err := r.beside(ctx, place, inbox, clients)
		if err != nil {
			return lines, fmt.Errorf("importing on %s with %d clients: %w", database, clients, err)
		}
		lines = append(lines, two...)
	}
	return lines, nil
}

// beside measures sign-ins alone, then beside an import.
func (r *runCommand) beside(ctx context.Context, place *place, inbox *drive.Inbox, clients int) (lines []result, err error) {
	alone, err := r.drive(place, inbox, scenarios[0], clients, r.For, "")
	if err != nil {
		return nil, err
	}
	alone.Scenario = "without-import"
	file := filepath.Join(place.dir, "users.csv")
	if err := newcomers(file, clients); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "import", "--data", place.dir, "--database", place.address, "--file", file)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer cmd.Wait()
	defer cancel()
	said := bufio.NewScanner(out)
	rows := func() (n int64, ended bool) {
		ended = !said.Scan()
		fmt.Sscan(said.Text(), &n)
		return n, ended
	}
	if _, ended := rows(); ended {
		return nil, fmt.Errorf("the import did not start")
	}
	counted := make(chan float64)
	go func() { // until it ends or is killed
		began := time.Now()
		var n int64
		for {
			now, ended := rows()
			if ended {
				counted <- float64(n) / time.Since(began).Seconds()
				return
			}
			n = now
		}
	}()
	during, err := r.drive(place, inbox, scenarios[0], clients, r.For, "")
	if err != nil {
		return nil, err
	}
	select {
	case <-counted:
		return nil, fmt.Errorf("the import ended before the measurement")
	default:
	}
	cancel()
	during.Scenario, during.Imported, during.Slower = "with-import", <-counted, during.P95/alone.P95
	return []result{alone, during}, nil
}

// newcomers writes a file of a million users.
func newcomers(name string, series int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	to := bufio.NewWriter(file)
	fmt.Fprintln(to, "username,first_name,last_name,organization,email,role,password_hash")
	for n := range million {
		fmt.Fprintf(to, "new%d.%d,Nora,Newcomer,%s,nora%d.%d@bench.example,user,{SSHA}MTIzNDU2Nzg5MDEyMzQ1Njc4OTBzYWx0c2FsdA==\n", series, n, drive.NPI, series, n)
	}
	return to.Flush()
}

// importCommand imports a file of users, and says after each transaction how many rows
// that were in all.
type importCommand struct{ Data, Database, File string }

// Run imports.
func (c *importCommand) Run() error {
	ctx := context.Background()
	app.TuneMemory()
	keys, err := secret.LoadKeys(filepath.Join(c.Data, "keys"))
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, c.Database, sqldb.Options{Clock: time.Now, Cache: 24 << 10, Background: true})
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = (&importer.Importer{Store: &store.Store{DB: db, Keys: keys}}).Users(ctx, intake.Options{File: c.File, Format: "csv", Clock: time.Now, Rejects: c.File + ".rejects",
		Progress: func(p intake.Progress) { fmt.Println(p.Added + p.Changed + p.Unchanged + p.Rejected) }})
	return err
}
