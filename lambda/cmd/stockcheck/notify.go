package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"stockchecker/lambda/local/notify"
	"stockchecker/lambda/watch"
)

// channelsOf makes the channels of a file, and says what they will not do.
func channelsOf(c *console, w *watched) (*notify.Channels, error) {
	channels, err := notify.New(w.alerts, w.words, os.LookupEnv)
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintln(c.err, "stockcheck:", strings.TrimSuffix(line, "\n"))
		}
		return nil, errFailed
	}
	for _, note := range channels.Notes {
		fmt.Fprintln(c.err, "note:", note)
	}
	return channels, nil
}

type notifyTestCommand struct {
	Channel string `arg:"" optional:"" help:"The channel, by its name in alerts.urls or an address of alerts.email. Without it: all."`
	File    string `default:"checkers.json" help:"What is watched."`
	JSON    bool   `help:"Write what happened as JSON."`
}

// tried is what happened to a test alert.
type tried struct {
	Channel string  `json:"channel"`
	Sent    bool    `json:"sent"`
	Error   string  `json:"error,omitempty"`
	Seconds float64 `json:"seconds"`
}

func (n *notifyTestCommand) Run(ctx context.Context, c *console) error {
	w, err := loadWatched(c, n.File)
	if err != nil {
		return err
	}
	channels, err := channelsOf(c, w)
	if err != nil {
		return err
	}
	list := channels.Named(n.Channel)
	if len(list) == 0 && n.Channel != "" {
		list = channels.Named("email:" + n.Channel)
	}
	if len(list) == 0 {
		return noChannel(channels, n.Channel, n.File)
	}
	results := make([]tried, len(list))
	var wg sync.WaitGroup
	for i, channel := range list {
		wg.Go(func() { results[i] = try(ctx, channel) })
	}
	wg.Wait()
	failed := 0
	var rows [][]cell
	for _, r := range results {
		row := []cell{{r.Channel, bold}, {"sent", green}, {fmt.Sprintf("taken after %.1f s; look whether it arrived", r.Seconds), dim}}
		if !r.Sent {
			failed++
			row[1], row[2] = cell{"failed", red}, cell{r.Error, ""}
		}
		rows = append(rows, row)
	}
	if n.JSON {
		if err := c.json(results); err != nil {
			return err
		}
	} else {
		c.table(c.out, []string{"CHANNEL", "RESULT", "DETAILS"}, rows)
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted before every channel had answered")
	case failed > 0:
		return errFailed
	}
	return nil
}

// try sends a test alert on a channel.
func try(ctx context.Context, channel watch.Notifier) tried {
	began := time.Now()
	a := watch.Examples(began)[0]
	a.ID, a.Checker, a.Others = rand.Text(), "notify-test", nil
	a.Items[0].Title = "This is a test: " + a.Items[0].Title
	r := tried{Channel: channel.Channel(), Sent: true}
	if err := channel.Send(ctx, a); err != nil {
		r.Sent, r.Error = false, err.Error()
	}
	r.Seconds = time.Since(began).Seconds()
	return r
}

// noChannel says which channels there are, where one was asked for in vain.
func noChannel(channels *notify.Channels, name, file string) error {
	var names []string
	for _, n := range channels.Named("") {
		names = append(names, n.Channel())
	}
	switch {
	case len(names) == 0:
		return fmt.Errorf(`%s has no channel to test; add one to alerts.urls, such as "ntfy://ntfy.sh/your-topic"`, file)
	default:
		return usageError{fmt.Errorf("%s has no channel %q; the channels are %s", file, name, strings.Join(names, ", "))}
	}
}
