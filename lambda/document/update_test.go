package document

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"stockchecker/lambda/checker"
)

const onePS5 = `{"checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}]}`

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// folder tells what is left in a folder, so that no temporary file is.
func folder(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestUpdateKeepsModeAndLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("left out: Windows has neither")
	}
	dir, real := t.TempDir(), t.TempDir()
	file, link := filepath.Join(real, "mine.json"), filepath.Join(dir, "checkers.json")
	write(t, file, onePS5, 0o640)
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := Update(link, add(lamp)); err != nil {
		t.Fatal(err)
	}
	if got, err := checker.Load(file); err != nil || len(got.Checkers) != 2 {
		t.Errorf("the file that the link leads to: %v, %v", got, err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v, %v", info, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got := folder(t, real); got != "mine.json" {
		t.Errorf("in the folder: %s", got)
	}
}

func TestUpdateMakesTheFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "checkers.json")
	if err := Update(file, add(lamp)); err != nil {
		t.Fatal(err)
	}
	const entry = "    {\"name\": \"lamp\", \"url\": \"https://shop.example/lamp?a=1&b=2\"}\n"
	if got, want := read(t, file), "{\n  \"checkers\": [\n"+entry+"  ]\n}\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// With the schema beside it, an editor completes the file.
	write(t, filepath.Join(dir, "checkers.schema.json"), "{}", 0o644)
	other := filepath.Join(dir, "other.json")
	if err := Update(other, add(lamp)); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, other), "{\n  \"$schema\": \"./checkers.schema.json\",\n  \"checkers\": [\n"+entry+"  ]\n}\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestUpdateThatFailsChangesNothing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "checkers.json")
	write(t, file, onePS5, 0o644)
	stop := errors.New("stop")
	for _, edit := range []func(*Document) error{
		func(d *Document) error { d.Add(lamp); return stop },
		func(d *Document) error { return d.Add(Entry{{"name", "no url"}}) },
		// Somebody saves the file in an editor meanwhile.
		func(d *Document) error { write(t, file, onePS5+"\n", 0o644); return d.Add(lamp) },
	} {
		if err := Update(file, edit); err == nil {
			t.Error("no error")
		}
		if got := strings.TrimSpace(read(t, file)); got != onePS5 {
			t.Errorf("the file is now %s", got)
		}
		if got := folder(t, dir); got != "checkers.json" {
			t.Errorf("in the folder: %s", got)
		}
	}
	absent := filepath.Join(dir, "absent.json")
	var none *NoChecker
	if err := Update(absent, remove("ps5")); !errors.As(err, &none) {
		t.Errorf("error %v", err)
	}
	if err := Update(filepath.Join(dir, "absent", "checkers.json"), add(lamp)); err == nil || !strings.Contains(err.Error(), "no such file or directory") {
		t.Errorf("error %v", err)
	}
	if err := os.Symlink("nowhere", absent); err != nil {
		t.Fatal(err)
	}
	if err := Update(absent, add(lamp)); err == nil || !strings.HasSuffix(err.Error(), "it is a symbolic link that leads nowhere") {
		t.Errorf("error %v", err)
	}
	if err := Update(dir, add(lamp)); err == nil || !strings.HasSuffix(err.Error(), "is a directory") {
		t.Errorf("error %v", err)
	}
}

func TestUpdatesAtOnceLoseNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("left out: no lock on Windows")
	}
	file := filepath.Join(t.TempDir(), "checkers.json")
	const many = 20
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			name := fmt.Sprintf("lamp-%d", i)
			if err := Update(file, add(Entry{{"name", name}, {"url", "https://shop.example/" + name}})); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := checker.Load(file)
	if err != nil || len(got.Checkers) != many {
		t.Errorf("%d of %d, %v", len(got.Checkers), many, err)
	}
}
