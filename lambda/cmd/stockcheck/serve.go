package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local/web"
	"stockchecker/lambda/watch"
)

// reach is who may reach the status page.
type reach struct {
	Token string   `env:"STOCKCHECK_TOKEN" placeholder:"TOKEN" help:"What browsers must give first, 16 characters or more; needed on an address that others can reach. Better by the environment (STOCKCHECK_TOKEN), where other users of the machine do not see it."`
	Host  []string `placeholder:"NAME" help:"Further names by which browsers reach the status page, such as that of a proxy with TLS; needs a token."`
}

type serveCommand struct {
	Address string `arg:"" default:"127.0.0.1:8080" help:"Where it listens."`
	State   string `default:"state" placeholder:"PLACE" help:"${state_help}"`
	File    string `placeholder:"FILE" help:"What is watched; checkers.json, if there is one."`
	reach
}

func (s *serveCommand) Run(ctx context.Context, c *console) error {
	site, err := openSite(ctx, c, s.State, s.File)
	if err != nil {
		return err
	}
	server, err := site.Listen(s.Address, s.Token, s.Host)
	if err != nil {
		return err
	}
	if err := site.Load(ctx); err != nil {
		return err
	}
	fmt.Fprintf(c.err, "status page of %s at %s; Ctrl-C ends it\n", s.State, server.URL())
	return server.Serve(ctx)
}

// openSite makes the page of a state alone.
func openSite(ctx context.Context, c *console, place, file string) (*web.Site, error) {
	checkers, err := optionalCheckers(c, file)
	if err != nil {
		return nil, err
	}
	store, err := openState(ctx, place)
	if err != nil {
		return nil, err
	}
	return web.New(web.Options{Store: store, Checkers: checkers, Place: place, Poll: pollOf(place)}), nil
}

// optionalCheckers reads the named file, or checkers.json if there is one.
func optionalCheckers(c *console, file string) ([]*checker.Checker, error) {
	const usual = "checkers.json"
	if file == "" {
		if _, err := os.Stat(usual); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		file = usual
	}
	return loadCheckers(c, file)
}

// pollOf is how often a state is looked at: looking at a bucket costs money.
func pollOf(place string) time.Duration {
	if strings.Contains(place, "://") {
		return 15 * time.Second
	}
	return time.Second
}

// sendTests sends a test alert on each channel.
func sendTests(ctx context.Context, channels []watch.Notifier) []watch.Delivery {
	sent := make([]watch.Delivery, len(channels))
	var group sync.WaitGroup
	for i, channel := range channels {
		group.Go(func() {
			r := try(ctx, channel)
			sent[i].Channel = r.Channel
			if !r.Sent {
				sent[i].Err = errors.New(r.Error)
			}
		})
	}
	group.Wait()
	return sent
}
