package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Colours of a terminal.
const (
	green  = "32"
	red    = "31"
	yellow = "33"
	dim    = "2"
	bold   = "1"
)

// paint colours a text where the output shows colours.
func (c *console) paint(color, s string) string {
	if !c.color || s == "" || color == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// json writes a value for a program.
func (c *console) json(v any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// cell is one field of a table.
type cell struct{ text, color string }

// table writes rows with aligned columns. The last column is as wide as its
// text.
func (c *console) table(w io.Writer, head []string, rows [][]cell) {
	widths := make([]int, len(head))
	for i, h := range head {
		widths[i] = columns(h)
	}
	for _, row := range rows {
		for i, f := range row {
			widths[i] = max(widths[i], columns(f.text))
		}
	}
	cells := make([]cell, len(head))
	for i, h := range head {
		cells[i] = cell{h, dim}
	}
	c.row(w, widths, cells)
	for _, row := range rows {
		c.row(w, widths, row)
	}
}

// row writes one row of a table. On a terminal a last cell that is too long goes
// on below itself.
func (c *console) row(w io.Writer, widths []int, cells []cell) {
	var b strings.Builder
	at := 0
	for i, f := range cells[:len(cells)-1] {
		pad := max(0, widths[i]-columns(f.text)) + 2
		b.WriteString(c.paint(f.color, f.text) + strings.Repeat(" ", pad))
		at += columns(f.text) + pad
	}
	last := cells[len(cells)-1]
	for i, line := range wrap(last.text, c.width-at) {
		if i > 0 {
			b.WriteString("\n" + strings.Repeat(" ", at))
		}
		b.WriteString(c.paint(last.color, line))
	}
	fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
}

// wrap breaks a text into lines of at most so many columns, between words. What
// is too narrow for that is not broken.
func wrap(s string, width int) []string {
	const narrowest = 20
	if width < narrowest || columns(s) <= width {
		return []string{s}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && columns(line)+1+columns(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// columns is how many columns of a terminal a text takes.
func columns(s string) int {
	if utf8.RuneCountInString(s) == len(s) {
		return len(s)
	}
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// ago says how long a time is past, in the largest unit that tells.
func ago(now, t time.Time) string {
	if t.IsZero() || t.Unix() == 0 {
		return "-"
	}
	switch d := now.Sub(t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(d.Hours()/24))
	}
}

// clip shortens a text to so many characters.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n-1]) + "…"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// writeLine writes a value as one line of JSON.
func writeLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// listed are names, not too many.
func listed(names []string) string {
	const most = 5
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
