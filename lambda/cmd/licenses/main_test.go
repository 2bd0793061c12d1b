package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestIsPermissive(t *testing.T) {
	for licence, want := range map[string]bool{
		"MIT": true, "Apache-2.0 and MIT": true, "(MIT OR GPL-3.0)": true, "MIT OR CC0-1.0": true,
		"": false, "GPL-3.0": false, "MIT and GPL-3.0": false, "(GPL-2.0 OR GPL-3.0)": false, "SEE LICENSE": false,
	} {
		if got := isPermissive(licence); got != want {
			t.Errorf("%q: %t", licence, got)
		}
	}
}

func TestCheck(t *testing.T) {
	err := check([]part{{"a.example/free", "v1", "MIT"}, {"a.example/copyleft", "v2", "GPL-3.0"}, {"a.example/none", "v3", ""}, {"pgregory.net/rapid", "v1", "MPL-2.0"}})
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "a.example/copyleft v2: the licence is GPL-3.0, ") || !strings.HasPrefix(lines[1], "a.example/none v3: the licence is not to be found, ") {
		t.Errorf("faults are %q", lines)
	}
}

func TestLicenceIn(t *testing.T) {
	apache, err := os.ReadFile("../../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, text := range map[string]string{"LICENSE.txt": string(apache), "README.md": "MIT License"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := licenceIn(folder); got != "Apache-2.0" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPackages(t *testing.T) {
	folder := t.TempDir()
	if got, err := packages(folder); got != nil || err != nil {
		t.Errorf("without a lock file %v, %v", got, err)
	}
	lock := `{"packages": {"": {"version": "0"}, "node_modules/@a/b": {"version": "1.2.3", "license": "MIT"}}}`
	if err := os.WriteFile(filepath.Join(folder, "package-lock.json"), []byte(lock), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := packages(folder)
	if err != nil || len(got) != 1 || got[0] != (part{"@a/b", "1.2.3", "MIT"}) {
		t.Errorf("%v, %v", got, err)
	}
}
