// Command load runs the real command stockcheck with very many checkers, and looks
// at whether it keeps up:
//
//	load [-checkers 5000] [-every 1m] [-for 10m] STOCKCHECK
//
// It is the shop of all of them too, on an address of its own for each, since a
// host gets one request at a time. Some pages change all the time. It prints its
// figures one a line, and fails if a check came late by more than a tenth of its
// interval, or if the command takes more memory than it may, or ever more.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The limits. A checker's interval is at random up to a tenth longer or shorter.
const (
	longest    = 1.1 // of its interval, as planned
	tolerated  = 0.1 // of its interval, late
	mostMemory = 300 // MB
	mostGrowth = 1.2 // from the second quarter of the time to the last
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l := load{}
	flag.IntVar(&l.checkers, "checkers", 5000, "how many checkers")
	flag.DurationVar(&l.every, "every", time.Minute, "their interval")
	flag.DurationVar(&l.duration, "for", 10*time.Minute, "how long, after the first check of each")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: load [-checkers N] [-every D] [-for D] STOCKCHECK")
		os.Exit(2)
	}
	if err := l.run(ctx, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type load struct {
	checkers int
	every    time.Duration
	duration time.Duration
}

// shop answers all checkers and notes when each came.
type shop struct {
	mu     sync.Mutex
	last   []time.Time
	visits int
	first  int           // checkers that came once
	gap    time.Duration // the longest between two visits of a checker
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil || n < 0 || n >= len(s.last) {
		http.NotFound(w, r)
		return
	}
	now := time.Now()
	s.mu.Lock()
	s.visits++
	if s.last[n].IsZero() {
		s.first++
	} else {
		s.gap = max(s.gap, now.Sub(s.last[n]))
	}
	s.last[n] = now
	s.mu.Unlock()
	// One in a hundred comes and goes with each minute.
	says := "OutOfStock"
	if n%100 == 0 && now.Minute()%2 == 0 {
		says = "InStock"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>Product %[1]d</title>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product", "name": "Product %[1]d", "sku": "P%[1]d",
"offers": {"@type": "Offer", "price": "49.90", "priceCurrency": "USD", "availability": "https://schema.org/%[2]s"}}</script></head>
<body><main><h1>Product %[1]d</h1><p class="price">$49.90</p>%[3]s</main></body></html>`, n, says, strings.Repeat("<p>What there is to say of it.</p>\n", 100))
}

// sample is what the command takes at one moment.
type sample struct {
	memory, handles, threads int
	heap                     int // in use after the last collection, MB
}

func (l load) run(ctx context.Context, stockcheck string) error {
	folder, err := os.MkdirTemp("", "load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s := &shop{last: make([]time.Time, l.checkers)}
	listener, err := net.Listen("tcp4", "0.0.0.0:0") // all of 127.0.0.0/8
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	file := filepath.Join(folder, "checkers.json")
	if err := os.WriteFile(file, l.file(listener.Addr().(*net.TCPAddr).Port), 0o666); err != nil {
		return err
	}

	cmd := exec.Command(stockcheck, "run", "--file", file, "--state", filepath.Join(folder, "state"))
	cmd.Env = append(os.Environ(), "GODEBUG=gctrace=1", "NO_PROXY=*", "no_proxy=*")
	cmd.Stdout = io.Discard
	trace, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", stockcheck, err)
	}
	heap := follow(trace)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()

	began := time.Now()
	samples, err := l.watch(ctx, s, cmd.Process.Pid, heap, ended)
	if err != nil {
		return err
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s did not end well: %w", stockcheck, err)
		}
	case <-time.After(30 * time.Second):
		return fmt.Errorf("%s did not end", stockcheck)
	}
	return l.judge(s, samples, began)
}

func (l load) file(port int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{"defaults": {"every": %q}, "checkers": [`, l.every)
	for n := range l.checkers {
		if n > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n"+`{"name": "p%d", "url": "http://127.%d.%d.%d:%d/%[1]d"}`, n, 1+n/62500, n/250%250, 1+n%250, port)
	}
	b.WriteString("]}\n")
	return []byte(b.String())
}

var collected = regexp.MustCompile(`^gc \d+ .* \d+->\d+->(\d+) MB`)

// follow reads the runtime's lines of collections; the function gives the last.
func follow(r io.Reader) func() int {
	var mu sync.Mutex
	last := 0
	go func() {
		for lines := bufio.NewScanner(r); lines.Scan(); {
			if m := collected.FindStringSubmatch(lines.Text()); m != nil {
				n, _ := strconv.Atoi(m[1])
				mu.Lock()
				last = n
				mu.Unlock()
			}
		}
	}()
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
}

// watch waits for the first check of each, and then takes samples for the time.
func (l load) watch(ctx context.Context, s *shop, pid int, heap func() int, ended chan error) ([]sample, error) {
	tick := time.NewTicker(max(l.duration/100, 100*time.Millisecond))
	defer tick.Stop()
	var samples []sample
	var end time.Time
	limit := time.Now().Add(2*time.Minute + 2*l.every)
	for {
		select {
		case <-ctx.Done():
			return nil, errors.New("interrupted")
		case err := <-ended:
			return nil, fmt.Errorf("the command ended by itself: %w", err)
		case now := <-tick.C:
			s.mu.Lock()
			first := s.first
			s.mu.Unlock()
			switch {
			case first < l.checkers && now.After(limit):
				return nil, fmt.Errorf("only %d of %d checkers were checked", first, l.checkers)
			case first < l.checkers:
				continue
			case end.IsZero():
				end = now.Add(l.duration)
			case now.After(end):
				return samples, nil
			}
			one, err := look(pid)
			if err != nil {
				return nil, err
			}
			one.heap = heap()
			samples = append(samples, one)
		}
	}
}

// look asks the kernel.
func look(pid int) (s sample, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return s, err
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
		switch name {
		case "VmRSS":
			s.memory = n / 1000
		case "Threads":
			s.threads = n
		}
	}
	handles, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	s.handles = len(handles)
	return s, err
}

// judge prints the figures, and says which are bad.
func (l load) judge(s *shop, samples []sample, began time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, last := range s.last {
		s.gap = max(s.gap, now.Sub(last))
	}
	late := max(s.gap-time.Duration(longest*float64(l.every)), 0)
	quarter := len(samples) / 4
	most := func(of []sample, f func(sample) int) int {
		n := 0
		for _, one := range of {
			n = max(n, f(one))
		}
		return n
	}
	var faults []error
	fmt.Printf("checkers %d\nchecks %d\nchecks-per-s %.1f\nlatest-s %.1f\n", l.checkers, s.visits, float64(s.visits)/now.Sub(began).Seconds(), late.Seconds())
	if late > time.Duration(tolerated*float64(l.every)) {
		faults = append(faults, fmt.Errorf("a check came %.1f s late, %.0f %% of its interval", late.Seconds(), 100*late.Seconds()/l.every.Seconds()))
	}
	for _, of := range []struct {
		name  string
		value func(sample) int
		slack int // growth that is none
		most  int // 0: any
	}{
		{"memory-mb", func(s sample) int { return s.memory }, 20, mostMemory},
		{"heap-mb", func(s sample) int { return s.heap }, 10, 0},
		{"handles", func(s sample) int { return s.handles }, 100, 0},
		{"threads", func(s sample) int { return s.threads }, 20, 0},
	} {
		before, after := most(samples[quarter:2*quarter+1], of.value), most(samples[len(samples)-quarter-1:], of.value)
		all := most(samples, of.value)
		fmt.Printf("%s %d\n", of.name, all)
		if of.most > 0 && all > of.most {
			faults = append(faults, fmt.Errorf("%s is %d, and %d is the most", of.name, all, of.most))
		}
		if float64(after) > mostGrowth*float64(before) && after-before > of.slack {
			faults = append(faults, fmt.Errorf("%s grew from %d to %d", of.name, before, after))
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(faults...)
}
