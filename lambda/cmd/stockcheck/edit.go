package main

import (
	"errors"
	"fmt"

	"stockchecker/lambda/document"
)

// named are the checkers that a command is about.
type named struct {
	Names []string `arg:"" name:"name" complete:"checkers" help:"The checkers' names."`
	File  string   `default:"checkers.json" help:"The file that has them."`
}

// edit does the same to each of the checkers, or nothing at all.
func (n *named) edit(c *console, verb, done string, edit func(*document.Document, string) error) error {
	err := document.Update(n.File, func(d *document.Document) error {
		for _, name := range n.Names {
			var none *document.NoChecker
			switch err := edit(d, name); {
			case errors.As(err, &none):
				return fmt.Errorf("%s %s: %w in %s; it has %s", verb, name, err, n.File, listed(d.Names()))
			case err != nil:
				return fmt.Errorf("%s %s: %w", verb, name, err)
			}
		}
		return nil
	})
	if err != nil {
		return refused(c, err)
	}
	for _, name := range n.Names {
		fmt.Fprintf(c.out, "%s %s\n", done, name)
	}
	return nil
}

type removeCommand struct{ named }

func (r *removeCommand) Run(c *console) error {
	return r.edit(c, "remove", "removed", (*document.Document).Remove)
}

type pauseCommand struct{ named }

func (p *pauseCommand) Run(c *console) error {
	return p.edit(c, "pause", "paused", (*document.Document).Pause)
}

type resumeCommand struct{ named }

func (r *resumeCommand) Run(c *console) error {
	return r.edit(c, "resume", "resumed", (*document.Document).Resume)
}
