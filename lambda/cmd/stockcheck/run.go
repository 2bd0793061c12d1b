package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/local"
	"stockchecker/lambda/local/web"
	"stockchecker/lambda/watch"
)

type runCommand struct {
	Once  bool   `help:"Check all products once, print a row for each, and exit with 1 if a check failed."`
	State string `default:"state" placeholder:"PLACE" help:"${state_help}"`
	File  string `default:"checkers.json" help:"What is watched."`
	JSON  bool   `help:"Write each check's outcome as a line of JSON, and the alerts to standard error."`
	Serve string `placeholder:"ADDRESS" help:"Show a status page there, such as 127.0.0.1:8080."`
	reach
}

func (r *runCommand) Run(ctx context.Context, c *console) error {
	if r.Once && r.Serve != "" {
		return usageError{errors.New("--serve shows a run that goes on; leave --once out")}
	}
	w, err := loadWatched(c, r.File)
	if err != nil {
		return err
	}
	channels, err := channelsOf(c, w)
	if err != nil {
		return err
	}
	store, err := newState(ctx, r.State)
	if err != nil {
		return err
	}
	alerts := c.out
	if r.JSON {
		alerts = c.err
	}
	out := &shared{w: alerts}
	terminal := local.NewConsole(out, c.color && !r.JSON, c.width > 0 && !r.JSON)
	loop := local.NewLoop(local.Limits{})
	watcher := &watch.Watcher{
		Store:        store,
		Fetcher:      loop.Polite(fetch.New(fetch.Options{})),
		Evidence:     store,
		Memory:       watch.NewMemory(),
		Now:          time.Now,
		NewID:        rand.Text,
		TellFailures: true,
	}
	check := func(ctx context.Context, ck *checker.Checker) (watch.Report, error) {
		its := *watcher
		its.Notifiers = append([]watch.Notifier{terminal}, channels.For(ck)...)
		return its.Check(ctx, ck)
	}
	if r.Once {
		return r.once(ctx, c, out, loop, check, w.checkers)
	}
	if r.Serve == "" {
		return r.forever(ctx, c, out, loop, check, w.checkers, func(string, bool) {})
	}
	site := web.New(web.Options{
		Store: store, Checkers: w.checkers, Place: r.State, Poll: pollOf(r.State), Loop: loop,
		TestAlert: func(ctx context.Context) []watch.Delivery {
			return sendTests(ctx, append([]watch.Notifier{terminal}, channels.Named("")...))
		},
	})
	server, err := site.Listen(r.Serve, r.Token, r.Host)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.err, "status page at %s\n", server.URL())
	served := make(chan struct{})
	go func() {
		defer close(served)
		// The checks go on without the page.
		if err := server.Serve(ctx); err != nil {
			fmt.Fprintln(c.err, "stockcheck:", err)
		}
	}()
	err = r.forever(ctx, c, out, loop, check, w.checkers, site.Checked)
	<-served
	return err
}

// shared is a writer of which each write is whole, also beside a progress line.
type shared struct {
	mu    sync.Mutex
	w     io.Writer
	clear func() // takes the progress line away, nil: there is none
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clear != nil {
		s.clear()
	}
	return s.w.Write(p)
}

// outcome is a check as it is printed.
type outcome struct {
	Checker string       `json:"checker"`
	Status  watch.Status `json:"status"`
	InStock *bool        `json:"inStock"` // nil: unknown
	Items   int          `json:"items"`
	Price   string       `json:"price,omitempty"` // of the one item, or the lowest of those in stock
	Error   string       `json:"error,omitempty"`
	Kind    string       `json:"kind,omitempty"`
	Seconds float64      `json:"seconds"`
	Unsent  []string     `json:"unsent,omitempty"`
	// Restarted is why the checker began anew.
	Restarted string `json:"restarted,omitempty"`
	inStock   int
}

func outcomeOf(ck *checker.Checker, rep watch.Report, err error) outcome {
	d := rep.Durations
	o := outcome{Checker: ck.Name, Status: rep.Status, Items: len(rep.Items), Seconds: (d.Load + d.Fetch + d.Read + d.Save + d.Send).Round(time.Millisecond).Seconds()}
	o.Restarted = rep.Restarted
	for _, s := range rep.Sent {
		if s.Err != nil {
			o.Unsent = append(o.Unsent, fmt.Sprintf("%s by %s: %v; %s", s.Status, s.Channel, s.Err, again(s.RetryAt)))
		}
	}
	for _, s := range rep.Dropped {
		o.Unsent = append(o.Unsent, fmt.Sprintf("%s by %s: nobody has had this channel for %s for a day; it is dropped", s.Status, s.Channel, ck.Name))
	}
	switch {
	case err != nil:
		o.Error = err.Error()
		return o
	case rep.Failure != nil:
		o.Error, o.Kind = rep.Failure.Message, string(rep.Failure.Kind)
		return o
	}
	known := false
	var lowest *checker.Price
	for _, j := range rep.Items {
		known = known || j.Verdict != watch.Unknown
		if j.Verdict != watch.Yes {
			continue
		}
		o.inStock++
		if j.Price != nil && (lowest == nil || lower(*j.Price, *lowest)) {
			lowest = j.Price
		}
	}
	if known || len(rep.Items) == 0 {
		yes := o.inStock > 0
		o.InStock = &yes
	}
	if len(rep.Items) == 1 {
		lowest = rep.Items[0].Price
	}
	if lowest != nil {
		o.Price = lowest.String()
	}
	return o
}

// again says when something that could not be sent is tried again.
func again(at time.Time) string {
	if at.IsZero() {
		return "it is sent again at the next check"
	}
	return "it is sent again at the first check after " + at.Local().Format("15:04:05")
}

func lower(a, b checker.Price) bool {
	order, comparable := a.Compare(b)
	return comparable && order < 0
}

// cells are the outcome as a table's row.
func (o *outcome) cells() []cell {
	result, detail := cell{"unknown", yellow}, cell{o.Error, ""}
	switch {
	case o.Error != "":
		result = cell{"failed", red}
		if o.Kind != "" {
			result.text += " (" + o.Kind + ")"
		}
	case o.InStock != nil && *o.InStock:
		result, detail = cell{"in stock", green}, cell{o.count(), ""}
	case o.InStock != nil:
		result, detail = cell{"not in stock", ""}, cell{o.count(), dim}
	}
	return []cell{{o.Checker, bold}, result, detail}
}

func (o *outcome) count() string {
	switch {
	case o.Items == 1 && o.Price != "":
		return o.Price
	case o.Items == 1:
		return ""
	case o.inStock > 0 && o.Price != "":
		return fmt.Sprintf("%d of %d items, from %s", o.inStock, o.Items, o.Price)
	}
	return fmt.Sprintf("%d of %d items", o.inStock, o.Items)
}

// notes are what is printed besides the row, a line each.
func (o *outcome) notes() string {
	var b strings.Builder
	if o.Restarted != "" {
		fmt.Fprintf(&b, "  %s begins anew: %s\n", o.Checker, o.Restarted)
	}
	for _, u := range o.Unsent {
		fmt.Fprintf(&b, "  not sent: %s\n", u)
	}
	return b.String()
}

// resultWidth is the width of the longest result.
const resultWidth = len("failed (unsupported)")

// once checks everything once.
func (r *runCommand) once(ctx context.Context, c *console, out *shared, loop *local.Loop, check local.CheckFunc, checkers []*checker.Checker) error {
	widths := []int{len("CHECKER"), resultWidth, 0}
	enabled := 0
	for _, ck := range checkers {
		widths[0] = max(widths[0], columns(ck.Name))
		if ck.Enabled {
			enabled++
		}
	}
	if !r.JSON {
		c.row(c.out, widths, []cell{{"CHECKER", dim}, {"RESULT", dim}, {"DETAILS", dim}})
	}
	done, failed := 0, 0
	progress := func() {}
	if c.terminal && !r.JSON {
		progress = func() {
			out.mu.Lock()
			defer out.mu.Unlock()
			fmt.Fprintf(c.err, "\r\x1b[K%d of %d checked", done, enabled)
		}
		out.clear = func() { fmt.Fprint(c.err, "\r\x1b[K") }
	}
	progress()
	err := loop.Once(ctx, checkers, check, func(ck *checker.Checker, rep watch.Report, err error) {
		done++
		o := outcomeOf(ck, rep, err)
		if o.Error != "" || len(o.Unsent) > 0 {
			failed++
		}
		var b strings.Builder
		if r.JSON {
			writeLine(&b, o)
			io.WriteString(c.out, b.String())
			return
		}
		c.row(&b, widths, o.cells())
		b.WriteString(o.notes())
		io.WriteString(out, b.String())
		progress()
	})
	if out.clear != nil {
		out.clear()
	}
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted after %d of %d checks", done, enabled)
	case err != nil:
		return err
	case failed > 0:
		return errFailed
	}
	return nil
}

// forever checks until it is interrupted. A checker's line is printed when it
// says something else than at the check before. checked hears of each check.
func (r *runCommand) forever(ctx context.Context, c *console, out *shared, loop *local.Loop, check local.CheckFunc, checkers []*checker.Checker, checked func(name string, wrote bool)) error {
	name := len("CHECKER")
	enabled := 0
	for _, ck := range checkers {
		name = max(name, columns(ck.Name))
		if ck.Enabled {
			enabled++
		}
	}
	widths := []int{len("15:04:05"), name, resultWidth, 0}
	fmt.Fprintf(c.err, "watching %s of %s, state in %s; Ctrl-C ends it\n", plural(enabled, "product", "products"), r.File, r.State)
	last := map[string]string{}
	err := loop.Run(ctx, checkers, check, func(ck *checker.Checker, rep watch.Report, err error) {
		defer checked(ck.Name, rep.Recorded || rep.Failure != nil || len(rep.Sent) > 0)
		o := outcomeOf(ck, rep, err)
		var b strings.Builder
		if r.JSON {
			writeLine(&b, o)
			io.WriteString(c.out, b.String())
			return
		}
		cells := o.cells()
		b.WriteString(o.notes())
		if says := fmt.Sprint(cells); says != last[ck.Name] {
			last[ck.Name] = says
			c.row(&b, widths, append([]cell{{time.Now().Format("15:04:05"), dim}}, cells...))
		}
		io.WriteString(out, b.String())
	})
	fmt.Fprintln(c.err, "\nstopped; what is known is in", r.State)
	return err
}
