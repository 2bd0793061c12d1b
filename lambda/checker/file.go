package checker

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// File is what checkers.json says.
type File struct {
	Alerts   Alerts
	Shards   int          // over how many stacks the checkers are split
	Checkers []Definition // in the order of the file, the defaults merged in
}

// Load reads and checks a file. All that is wrong in it is reported at once,
// as a Faults.
func Load(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var in *fs.PathError
		if errors.As(err, &in) {
			err = in.Err // its path is said already
		}
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	return Parse(path, data)
}

// withoutBOM is a text without the mark that editors on Windows begin it with.
func withoutBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) }

// Parse is Load for the content of a file; the name is for its faults.
func Parse(filename string, data []byte) (*File, error) {
	data = withoutBOM(data)
	r := &reading{file: filename, lines: newLines(data)}
	root, err := r.object(data)
	if err != nil {
		return nil, err
	}
	file := &File{}
	into := &target{file: file}
	readInitials(fileKeys, into)
	readKeys(value{root, "", r}, fileKeys, into)
	r.channels = file.Alerts.channelNames()

	defaults := root.member("defaults")
	if defaults != nil && defaults.kind != objectKind {
		defaults = nil // told by readKeys
	}
	if defaults != nil {
		readDefaults(value{defaults, "defaults", r})
	}
	if list := root.member("checkers"); list != nil && list.kind == listKind {
		for i, entry := range list.list {
			readEntry(r, i, entry, defaults)
		}
		unique(r, list)
		r.checkersNamed(list)
		if len(r.faults) == 0 {
			for _, entry := range list.list {
				d, err := define(entry, defaults)
				if err != nil {
					return nil, err
				}
				file.Checkers = append(file.Checkers, d)
			}
		}
	}
	if err := r.faults.err(); err != nil {
		return nil, err
	}
	return file, nil
}

// readDefaults reports the faults of the defaults, once for all checkers.
func readDefaults(v value) {
	var shared []key
	for _, k := range checkerKeys {
		if !k.own {
			shared = append(shared, k)
		}
	}
	rest := *v.node
	rest.members = nil
	for _, m := range v.members {
		if k := keyNamed(checkerKeys, m.name); k != nil && k.own {
			v.r.fault(m.at, join(v.path, m.name), "belongs to each checker, not to the defaults; move it there")
			continue
		}
		rest.members = append(rest.members, m)
	}
	c := &Checker{}
	readInitials(checkerKeys, &target{checker: c})
	readKeys(value{&rest, v.path, v.r}, shared, &target{checker: c})
	if alarm := v.member("alarm"); alarm != nil {
		if err := checkSpan(c); err != nil {
			v.r.fault(alarm.at, join(v.path, "alarm"), "%s", err)
		}
	}
}

func readEntry(r *reading, i int, entry, defaults *node) {
	r.checker = label(i, entry)
	defer func() { r.checker = "" }()
	if entry.kind != objectKind {
		r.fault(entry.at, "", `is %s, but must be an object, such as {"name": "ps5", "url": "https://shop.example/ps5"}`, entry.kind)
		return
	}
	readChecker(r, entry, defaults)
}

// label is what a checker is called in its faults.
func label(i int, entry *node) string {
	if name := nameIn(entry); name != "" {
		return name
	}
	return fmt.Sprintf("#%d", i+1)
}

// nameIn is the name that an entry has, good or not, or "".
func nameIn(entry *node) string {
	if n := entry.member("name"); n != nil && n.kind == stringKind {
		return n.text
	}
	return ""
}

// unique reports the names that stand more than once.
func unique(r *reading, list *node) {
	first := map[string]int{}
	for _, entry := range list.list {
		name := nameIn(entry)
		if name == "" {
			continue
		}
		at := entry.member("name").at
		if line, again := first[name]; again {
			r.checker = name
			r.fault(at, "name", "has the same name as the checker at line %d; names are unique", line)
			r.checker = ""
			continue
		}
		first[name], _ = r.lines.place(at)
	}
}
