//go:build !linux

package sqldb

import "os"

func syncData(f *os.File) error { return f.Sync() }
