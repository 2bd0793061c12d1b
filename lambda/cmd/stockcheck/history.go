package main

import (
	"context"
	"fmt"
	"strings"

	"stockchecker/lambda/watch"
)

type historyCommand struct {
	Name  string `arg:"" help:"The checker."`
	State string `default:"state" placeholder:"DIR" help:"Where the state is."`
	JSON  bool   `help:"Write the changes as JSON."`
}

func (h *historyCommand) Run(ctx context.Context, c *console) error {
	store, err := openState(h.State)
	if err != nil {
		return err
	}
	data, _, err := store.Load(ctx, h.Name)
	if err != nil {
		return err
	}
	if data == nil {
		names, err := store.Names()
		if err != nil {
			return err
		}
		known := "it has none yet"
		if len(names) > 0 {
			known = "it has " + strings.Join(names, ", ")
		}
		return usageError{fmt.Errorf("no history of %q in %s: %s", h.Name, h.State, known)}
	}
	state, err := loadState(ctx, store, h.Name)
	if err != nil {
		return err
	}
	if h.JSON {
		if state.Changes == nil {
			state.Changes = []watch.Event{}
		}
		return c.json(state.Changes)
	}
	if len(state.Changes) == 0 {
		fmt.Fprintf(c.out, "nothing has changed yet for %s\n", h.Name)
		return nil
	}
	for _, e := range state.Changes {
		printEvent(c, e)
	}
	return nil
}

// printEvent writes one line of a timeline, and a line for each item.
func printEvent(c *console, e watch.Event) {
	color := map[watch.Status]string{watch.ItemsInStock: green, watch.ItemsGone: red, watch.CheckFailed: yellow}[e.Status]
	line := fmt.Sprintf("%s  %s", e.At.Local().Format("2006-01-02 15:04:05"), c.paint(color, string(e.Status)))
	if !e.Told {
		line += c.paint(dim, "  (not told)")
	}
	if e.Reason != "" {
		line += "  " + e.Reason
	}
	fmt.Fprintln(c.out, line)
	for _, it := range e.Items {
		mark := c.paint(red, "-")
		if it.InStock {
			mark = c.paint(green, "+")
		}
		price := ""
		if it.Price != nil {
			price = "  " + it.Price.String()
		}
		fmt.Fprintf(c.out, "%21s%s %s%s\n", "", mark, it.Title, price)
	}
	if e.More > 0 {
		fmt.Fprintf(c.out, "%21s  and %d more\n", "", e.More)
	}
}
