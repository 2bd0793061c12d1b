package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

type statusCommand struct {
	File  string `default:"checkers.json" help:"What is watched."`
	State string `default:"state" placeholder:"PLACE" help:"${state_help}"`
	JSON  bool   `help:"Write the table as JSON."`
}

// statusRow is one checker as status shows it.
type statusRow struct {
	Checker    string            `json:"checker"`
	Enabled    bool              `json:"enabled"`
	Checked    bool              `json:"checked"` // a page could be read
	InStock    []watch.EventItem `json:"inStock"`
	Items      int               `json:"items"`
	Since      time.Time         `json:"since,omitzero"`
	LastChange *watch.Event      `json:"lastChange"`
	Health     watch.Health      `json:"health"`
	Pending    int               `json:"pending"`
	Error      string            `json:"error,omitempty"`
}

func (s *statusCommand) Run(ctx context.Context, c *console) error {
	checkers, err := loadCheckers(c, s.File)
	if err != nil {
		return err
	}
	store, err := openState(ctx, s.State)
	if err != nil {
		return err
	}
	rows := make([]statusRow, len(checkers))
	for i, ck := range checkers {
		rows[i] = statusOf(ctx, store, ck)
	}
	if s.JSON {
		return c.json(rows)
	}
	now := time.Now()
	var cells [][]cell
	for _, r := range rows {
		cells = append(cells, r.cells(now))
	}
	c.table(c.out, []string{"CHECKER", "IN STOCK", "SINCE", "LAST CHANGE", "PENDING", "HEALTH"}, cells)
	return nil
}

func statusOf(ctx context.Context, store watch.Store, ck *checker.Checker) statusRow {
	row := statusRow{Checker: ck.Name, Enabled: ck.Enabled, InStock: []watch.EventItem{}}
	state, err := loadState(ctx, store, ck.Name)
	if err != nil {
		row.Error = err.Error()
		return row
	}
	row.Checked, row.Items, row.Health, row.Pending = !state.Initialized.IsZero(), len(state.Items), state.Health, len(state.Pending)
	for _, it := range itemsByTitle(state) {
		if it.InStock {
			row.InStock = append(row.InStock, watch.EventItem{Title: it.Title, Price: it.Price, InStock: true})
		}
		if it.Since.After(row.Since) && (it.InStock || len(row.InStock) == 0) {
			row.Since = it.Since
		}
	}
	if n := len(state.Changes); n > 0 {
		row.LastChange = &state.Changes[n-1]
	}
	return row
}

func itemsByTitle(s *watch.State) []watch.Item {
	return slices.SortedFunc(maps.Values(s.Items), func(a, b watch.Item) int { return strings.Compare(a.Title, b.Title) })
}

// loadState loads and decodes a checker's state; one that never ran has an
// empty one.
func loadState(ctx context.Context, store watch.Store, name string) (*watch.State, error) {
	data, _, err := store.Load(ctx, name)
	if err != nil {
		return nil, err
	}
	state, err := watch.Decode(data)
	if errors.Is(err, watch.ErrCorrupt) {
		return nil, fmt.Errorf("state of %s: %w; repair it, or let stockcheck run keep it aside and begin anew", name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("state of %s: %w", name, err)
	}
	return state, nil
}

func (r *statusRow) cells(now time.Time) []cell {
	stock := cell{"not checked yet", dim}
	switch {
	case r.Error != "":
		stock = cell{"?", yellow}
	case len(r.InStock) == 1:
		stock = cell{"yes: " + itemInShort(r.InStock[0]), green}
	case len(r.InStock) > 1:
		stock = cell{fmt.Sprintf("%d of %d items", len(r.InStock), r.Items), green}
	case r.Checked:
		stock = cell{"no", red}
	}
	change := cell{"-", dim}
	if r.LastChange != nil {
		change = cell{fmt.Sprintf("%s, %s", strings.ToLower(string(r.LastChange.Status)), ago(now, r.LastChange.At)), ""}
	}
	pending := cell{"-", dim}
	if r.Pending > 0 {
		pending = cell{fmt.Sprint(r.Pending), yellow}
	}
	health := cell{"good", green}
	switch {
	case r.Error != "":
		health = cell{r.Error, red}
	case !r.Enabled:
		health = cell{"paused (enabled is false)", dim}
	case r.Health.Failures > 0:
		health = cell{fmt.Sprintf("failing since %s: %s", ago(now, r.Health.FailingSince), r.Health.Message), red}
	case !r.Checked:
		health = cell{"-", dim}
	}
	return []cell{{r.Checker, bold}, stock, {ago(now, r.Since), ""}, change, pending, health}
}

func itemInShort(it watch.EventItem) string {
	s := clip(it.Title, 40)
	if it.Price != nil {
		s += ", " + it.Price.String()
	}
	return s
}
