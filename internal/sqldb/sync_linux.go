package sqldb

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// syncData brings a file's content to the disk, without its times (fdatasync(2)).
func syncData(f *os.File) error {
	defer runtime.KeepAlive(f)
	for {
		if err := syscall.Fdatasync(int(f.Fd())); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
