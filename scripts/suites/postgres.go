package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// postgres is a private server for the tests, in a folder of its own.
type postgres struct {
	dir string
	pid int
}

// inMemory is a file system in memory. Creating and dropping hundreds of databases costs a
// disk's file system more than all the tests' statements.
const inMemory = "/dev/shm"

// scratch returns the folder for what the tests write: in memory, where at least four GiB
// are free there; otherwise the system's folder for temporary files.
func scratch() string {
	var fs unix.Statfs_t
	if unix.Statfs(inMemory, &fs) == nil && fs.Bavail*uint64(fs.Bsize) >= 4<<30 {
		return inMemory
	}
	return os.TempDir()
}

// startPostgres starts a server with its data below a folder, and returns its address.
func startPostgres(ctx context.Context, below string) (*postgres, string, error) {
	dir, err := os.MkdirTemp(below, "sallyport-postgres.*")
	if err != nil {
		return nil, "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the server runs as another user
		return nil, "", err
	}
	p := &postgres{dir: dir}
	out, err := exec.CommandContext(ctx, "scripts/postgres", "start", dir).Output()
	if err != nil {
		p.stop()
		return nil, "", fmt.Errorf("scripts/postgres start: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err == nil {
		line, _, _ := strings.Cut(string(text), "\n")
		p.pid, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		p.stop()
		return nil, "", fmt.Errorf("the server's process: %w", err)
	}
	return p, strings.TrimSpace(string(out)), nil
}

// spent returns the processor time that the server has used.
func (p *postgres) spent() time.Duration { return spentBy(p.pid) }

// stop ends the server and deletes its data.
func (p *postgres) stop() {
	exec.Command("scripts/postgres", "stop", p.dir).Run()
	os.RemoveAll(p.dir)
}
