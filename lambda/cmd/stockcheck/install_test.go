package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestInstall installs into an empty folder, runs what is there, and takes it away again.
func TestInstall(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil || runtime.GOOS == "windows" {
		t.Skip("left out: make install; make is missing, apt-get install make")
	}
	dest := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	here := []string{"DESTDIR=" + dest, "PREFIX=/opt/stock", "VERSION=v1.2.3"}
	run(append([]string{"make", "-C", "../../..", "install"}, here...)...)
	root := filepath.Join(dest, "opt", "stock")
	var files []string
	list := func() string {
		files = nil
		filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				name, _ := filepath.Rel(root, path)
				files = append(files, name)
			}
			return err
		})
		return strings.Join(files, "\n")
	}
	const want = `bin/stockcheck
lib/systemd/system/stockcheck.service
share/bash-completion/completions/stockcheck
share/fish/vendor_completions.d/stockcheck.fish
share/man/man1/stockcheck.1
share/zsh/site-functions/_stockcheck`
	if got := list(); got != want {
		t.Errorf("installed\n%s\nwant\n%s", got, want)
	}
	if got := run(filepath.Join(root, "bin", "stockcheck"), "version"); !strings.HasPrefix(got, "stockcheck v1.2.3 (") {
		t.Errorf("version: %s", got)
	}
	unit := filepath.Join(root, "lib", "systemd", "system", "stockcheck.service")
	text, err := os.ReadFile(unit)
	if err != nil || !strings.Contains(string(text), "\nExecStart=/opt/stock/bin/stockcheck run ") {
		t.Errorf("unit: %v\n%s", err, text)
	}
	if _, err := exec.LookPath("systemd-analyze"); err == nil {
		// It looks for the program and the man page too, which stand elsewhere here.
		checked := filepath.Join(t.TempDir(), "stockcheck.service")
		here := strings.NewReplacer("/opt/stock/bin/stockcheck", filepath.Join(root, "bin", "stockcheck"), "Documentation=man:stockcheck(1)\n", "").Replace(string(text))
		if err := os.WriteFile(checked, []byte(here), 0o644); err != nil {
			t.Fatal(err)
		}
		if out := run("systemd-analyze", "verify", checked); out != "" {
			t.Errorf("systemd-analyze: %s", out)
		}
	} else {
		t.Log("left out: systemd-analyze is missing")
	}
	run(append([]string{"make", "-C", "../../..", "uninstall"}, here...)...)
	if got := list(); got != "" {
		t.Errorf("left after uninstall:\n%s", got)
	}
}
