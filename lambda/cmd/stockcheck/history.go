package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"stockchecker/lambda/local/timeline"
	"stockchecker/lambda/watch"
)

type historyCommand struct {
	Name  string `arg:"" complete:"checkers" help:"The checker."`
	State string `default:"state" placeholder:"PLACE" help:"${state_help}"`
	JSON  bool   `xor:"form" help:"Write the changes as JSON."`
	CSV   bool   `xor:"form" help:"Write the changes as CSV, a row for each item of a change."`
}

func (h *historyCommand) Run(ctx context.Context, c *console) error {
	store, err := openState(ctx, h.State)
	if err != nil {
		return err
	}
	state, err := knownState(ctx, store, h.Name, h.State)
	if err != nil {
		return err
	}
	switch {
	case h.JSON:
		if state.Changes == nil {
			state.Changes = []watch.Event{}
		}
		return c.json(state.Changes)
	case h.CSV:
		return c.csv(state.Changes)
	case len(state.Changes) == 0:
		fmt.Fprintf(c.out, "nothing has changed yet for %s\n", h.Name)
		return nil
	}
	now := time.Now()
	t := timeline.Of(state, now)
	head := fmt.Sprintf("%s, the last %d days", c.paint(bold, h.Name), pictureDays)
	if share, known := t.Between(now.AddDate(0, 0, -pictureDays), now).InStock(); known {
		head += fmt.Sprintf(": in stock for %.0f %% of the time that is known", 100*share)
	}
	fmt.Fprintf(c.out, "%s\n\n%s\n", head, c.picture(t, now))
	for _, e := range state.Changes {
		printEvent(c, e)
	}
	return nil
}

// knownState is the state of a checker that has one.
func knownState(ctx context.Context, store stateStore, name, place string) (*watch.State, error) {
	versions, err := store.Versions(ctx)
	if err != nil {
		return nil, err
	}
	if _, there := versions[name]; !there {
		known := "it has none yet"
		if len(versions) > 0 {
			known = "it has " + strings.Join(slices.Sorted(maps.Keys(versions)), ", ")
		}
		return nil, usageError{fmt.Errorf("no history of %q in %s: %s", name, place, known)}
	}
	return loadState(ctx, store, name)
}

// printEvent writes one line of the history, and a line for each item.
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

// csv writes changes as a table: one row for each item, and one for a change without
// any.
func (c *console) csv(changes []watch.Event) error {
	w := csv.NewWriter(c.out)
	rows := [][]string{{"time", "status", "told", "item", "in_stock", "price", "currency", "more_items", "reason"}}
	for _, e := range changes {
		row := func(it watch.EventItem) []string {
			cells := []string{e.At.UTC().Format(time.RFC3339), string(e.Status), strconv.FormatBool(e.Told), "", "", "", "", strconv.Itoa(e.More), inert(e.Reason)}
			if it.Title != "" {
				cells[3], cells[4] = inert(it.Title), strconv.FormatBool(it.InStock)
			}
			if it.Price != nil {
				cells[5], _, _ = strings.Cut(it.Price.String(), " ")
				cells[6] = it.Price.Currency
			}
			return cells
		}
		if len(e.Items) == 0 {
			rows = append(rows, row(watch.EventItem{}))
		}
		for _, it := range e.Items {
			rows = append(rows, row(it))
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	return nil
}

// inert is a text of a page for a spreadsheet, which would run one that begins like
// a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}
