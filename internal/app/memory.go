package app

import (
	"os"
	"runtime"
	"runtime/debug"
)

// TuneMemory suits the collector to a program of whose memory the password hash in
// progress is most: some MiB of live objects, which it costs time to look at, and 19
// MiB without pointers for each core that hashes. Let small objects pile up longer,
// but never beyond what a small machine has. GOGC and GOMEMLIMIT win where they are set.
func TuneMemory() {
	const base, perCore = 72 << 20, 20 << 20 // bytes
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(base + int64(runtime.NumCPU())*perCore)
	}
}
