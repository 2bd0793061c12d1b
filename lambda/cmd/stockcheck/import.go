package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/document"
	"stockchecker/lambda/foreign"
	"stockchecker/lambda/page"
)

type importCommand struct {
	From   string `arg:"" name:"from" help:"url-watches.json or a backup (zip) of changedetection.io, urls.yaml of urlwatch, or streetmerchant's .env; - for standard input."`
	File   string `default:"checkers.json" help:"Where the products are written."`
	DryRun bool   `help:"Say what would be written, and write nothing."`
}

func (m *importCommand) Run(c *console) error {
	var data []byte
	var err error
	if m.From == "-" {
		data, err = io.ReadAll(c.in)
	} else {
		data, err = os.ReadFile(m.From)
	}
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	list, err := foreign.Read(data)
	if err != nil {
		return fmt.Errorf("import %s: %w", m.From, err)
	}
	var entries []document.Entry
	var report []imported
	edit := func(d *document.Document) error {
		entries, report = taken(d, list)
		if len(entries) == 0 {
			return errNothing
		}
		for _, e := range entries {
			if err := d.Add(e); err != nil {
				return err
			}
		}
		return nil
	}
	write := func() error { return document.Update(m.File, edit) }
	if m.DryRun {
		write = func() error { _, err := document.Try(m.File, edit); return err }
	}
	if err := write(); err != nil && err != errNothing {
		return refused(c, err)
	}
	fmt.Fprintf(c.out, "%s: %s\n", list.Program, plural(len(list.Entries), "page", "pages"))
	for _, r := range report {
		fmt.Fprintf(c.out, "\n%s\n", r.says)
		for _, n := range r.notes {
			fmt.Fprintf(c.out, "  %s\n", n)
		}
	}
	if len(list.Notes) > 0 {
		fmt.Fprintln(c.out, "\nnot carried over:")
		for _, n := range list.Notes {
			fmt.Fprintf(c.out, "  %s\n", n)
		}
	}
	switch {
	case len(entries) == 0:
		fmt.Fprintf(c.out, "\nnothing was added to %s\n", m.File)
	case m.DryRun:
		fmt.Fprintf(c.out, "\n%s would be added to %s; nothing was written\n", plural(len(entries), "checker", "checkers"), m.File)
	default:
		fmt.Fprintf(c.out, "\nadded %s to %s; stockcheck run --once says whether they can be read\n", plural(len(entries), "checker", "checkers"), m.File)
	}
	return nil
}

// errNothing ends an edit that has nothing to add.
var errNothing = errors.New("nothing to add")

// imported is what became of a page.
type imported struct {
	says  string
	notes []string
}

// taken are the entries for a file: with names of their own, each page once, and
// without keys that a checker can't have. What is left out is said.
func taken(d *document.Document, list *foreign.List) ([]document.Entry, []imported) {
	var entries []document.Entry
	var report []imported
	names := d.Names()
	pages := map[string]string{}
	for i, address := range d.URLs() {
		pages[page.Address(address)] = names[i]
	}
	for _, f := range list.Entries {
		title := f.Title
		if title == "" {
			title = f.URL
		}
		if _, err := definition(document.Entry{{Name: "name", Value: "x"}, {Name: "url", Value: f.URL}}); err != nil {
			report = append(report, imported{says: fmt.Sprintf("%s is left out: %q is no page's URL", title, f.URL)})
			continue
		}
		if twin, ok := pages[page.Address(f.URL)]; ok {
			report = append(report, imported{says: fmt.Sprintf("%s is left out: %s reads the same page", title, twin)})
			continue
		}
		name := slug(f.Title)
		if name == "" {
			name = nameOfURL(f.URL)
		}
		name = freeName(names, name)
		e := document.Entry{{Name: "name", Value: name}, {Name: "url", Value: f.URL}}
		notes := f.Notes
		for _, k := range f.Keys {
			with := append(e[:len(e):len(e)], k)
			if _, err := definition(with); err != nil {
				notes = append(notes, fmt.Sprintf("%s is not carried over: %v", k.Name, err))
				continue
			}
			e = with
		}
		names = append(names, name)
		pages[page.Address(f.URL)] = name
		entries = append(entries, e)
		text, err := e.JSON()
		if err != nil {
			text = []byte(name)
		}
		report = append(report, imported{string(text), notes})
	}
	return entries, report
}

// definition is the checker that an entry makes, or its first fault.
func definition(e document.Entry) (checker.Definition, error) {
	text, err := e.JSON()
	if err != nil {
		return checker.Definition{}, err
	}
	d, err := checker.ParseDefinition(text)
	var faults checker.Faults
	if errors.As(err, &faults) && len(faults) > 0 {
		return d, errors.New(faults[0].Message)
	}
	return d, err
}
