// Package foreign reads what other programs watch: the watch list or backup of
// changedetection.io, the jobs of urlwatch, and the settings of streetmerchant.
//
// Read is its one entry. It maps what can be mapped, and lists all else: nothing
// that somebody has set up is dropped without a word. It shows no secrets.
package foreign

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"stockchecker/lambda/document"
)

// List is what a file of another program says.
type List struct {
	Program string
	Entries []Entry
	Notes   []string // what belongs to no entry and is not carried over
}

// Entry is one page that is watched.
type Entry struct {
	Title string // what it is called there, or ""
	URL   string
	Keys  []document.Key // besides name and url
	Notes []string       // what of it is not carried over
}

// Read reads a file. Its name tells nothing; its content does.
func Read(data []byte) (*List, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	text := bytes.TrimSpace(data)
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readBackup(data)
	case bytes.HasPrefix(text, []byte("{")):
		return readWatches(data)
	case len(text) == 0:
		return nil, errors.New("it is empty")
	case isDotenv(text):
		return readDotenv(text)
	}
	return readJobs(data)
}

// unmapped notes all keys that are set and are not known, in alphabetical order.
func unmapped(values map[string]any, known, idle map[string]bool) []string {
	var notes []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !known[key] && !idle[key] && !empty(values[key]) {
			notes = append(notes, fmt.Sprintf("%s is not carried over", key))
		}
	}
	return notes
}

// empty tells a value that sets nothing.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return strings.TrimSpace(v) == ""
	case float64:
		return v == 0
	case int:
		return v == 0
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !empty(e) })
	case map[string]any:
		for _, e := range v {
			if !empty(e) {
				return false
			}
		}
		return true
	}
	return false
}

// every is an interval that a checker can have, and what was changed of it, or "".
func every(d time.Duration) (text, changed string) {
	const shortest, longest = 10 * time.Second, 24 * time.Hour
	kept := min(max(d, shortest), longest)
	if kept > time.Minute {
		kept = time.Duration(math.Ceil(kept.Minutes())) * time.Minute
	} else {
		for _, k := range []time.Duration{10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute} {
			if kept <= k {
				kept = k
				break
			}
		}
	}
	switch {
	case kept < time.Minute:
		text = fmt.Sprintf("%ds", int(kept.Seconds()))
	case kept%time.Hour == 0:
		text = fmt.Sprintf("%dh", int(kept.Hours()))
	default:
		text = fmt.Sprintf("%dm", int(kept.Minutes()))
	}
	if kept != d {
		was := d.String()
		if strings.HasSuffix(was, "m0s") {
			was = strings.TrimSuffix(strings.TrimSuffix(was, "0s"), "h0m")
			if !strings.HasSuffix(was, "m") {
				was += "h"
			}
		}
		changed = fmt.Sprintf("it was checked every %s, and is now every %s", was, text)
	}
	return text, changed
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}
