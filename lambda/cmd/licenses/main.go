// Command licenses lists what the project is made of, with the licences:
//
//	licenses FILE.md FOLDER...
//
// Each FOLDER has a module of Go, and may have npm's lock file. FILE.md is written
// anew if it is not the list. A licence that is not permissive is an error.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// permissive are the licences that ask for no more than to be named.
var permissive = []string{"0BSD", "Apache-2.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "Unlicense", "Zlib"}

// excepted are modules of another licence, with why they may be.
var excepted = map[string]string{
	"axe-core":           "for tests only, and not changed",
	"pgregory.net/rapid": "for tests only, and not changed",
}

// part is one module or package that the project is made of.
type part struct {
	name, version, licence string
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: licenses FILE.md FOLDER...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(file string, folders []string) error {
	var parts []part
	for _, folder := range folders {
		ofGo, err := modules(folder)
		if err != nil {
			return err
		}
		ofNPM, err := packages(folder)
		if err != nil {
			return err
		}
		parts = slices.Concat(parts, ofGo, ofNPM)
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.version, b.version))
	})
	parts = slices.Compact(parts)
	if err := check(parts); err != nil {
		return err
	}
	return write(file, parts)
}

// modules are those of Go that what is in a folder needs, its tests too.
func modules(folder string) ([]part, error) {
	cmd := exec.Command("go", "list", "-deps", "-test", "-json=Module", "./...")
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the modules of %s: %w", folder, err)
	}
	var parts []part
	seen := map[string]bool{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return parts, nil
		} else if err != nil {
			return nil, fmt.Errorf("list the modules of %s: %w", folder, err)
		}
		if m := p.Module; m != nil && !m.Main && !seen[m.Path] {
			seen[m.Path] = true
			licence, err := licenceIn(m.Dir)
			if err != nil {
				return nil, fmt.Errorf("find the licence of %s: %w", m.Path, err)
			}
			parts = append(parts, part{m.Path, m.Version, licence})
		}
	}
}

var licenceName = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)`)

// licenceIn is the licence of what is in a folder, by its text.
func licenceIn(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	var found []string
	for _, e := range entries {
		if e.IsDir() || !licenceName.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return "", err
		}
		for _, m := range licensecheck.Scan(text).Match {
			if !slices.Contains(found, m.ID) {
				found = append(found, m.ID)
			}
		}
	}
	slices.Sort(found)
	return strings.Join(found, " and "), nil
}

// packages are those of npm, by its lock file; none if there is no such file.
func packages(folder string) ([]part, error) {
	data, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the packages of %s: %w", folder, err)
	}
	var lock struct {
		Packages map[string]struct{ Version, License string }
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return nil, fmt.Errorf("list the packages of %s: %w", folder, err)
	}
	var parts []part
	for path, p := range lock.Packages {
		if i := strings.LastIndex(path, "node_modules/"); i >= 0 {
			parts = append(parts, part{path[i+len("node_modules/"):], p.Version, p.License})
		}
	}
	return parts, nil
}

// check names the parts whose licences are not permissive.
func check(parts []part) error {
	var faults []error
	for _, p := range parts {
		if !isPermissive(p.licence) && excepted[p.name] == "" {
			faults = append(faults, fmt.Errorf("%s %s: the licence is %s, which is none of %s; use something else",
				p.name, p.version, cmp.Or(p.licence, "not to be found"), strings.Join(permissive, ", ")))
		}
	}
	return errors.Join(faults...)
}

// isPermissive reads "A and B", of which both hold, and npm's "(A OR B)", of which
// one is enough.
func isPermissive(licence string) bool {
	if some := strings.Split(strings.Trim(licence, "()"), " OR "); len(some) > 1 {
		return slices.ContainsFunc(some, isPermissive)
	}
	for _, one := range strings.Split(licence, " and ") {
		if !slices.Contains(permissive, one) {
			return false
		}
	}
	return true
}

func write(file string, parts []part) error {
	var b bytes.Buffer
	b.WriteString("# What the project is made of\n\nWritten by `make licenses`: what the programs, the tests and the deployment need, and its licences.\n\n" +
		"| part | version | licence |\n| --- | --- | --- |\n")
	for _, p := range parts {
		licence := p.licence
		if why := excepted[p.name]; why != "" {
			licence += " (" + why + ")"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.name, p.version, licence)
	}
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, b.Bytes()) {
		return nil
	}
	if err := os.WriteFile(file, b.Bytes(), 0o666); err != nil {
		return err
	}
	fmt.Printf("%s has changed\n", file)
	return nil
}
