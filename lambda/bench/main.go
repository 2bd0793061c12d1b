// Command bench measures what the program costs, beside what others cost for the
// same work in the same run, and prints it as tables.
//
//	bench [SECTION…]
//
// Without a name it runs all sections but peers, which adds Python's parsers in
// full. The last lines are one for each figure, to be read by programs:
//
//	figure NAME VALUE
//
// Names in tokenizer-ratio and goquery-ratio are of times, ours by theirs: lower
// is better. Names in lxml-ratio and bs4-ratio say how many times faster than that
// ours is: higher is better. All times are of the CPU, of all threads together, but
// those of the status page, for which a person waits.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// section is one part of what is measured.
type section struct {
	name  string
	run   func(*report) error
	asked bool // runs only when it is asked for by its name
}

var sections = []section{
	{name: "reader", run: benchReader},
	{name: "statuspage", run: benchStatusPage},
	{name: "function", run: benchFunction},
	{name: "cost", run: benchCost},
	{name: "synth", run: benchSynth},
	{name: "local", run: benchLocal},
	{name: "peers", run: benchPeers, asked: true},
}

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			return fmt.Errorf("%q is no section; there are %s", name, strings.Join(sectionNames(), ", "))
		}
	}
	r := &report{w: w}
	r.line("%s", machine())
	var failed []error
	for _, s := range sections {
		if len(names) == 0 && s.asked || len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		if err := s.run(r); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	r.end()
	return errors.Join(failed...)
}

func sectionNames() []string {
	names := make([]string, len(sections))
	for i, s := range sections {
		names[i] = s.name
	}
	return names
}

// report is what a run prints.
type report struct {
	w       io.Writer
	figures []figure
}

type figure struct{ name, value string }

func (r *report) line(format string, args ...any) { fmt.Fprintf(r.w, format+"\n", args...) }

// end prints the figures.
func (r *report) end() {
	r.line("")
	for _, f := range r.figures {
		r.line("figure %s %s", f.name, f.value)
	}
}

// figure notes a number for the end of the report.
func (r *report) figure(name string, value float64) {
	r.figures = append(r.figures, figure{name, fmt.Sprintf("%.3g", value)})
}
