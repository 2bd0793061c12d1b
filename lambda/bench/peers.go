package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed peers.py
var peersScript []byte

// peers are the parsers that are measured in Python.
var peers = []string{"htmlparser", "lxml", "bs4", "extruct"}

// runPeers gives the times of the parsers that are installed, by parser and page,
// and what to install for the others.
func runPeers(pages []sample) (times map[string]map[string]time.Duration, hint string) {
	const install = "install them with: apt-get install python3-lxml python3-bs4 python3-extruct"
	python, err := findPython()
	if err != nil {
		return nil, "left out: Python's parsers: " + err.Error() + "; install Python 3, and " + install
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, "left out: Python's parsers: " + err.Error()
	}
	defer os.RemoveAll(dir)
	args := []string{"-"}
	for _, p := range pages {
		file := filepath.Join(dir, p.name)
		if err := os.WriteFile(file, p.body, 0o600); err != nil {
			return nil, "left out: Python's parsers: " + err.Error()
		}
		args = append(args, file)
	}
	cmd := exec.Command(python, args...)
	cmd.Stdin = bytes.NewReader(peersScript)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Sprintf("left out: Python's parsers: %v: %s", err, strings.TrimSpace(stderr.String()))
	}
	var seconds map[string]map[string]float64
	if err := json.Unmarshal(out, &seconds); err != nil {
		return nil, "left out: Python's parsers: " + err.Error()
	}
	times = map[string]map[string]time.Duration{}
	var missing []string
	for _, peer := range peers {
		if seconds[peer] == nil {
			missing = append(missing, peer)
			continue
		}
		times[peer] = map[string]time.Duration{}
		for page, s := range seconds[peer] {
			times[peer][page] = time.Duration(s * float64(time.Second))
		}
	}
	if len(missing) > 0 {
		hint = "left out: " + strings.Join(missing, ", ") + ": not installed for " + python + "; " + install
	}
	return times, hint
}

// findPython prefers the system's Python, for which the system's packages are.
func findPython() (string, error) {
	if _, err := os.Stat("/usr/bin/python3"); err == nil {
		return "/usr/bin/python3", nil
	}
	return exec.LookPath("python3")
}
