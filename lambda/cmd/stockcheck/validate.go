package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local/notify"
)

type validateCommand struct {
	File string `arg:"" optional:"" default:"checkers.json" help:"The file to look at."`
	JSON bool   `help:"Write the faults as JSON."`
}

func (v *validateCommand) Run(c *console) error {
	w, err := load(v.File)
	var faults checker.Faults
	if err != nil && !errors.As(err, &faults) {
		return err
	}
	if v.JSON {
		if faults == nil {
			faults = checker.Faults{}
		}
		if err := c.json(faults); err != nil {
			return err
		}
	}
	switch {
	case len(faults) > 0 && v.JSON:
		return errFailed
	case len(faults) > 0:
		fmt.Fprintln(c.err, faults)
		fmt.Fprintf(c.err, "%s in %s; nothing is run or deployed from it until it is mended\n", plural(len(faults), "fault", "faults"), v.File)
		return errFailed
	case !v.JSON:
		fmt.Fprintf(c.out, "%s is good: %s\n", v.File, plural(len(w.checkers), "checker", "checkers"))
	}
	return nil
}

// watched is what a file says, ready for use.
type watched struct {
	alerts   checker.Alerts
	words    notify.Words
	checkers []*checker.Checker
}

// load reads a file, with the templates in it. What is wrong in it is a
// checker.Faults.
func load(path string) (*watched, error) {
	file, err := checker.Load(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w; write one, or name yours", err)
	case err != nil:
		return nil, err
	}
	w := &watched{alerts: file.Alerts, checkers: make([]*checker.Checker, len(file.Checkers))}
	words, unusable := notify.NewWords(file.Alerts.Messages)
	if len(unusable) > 0 {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", path, err)
		}
		var faults checker.Faults
		for _, u := range unusable {
			faults = append(faults, checker.FaultOf(path, data, "alerts.messages."+u.Key, u.Message))
		}
		return nil, faults
	}
	w.words = words
	for i, d := range file.Checkers {
		if w.checkers[i], err = checker.Resolve(d); err != nil {
			return nil, fmt.Errorf("resolve checker %s: %w", d.Name(), err)
		}
	}
	return w, nil
}

// loadWatched is load for a command that ends with the file's faults.
func loadWatched(c *console, path string) (*watched, error) {
	w, err := load(path)
	var faults checker.Faults
	if errors.As(err, &faults) {
		fmt.Fprintln(c.err, faults)
		return nil, errFailed
	}
	return w, err
}

// loadCheckers loads all checkers of a file.
func loadCheckers(c *console, path string) ([]*checker.Checker, error) {
	w, err := loadWatched(c, path)
	if err != nil {
		return nil, err
	}
	return w.checkers, nil
}
