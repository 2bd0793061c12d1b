package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestZip(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "bootstrap")
	data := bytes.Repeat([]byte("a program "), 1000)
	if err := os.WriteFile(program, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var packed [2][]byte
	for i := range packed {
		// Neither its time nor its mode make a difference.
		if err := os.Chtimes(program, time.Time{}, time.Unix(int64(i)*1e9, 0)); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, "out.zip")
		if err := run(out, program); err != nil {
			t.Fatal(err)
		}
		var err error
		if packed[i], err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(packed[0], packed[1]) {
		t.Error("the same program gives other bytes")
	}
	if len(packed[0]) > 300 {
		t.Errorf("%d bytes were packed as %d", len(data), len(packed[0]))
	}
	r, err := zip.NewReader(bytes.NewReader(packed[0]), int64(len(packed[0])))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.File) != 1 {
		t.Fatalf("%d files, want 1", len(r.File))
	}
	f := r.File[0]
	if f.Name != "bootstrap" || f.Mode() != 0o755 || !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%s, mode %s, modified %s", f.Name, f.Mode(), f.Modified)
	}
	content, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(content)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes came back, of %d (%v)", len(got), len(data), err)
	}
}

func TestZipFaults(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	if err := run(filepath.Join(dir, "out.zip"), missing); err == nil || err.Error() != "read program: open "+missing+": no such file or directory" {
		t.Errorf("got %v", err)
	}
	program := filepath.Join(dir, "bootstrap")
	if err := os.WriteFile(program, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(missing, "out.zip")
	if err := run(out, program); err == nil || err.Error() != "write zip: open "+out+": no such file or directory" {
		t.Errorf("got %v", err)
	}
}
