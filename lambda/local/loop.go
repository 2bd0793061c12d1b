package local

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// Limits are what a Loop may take of the machine and of the shops. A zero field
// stands for its default.
type Limits struct {
	Concurrent int           // checks at once; default 16
	HostGap    time.Duration // from one request to a host to the next; default 2 s, negative: none
	Every      time.Duration // instead of each checker's own; default: their own
	Grace      time.Duration // for the running checks, after the loop is told to end; default 5 s
}

// CheckFunc does one check, as watch.Watcher.Check does.
type CheckFunc func(context.Context, *checker.Checker) (watch.Report, error)

// ReportFunc hears of each check that has ended. The loop calls it one at a time
// and waits for it.
type ReportFunc func(*checker.Checker, watch.Report, error)

// Loop checks checkers, each at its own interval, within limits.
//
// A host (host and port) gets at most one request at a time and one each
// HostGap. A check begins when its host is free, so that the wait does not go
// from the check's own time; only the further pages of a listing wait inside it.
// When a shop turns a checker away, the shop's other checkers wait too, until the
// end of the back-off, unless the shop is known to turn away that one page only.
type Loop struct {
	limits Limits
	hosts  *hosts
	random func() float64 // in [0, 1)

	schedule *schedule
}

// NewLoop makes a loop. Its watcher's fetcher must be wrapped by Polite.
func NewLoop(limits Limits) *Loop {
	if limits.Concurrent == 0 {
		limits.Concurrent = 16
	}
	if limits.HostGap == 0 {
		limits.HostGap = 2 * time.Second
	}
	if limits.Grace == 0 {
		limits.Grace = 5 * time.Second
	}
	return &Loop{limits: limits, hosts: newHosts(max(limits.HostGap, 0)), random: rand.Float64, schedule: newSchedule()}
}

// Polite wraps a fetcher so that its requests keep the loop's limits.
func (l *Loop) Polite(f watch.Fetcher) watch.Fetcher { return polite{f, l.hosts} }

// Run checks the enabled checkers until ctx ends, and then waits for the checks
// under way: for the limits' Grace to end by themselves, and once more so long
// after their contexts were cancelled. A nil error means that all have ended.
func (l *Loop) Run(ctx context.Context, checkers []*checker.Checker, check CheckFunc, report ReportFunc) error {
	r, err := l.newRound(checkers, check, report)
	if err != nil {
		return err
	}
	r.again = true
	return r.run(ctx)
}

// Once checks each enabled checker once. No checker waits for another's
// back-off, since each asks only once. The error is that of ctx, if it ends first.
func (l *Loop) Once(ctx context.Context, checkers []*checker.Checker, check CheckFunc, report ReportFunc) error {
	r, err := l.newRound(checkers, check, report)
	if err != nil {
		return err
	}
	if err := r.run(ctx); err != nil {
		return err
	}
	if r.left > 0 {
		return fmt.Errorf("check all once: %w", ctx.Err())
	}
	return nil
}

// PanicError is a panic in a check. The checker's next check goes on.
type PanicError struct {
	Checker string
	Value   any
	Stack   []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("check %s: panic: %v", e.Checker, e.Value) }

// entry is a checker under watch.
type entry struct {
	c       *checker.Checker
	due     time.Time
	place   *place
	begun   time.Time
	running bool
	backoff time.Time // until then a check asks nothing of the shop
	blocked time.Time // when the shop turned it away last, zero if a check was good since
}

// place is a host with the checkers that wait for it.
type place struct {
	name  string
	queue []*entry  // first come, first served
	begun time.Time // when a check began last
	hold  time.Time // no check begins before
	good  time.Time // when it answered a check last
}

// round is one Run or Once. Its fields belong to the goroutine of run.
type round struct {
	*Loop
	check   CheckFunc
	report  ReportFunc
	again   bool // check each checker again and again
	entries []*entry
	idle    byDue
	waiting map[*place]bool // with a queue
	asksNot *place          // the queue of checks that make no request
	running int
	left    int // entries that are to be checked
	ended   chan outcome
}

type outcome struct {
	e      *entry
	report watch.Report
	err    error
}

func (l *Loop) newRound(checkers []*checker.Checker, check CheckFunc, report ReportFunc) (*round, error) {
	r := &round{Loop: l, check: check, report: report, waiting: map[*place]bool{}, asksNot: &place{}}
	// Room for all that run: a check that ends late finds nobody to listen.
	r.ended = make(chan outcome, l.limits.Concurrent)
	places := map[string]*place{}
	for _, c := range checkers {
		if !c.Enabled {
			continue
		}
		if l.limits.Every > 0 {
			// Also the checker's own back-off goes by its interval.
			faster := *c
			faster.Every = l.limits.Every
			c = &faster
		}
		name := hostName(c.URL)
		if places[name] == nil {
			places[name] = &place{name: name}
		}
		r.entries = append(r.entries, &entry{c: c, place: places[name]})
	}
	if len(r.entries) == 0 {
		return nil, errors.New("no checker is enabled")
	}
	// Not all at once, and yet soon.
	const apart, together = 100 * time.Millisecond, 10 * time.Second
	step := min(apart, together/time.Duration(len(r.entries)))
	now := time.Now()
	for i, e := range r.entries {
		e.due = now.Add(time.Duration(i) * step)
		r.idle = append(r.idle, e)
	}
	r.left = len(r.entries)
	heap.Init(&r.idle)
	l.schedule.begin(r.entries)
	return r, nil
}

func (r *round) run(ctx context.Context) error {
	// The checks under way end in their own time when ctx ends.
	checks, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for r.left > 0 && ctx.Err() == nil {
		now := time.Now()
		r.queueDue(now)
		wake := r.begin(checks, now)
		var alarm <-chan time.Time
		if !wake.IsZero() {
			timer.Reset(time.Until(wake))
			alarm = timer.C
		}
		select {
		case <-ctx.Done():
		case <-alarm:
		case <-r.hosts.ended:
		case <-r.schedule.asked:
			r.hurry(r.schedule.take(), time.Now())
		case o := <-r.ended:
			r.end(o)
		}
	}
	return r.finish(cancel)
}

// finish waits for the checks that are under way.
func (r *round) finish(cancel context.CancelFunc) error {
	for _, last := range []bool{false, true} {
		if last {
			cancel()
		}
		timer := time.NewTimer(r.limits.Grace)
		defer timer.Stop()
		for over := false; r.running > 0 && !over; {
			select {
			case <-timer.C:
				over = true
			case o := <-r.ended:
				if last && errors.Is(o.err, context.Canceled) {
					// Cut off by us: no news of the checker.
					o.e.running = false
					r.running--
					continue
				}
				r.end(o)
			}
		}
	}
	if r.running == 0 {
		return nil
	}
	var names []string
	for _, e := range r.entries {
		if e.running {
			names = append(names, e.c.Name)
		}
	}
	return fmt.Errorf("end checks: %s did not end", strings.Join(names, ", "))
}

// queueDue moves what is due to the queue of its host.
func (r *round) queueDue(now time.Time) {
	for len(r.idle) > 0 && !r.idle[0].due.After(now) {
		r.queue(heap.Pop(&r.idle).(*entry), now)
	}
}

func (r *round) queue(e *entry, now time.Time) {
	p := e.place
	if e.inBackoff(now) {
		p = r.asksNot
	}
	p.queue = append(p.queue, e)
	r.waiting[p] = true
}

// inBackoff tells whether the checker's check will ask nothing of the shop: the
// watcher then only counts it as failed.
func (e *entry) inBackoff(now time.Time) bool { return e.backoff.Sub(now) > time.Second }

// begin begins the checks that may begin, those that are due longest first, and
// returns when to look again; zero: when something ends.
func (r *round) begin(ctx context.Context, now time.Time) (wake time.Time) {
	earlier := func(t time.Time) {
		if wake.IsZero() || t.Before(wake) {
			wake = t
		}
	}
	for r.running < r.limits.Concurrent {
		var next *place
		for p := range r.waiting {
			at, known := r.freeAt(p)
			switch {
			case !known: // something ends before
			case at.After(now):
				earlier(at)
			case next == nil || p.queue[0].due.Before(next.queue[0].due):
				next = p
			}
		}
		if next == nil {
			break
		}
		e := next.queue[0]
		if next.queue = next.queue[1:]; len(next.queue) == 0 {
			delete(r.waiting, next)
		}
		if next == r.asksNot && !e.inBackoff(now) {
			r.queue(e, now) // its back-off ended while it waited: behind those who ask
			continue
		}
		next.begun, e.begun = now, now
		e.running = true
		r.running++
		r.schedule.set(e)
		go func() { r.ended <- r.one(ctx, e) }()
	}
	if len(r.idle) > 0 {
		earlier(r.idle[0].due)
	}
	return wake
}

// freeAt is when the next check of a place may begin.
func (r *round) freeAt(p *place) (at time.Time, known bool) {
	if p == r.asksNot {
		return time.Time{}, true
	}
	at, known = r.hosts.freeAt(p.name)
	// A check that has begun and not yet asked has this turn.
	if begun := p.begun.Add(r.hosts.gap); begun.After(at) {
		at = begun
	}
	if p.hold.After(at) {
		at = p.hold
	}
	return at, known
}

func (r *round) one(ctx context.Context, e *entry) (o outcome) {
	o.e = e
	defer func() {
		if v := recover(); v != nil {
			o.err = &PanicError{Checker: e.c.Name, Value: v, Stack: debug.Stack()}
		}
	}()
	o.report, o.err = r.check(ctx, e.c)
	return o
}

// end takes in what a check came to.
func (r *round) end(o outcome) {
	e, now := o.e, time.Now()
	e.running = false
	r.running--
	until := o.report.BackoffUntil
	switch {
	case until.After(now):
		e.backoff = until
		if !o.report.Skipped {
			r.turnedAway(e, now)
		}
	case o.err == nil && o.report.Failure == nil:
		e.place.good, e.blocked, e.backoff = now, time.Time{}, time.Time{}
	default:
		e.backoff = time.Time{}
	}
	if r.again {
		// From start to start; by chance, so that what met once does not
		// meet each time.
		every := time.Duration(float64(e.c.Every) * (0.9 + 0.2*r.random()))
		if e.due = e.begun.Add(every); e.due.Before(now) {
			e.due = now
		}
		heap.Push(&r.idle, e)
	} else {
		r.left--
	}
	r.schedule.set(e)
	if r.report != nil {
		r.report(e.c, o.report, o.err)
	}
}

// hurry makes the named checkers due that wait for their time.
func (r *round) hurry(names map[string]bool, now time.Time) {
	for _, e := range r.idle {
		if names[e.c.Name] && e.due.After(now) {
			e.due = now
			r.schedule.set(e)
		}
	}
	heap.Init(&r.idle)
}

// turnedAway holds the host of a checker that it turned away. Where the host
// answered others since it last turned this one away, it is the one page that it
// does not give, and the others need not suffer for it.
func (r *round) turnedAway(e *entry, now time.Time) {
	itsOwn := !e.blocked.IsZero() && e.place.good.After(e.blocked)
	e.blocked = now
	if r.again && !itsOwn && e.backoff.After(e.place.hold) {
		e.place.hold = e.backoff
	}
}

// byDue is a heap of entries, the one due first on top.
type byDue []*entry

func (h byDue) Len() int           { return len(h) }
func (h byDue) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h byDue) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *byDue) Push(e any)        { *h = append(*h, e.(*entry)) }
func (h *byDue) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}
