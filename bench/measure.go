package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/door/passhash"
)

// hashing is the raw rate of the password hash of the product, on all cores.
type hashing struct {
	PerSecond float64
	CPU       time.Duration // of one
}

// rawHash checks a password over and over for so long.
func rawHash(long time.Duration) hashing {
	hash := passhash.Hash(drive.Password, passhash.Cost{MemoryKiB: 19456, Passes: 2})
	runtime.GC()
	used, began := ownCPU(), time.Now()
	var done atomic.Int64
	var all sync.WaitGroup
	for range runtime.NumCPU() {
		all.Go(func() {
			for time.Since(began) < long {
				passhash.Verify(drive.Password, hash)
				done.Add(1)
			}
		})
	}
	all.Wait()
	n := float64(done.Load())
	return hashing{n / time.Since(began).Seconds(), time.Duration(float64(ownCPU()-used) / n)}
}

func (h hashing) mean(o hashing) hashing {
	return hashing{(h.PerSecond + o.PerSecond) / 2, (h.CPU + o.CPU) / 2}
}

// ownCPU is what this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const tick = 10 * time.Millisecond // USER_HZ of Linux is 100 wherever we run

// cpuOf is what a process has used, from /proc (proc(5)).
func cpuOf(pid int) time.Duration {
	f := stat(pid)
	if len(f) < 15 {
		return 0
	}
	return time.Duration(atoi(f[11])+atoi(f[12])) * tick
}

// cpuOfTree is cpuOf with all its children, those that have ended included.
func cpuOfTree(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	f := stat(pid)
	if len(f) < 15 {
		return 0
	}
	sum := time.Duration(atoi(f[11])+atoi(f[12])+atoi(f[13])+atoi(f[14])) * tick
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		child := atoi(filepath.Base(dir))
		if g := stat(child); len(g) > 2 && atoi(g[1]) == pid {
			sum += cpuOf(child)
		}
	}
	return sum
}

// stat is /proc/PID/stat from the state on: [0] state, [1] parent, [11] utime,
// [12] stime, [13] and [14] the same of ended children.
func stat(pid int) []string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

func atoi(text string) (n int) {
	fmt.Sscan(text, &n)
	return n
}

// peakRSS is the most memory that a process had resident, in MiB.
func peakRSS(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	return float64(atoi(rest)) / 1024
}

// percentile of sorted times, in ms.
func percentile(times []time.Duration, p float64) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return ms(times[min(int(float64(len(times))*p), len(times)-1)])
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
