package main

import (
	"crypto/sha512"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor times in /proc (proc_stat(5), USER_HZ).
const tick = 10 * time.Millisecond

// busy returns the processor time that the whole machine has spent since it started,
// idle time and waiting for disks left out.
func busy() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	var sum int64
	for i, field := range strings.Fields(line)[1:] {
		if n, err := strconv.ParseInt(field, 10, 64); err == nil && i != 3 && i != 4 && i < 8 { // guests are counted in user time
			sum += n
		}
	}
	return time.Duration(sum) * tick
}

// spentBy returns the processor time of a process, of its children now, and of those
// that it has waited for.
func spentBy(pid int) (sum time.Duration) {
	dirs, _ := os.ReadDir("/proc")
	for _, dir := range dirs {
		id, err := strconv.Atoi(dir.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ") // a command's name may contain anything
		fields := strings.Fields(rest)
		if len(fields) < 15 || id != pid && fields[1] != strconv.Itoa(pid) {
			continue
		}
		used := fields[11:13] // utime, stime
		if id == pid {
			used = fields[11:15] // and of its children
		}
		for _, field := range used {
			n, _ := strconv.ParseInt(field, 10, 64)
			sum += time.Duration(n) * tick
		}
	}
	return sum
}

// reference returns how long this machine takes for a fixed piece of work, at best.
func reference() time.Duration {
	best, block := time.Hour, make([]byte, 1<<20)
	for range 9 {
		began := time.Now()
		for range 8 {
			sum := sha512.Sum512(block)
			copy(block, sum[:])
		}
		best = min(best, time.Since(began))
	}
	return best
}

// crowding tells how much longer work takes when the machine spends others of its time
// on somebody else, during wall: 1 on a quiet machine, 2 when half of every core is gone.
func crowding(others, wall time.Duration) float64 {
	cores := float64(runtime.NumCPU())
	if wall <= 0 || others <= 0 {
		return 1
	}
	left := cores - float64(others)/float64(wall)
	return cores / max(left, cores/4)
}
