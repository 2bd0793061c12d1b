package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

// timeline is what happened when, in seconds from the start: "lamp 0s 10s".
type timeline struct {
	mu    sync.Mutex
	start time.Time
	lines map[string][]string
}

func newTimeline() *timeline { return &timeline{start: time.Now(), lines: map[string][]string{}} }

func (l *timeline) note(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines[what] = append(l.lines[what], time.Since(l.start).String())
}

func (l *timeline) want(t *testing.T, want map[string]string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	got := map[string]string{}
	for what, times := range l.lines {
		got[what] = strings.Join(times, " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

func watched(name, link string, every time.Duration) *checker.Checker {
	return &checker.Checker{Name: name, URL: link, Every: every, Enabled: true}
}

// evenLoop is a loop without chance in its intervals.
func evenLoop(limits Limits) *Loop {
	l := NewLoop(limits)
	l.random = func() float64 { return 0.5 }
	return l
}

// runFor runs the loop for a while of the bubble's time.
func runFor(t *testing.T, l *Loop, d time.Duration, checkers []*checker.Checker, check CheckFunc, report ReportFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := l.Run(ctx, checkers, check, report); err != nil {
		t.Errorf("Run: %v", err)
	}
}

// shop answers each request after a while.
type shop struct {
	*timeline
	takes map[string]time.Duration // by link; 0: at once
}

func (s shop) Fetch(ctx context.Context, _ *checker.Checker, link string) (*page.Response, error) {
	s.note("GET " + link)
	select {
	case <-time.After(s.takes[link]):
		return &page.Response{URL: link, Final: link, Status: http.StatusOK}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fetching is a check that only fetches the checker's page.
func fetching(f watch.Fetcher) CheckFunc {
	return func(ctx context.Context, c *checker.Checker) (watch.Report, error) {
		_, err := f.Fetch(ctx, c, c.URL)
		return watch.Report{Checker: c.Name}, err
	}
}

func TestRunKeepsIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		runFor(t, evenLoop(Limits{}), 35*time.Second, []*checker.Checker{
			watched("lamp", "https://a.example/", 10*time.Second),
			watched("ps5", "https://b.example/", 15*time.Second),
			{Name: "off", URL: "https://c.example/", Every: time.Second},
		}, func(_ context.Context, c *checker.Checker) (watch.Report, error) {
			times.note(c.Name)
			return watch.Report{Checker: c.Name, Status: watch.NoChange}, nil
		}, func(c *checker.Checker, r watch.Report, err error) {
			times.note(fmt.Sprintf("report %s %s %v", r.Checker, r.Status, err))
		})
		times.want(t, map[string]string{
			"lamp":                        "0s 10s 20s 30s",
			"ps5":                         "100ms 15.1s 30.1s",
			"report lamp NO_CHANGE <nil>": "0s 10s 20s 30s",
			"report ps5 NO_CHANGE <nil>":  "100ms 15.1s 30.1s",
		})
	})
}

func TestEveryOfTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		lamp := watched("lamp", "https://a.example/", time.Hour)
		runFor(t, evenLoop(Limits{Every: 2 * time.Second, HostGap: -1}), 5*time.Second, []*checker.Checker{lamp},
			func(_ context.Context, c *checker.Checker) (watch.Report, error) {
				times.note(fmt.Sprintf("%s every %s", c.Name, c.Every))
				return watch.Report{}, nil
			}, nil)
		times.want(t, map[string]string{"lamp every 2s": "0s 2s 4s"})
		if lamp.Every != time.Hour {
			t.Errorf("the caller's checker was changed: every %s", lamp.Every)
		}
	})
}

func TestIntervalsVary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var starts []time.Time
		runFor(t, NewLoop(Limits{}), time.Hour, []*checker.Checker{watched("lamp", "https://a.example/", 10*time.Second)},
			func(context.Context, *checker.Checker) (watch.Report, error) {
				starts = append(starts, time.Now())
				return watch.Report{}, nil
			}, nil)
		seen := map[time.Duration]bool{}
		for i := 1; i < len(starts); i++ {
			d := starts[i].Sub(starts[i-1])
			if d < 9*time.Second || d > 11*time.Second {
				t.Errorf("interval of %s, want 9s to 11s", d)
			}
			seen[d] = true
		}
		if len(seen) < 100 {
			t.Errorf("%d different intervals in an hour, want many", len(seen))
		}
	})
}

func TestHostGap(t *testing.T) {
	const a, b, c, other = "https://shop.example/a", "https://SHOP.example:443/b", "https://shop.example/c", "https://shop.example:8443/"
	checkers := []*checker.Checker{
		watched("a", a, time.Hour), watched("b", b, time.Hour), watched("c", c, time.Hour), watched("other", other, time.Hour),
	}
	for _, test := range []struct {
		name  string
		takes map[string]time.Duration
		want  map[string]string
	}{
		{"quick answers", nil,
			map[string]string{"GET " + a: "0s", "GET " + b: "2s", "GET " + c: "4s", "GET " + other: "300ms"}},
		{"one request at a time", map[string]time.Duration{a: 5 * time.Second, other: 9 * time.Second},
			map[string]string{"GET " + a: "0s", "GET " + b: "5s", "GET " + c: "7s", "GET " + other: "300ms"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				times := newTimeline()
				l := evenLoop(Limits{})
				runFor(t, l, time.Minute, checkers, fetching(l.Polite(shop{times, test.takes})), nil)
				times.want(t, test.want)
			})
		})
	}
}

// TestWaitIsNotOfTheCheck checks that a check that waits for its host has not
// begun.
func TestWaitIsNotOfTheCheck(t *testing.T) {
	for answers, want := range map[time.Duration]time.Duration{
		0:               98 * time.Second,
		3 * time.Second: 150 * time.Second,
	} {
		t.Run(fmt.Sprintf("answers take %s", answers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				shop := shop{newTimeline(), map[string]time.Duration{}}
				var checkers []*checker.Checker
				for i := range 50 {
					link := fmt.Sprintf("https://shop.example/%d", i)
					checkers = append(checkers, watched(fmt.Sprint(i), link, time.Hour))
					shop.takes[link] = answers
				}
				l := evenLoop(Limits{})
				fetch := fetching(l.Polite(shop))
				n := 0
				err := l.Once(t.Context(), checkers, func(ctx context.Context, c *checker.Checker) (watch.Report, error) {
					began := time.Now()
					r, err := fetch(ctx, c)
					if took := time.Since(began); took != answers {
						t.Errorf("check %s took %s, of them %s for the answer", c.Name, took, answers)
					}
					return r, err
				}, func(*checker.Checker, watch.Report, error) { n++ })
				if err != nil || n != 50 {
					t.Errorf("Once: %v, %d reports, want 50", err, n)
				}
				if took := time.Since(start); took != want {
					t.Errorf("50 products of one shop took %s, want %s", took, want)
				}
			})
		})
	}
}

func TestFurtherPagesWaitToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		l := evenLoop(Limits{})
		f := l.Polite(shop{times, nil})
		runFor(t, l, time.Minute, []*checker.Checker{
			watched("list", "https://shop.example/list", time.Hour),
			watched("lamp", "https://shop.example/lamp", time.Hour),
		}, func(ctx context.Context, c *checker.Checker) (watch.Report, error) {
			links := []string{c.URL}
			if c.Name == "list" {
				links = append(links, c.URL+"?page=2", c.URL+"?page=3")
			}
			for _, link := range links {
				if _, err := f.Fetch(ctx, c, link); err != nil {
					return watch.Report{}, err
				}
			}
			return watch.Report{}, nil
		}, nil)
		times.want(t, map[string]string{
			"GET https://shop.example/list": "0s", "GET https://shop.example/list?page=2": "2s",
			"GET https://shop.example/list?page=3": "4s", "GET https://shop.example/lamp": "6s",
		})
	})
}

func TestPoliteGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		l := NewLoop(Limits{HostGap: time.Minute})
		const link = "https://shop.example/"
		f := l.Polite(shop{times, map[string]time.Duration{link: time.Second}})
		c := watched("lamp", link, time.Hour)
		var group sync.WaitGroup
		for range 3 { // one asks, one waits for the gap, one for its turn
			group.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if _, err := f.Fetch(ctx, c, link); err != nil {
					times.note(err.Error())
				}
			})
		}
		group.Wait()
		if _, err := f.Fetch(t.Context(), c, link); err != nil {
			t.Error(err)
		}
		times.want(t, map[string]string{
			"GET " + link:               "0s 1m0s",
			"context deadline exceeded": "10s 10s",
		})
	})
}

func TestSlowCheckDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		l := evenLoop(Limits{})
		fetch := fetching(l.Polite(shop{times, nil}))
		runFor(t, l, 45*time.Second, []*checker.Checker{
			watched("slow", "https://shop.example/slow", 10*time.Second),
			watched("lamp", "https://shop.example/lamp", 10*time.Second),
		}, func(ctx context.Context, c *checker.Checker) (watch.Report, error) {
			times.note(c.Name)
			r, err := fetch(ctx, c)
			if c.Name == "slow" {
				time.Sleep(25 * time.Second) // a dead channel
			}
			return r, err
		}, nil)
		times.want(t, map[string]string{
			"slow": "0s 25s", "GET https://shop.example/slow": "0s 25s", // and never twice at once
			"lamp": "2s 12s 22s 32s 42s", "GET https://shop.example/lamp": "2s 12s 22s 32s 42s",
		})
	})
}

func TestConcurrencyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		var checkers []*checker.Checker
		for i := range 5 {
			checkers = append(checkers, watched(fmt.Sprint(i), fmt.Sprintf("https://%d.example/", i), time.Hour))
		}
		err := evenLoop(Limits{Concurrent: 2}).Once(t.Context(), checkers, func(_ context.Context, c *checker.Checker) (watch.Report, error) {
			times.note(c.Name)
			time.Sleep(time.Second)
			return watch.Report{}, nil
		}, nil)
		if err != nil {
			t.Error(err)
		}
		times.want(t, map[string]string{"0": "0s", "1": "100ms", "2": "1s", "3": "1.1s", "4": "2s"})
	})
}

func TestBackOffHoldsTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		blockedUntil := times.start.Add(35 * time.Second)
		runFor(t, evenLoop(Limits{}), 54*time.Second, []*checker.Checker{
			watched("ps5", "https://shop.example/ps5", 10*time.Second),
			watched("lamp", "https://shop.example/lamp", 10*time.Second),
			watched("else", "https://else.example/", 20*time.Second),
		}, func(_ context.Context, c *checker.Checker) (watch.Report, error) {
			if c.Name == "ps5" && time.Now().Before(blockedUntil) {
				skipped := time.Now().After(times.start)
				times.note(fmt.Sprintf("ps5 in back-off, skipped %t", skipped))
				return watch.Report{Failure: &page.Error{Kind: page.Blocked}, Skipped: skipped, BackoffUntil: blockedUntil}, nil
			}
			times.note(c.Name)
			return watch.Report{}, nil
		}, nil)
		times.want(t, map[string]string{
			// Its own checks go on: they ask nothing, and count as failed.
			"ps5 in back-off, skipped false": "0s",
			"ps5 in back-off, skipped true":  "10s 20s 30s",
			"ps5":                            "40s 50s",
			"lamp":                           "35s 45s",
			"else":                           "200ms 20.2s 40.2s",
		})
	})
}

// TestOnePageTurnedAway checks that a shop that turns away one page for ever
// does not keep its other pages from being read.
func TestOnePageTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		runFor(t, evenLoop(Limits{}), 64*time.Second, []*checker.Checker{
			watched("ps5", "https://shop.example/ps5", 20*time.Second),
			watched("lamp", "https://shop.example/lamp", 10*time.Second),
		}, func(_ context.Context, c *checker.Checker) (watch.Report, error) {
			times.note(c.Name)
			if c.Name == "ps5" {
				return watch.Report{Failure: &page.Error{Kind: page.Blocked}, BackoffUntil: time.Now().Add(15 * time.Second)}, nil
			}
			return watch.Report{}, nil
		}, nil)
		times.want(t, map[string]string{
			"ps5":  "0s 20s 40s 1m0s",
			"lamp": "15s 25s 35s 45s 55s",
		})
	})
}

func TestPanicIsTheCheckersOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		runFor(t, evenLoop(Limits{}), 15*time.Second, []*checker.Checker{
			watched("bad", "https://a.example/", 10*time.Second), watched("lamp", "https://b.example/", 10*time.Second),
		}, func(_ context.Context, c *checker.Checker) (watch.Report, error) {
			if c.Name == "bad" {
				panic("no such selector")
			}
			return watch.Report{}, nil
		}, func(c *checker.Checker, _ watch.Report, err error) {
			times.note(fmt.Sprintf("%s: %v", c.Name, err))
			if p, ok := errors.AsType[*PanicError](err); ok && !strings.Contains(string(p.Stack), "TestPanicIsTheCheckersOwn") {
				t.Errorf("the stack does not lead to the panic:\n%s", p.Stack)
			}
		})
		times.want(t, map[string]string{
			"bad: check bad: panic: no such selector": "0s 10s",
			"lamp: <nil>": "100ms 10.1s",
		})
	})
}

func TestEnd(t *testing.T) {
	for _, test := range []struct {
		name    string
		takes   time.Duration
		ignores bool // the context
		took    time.Duration
		reports map[string]string
		err     string
	}{
		{"idle", 0, false, 10 * time.Second, map[string]string{"<nil>": "0s"}, ""},
		{"check ends by itself", 13 * time.Second, false, 13 * time.Second, map[string]string{"<nil>": "13s"}, ""},
		{"check must be cancelled", time.Hour, false, 15 * time.Second, map[string]string{}, ""},
		{"check ends late", 18 * time.Second, true, 18 * time.Second, map[string]string{"<nil>": "18s"}, ""},
		{"check does not end", time.Hour, true, 20 * time.Second, map[string]string{}, "end checks: lamp did not end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				times := newTimeline()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				err := evenLoop(Limits{}).Run(ctx, []*checker.Checker{watched("lamp", "https://a.example/", time.Minute)},
					func(ctx context.Context, _ *checker.Checker) (watch.Report, error) {
						if test.ignores {
							ctx = context.WithoutCancel(ctx)
						}
						select {
						case <-ctx.Done():
							return watch.Report{}, fmt.Errorf("check lamp: %w", ctx.Err())
						case <-time.After(test.takes):
							return watch.Report{}, nil
						}
					}, func(_ *checker.Checker, _ watch.Report, err error) { times.note(fmt.Sprint(err)) })
				if got := fmt.Sprint(err); got != test.err && (err != nil || test.err != "") {
					t.Errorf("got error %v, want %q", err, test.err)
				}
				if took := time.Since(times.start); took != test.took {
					t.Errorf("ended after %s, want %s", took, test.took)
				}
				times.want(t, test.reports)
				time.Sleep(time.Hour) // a bubble must not end before its goroutines
			})
		})
	}
}

func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newTimeline()
		checkers := []*checker.Checker{
			watched("ps5", "https://shop.example/ps5", time.Minute), watched("lamp", "https://shop.example/lamp", time.Minute),
			watched("else", "https://else.example/", time.Minute),
		}
		check := func(_ context.Context, c *checker.Checker) (watch.Report, error) {
			times.note(c.Name)
			if c.Name == "ps5" { // holds up nobody: each asks only once
				return watch.Report{Failure: &page.Error{Kind: page.Blocked}, BackoffUntil: time.Now().Add(time.Hour)}, nil
			}
			return watch.Report{}, nil
		}
		if err := evenLoop(Limits{}).Once(t.Context(), checkers, check, nil); err != nil {
			t.Error(err)
		}
		times.want(t, map[string]string{"ps5": "0s", "lamp": "2s", "else": "200ms"})

		// Cut short.
		times = newTimeline()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := evenLoop(Limits{}).Once(ctx, checkers, check, nil)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want context.DeadlineExceeded", err)
		}
		times.want(t, map[string]string{"ps5": "0s", "else": "200ms"})
	})
}

func TestNothingEnabled(t *testing.T) {
	off := []*checker.Checker{{Name: "off", URL: "https://a.example/", Every: time.Second}}
	l := NewLoop(Limits{})
	for _, err := range []error{l.Run(t.Context(), off, nil, nil), l.Once(t.Context(), nil, nil, nil)} {
		if err == nil || err.Error() != "no checker is enabled" {
			t.Errorf("got error %v", err)
		}
	}
}

func TestManyCheckers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 5000
		var checkers []*checker.Checker
		for i := range n {
			checkers = append(checkers, watched(fmt.Sprint(i), fmt.Sprintf("https://%d.example/", i), time.Hour))
		}
		before := runtime.NumGoroutine()
		checked := map[string]int{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			done <- NewLoop(Limits{}).Run(ctx, checkers, func(context.Context, *checker.Checker) (watch.Report, error) {
				return watch.Report{}, nil
			}, func(c *checker.Checker, _ watch.Report, _ error) { checked[c.Name]++ })
		}()
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if got := runtime.NumGoroutine() - before; got > 10 {
			t.Errorf("%d idle checkers take %d goroutines", n, got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if len(checked) != n || checked["4999"] != 1 {
			t.Errorf("%d checkers were checked in 11 s, the last %d times; want %d, once", len(checked), checked["4999"], n)
		}
	})
}

// TestLimitsAlwaysHold draws checkers, hosts and durations, and watches that no
// limit is ever broken and nobody starves.
func TestLimitsAlwaysHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limits := Limits{
			Concurrent: rapid.IntRange(1, 5).Draw(rt, "concurrent"),
			HostGap:    time.Duration(rapid.IntRange(1, 3000).Draw(rt, "gap")) * time.Millisecond,
			Grace:      time.Minute,
		}
		chance := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "chance"), 0))
		seconds := func(max int, label string) time.Duration {
			return time.Duration(rapid.IntRange(0, max*1000).Draw(rt, label)) * time.Millisecond
		}
		type plan struct {
			requests, sends time.Duration
			pages           int
			blocked         bool
		}
		plans := map[string]plan{}
		var checkers []*checker.Checker
		for i := range rapid.IntRange(1, 8).Draw(rt, "checkers") {
			name := fmt.Sprint(i)
			link := fmt.Sprintf("https://%d.example/%d", rapid.IntRange(0, 2).Draw(rt, "host"), i)
			checkers = append(checkers, watched(name, link, 10*time.Second+seconds(20, "every")))
			plans[name] = plan{seconds(6, "request"), seconds(10, "sends"), rapid.IntRange(1, 3).Draw(rt, "pages"), rapid.IntRange(0, 5).Draw(rt, "blocked") == 0}
		}
		var faults []string
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			running, asking, asked, checked := map[string]int{}, map[string]int{}, map[string]time.Time{}, map[string]int{}
			backoff := map[string]time.Time{}
			fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
			enter := func(what map[string]int, name string) func() {
				mu.Lock()
				defer mu.Unlock()
				if what[name]++; what[name] > 1 {
					fault("%s twice at once", name)
				}
				return func() { mu.Lock(); defer mu.Unlock(); what[name]-- }
			}
			l := NewLoop(limits)
			l.random = chance.Float64
			f := l.Polite(fetcherFunc(func(_ context.Context, c *checker.Checker, link string) (*page.Response, error) {
				host := hostName(link)
				defer enter(asking, host)()
				mu.Lock()
				if last, ok := asked[host]; ok && time.Since(last) < limits.HostGap {
					fault("%s asked again after %s, gap %s", host, time.Since(last), limits.HostGap)
				}
				asked[host] = time.Now()
				mu.Unlock()
				time.Sleep(plans[c.Name].requests)
				return &page.Response{}, nil
			}))
			runFor(t, l, 10*time.Minute, checkers, func(ctx context.Context, c *checker.Checker) (watch.Report, error) {
				defer enter(running, c.Name)()
				mu.Lock()
				checked[c.Name]++
				n := 0
				for _, r := range running {
					n += r
				}
				if n > limits.Concurrent {
					fault("%d checks at once, limit %d", n, limits.Concurrent)
				}
				until := backoff[c.Name]
				mu.Unlock()
				if time.Until(until) > time.Second {
					return watch.Report{Failure: &page.Error{Kind: page.Blocked}, Skipped: true, BackoffUntil: until}, nil
				}
				p := plans[c.Name]
				for range p.pages {
					if _, err := f.Fetch(ctx, c, c.URL); err != nil {
						return watch.Report{}, err
					}
				}
				time.Sleep(p.sends)
				if p.blocked {
					mu.Lock()
					defer mu.Unlock()
					backoff[c.Name] = time.Now().Add(2 * c.Every)
					return watch.Report{Failure: &page.Error{Kind: page.Blocked}, BackoffUntil: backoff[c.Name]}, nil
				}
				return watch.Report{}, nil
			}, nil)
			for _, c := range checkers {
				if checked[c.Name] < 2 {
					fault("checker %s was checked %d times in 10 minutes", c.Name, checked[c.Name])
				}
			}
		})
		if len(faults) > 0 {
			slices.Sort(faults)
			rt.Fatal(strings.Join(slices.Compact(faults), "\n"))
		}
	})
}

type fetcherFunc func(context.Context, *checker.Checker, string) (*page.Response, error)

func (f fetcherFunc) Fetch(ctx context.Context, c *checker.Checker, link string) (*page.Response, error) {
	return f(ctx, c, link)
}

func TestHostName(t *testing.T) {
	for link, want := range map[string]string{
		"https://Shop.Example/p":       "shop.example:443",
		"https://shop.example:443/p":   "shop.example:443",
		"http://shop.example./":        "shop.example:80",
		"http://127.0.0.1:8080/a?b=c":  "127.0.0.1:8080",
		"http://[::1]:8080/":           "::1:8080",
		"https://shop.example:8443/#f": "shop.example:8443",
	} {
		if got := hostName(link); got != want {
			t.Errorf("hostName(%s) = %s, want %s", link, got, want)
		}
	}
}
