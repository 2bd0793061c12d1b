package main

import (
	"errors"
	"fmt"

	"stockchecker/lambda/checker"
)

type validateCommand struct {
	File string `arg:"" optional:"" default:"checkers.json" help:"The file to look at."`
	JSON bool   `help:"Write the faults as JSON."`
}

func (v *validateCommand) Run(c *console) error {
	file, err := checker.Load(v.File)
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
		fmt.Fprintf(c.out, "%s is good: %s\n", v.File, plural(len(file.Checkers), "checker", "checkers"))
	}
	return nil
}

// loadCheckers resolves all checkers of a file.
func loadCheckers(c *console, path string) ([]*checker.Checker, error) {
	file, err := checker.Load(path)
	if err != nil {
		var faults checker.Faults
		if errors.As(err, &faults) {
			fmt.Fprintln(c.err, faults)
			return nil, errFailed
		}
		return nil, err
	}
	checkers := make([]*checker.Checker, len(file.Checkers))
	for i, d := range file.Checkers {
		if checkers[i], err = checker.Resolve(d); err != nil {
			return nil, fmt.Errorf("resolve checker %s: %w", d.Name(), err)
		}
	}
	return checkers, nil
}
