package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/local"
	"stockchecker/lambda/watch"
)

// benchLocal measures checks on one machine: a product page of a shop on loopback,
// whole each time and of other bytes each time, with the state in files; the shop
// runs in this process and is counted too. Then what a checker takes that only waits.
func benchLocal(r *report) error {
	pages, err := samples(corpus)
	if err != nil {
		return err
	}
	var body []byte
	for _, p := range pages {
		if p.name == "product" {
			body = p.body
		}
	}
	n := 0
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
		fmt.Fprintf(w, "<!-- %d -->", n)
	}))
	defer shop.Close()
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	store, err := local.NewFileStore(folder)
	if err != nil {
		return err
	}
	w := &watch.Watcher{
		Store: store, Memory: watch.NewMemory(), Now: time.Now, NewID: rand.Text,
		Fetcher: fetch.New(fetch.Options{Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }}),
	}
	file, err := checker.Parse("checkers.json", fmt.Appendf(nil, `{"checkers": [{"name": "product", "url": "%s/"}]}`, shop.URL))
	if err != nil {
		return err
	}
	c, err := checker.Resolve(file.Checkers[0])
	if err != nil {
		return err
	}
	costs, err := race([]contestant{{"check", func() error {
		report, err := w.Check(context.Background(), c)
		if err == nil && report.Failure != nil {
			err = report.Failure
		}
		return err
	}}})
	if err != nil {
		return err
	}
	perSecond := float64(time.Second) / float64(costs[0].time)
	r.line("\nOn one machine\na check of %d KB    %.2f ms of CPU: %.0f checks a second and core", len(body)>>10, ms(costs[0].time), perSecond)
	r.figure("local/checks-per-core-s", perSecond)
	return benchIdle(r)
}

// benchIdle measures ten thousand checkers: reading their file, and what they take.
func benchIdle(r *report) error {
	const checkers = 10_000
	text := checkersFile(checkers)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := cpu()
	file, err := checker.Parse("checkers.json", text)
	if err != nil {
		return err
	}
	all := make([]*checker.Checker, len(file.Checkers))
	for i, d := range file.Checkers {
		if all[i], err = checker.Resolve(d); err != nil {
			return err
		}
	}
	file = nil
	took := cpu() - begin
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / checkers
	r.line("10,000 checkers    %.0f ms of CPU to read their file; %.1f KB for each that waits", ms(took), each/1000)
	r.figure("local/start-10000-ms", ms(took))
	r.figure("local/idle-checker-kb", each/1000)
	runtime.KeepAlive(all)
	return nil
}
