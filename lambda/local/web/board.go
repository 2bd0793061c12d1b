package web

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// watched is what checkers.json says of a checker; of one that only the state has,
// its name.
type watched struct {
	name, url string
	every     time.Duration
	paused    bool
	listed    bool
}

// happening is an event of a checker.
type happening struct {
	Checker string
	watch.Event
}

const (
	latestKept = 100 // events of all checkers that are kept
	readers    = 16  // states that are read at once
)

// board is all that the page shows, held in memory: with many checkers, reading their
// states at each view would take too long.
type board struct {
	store   watch.Lister
	watched map[string]watched
	order   []string // of checkers.json
	now     func() time.Time
	turn    chan struct{} // held by the one that refreshes

	mu        sync.RWMutex
	all       map[string]*summary
	unlisted  []string          // names of those that only the state has, sorted
	versions  map[string]string // of the states that all is made of
	latest    []happening       // the newest first
	refreshed time.Time         // zero: never
	fault     error             // of the last refresh
	sequence  int               // counts the refreshes that changed something
}

func newBoard(store watch.Lister, checkers []*checker.Checker, now func() time.Time) *board {
	b := &board{
		store: store, watched: map[string]watched{}, now: now, turn: make(chan struct{}, 1),
		all: map[string]*summary{}, versions: map[string]string{},
	}
	for _, c := range checkers {
		w := watched{name: c.Name, url: c.URL, every: c.Every, paused: !c.Enabled, listed: true}
		b.watched[c.Name], b.order = w, append(b.order, c.Name)
		b.all[c.Name] = summarize(w, nil, nil, now())
	}
	return b
}

// validName is the rule for the names of checkers. A bucket may hold other things.
var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// refresh brings the board to what the store has now, unless it is younger than an
// age, or another is just doing it; the first time that other is waited for. It
// returns what changed since the last time.
func (b *board) refresh(ctx context.Context, age time.Duration) news {
	select {
	case b.turn <- struct{}{}:
	default:
		if !b.last().IsZero() {
			return news{}
		}
		select {
		case b.turn <- struct{}{}:
		case <-ctx.Done():
			return news{}
		}
	}
	defer func() { <-b.turn }()
	if last := b.last(); !last.IsZero() && b.now().Sub(last) < age {
		return news{}
	}
	versions, err := b.store.Versions(ctx)
	if err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.fault = err
		return news{}
	}
	var names []string
	for name, version := range versions {
		if b.versions[name] != version && validName.MatchString(name) {
			names = append(names, name)
		}
	}
	return b.take(versions, b.read(ctx, names))
}

// reread brings some checkers to what the store has now.
func (b *board) reread(ctx context.Context, names []string) news {
	if len(names) == 0 || b.last().IsZero() {
		return news{} // the first refresh reads all
	}
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return news{}
	}
	defer func() { <-b.turn }()
	return b.take(nil, b.read(ctx, names))
}

// last is when the board was refreshed last.
func (b *board) last() time.Time {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.refreshed
}

// answer is what reading one state came to.
type answer struct {
	name  string
	state *watch.State
	err   error
}

// read reads states.
func (b *board) read(ctx context.Context, names []string) []answer {
	answers := make([]answer, len(names))
	next := make(chan int)
	var group sync.WaitGroup
	for range min(readers, len(names)) {
		group.Go(func() {
			for i := range next {
				state, err := load(ctx, b.store, names[i])
				answers[i] = answer{names[i], state, err}
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	group.Wait()
	return answers
}

// news is what a refresh found.
type news struct {
	checkers []string    // whose state changed
	events   []happening // the oldest first
}

// take takes in what was read. versions are those of all states, or nil where some alone
// were read.
func (b *board) take(versions map[string]string, answers []answer) news {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.refreshed.IsZero()
	if versions != nil {
		b.refreshed, b.fault = now, nil
	}
	var found news
	for _, a := range answers {
		if a.err != nil && !errors.Is(a.err, watch.ErrCorrupt) && !errors.Is(a.err, watch.ErrNewer) {
			b.fault = a.err // it is read again the next time
			continue
		}
		w, listed := b.watched[a.name]
		if !listed {
			w = watched{name: a.name}
		}
		before := b.all[a.name]
		b.all[a.name] = summarize(w, a.state, a.err, now)
		b.versions[a.name] = versions[a.name] // "": it is read again at the next refresh, by then perhaps another
		found.checkers = append(found.checkers, a.name)
		if a.state != nil {
			found.events = append(found.events, newEvents(a.name, before, a.state)...)
		}
		if first && len(found.events) > 20*latestKept {
			found.events = newest(found.events)
			slices.Reverse(found.events)
		}
	}
	for name := range b.versions {
		if _, there := versions[name]; there || versions == nil {
			continue
		}
		found.checkers = append(found.checkers, name)
		delete(b.versions, name)
		if w, listed := b.watched[name]; listed {
			b.all[name] = summarize(w, nil, nil, now)
		} else {
			delete(b.all, name)
		}
	}
	if len(found.checkers) > 0 {
		b.sequence++
		b.unlisted = b.unlisted[:0]
		for name, c := range b.all {
			if !c.listed {
				b.unlisted = append(b.unlisted, name)
			}
		}
		slices.Sort(b.unlisted)
	}
	slices.SortStableFunc(found.events, func(x, y happening) int { return x.At.Compare(y.At) })
	older := slices.Clone(b.latest)
	slices.Reverse(older)
	b.latest = newest(append(older, found.events...))
	if first {
		return news{}
	}
	return found
}

// newEvents are those of a state that came after what was known of it.
func newEvents(name string, before *summary, state *watch.State) []happening {
	begin := 0
	if before != nil && before.last != nil {
		for i, e := range state.Changes {
			if e.At.Equal(before.last.At) && e.Status == before.last.Status {
				begin = i + 1
			}
		}
	}
	var list []happening
	for _, e := range state.Changes[begin:] {
		list = append(list, happening{name, e})
	}
	return list
}

// newest are the newest events of a list in which those of each checker are in order,
// the newest first.
func newest(list []happening) []happening {
	slices.Reverse(list) // of two of one checker at one time the later is the newer
	slices.SortStableFunc(list, func(x, y happening) int {
		return cmp.Or(y.At.Compare(x.At), strings.Compare(x.Checker, y.Checker))
	})
	return slices.Clone(list[:min(len(list), latestKept)])
}

// counts are how many checkers there are of each kind.
type counts struct {
	All     int `json:"all"`
	InStock int `json:"in"`
	Failing int `json:"failing"`
	Waiting int `json:"waiting"` // with alerts to be sent
	Paused  int `json:"paused"`
}

func (c *counts) add(s *summary) {
	for _, of := range []struct {
		n    *int
		show string
	}{{&c.InStock, "in"}, {&c.Failing, "failing"}, {&c.Waiting, "waiting"}, {&c.Paused, "paused"}} {
		if shows[of.show](s) {
			*of.n++
		}
	}
}

// snapshot is the board at one moment.
type snapshot struct {
	counts   counts
	list     []*summary // those asked for, the most interesting first
	latest   []happening
	sequence int
	fault    error
	as       time.Time // when it was so
}

// filter says which checkers are asked for.
type filter struct {
	show string // "", or a key of shows
	text string
}

// shows are what a filter can ask for.
var shows = map[string]func(*summary) bool{
	"in":      func(s *summary) bool { return len(s.inStock) > 0 },
	"failing": func(s *summary) bool { return s.condition() == failing },
	"waiting": func(s *summary) bool { return len(s.pending) > 0 },
	"paused":  func(s *summary) bool { return s.paused },
}

func (f filter) wants(s *summary) bool {
	if want := shows[f.show]; want != nil && !want(s) {
		return false
	}
	for word := range strings.FieldsSeq(strings.ToLower(f.text)) {
		if !strings.Contains(s.search, word) {
			return false
		}
	}
	return true
}

func (b *board) snapshot(f filter) snapshot {
	b.mu.RLock()
	defer b.mu.RUnlock()
	shot := snapshot{latest: b.latest, sequence: b.sequence, fault: b.fault, as: b.refreshed, counts: counts{All: len(b.all)}}
	for _, s := range b.inOrder() {
		shot.counts.add(s)
		if f.wants(s) {
			shot.list = append(shot.list, s)
		}
	}
	slices.SortStableFunc(shot.list, func(x, y *summary) int {
		return cmp.Or(cmp.Compare(x.rank(), y.rank()), y.since.Compare(x.since))
	})
	return shot
}

// rank puts first what one looks for: what can be bought, then what is in trouble.
func (s *summary) rank() int {
	switch s.condition() {
	case stocks:
		return 0
	case failing:
		return 1
	case resting:
		return 3
	}
	return 2
}

// inOrder are all checkers, in the order of checkers.json, and what only the state has
// after them.
func (b *board) inOrder() []*summary {
	list := make([]*summary, 0, len(b.all))
	for _, name := range b.order {
		list = append(list, b.all[name])
	}
	for _, name := range b.unlisted {
		list = append(list, b.all[name])
	}
	return list
}

// named is one checker, nil if there is none of that name.
func (b *board) named(name string) *summary {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.all[name]
}
