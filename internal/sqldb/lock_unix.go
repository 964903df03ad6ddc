//go:build unix

package sqldb

import (
	"os"
	"syscall"
)

// tryLock locks the file for this process alone, or together with others who share it,
// and tells whether it could (flock(2)). The lock ends with the process at the latest.
func tryLock(f *os.File, alone bool) bool {
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	return syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB) == nil
}

func unlock(f *os.File) { syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
