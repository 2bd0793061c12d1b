package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local/timeline"
)

// pictureDays is how much of the past a picture shows.
const pictureDays = 30

// Widths of a picture. One that is written to no terminal is as wide as most are.
const (
	usualWidth   = 80
	widestWidth  = 120
	narrowest    = 20 // of the band
	priceRows    = 4
	priceMargins = 2
)

// picture draws a timeline for a terminal: the price as a line, below it the changes
// as marks and the stock as a band.
func (c *console) picture(t timeline.Timeline, now time.Time) string {
	from := now.AddDate(0, 0, -pictureDays)
	t = t.Between(from, now)
	width := usualWidth
	if c.width > 0 {
		width = min(c.width, widestWidth)
	}
	low, high := priceRange(t.Steps)
	labels := make([]string, priceRows)
	if low != nil {
		labels[priceRows-1] = low.String()
		if !low.Equal(*high) {
			labels[0] = high.String()
		} else {
			labels = labels[priceRows-1:]
		}
	}
	margin := len("stock")
	for _, l := range labels {
		margin = max(margin, columns(l))
	}
	margin += priceMargins
	n := max(width-margin, narrowest)
	g := grid{from: from, step: now.Sub(from) / time.Duration(n), n: n}

	var b strings.Builder
	line := func(label, text, color string) {
		text = strings.TrimRight(text, " ")
		fmt.Fprintf(&b, "%s\n", strings.TrimRight(fmt.Sprintf("%*s  %s", margin-priceMargins, label, c.paint(color, text)), " "))
	}
	if low != nil {
		for i, row := range g.line(t.Steps, low, high, len(labels), now) {
			line(labels[i], row, "")
		}
	}
	if marks := g.marks(t.Marks); strings.TrimSpace(marks) != "" {
		line("", marks, dim)
	}
	line("stock", c.band(g.band(t.Spans)), "")
	first, last := from.Local().Format("2 Jan"), now.Local().Format("2 Jan")
	line("", first+strings.Repeat(" ", max(1, n-len(first)-len(last)))+last, dim)
	line("", c.paint(green, "█")+" in stock   "+"░ not in stock   "+c.paint(yellow, "?")+" not readable   "+c.paint(dim, "▾")+" change", "")
	return b.String()
}

// band paints a row of the band.
func (c *console) band(row []rune) string {
	var b strings.Builder
	for len(row) > 0 {
		n := 1
		for n < len(row) && row[n] == row[0] {
			n++
		}
		b.WriteString(c.paint(map[rune]string{'█': green, '?': yellow}[row[0]], string(row[:n])))
		row = row[n:]
	}
	return b.String()
}

// grid divides a time into columns.
type grid struct {
	from time.Time
	step time.Duration
	n    int
}

// column is that of a moment; one outside of the grid is not in 0 … n-1.
func (g grid) column(t time.Time) int {
	return int(math.Floor(float64(t.Sub(g.from)) / float64(g.step)))
}

// band is a row with the stock. What was in stock for a moment is to be seen, and so
// is a moment of blindness.
func (g grid) band(spans []timeline.Span) []rune {
	row := slices.Repeat([]rune{' '}, g.n)
	for _, kind := range []struct {
		stock timeline.Stock
		sign  rune
	}{{timeline.Out, '░'}, {timeline.Blind, '?'}, {timeline.In, '█'}} {
		for _, s := range spans {
			if s.Stock != kind.stock {
				continue
			}
			// The end belongs to what comes after.
			for i := max(0, g.column(s.From)); i <= min(g.n-1, g.column(s.To.Add(-1))); i++ {
				row[i] = kind.sign
			}
		}
	}
	return row
}

func (g grid) marks(marks []timeline.Mark) string {
	row := slices.Repeat([]rune{' '}, g.n)
	for _, m := range marks {
		row[min(max(0, g.column(m.At)), g.n-1)] = '▾'
	}
	return string(row)
}

// line is the rows with the price as a line, the highest first. A column shows the
// last price in it.
func (g grid) line(steps []timeline.Step, low, high *checker.Price, rows int, now time.Time) []string {
	level := make([]int, g.n) // of each column, counted from the top; -1: no price
	for i := range level {
		level[i] = -1
	}
	span := high.Amount.Sub(low.Amount).InexactFloat64()
	for i, s := range steps {
		end := now
		if i+1 < len(steps) {
			end = steps[i+1].At
		}
		at := -1
		if s.Price != nil {
			at = rows - 1
			if span > 0 {
				at -= int(math.Round(s.Price.Amount.Sub(low.Amount).InexactFloat64() / span * float64(rows-1)))
			}
		}
		for col := max(0, g.column(s.At)); col <= min(g.n-1, g.column(end)); col++ {
			level[col] = at
		}
	}
	drawn := make([][]rune, rows)
	for i := range drawn {
		drawn[i] = slices.Repeat([]rune{' '}, g.n)
	}
	for i, to := range level {
		if to < 0 {
			continue
		}
		drawn[to][i] = '─'
		if i == 0 || level[i-1] < 0 || level[i-1] == to {
			continue
		}
		was := level[i-1]
		drawn[min(was, to)][i], drawn[max(was, to)][i] = '╭', '╯'
		if was < to {
			drawn[was][i], drawn[to][i] = '╮', '╰'
		}
		for between := min(was, to) + 1; between < max(was, to); between++ {
			drawn[between][i] = '│'
		}
	}
	text := make([]string, rows)
	for i, row := range drawn {
		text[i] = string(row)
	}
	return text
}

// priceRange is the lowest and the highest price, nil if there is none.
func priceRange(steps []timeline.Step) (low, high *checker.Price) {
	for _, s := range steps {
		if s.Price == nil {
			continue
		}
		if low == nil || s.Price.Amount.LessThan(low.Amount) {
			low = s.Price
		}
		if high == nil || s.Price.Amount.GreaterThan(high.Amount) {
			high = s.Price
		}
	}
	return low, high
}
