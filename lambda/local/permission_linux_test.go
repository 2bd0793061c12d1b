package local

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// Root may write anywhere: the test's thread is somebody else to the file system.
func TestSaveWithoutPermission(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	state := filepath.Join(dir, "state")
	if err := os.Chmod(state, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(state, 0o777)
	if os.Getuid() == 0 {
		const nobody = 65534
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer syscall.Setfsuid(0)
	}
	if _, err := s.Save(t.Context(), "ps5", []byte("{}"), ""); err == nil || !strings.HasPrefix(err.Error(), "save state of ps5: no permission; ") {
		t.Errorf("got error %v", err)
	}
}
