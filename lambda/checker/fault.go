package checker

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Fault is one thing that is wrong in a definition.
type Fault struct {
	File         string // "" for a definition that is not from a file
	Line, Column int    // from 1; columns count characters
	Checker      string // its name, or "#3" for the third where the name is missing, or ""
	Key          string // such as "every" or "defaults.alarm.failures", or ""
	Message      string // what is wrong, and what would be right
}

// String is the fault on one line:
//
//	checkers.json:7:14: checker "ps5": every: "5 minutes" is no duration; write it like 30s, 5m or 1h30m
func (f Fault) String() string {
	var b strings.Builder
	if f.File != "" {
		fmt.Fprintf(&b, "%s:%d:%d: ", f.File, f.Line, f.Column)
	}
	switch {
	case strings.HasPrefix(f.Checker, "#"):
		fmt.Fprintf(&b, "checker %s: ", f.Checker)
	case f.Checker != "":
		fmt.Fprintf(&b, "checker %s: ", quote(f.Checker))
	}
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
	}
	return b.String() + f.Message
}

// FaultOf is a fault of a key of a file, such as alerts.messages.body, that only
// whoever uses the key can see.
func FaultOf(filename string, data []byte, key, message string) Fault {
	f := Fault{File: filename, Line: 1, Column: 1, Key: key, Message: message}
	data = withoutBOM(data)
	n, err := parseTree(data)
	for name := range strings.SplitSeq(key, ".") {
		if err != nil || n == nil {
			return f
		}
		if n = n.member(name); n != nil {
			f.Line, f.Column = newLines(data).place(n.at)
		}
	}
	return f
}

// Faults is all that is wrong in a definition, in the order of the file. It is
// the error of Parse, ParseDefinition and Resolve.
type Faults []Fault

// Error has one line a fault.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// err is nil where there is no fault: a nil Faults in an error is not nil.
func (fs Faults) err() error {
	if len(fs) == 0 {
		return nil
	}
	slices.SortStableFunc(fs, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(fs)
}

// quote shows a value from the file on one line, cut where it is long.
func quote(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return strconv.Quote(s)
}

// nearest is the word that was most likely meant, or "".
func nearest(typed string, words []string) string {
	best, least := "", 1+len(typed)/3
	if least > 3 {
		least = 3
	}
	for _, w := range words {
		if strings.EqualFold(typed, w) {
			return w
		}
		if d := distance(strings.ToLower(typed), strings.ToLower(w)); d < least || d == least && best == "" && d < 3 {
			best, least = w, d
		}
	}
	return best
}

// distance is the least number of letters added, removed, changed or swapped
// with the next that makes b of a.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 40
	}
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
