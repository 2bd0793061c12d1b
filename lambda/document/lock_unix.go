//go:build unix

package document

import (
	"os"
	"syscall"
)

// lock waits until nobody else updates files in a folder. It is on the folder,
// since the file itself is replaced.
func lock(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	// Some network disks know no locks. There Update's second look has to do.
	_ = syscall.Flock(int(d.Fd()), syscall.LOCK_EX)
	return func() { d.Close() }, nil
}
