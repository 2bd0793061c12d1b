package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"stockchecker/lambda/local"
	"stockchecker/lambda/local/web"
	"stockchecker/lambda/local/web/webtest"
)

// benchStatusPage measures the status page of many checkers: reading their states at
// the start, and then the first view of a browser, from the request to the last byte.
// The times are those of a clock, since it is a person who waits.
func benchStatusPage(r *report) error {
	r.line("")
	r.line("status page          reads states    first view, median    slowest     page")
	for _, n := range []int{10, 1000, 10_000} {
		row, err := measureStatusPage(n)
		if err != nil {
			return fmt.Errorf("%d checkers: %w", n, err)
		}
		r.line("%6d checkers      %8.0f ms           %8.1f ms  %8.1f ms  %4d KB", n, row.load, row.median, row.slowest, row.bytes/1000)
		r.figure(fmt.Sprintf("statuspage/first-view-%d-ms", n), row.median)
	}
	return nil
}

type statusPageRow struct {
	load, median, slowest float64 // ms
	bytes                 int64
}

func measureStatusPage(n int) (row statusPageRow, err error) {
	dir, err := os.MkdirTemp("", "bench-statuspage-")
	if err != nil {
		return row, err
	}
	defer os.RemoveAll(dir)
	store, err := local.NewFileStore(dir)
	if err != nil {
		return row, err
	}
	var states [][]byte
	for _, state := range webtest.States(time.Now()) {
		data, err := json.Marshal(state)
		if err != nil {
			return row, err
		}
		states = append(states, data)
	}
	for i := range n {
		// Not by the store, which waits for the disk each time.
		if err := os.WriteFile(filepath.Join(dir, "state", fmt.Sprintf("checker-%d.json", i)), states[i%len(states)], 0o666); err != nil {
			return row, err
		}
	}
	// Each view looks for what has changed in the folder.
	site := web.New(web.Options{Store: store, Place: dir, Poll: -1})
	began := time.Now()
	if err := site.Load(context.Background()); err != nil {
		return row, err
	}
	row.load = milliseconds(time.Since(began))

	server, err := site.Listen("127.0.0.1:0", "", nil)
	if err != nil {
		return row, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	defer func() {
		cancel()
		if e := <-ended; err == nil {
			err = e
		}
	}()
	var views []float64
	for range 21 {
		began := time.Now()
		answer, err := http.Get(server.URL())
		if err != nil {
			return row, err
		}
		row.bytes, err = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if err != nil {
			return row, err
		}
		views = append(views, milliseconds(time.Since(began)))
	}
	slices.Sort(views)
	row.median, row.slowest = views[len(views)/2], views[len(views)-1]
	return row, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
