package torture

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"stockchecker/e2e/parts"
	"stockchecker/lambda/watch"
)

// shelf is a shop of one product whose page the test sets.
type shelf struct {
	*httptest.Server
	page atomic.Value
}

func newShelf(t *testing.T, page string) *shelf {
	s := &shelf{}
	s.page.Store(page)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, s.page.Load().(string))
	}))
	t.Cleanup(s.Close)
	return s
}

// smallDisk is a file system of its own, of so many bytes.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := openFolder(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=777,size="+size); err != nil {
		parts.LeaveOut(t, "a file system cannot be mounted ("+err.Error()+"); run it as root, where that is allowed")
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// openFolder is a folder that other users reach too.
func openFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	mode(t, filepath.Dir(dir), 0o755)
	mode(t, dir, 0o755)
	return dir
}

// once runs stockcheck once, as nobody or as who we are.
func once(t *testing.T, program, folder, state string, credential *syscall.Credential) (output string, failed bool) {
	t.Helper()
	tally.runs.Add(1)
	cmd := command(program, "run", "--once", "--file", filepath.Join(folder, "checkers.json"), "--state", state)
	cmd.SysProcAttr.Credential = credential
	out, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[interface {
		error
		ExitCode() int
	}](err); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out), err != nil
}

// TestDisk takes the disk away from a checker that has something to record.
func TestDisk(t *testing.T) {
	t.Parallel()
	program := filepath.Join(openFolder(t), "stockcheck")
	if err := os.Rename(build(t, "stockcheck", "stockchecker/lambda/cmd/stockcheck"), program); err != nil {
		t.Fatal(err)
	}
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	for _, test := range []struct {
		name     string
		as       *syscall.Credential
		take     func(t *testing.T, disk string)
		giveBack func(t *testing.T, disk string)
		want     string
	}{
		{"full", nil,
			func(t *testing.T, disk string) {
				file, err := os.Create(filepath.Join(disk, "filler"))
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				if _, err := file.Write(make([]byte, 1<<20)); !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("the disk is not full: %v", err)
				}
			},
			func(t *testing.T, disk string) {
				if err := os.Remove(filepath.Join(disk, "filler")); err != nil {
					t.Fatal(err)
				}
			},
			"check lamp: save state: save state of lamp: disk full; free some space at DISK/data/state (write DISK/data/state/.saving-lamp.json-"},
		{"read-only", nil,
			func(t *testing.T, disk string) {
				if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
					t.Fatal(err)
				}
			},
			func(t *testing.T, disk string) {
				if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, ""); err != nil {
					t.Fatal(err)
				}
			},
			"stockcheck: open state folder DISK/data: read-only file system; name another folder with --state (open DISK/data/state/.lock: read-only file system)\n"},
		{"of another user", nobody,
			func(t *testing.T, disk string) { mode(t, filepath.Join(disk, "data", "state"), 0o755) },
			func(t *testing.T, disk string) { mode(t, filepath.Join(disk, "data", "state"), 0o777) },
			"no permission; allow writing to DISK/data/state, or name another folder with --state"},
		{"of another user, who let no one read", nobody,
			func(t *testing.T, disk string) { mode(t, filepath.Join(disk, "data", "state"), 0o700) },
			func(t *testing.T, disk string) { mode(t, filepath.Join(disk, "data", "state"), 0o777) },
			"no permission; allow writing to DISK/data/state, or name another folder with --state"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			disk := smallDisk(t, "64k")
			shop := newShelf(t, product("Orion 1", false))
			if err := os.WriteFile(filepath.Join(disk, "checkers.json"), []byte(`{"checkers": [{"name": "lamp", "url": "`+shop.URL+`/lamp"}]}`), 0o666); err != nil {
				t.Fatal(err)
			}
			state := filepath.Join(disk, "data")
			file := filepath.Join(state, "state", "lamp.json")
			run := func() (string, bool) { return once(t, program, disk, state, test.as) }
			if out, failed := run(); failed || !strings.Contains(out, "INITIALIZED") {
				t.Fatalf("the first run:\n%s", out)
			}
			// Its files are ours from now on.
			mode(t, file, 0o666)
			mode(t, filepath.Join(state, "state", ".lock"), 0o666)
			for _, dir := range []string{state, filepath.Join(state, "state")} {
				if err := os.Chown(dir, os.Getuid(), os.Getgid()); err != nil {
					t.Fatal(err)
				}
				mode(t, dir, 0o777)
			}
			before := read(t, file)

			shop.page.Store(product("Orion 1", true))
			test.take(t, disk)
			tally.faults.Add(1)
			out, failed := run()
			if !failed || !strings.Contains(out, strings.ReplaceAll(test.want, "DISK", disk)) || strings.Contains(out, "goroutine ") {
				t.Errorf("got\n%s\nwant\n%s", out, test.want)
			}
			if strings.Contains(out, "ITEMS_IN_STOCK") {
				wrong(t, "told what could not be recorded:\n%s", out)
			}
			if now := read(t, file); now != before {
				wrong(t, "the state was %s and is %s", before, now)
			}

			test.giveBack(t, disk)
			out, failed = run()
			if failed || strings.Count(out, "━━━ ITEMS_IN_STOCK") != 1 {
				lost(t, "when the disk is back:\n%s", out)
			}
			if out, failed = run(); failed || strings.Contains(out, "━━━") {
				wrong(t, "the run after that tells again:\n%s", out)
			}
			state2, err := watch.Decode([]byte(read(t, file)))
			if err != nil || len(state2.Pending) > 0 {
				wrong(t, "the state is %s, %v", read(t, file), err)
			}
			files, err := os.ReadDir(filepath.Join(state, "state"))
			if err != nil || len(files) != 2 {
				t.Errorf("the folder has %v, %v; want the lock and the state", files, err)
			}
		})
	}
}

func mode(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
