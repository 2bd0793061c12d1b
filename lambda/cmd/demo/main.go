// Command demo shows the whole system at work in half a minute, without
// internet: a small shop of its own on loopback, the real watcher, and each
// message as a person would get it.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/local"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	color := term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == ""
	switch err := run(ctx, os.Stdout, color, 2*time.Second, 30*time.Second); {
	case ctx.Err() != nil:
		fmt.Println("\nstopped")
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// shows is what the demo must have shown when it ends: kinds of messages and of
// failures, and each product to the end of its visits.
type shows struct {
	mu   sync.Mutex
	left map[string]bool
	done func()
}

func newShows(done func(), what ...string) *shows {
	s := &shows{left: map[string]bool{}, done: done}
	for _, w := range what {
		s.left[w] = true
	}
	return s
}

func (s *shows) saw(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.left, what)
	if len(s.left) == 0 {
		s.done()
	}
}

func (s *shows) missing() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.left {
		names = append(names, name)
	}
	return names
}

// run plays the demo: a check of each product every so often, until all is
// shown, or the time is over.
func run(ctx context.Context, w io.Writer, color bool, every, atMost time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	dir, err := os.MkdirTemp("", "stockcheck-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the state: %w", err)
	}
	defer os.RemoveAll(dir)
	store, err := local.NewFileStore(dir)
	if err != nil {
		return err
	}

	out := &syncWriter{w: w}
	fmt.Fprintf(out, "A small shop of our own, checked every %v. What a person gets stands between the lines.\n\n", every)
	var checkers []*checker.Checker
	shelf := map[string]*product{}
	for _, p := range products() {
		shelf[p.name] = p
		if err := p.open(); err != nil {
			return err
		}
		defer p.close()
		ck, err := resolve(p)
		if err != nil {
			return err
		}
		checkers = append(checkers, ck)
		fmt.Fprintf(out, "  %-15s %s  (%s)\n", p.name, p.url, p.about)
	}

	what := []string{string(watch.Initialized), string(watch.ItemsInStock), string(watch.ItemsGone),
		string(page.Blocked), string(page.HTTP), string(page.Moved), string(watch.CheckFailed), string(watch.CheckRecovered)}
	for _, ck := range checkers {
		what = append(what, ck.Name)
	}
	show := newShows(cancel, what...)
	loop := local.NewLoop(local.Limits{Every: every, HostGap: every / 4})
	watcher := &watch.Watcher{
		Store: store, Fetcher: loop.Polite(fetch.New(fetch.Options{})), Evidence: store,
		Notifiers: []watch.Notifier{local.NewConsole(out, color, false)},
		Now:       time.Now, NewID: rand.Text, TellFailures: true,
	}
	err = loop.Run(ctx, checkers, watcher.Check, func(ck *checker.Checker, rep watch.Report, err error) {
		at := time.Now().Format("15:04:05")
		switch {
		case err != nil:
			fmt.Fprintf(out, "%s  %-15s %v\n", at, ck.Name, err)
		case rep.Failure != nil:
			fmt.Fprintf(out, "%s  %-15s unknown (%s): %s. What is known stays, no stock alert.\n", at, ck.Name, rep.Failure.Kind, rep.Failure.Message)
			show.saw(string(rep.Failure.Kind))
		}
		for _, d := range rep.Sent {
			if d.Err == nil {
				show.saw(string(d.Status))
			}
		}
		if shelf[ck.Name].shownAll() {
			show.saw(ck.Name)
		}
	})
	if err != nil {
		return err
	}
	if missing := show.missing(); len(missing) > 0 {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fmt.Errorf("it took too long: %s not shown in %v", strings.Join(missing, ", "), atMost)
		}
		return nil // interrupted
	}
	fmt.Fprintln(out, "That was all: a first run, stock that came and went, a robot check that changed nothing, a failure and the recovery.")
	return nil
}

func resolve(p *product) (*checker.Checker, error) {
	data, err := json.Marshal(map[string]string{"name": p.name, "url": p.url})
	if err != nil {
		return nil, err
	}
	d, err := checker.ParseDefinition(data)
	if err != nil {
		return nil, err
	}
	return checker.Resolve(d)
}

// syncWriter makes each write whole.
type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}
