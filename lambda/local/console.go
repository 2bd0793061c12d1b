package local

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"stockchecker/lambda/watch"
)

// Console prints alerts for a person to read. It is safe for use by many
// goroutines: each alert is one write.
type Console struct {
	mu     sync.Mutex
	w      io.Writer
	colour bool
	bell   bool
}

var _ watch.Notifier = (*Console)(nil)

// NewConsole prints to w, with colours if w is a terminal that wants them, and
// with its bell if it is one.
func NewConsole(w io.Writer, colour, bell bool) *Console {
	return &Console{w: w, colour: colour, bell: bell}
}

// Channel implements watch.Notifier.
func (*Console) Channel() string { return ConsoleChannel }

// ConsoleChannel is what the console is called as a channel.
const ConsoleChannel = "console"

// Send implements watch.Notifier.
func (c *Console) Send(ctx context.Context, a watch.Alert) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("print alert of %s: %w", a.Checker, err)
	}
	m := watch.NewMessage(a)
	head := "━━━ " + m.Headline
	if c.colour {
		head = paint(a.Status) + head + "\x1b[0m"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", head)
	for line := range strings.Lines(strings.TrimRight(m.Body, "\n")) {
		if line = strings.TrimRight(line, "\n"); line == "" {
			b.WriteString("┃\n")
		} else {
			fmt.Fprintf(&b, "┃ %s\n", line)
		}
	}
	fmt.Fprintf(&b, "━━━ %s\n\n", a.Status)
	if c.bell && a.Status != watch.Initialized { // a hundred products begin at once
		b.WriteByte('\a')
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.WriteString(c.w, b.String()); err != nil {
		return fmt.Errorf("print alert of %s: %w", a.Checker, err)
	}
	return nil
}

// paint is the terminal's colour for a status: green for good news, yellow for
// what is gone, red for a blind checker.
func paint(s watch.Status) string {
	switch s {
	case watch.ItemsInStock, watch.PriceDrop, watch.CheckRecovered:
		return "\x1b[1;32m"
	case watch.ItemsGone, watch.ItemsSomeGone:
		return "\x1b[1;33m"
	case watch.CheckFailed:
		return "\x1b[1;31m"
	}
	return "\x1b[1;36m"
}
