package local

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"stockchecker/lambda/watch"
	"stockchecker/lambda/watch/storetest"
)

// saverVar makes a child of the test binary the saver of TestKill.
const saverVar = "LOCAL_TEST_SAVER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(saverVar); dir != "" {
		saver(dir)
	}
	os.Exit(m.Run())
}

func open(t *testing.T, dir string) *FileStore {
	t.Helper()
	s, err := NewFileStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFileStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) watch.Store { return open(t, t.TempDir()) })
	storetest.RunLister(t, func(t *testing.T) watch.Lister { return open(t, t.TempDir()) })
}

// twoStores saves by turns through two openings of a folder, as two processes
// have.
type twoStores struct{ stores chan *FileStore }

func (s twoStores) next() *FileStore {
	one := <-s.stores
	s.stores <- one
	return one
}

func (s twoStores) Load(ctx context.Context, name string) ([]byte, string, error) {
	return s.next().Load(ctx, name)
}

func (s twoStores) Save(ctx context.Context, name string, data []byte, version string) (string, error) {
	return s.next().Save(ctx, name, data, version)
}

func (s twoStores) SetAside(ctx context.Context, name string, data []byte, at time.Time) (string, error) {
	return s.next().SetAside(ctx, name, data, at)
}

func TestTwoFileStoresOfOneFolder(t *testing.T) {
	storetest.Run(t, func(t *testing.T) watch.Store {
		dir := t.TempDir()
		s := twoStores{make(chan *FileStore, 2)}
		s.stores <- open(t, dir)
		s.stores <- open(t, dir)
		return s
	})
}

func TestFilesOfAFileStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [new] folder*")
	s := open(t, dir)
	if _, err := s.Save(t.Context(), "ps5", []byte(`{"n":1}`), ""); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "state", "ps5.json"))
	if err != nil || string(got) != `{"n":1}` {
		t.Errorf("state/ps5.json is %q, %v", got, err)
	}
	// What another process left when it died goes at the next opening, and
	// nothing else.
	leftover := filepath.Join(dir, "state", tempPrefix+"ps5.json-123")
	foreign := filepath.Join(dir, "state", "notes.txt")
	for _, file := range []string{leftover, foreign} {
		if err := os.WriteFile(file, []byte("{"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir)
	if _, err := os.Stat(leftover); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the leftover is still there: %v", err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a foreign file is gone: %v", err)
	}
	place, err := s.SetAside(t.Context(), "ps5", []byte("{"), time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC))
	if want := filepath.Join(dir, "state", "ps5.json.corrupt-20260314T092653.000Z"); err != nil || place != want {
		t.Errorf("SetAside = %q, %v; want %q", place, err, want)
	}
	if got, err := os.ReadFile(place); err != nil || string(got) != "{" {
		t.Errorf("%s is %q, %v", place, got, err)
	}
	if versions, err := s.Versions(t.Context()); err != nil || len(versions) != 1 || versions["ps5"] == "" {
		t.Errorf("Versions() = %v, %v; want one of ps5", versions, err)
	}
}

func TestBadNames(t *testing.T) {
	s := open(t, t.TempDir())
	for _, name := range []string{"", ".", "..", "../ps5", "a/b", `a\b`, "PS5", "-a", "a.json", "a\x00", strings.Repeat("a", 41)} {
		want := fmt.Sprintf("name %q does not match", name)
		_, _, loadErr := s.Load(t.Context(), name)
		_, saveErr := s.Save(t.Context(), name, []byte("{}"), "")
		_, asideErr := s.SetAside(t.Context(), name, []byte("{}"), time.Now())
		keepErr := s.Keep(t.Context(), name, time.Now(), watch.ItemsInStock, nil)
		for _, err := range []error{loadErr, saveErr, asideErr, keepErr} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("name %q: got error %v, want %q in it", name, err, want)
			}
		}
	}
}

func TestFault(t *testing.T) {
	file := filepath.Join("data", "state", ".saving-ps5.json-1")
	for _, test := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "write", Path: file, Err: syscall.ENOSPC},
			"save state of ps5: disk full; free some space at data/state (write data/state/.saving-ps5.json-1: no space left on device)"},
		{&fs.PathError{Op: "write", Path: file, Err: syscall.EDQUOT},
			"save state of ps5: disk full; free some space at data/state (write data/state/.saving-ps5.json-1: disk quota exceeded)"},
		{&os.LinkError{Op: "rename", Old: file, New: "data/state/ps5.json", Err: syscall.EROFS},
			"save state of ps5: read-only file system; name another folder with --state (rename data/state/.saving-ps5.json-1 data/state/ps5.json: read-only file system)"},
		{&fs.PathError{Op: "open", Path: file, Err: syscall.EACCES},
			"save state of ps5: no permission; allow writing to data/state, or name another folder with --state (open data/state/.saving-ps5.json-1: permission denied)"},
		{&fs.PathError{Op: "mkdir", Path: "data", Err: syscall.ENOTDIR},
			"save state of ps5: a file stands where a folder is to be; name a folder with --state (mkdir data: not a directory)"},
		{context.Canceled, "save state of ps5: context canceled"},
	} {
		got := fault("save state of ps5", test.err)
		if got.Error() != test.want {
			t.Errorf("fault\n got %s\nwant %s", got, test.want)
		}
		if !errors.Is(got, test.err) {
			t.Errorf("%v does not wrap its cause", got)
		}
	}
}

func TestFileInPlaceOfFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFileStore(file); err == nil || !strings.HasPrefix(err.Error(), "open state folder "+file+": ") {
		t.Errorf("got error %v", err)
	}
}

// TestLockHeldByAnother checks that a saver that waits for another process
// gives up when its context ends, and then leaves the store usable.
func TestLockHeldByAnother(t *testing.T) {
	dir := t.TempDir()
	s, other := open(t, dir), open(t, dir)
	unlock, err := other.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Save(ctx, "ps5", []byte("{}"), ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Save while another holds the lock: got error %v", err)
	}
	unlock()
	if _, err := s.Save(t.Context(), "ps5", []byte("{}"), ""); err != nil {
		t.Error(err)
	}
}

// The saver of TestKill counts up in its state file and says each count that it
// has saved, until it is killed.
func saver(dir string) {
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s, err := NewFileStore(dir)
	if err != nil {
		fail(err)
	}
	data, version, err := s.Load(context.Background(), "ps5")
	if err != nil {
		fail(err)
	}
	n := 0
	if data != nil {
		if n, err = decodeCount(data); err != nil {
			fail(err)
		}
	}
	for {
		n++
		if version, err = s.Save(context.Background(), "ps5", encodeCount(n), version); err != nil {
			fail(err)
		}
		fmt.Println(n)
	}
}

// encodeCount makes a file of several disk blocks, so that a torn one shows.
func encodeCount(n int) []byte {
	data, err := json.Marshal(map[string]any{"n": n, "fill": strings.Repeat("x", n%7*3000), "end": n})
	if err != nil {
		panic(err)
	}
	return data
}

func decodeCount(data []byte) (int, error) {
	var count struct{ N, End int }
	if err := json.Unmarshal(data, &count); err != nil {
		return 0, err
	}
	if count.N != count.End {
		return 0, fmt.Errorf("the file begins with count %d and ends with %d", count.N, count.End)
	}
	return count.N, nil
}

func TestKill(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	last := 0
	for round := range 25 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), saverVar+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// The child goes on saving while it is being killed, so that the moment
		// falls anywhere in a save.
		lines := bufio.NewScanner(out)
		said := last
		for range 1 + random.IntN(8) {
			if !lines.Scan() {
				t.Fatalf("round %d: the saver ended by itself", round)
			}
			if said, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				said = n
			}
		}
		_ = child.Wait() // killed

		data, _, err := open(t, dir).Load(t.Context(), "ps5")
		if err != nil {
			t.Fatal(err)
		}
		n, err := decodeCount(data)
		if err != nil {
			t.Fatalf("round %d: the state can't be read after a kill: %v", round, err)
		}
		// One save may have been done and not yet said.
		if n < said || n > said+1 {
			t.Fatalf("round %d: the state has count %d after %d was saved", round, n, said)
		}
		last = n
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "state")); err != nil || len(entries) != 2 {
		t.Errorf("the folder has %v, %v; want the lock and the state alone", entries, err)
	}
}

func TestKeep(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	start := time.Date(2026, 3, 14, 9, 26, 53, 589e6, time.FixedZone("", 3600))
	page := bytes.Repeat([]byte("<p>Épervier</p>\n"), 1000)
	keep := func(name string, at time.Time, why watch.Status) {
		t.Helper()
		if err := s.Keep(t.Context(), name, at, why, page); err != nil {
			t.Fatal(err)
		}
	}
	keep("ps5", start, watch.ItemsInStock)
	keep("lamp", start, watch.CheckFailed)
	folder := filepath.Join(dir, "evidence", "ps5")
	for _, foreign := range []string{"mine.html.gz", "20000101T000000.000Z.txt", tempPrefix + "20260101T000000.000Z-X.html.gz-1"} {
		if err := os.WriteFile(filepath.Join(folder, foreign), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}

	packed, err := os.Open(filepath.Join(folder, "20260314T082653.589Z-ITEMS_IN_STOCK.html.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, page) {
		t.Errorf("the page comes back as %d bytes, %v; want %d", len(got), err, len(page))
	}

	list := func() []string {
		t.Helper()
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	const day = 24 * time.Hour
	keep("ps5", start.Add(14*day), watch.ItemsGone) // to the millisecond 14 days: stays
	want := []string{"20000101T000000.000Z.txt", "20260314T082653.589Z-ITEMS_IN_STOCK.html.gz", "20260328T082653.589Z-ITEMS_GONE.html.gz", "mine.html.gz"}
	if got := list(); !slices.Equal(got, want) {
		t.Errorf("after 14 days the folder has %q, want %q", got, want)
	}
	keep("ps5", start.Add(14*day+time.Millisecond), watch.CheckFailed)
	want[1] = "20260328T082653.589Z-ITEMS_GONE.html.gz"
	want[2] = "20260328T082653.590Z-CHECK_FAILED.html.gz"
	if got := list(); !slices.Equal(got, want) {
		t.Errorf("after more than 14 days the folder has %q, want %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "evidence", "lamp", "20260314T082653.589Z-CHECK_FAILED.html.gz")); err != nil {
		t.Errorf("another checker's evidence: %v", err)
	}
}
