package checker

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// Path is a path into JSON: a.b[0].c, with [*] for any element.
type Path struct {
	Source string
	Steps  []Step
}

// Step is one step of a Path: into the member Key, or, where Key is "", into
// the element Index, or into each element when Index is AnyIndex.
type Step struct {
	Key   string
	Index int
}

// AnyIndex stands for [*].
const AnyIndex = -1

// String is the path as it was written.
func (p Path) String() string { return p.Source }

var pathStep = regexp.MustCompile(`^(?:\.?([^.\[\]\s]+)|\[([0-9]{1,6}|\*)\])`)

// ParsePath reads a path such as a.b[0].c or [*].offers.
func ParsePath(source string) (Path, error) {
	if source == "" {
		return Path{}, errors.New("is empty; write a path like a.b[0].c")
	}
	p := Path{Source: source}
	for rest := source; rest != ""; {
		m := pathStep.FindStringSubmatch(rest)
		// A dot joins two steps: it begins no path, and a key is never glued to
		// the bracket before it.
		first, dot := rest == source, rest[0] == '.'
		if m == nil || m[1] != "" && first == dot {
			return Path{}, fmt.Errorf("is no path at %s; write it like a.b[0].c, with [*] for any element", quote(rest))
		}
		switch {
		case m[1] != "":
			p.Steps = append(p.Steps, Step{Key: m[1]})
		case m[2] == "*":
			p.Steps = append(p.Steps, Step{Index: AnyIndex})
		default:
			i, err := strconv.Atoi(m[2])
			if err != nil {
				return Path{}, fmt.Errorf("is no path: %w", err)
			}
			p.Steps = append(p.Steps, Step{Index: i})
		}
		rest = rest[len(m[0]):]
	}
	return p, nil
}
