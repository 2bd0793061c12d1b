package watch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// The simulation runs the real Watcher against a world that is out to make it
// lose an alert, tell one twice, or believe an old page. Every port call of
// every run stops and waits until the world lets it go on: so the world decides
// in which order the calls of up to three runs take effect, which of them fail,
// fail after they took effect, take effect later, and at which of them a run
// dies. Time is that of a synctest bubble and moves only as the world says, so
// that the deadlines of the contexts are real too.
//
// A schedule is the list of the world's choices, drawn from a seed. One that
// breaks a rule is shortened and printed as the story of what happened.
//
// The rules, as they are checked below:
//  1. Every entry that got into the state is sent on every channel, once the
//     faults stop, or an entry that it was folded into and that names all its items.
//  2. No entry is sent twice on a channel, unless its first success could not be
//     recorded or the clock jumped beyond a lease; and none is folded that another
//     run is sending.
//  3. The state is never written after an older page than the one it was written
//     after last.
//  4. When all is quiet, what is told is what the page says, nothing is pending,
//     and the health is good.
//  5. A page that gives no answer changes no item and tells no stock alert.
//  6. The state can be decoded after every write, and its revision goes up.
//  7. What is told as in stock was in stock on the page of the run that tells.
//  8. What is told of an item changes only together with an entry for it, but
//     for what is marked as silent.
//  9. Nothing is sent that is not in the state.
//  10. A state that somebody else has spoilt is kept aside before it is written over.
//  11. A message, however late, says of its items what the state of its sender says.
//  12. For each channel no more than one entry about the stock and one about the
//     health wait in the state, however long the channel is dead.
//     What it had pending is lost with it, and nothing else.
//
// By hand, these faults in the production code were each found by it: a load
// after the fetch; entries removed before they are sent; a conflict or a lost
// answer taken for success; settling an older state without loading again; no
// look at the lease before taking over; new leases that are over; taking over
// without a lease; a lease known again by its time alone, or not at all; a
// failed channel dropped with the others; entries of others dropped when
// settling; a failed check taken for an empty page; an unknown item taken for
// sold out; a silent change not marked as such; a cooldown that forgets; folding
// that forgets items or channels, takes entries that others are sending, says what
// held once, or is left out.

// choices are a schedule: drawn from a seed and written down, or replayed. A
// replay goes on with zeros, and zero is always the choice without a fault.
type choices struct {
	rng   *rand.Rand
	trace []byte
	next  int
}

func drawn(seed uint64) *choices {
	return &choices{rng: rand.New(rand.NewPCG(seed, 1))}
}

func (c *choices) pick(n int) int {
	v := 0
	if c.rng != nil {
		v = c.rng.IntN(n)
		c.trace = append(c.trace, byte(v))
	} else if c.next < len(c.trace) {
		v = int(c.trace[c.next]) % n
	}
	c.next++
	return v
}

// snapshot is the page at one time.
type snapshot struct {
	seq      int
	readable bool
	page     page.Page
	failure  *page.Error // of reading it
	down     bool        // it cannot be fetched
	truth    map[string]Verdict
}

// simRun is one run of Check.
type simRun struct {
	id     int
	world  *world
	page   *snapshot // as fetched
	knows  *State    // as loaded or saved last
	dead   bool
	done   bool
	faulty bool // a save or load failed: sends may go unrecorded
	ids    int
}

// call is a port call that waits for the world.
type call struct {
	run    *simRun
	name   string
	reply  chan func() // what to do on return: nothing, or die
	effect func(fate int) error
	fates  int
	err    error
	gone   bool // its context ended first
}

type delivery struct{ id, channel string }

// Events that the simulation must have exercised.
type counters struct {
	schedules, checks, kills, conflicts, overlaps, takeOvers, doubles, sends, entries, lostAnswers, lateWrites, jumps, timeouts, failures, spoils, folds atomic.Int64
}

type world struct {
	c       *checker.Checker
	choose  *choices
	count   *counters
	faulty  variant
	quiet   bool // faults have stopped
	logging bool
	story   []string
	broken  error

	mu    sync.Mutex
	calls []*call

	runs      []*simRun
	offset    atomic.Int64 // of the clock
	jumped    bool
	pages     []*snapshot
	current   *snapshot
	data      []byte
	version   string
	state     *State
	pageSeq   int // of the last page that the state is about
	late      []func()
	aside     []byte // what was set aside last
	spoilt    bool   // the data is no state
	channels  []string
	deadOne   string // a channel that takes nothing until the faults stop
	folded    map[delivery]delivery
	expected  map[delivery]bool // entries that got into the state
	delivered map[delivery]int
	recorded  map[delivery]bool // the state says that it was sent
	excused   map[delivery]bool
	forgotten map[delivery]bool    // pending in a state that was spoilt
	firstRun  map[delivery]*simRun // that delivered it
	tell      bool
}

// variant is a fault put into the adapters, as a broken Watcher would cause it.
type variant struct {
	name   string
	save   func(w *world, data []byte, version string) ([]byte, string)
	notify func(id string) bool // true: claims success without sending
}

func newWorld(choose *choices, count *counters, faulty variant) *world {
	w := &world{
		choose: choose, count: count, faulty: faulty, state: newState(), channels: []string{"mail", "text"}, pageSeq: -1,
		expected: map[delivery]bool{}, delivered: map[delivery]int{}, recorded: map[delivery]bool{}, excused: map[delivery]bool{}, forgotten: map[delivery]bool{}, firstRun: map[delivery]*simRun{}, folded: map[delivery]delivery{},
	}
	kinds := [][]checker.AlertKind{
		{checker.AlertInStock, checker.AlertGone},
		{checker.AlertInStock, checker.AlertGone, checker.AlertSomeGone, checker.AlertPriceDrop},
		{checker.AlertGone},
		{checker.AlertPriceDrop},
	}[choose.pick(4)]
	w.c = aChecker(alertOn(kinds...), cooldown([]time.Duration{0, 0, 5 * time.Minute}[choose.pick(3)]), func(c *checker.Checker) {
		c.AlarmFailures = 1 + choose.pick(3)
	})
	w.tell = choose.pick(2) == 0
	w.deadOne = []string{"", "", "text"}[choose.pick(3)]
	w.flip()
	return w
}

func (w *world) logf(format string, args ...any) {
	if w.logging {
		w.story = append(w.story, fmt.Sprintf("%s  ", w.now().Format("15:04:05"))+fmt.Sprintf(format, args...))
	}
}

func (w *world) breakRule(format string, args ...any) {
	if w.broken == nil {
		w.broken = fmt.Errorf(format, args...)
		w.logf("BROKEN: %v", w.broken)
	}
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.offset.Load())) }

// flip puts another page up.
func (w *world) flip() {
	s := &snapshot{seq: len(w.pages), truth: map[string]Verdict{}}
	kind := w.choose.pick(8)
	if w.quiet {
		kind = 0
	}
	switch kind {
	case 5:
		s.failure = &page.Error{Kind: page.Blocked, Message: "captcha"}
	case 6:
		s.failure = &page.Error{Kind: page.HTTP, Status: 429, Message: "too many requests", RetryAfter: 90 * time.Second}
	case 7:
		s.down = true
	default:
		s.page.Listing = true
		for _, name := range []string{"A", "B", "C"} {
			availability := []checker.Availability{checker.SoldOut, checker.InStock, checker.InStock, "", checker.Unknown}[w.choose.pick(5)]
			if w.quiet && availability == checker.Unknown {
				availability = checker.SoldOut
			}
			if availability == "" {
				continue // not listed
			}
			title := "Lamp " + name
			link := "https://shop.example/" + name
			s.page.Items = append(s.page.Items, page.Item{Key: link, Link: link, Title: title, Availability: availability, Price: amount(strconv.Itoa(10 + w.choose.pick(3)))})
			s.truth[title], _ = judge(w.c, s.page.Items[len(s.page.Items)-1])
			s.readable = s.readable || s.truth[title] != Unknown
		}
		s.readable = s.readable || len(s.page.Items) == 0
	}
	w.pages = append(w.pages, s)
	w.current = s
	w.logf("page %d: readable %v, %v", s.seq, s.readable, s.truth)
}

// wait lets the run wait for the world. effect is what the call does, as the
// fate says; of the number of fates 0 is the one without a fault.
func (r *simRun) wait(ctx context.Context, name string, fates int, effect func(fate int) error) error {
	c := &call{run: r, name: name, reply: make(chan func(), 1), effect: effect, fates: fates}
	r.world.mu.Lock()
	if r.dead {
		r.world.mu.Unlock()
		runtime.Goexit()
	}
	r.world.calls = append(r.world.calls, c)
	r.world.mu.Unlock()
	select {
	case then := <-c.reply:
		then()
		return c.err
	case <-ctx.Done():
		r.world.mu.Lock()
		c.gone = true
		r.world.mu.Unlock()
		return ctx.Err()
	}
}

var errSim = errors.New("simulated fault")

// The ports of a run.

func (r *simRun) Load(ctx context.Context, _ string) (data []byte, version string, err error) {
	w := r.world
	err = r.wait(ctx, "load", 2, func(fate int) error {
		if fate == 1 {
			r.faulty = true
			return errSim
		}
		data, version = bytes.Clone(w.data), w.version
		r.knows = w.state
		return nil
	})
	return data, version, err
}

func (r *simRun) Save(ctx context.Context, _ string, data []byte, version string) (newVersion string, err error) {
	w := r.world
	if w.faulty.save != nil {
		data, version = w.faulty.save(w, data, version)
	}
	late := func() { w.late = append(w.late, func() { w.write(r, data, version) }) }
	err = r.wait(ctx, "save", 5, func(fate int) error {
		switch fate {
		case 1: // no effect
			r.faulty = true
			return errSim
		case 2: // the answer is lost
			w.count.lostAnswers.Add(1)
			r.faulty = true
			w.write(r, data, version)
			return errSim
		case 3: // the answer is lost, and the adapter tries again
			w.count.lostAnswers.Add(1)
			r.faulty = true
			w.write(r, data, version)
			return fmt.Errorf("save: %w", ErrConflict)
		case 4:
			r.faulty = true
			late()
			return errSim
		case timedOut:
			if w.choose.pick(2) == 1 {
				late()
			}
			return nil
		}
		if !w.write(r, data, version) {
			w.count.conflicts.Add(1)
			return fmt.Errorf("save: %w", ErrConflict)
		}
		newVersion = w.version
		r.knows = w.state
		return nil
	})
	return newVersion, err
}

func (r *simRun) SetAside(ctx context.Context, _ string, data []byte, at time.Time) (string, error) {
	err := r.wait(ctx, "set aside", 3, func(fate int) error {
		if fate == 1 {
			return errSim
		}
		if r.world.aside = bytes.Clone(data); fate == 2 { // the answer is lost
			return errSim
		}
		return nil
	})
	return at.Format(AsideTime), err
}

// timedOut is the fate of a call whose context ended first.
const timedOut = -1

func (r *simRun) Fetch(ctx context.Context, _ *checker.Checker, url string) (*page.Response, error) {
	w := r.world
	err := r.wait(ctx, "fetch", 2, func(fate int) error {
		if fate == 1 || w.current.down {
			r.page = nil
			return &page.Error{Kind: page.Network, Message: "no route"}
		}
		if r.page = w.current; fate != timedOut {
			w.count.checks.Add(1)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &page.Response{URL: url, Final: url, Status: 200, Body: []byte(strconv.Itoa(r.page.seq))}, nil
}

func (r *simRun) read(resp *page.Response, _ *checker.Checker) (*page.Page, error) {
	seq, err := strconv.Atoi(string(resp.Body))
	if err != nil {
		return nil, err
	}
	s := r.world.pages[seq]
	if s.failure != nil {
		return nil, s.failure
	}
	p := s.page
	return &p, nil
}

type simChannel struct {
	run  *simRun
	name string
}

func (n simChannel) Channel() string { return n.name }

func (n simChannel) Send(ctx context.Context, a Alert) error {
	w, d, knows := n.run.world, delivery{a.ID, n.name}, n.run.knows
	if w.faulty.notify != nil && w.faulty.notify(a.ID) {
		return nil
	}
	return n.run.wait(ctx, "send "+n.name+" "+a.ID, 3, func(fate int) error {
		if n.name == w.deadOne && !w.quiet {
			return errSim
		}
		switch fate {
		case 1:
			return errSim
		case 2: // the answer is lost
			w.deliver(n.run, d, a, knows)
			w.excused[d] = true
			return errSim
		case timedOut:
			if w.choose.pick(2) == 1 {
				w.deliver(n.run, d, a, knows)
				w.excused[d] = true
			}
			return nil
		}
		w.deliver(n.run, d, a, knows)
		// From here on a fault can keep the success from being recorded.
		n.run.faulty = false
		return nil
	})
}

// deliver is a message that reaches people.
func (w *world) deliver(r *simRun, d delivery, a Alert, knows *State) {
	w.count.sends.Add(1)
	w.logf("run %d: delivered %v", r.id, d)
	if !w.expected[d] && w.faulty.name == "" {
		w.breakRule("rule 9: %v is told and was not recorded", d)
	}
	for _, it := range append(slices.Clone(a.Items), a.Others...) {
		inStock := false
		for _, item := range knows.Items {
			inStock = inStock || item.Title == it.Title && item.InStock
		}
		if inStock != (it.Change != wentGone) && w.faulty.name == "" {
			w.breakRule("rule 11: %v says %s of %q, and it is in stock %v", d, it.Change, it.Title, inStock)
		}
	}
	if w.delivered[d]++; w.delivered[d] == 1 {
		w.firstRun[d] = r
		return
	}
	w.count.doubles.Add(1)
	first := w.firstRun[d]
	switch {
	case w.jumped || w.excused[d] && !w.recorded[d]:
	case w.recorded[d]:
		w.breakRule("rule 2: %v is told again, though its first success was recorded", d)
	case first.dead || first.faulty:
	default:
		w.breakRule("rule 2: %v is told twice without a reason", d)
	}
}

// write is a conditional save that reaches the store.
func (w *world) write(r *simRun, data []byte, version string) bool {
	if version != w.version {
		w.logf("run %d: write refused", r.id)
		return false
	}
	if w.spoilt && !bytes.Equal(w.aside, w.data) {
		w.breakRule("rule 10: a state that cannot be read is written over, and was not kept aside")
	}
	w.put(data)
	w.spoilt = false
	next, err := Decode(data)
	if err != nil {
		w.breakRule("rule 6: %v", err)
		return true
	}
	before := w.state
	w.state = next
	w.logf("run %d: wrote revision %d, %d pending, health %+v", r.id, next.Revision, len(next.Pending), next.Health)
	if w.faulty.name == "" && next.Revision <= before.Revision {
		w.breakRule("rule 6: revision %d after %d", next.Revision, before.Revision)
	}

	answered := r.page != nil && r.page.readable
	changed := !reflect.DeepEqual(before.Items, next.Items)
	switch {
	case changed && !answered:
		w.breakRule("rule 5: run %d changes items without an answer from the page", r.id)
	case !answered || !changed && before.Health == next.Health:
		// It is not about what the page says of the items.
	case r.page.seq < w.pageSeq:
		w.breakRule("rule 3: run %d with page %d overwrites page %d", r.id, r.page.seq, w.pageSeq)
	default:
		w.pageSeq = r.page.seq
	}
	added := 0
	for _, e := range next.Pending {
		if old := before.entry(e.ID); old != nil {
			if !old.LeaseUntil.Equal(e.LeaseUntil) && !e.LeaseUntil.IsZero() {
				w.count.takeOvers.Add(1)
			}
			for _, channel := range old.Channels {
				if !slices.Contains(e.Channels, channel) {
					w.left(r, before, next, *old, channel)
				}
			}
			continue
		}
		added++
		w.count.entries.Add(1)
		w.added(r, e)
	}
	for _, old := range before.Pending {
		if next.entry(old.ID) == nil {
			for _, channel := range old.Channels {
				w.left(r, before, next, old, channel)
			}
		}
	}
	waiting := map[string]int{}
	for _, e := range next.Pending {
		for _, channel := range e.Channels {
			what := fmt.Sprint(channel, e.Alert.aboutHealth())
			if !e.free() {
				continue
			}
			if waiting[what]++; waiting[what] > 1 && w.faulty.name == "" {
				w.breakRule("rule 12: several entries wait for %s", channel)
			}
		}
	}
	for key, item := range next.Items {
		old := before.Items[key].Told
		if told := item.Told; added == 0 && !told.Silent && (told.InStock != old.InStock || !told.At.Equal(old.At)) {
			w.breakRule("rule 8: %q is told without an entry", item.Title)
		}
	}
	return true
}

func (w *world) put(data []byte) {
	sum := sha256.Sum256(data)
	w.data, w.version = bytes.Clone(data), hex.EncodeToString(sum[:8])
}

// spoil makes the state unreadable.
func (w *world) spoil() {
	if w.data == nil || w.spoilt {
		return
	}
	w.count.spoils.Add(1)
	w.logf("the state is spoilt")
	for _, e := range w.state.Pending {
		for _, channel := range e.Channels {
			w.forgotten[delivery{e.ID, channel}] = true
		}
	}
	w.put(append([]byte{0}, w.data...)) // each time another
	w.state, w.spoilt = newState(), true
}

// left is an entry that left the state for a channel: it was sent, or folded into
// a new one.
func (w *world) left(r *simRun, before, next *State, old Entry, channel string) {
	d := delivery{old.ID, channel}
	for _, e := range next.Pending {
		if w.delivered[d] > 0 || before.entry(e.ID) != nil || e.Alert.Late == nil || !slices.Contains(e.Channels, channel) || e.Alert.aboutHealth() != old.Alert.aboutHealth() {
			continue
		}
		w.count.folds.Add(1)
		if ours := strings.HasPrefix(old.LeaseBy, fmt.Sprintf("r%d-", r.id)); !ours && !w.jumped && w.now().Add(2*clockSkew).Before(old.LeaseUntil) {
			w.breakRule("rule 2: run %d folds %v, which %s is sending", r.id, d, old.LeaseBy)
		}
		w.folded[d] = delivery{e.ID, channel}
		for _, it := range append(slices.Clone(old.Alert.Items), old.Alert.Others...) {
			if !slices.ContainsFunc(append(slices.Clone(e.Alert.Items), e.Alert.Others...), func(other AlertItem) bool { return other.Title == it.Title }) {
				w.breakRule("rule 1: %v was folded into %s, which does not name %q", d, e.ID, it.Title)
			}
		}
		return
	}
	w.recorded[d] = true
}

// added is an entry that got into the state.
func (w *world) added(r *simRun, e Entry) {
	folded := e.Alert.Late != nil
	if !folded && !slices.Equal(e.Channels, w.channels) {
		w.breakRule("rule 1: entry %s is for %v alone", e.ID, e.Channels)
	}
	for _, channel := range e.Channels {
		if w.expected[delivery{e.ID, channel}] {
			w.breakRule("rule 2: entry %s is back in the state", e.ID)
		}
		w.expected[delivery{e.ID, channel}] = true
	}
	if folded {
		return // rule 11 is about it
	}
	switch e.Alert.Status {
	case CheckFailed:
		w.count.failures.Add(1)
		return
	case CheckRecovered:
		return
	}
	if r.page == nil || !r.page.readable {
		w.breakRule("rule 5: run %d tells %s without an answer from the page", r.id, e.Alert.Status)
		return
	}
	for _, it := range append(slices.Clone(e.Alert.Items), e.Alert.Others...) {
		if truth := r.page.truth[it.Title]; (it.Change == wentGone) == (truth == Yes) {
			w.breakRule("rule 7: %q is told as %s, the page says %s", it.Title, it.Change, truth)
		}
	}
}

// start begins a run.
func (w *world) start() *simRun {
	r := &simRun{id: len(w.runs), world: w}
	w.runs = append(w.runs, r)
	watcher := &Watcher{
		Store: r, Fetcher: r, Now: w.now, read: r.read, TellFailures: w.tell,
		NewID: func() string { r.ids++; return fmt.Sprintf("r%d-%d", r.id, r.ids) },
	}
	for _, name := range w.channels {
		watcher.Notifiers = append(watcher.Notifiers, simChannel{r, name})
	}
	w.logf("run %d starts", r.id)
	quiet := w.quiet
	go func() {
		defer func() { r.done = true }()
		if _, err := watcher.Check(context.Background(), w.c); err != nil && quiet {
			w.breakRule("rule 4: a quiet check fails: %v", err)
		}
	}()
	return r
}

func (w *world) active() (n int) {
	synctest.Wait()
	for _, r := range w.runs {
		if !r.done && !r.dead {
			n++
		}
	}
	return n
}

// waiting are the calls that the world can answer, in an order that does not
// depend on the goroutines'.
func (w *world) waiting() []*call {
	synctest.Wait()
	w.mu.Lock()
	slices.SortStableFunc(w.calls, func(a, b *call) int {
		if a.run != b.run {
			return a.run.id - b.run.id
		}
		return strings.Compare(a.name, b.name)
	})
	var waiting, gone []*call
	for _, c := range w.calls {
		switch {
		case c.run.dead:
		case c.gone:
			gone = append(gone, c)
		default:
			waiting = append(waiting, c)
		}
	}
	w.calls = slices.Clone(waiting)
	w.mu.Unlock()
	for _, c := range gone {
		w.count.timeouts.Add(1)
		w.logf("run %d: %s timed out", c.run.id, c.name)
		c.run.faulty = c.run.faulty || !strings.HasPrefix(c.name, "send")
		_ = c.effect(timedOut)
	}
	return waiting
}

// serve answers a call, or lets its run die before or after its effect.
func (w *world) serve(c *call) {
	fate, death := 0, 0
	if !w.quiet {
		if w.choose.pick(8) == 7 {
			fate = w.choose.pick(c.fates)
		}
		if w.choose.pick(24) == 23 {
			death = 1 + w.choose.pick(2)
		}
	}
	w.logf("run %d: %s, fate %d, death %d", c.run.id, c.name, fate, death)
	if death != 1 {
		c.err = c.effect(fate)
	}
	w.mu.Lock()
	w.calls = slices.DeleteFunc(w.calls, func(other *call) bool { return other == c })
	w.mu.Unlock()
	if death == 0 {
		c.reply <- func() {}
		return
	}
	w.count.kills.Add(1)
	w.mu.Lock()
	c.run.dead = true
	doomed := []*call{c}
	for _, other := range w.calls {
		if other.run == c.run {
			doomed = append(doomed, other)
		}
	}
	w.mu.Unlock()
	for _, d := range doomed {
		d.reply <- runtime.Goexit
	}
}

func (w *world) arrive() {
	if len(w.late) == 0 {
		return
	}
	i := w.choose.pick(len(w.late))
	write := w.late[i]
	w.late = slices.Delete(w.late, i, i+1)
	w.count.lateWrites.Add(1)
	w.logf("a late write arrives")
	write()
}

// step is one thing that happens.
func (w *world) step() {
	waiting := w.waiting()
	switch action := w.choose.pick(20); {
	case action < 13 && len(waiting) > 0:
		w.serve(waiting[w.choose.pick(len(waiting))])
	case action < 15 || len(waiting) == 0 && action < 17:
		if w.active() < 3 {
			if w.active() > 0 {
				w.count.overlaps.Add(1)
			} else {
				time.Sleep([]time.Duration{time.Minute, time.Minute, 0}[w.choose.pick(3)])
			}
			w.start()
		}
	case action == 15, action == 16:
		w.flip()
	case action == 17:
		d := []time.Duration{100 * time.Millisecond, time.Second, 5 * time.Second, 20 * time.Second, 50 * time.Second, 2 * time.Minute}[w.choose.pick(6)]
		w.logf("%v pass", d)
		time.Sleep(d)
	case action == 18 && w.choose.pick(8) == 7:
		w.spoil()
	case action == 18:
		w.arrive()
	case w.choose.pick(10) == 9:
		w.jumped = true
		w.count.jumps.Add(1)
		w.offset.Store(int64([]time.Duration{time.Hour, -time.Hour, 100 * time.Hour, -100 * time.Hour}[w.choose.pick(4)]))
		w.logf("the clock jumps")
	default:
		if !w.jumped {
			w.offset.Store(int64(time.Duration(w.choose.pick(11)-5) * time.Second))
		}
	}
}

// settleDown ends the faults, and looks whether all comes right.
func (w *world) settleDown() {
	w.quiet = true
	for w.active() > 0 {
		if waiting := w.waiting(); len(waiting) > 0 {
			w.serve(waiting[0])
		}
	}
	for len(w.late) > 0 && w.choose.pick(2) == 0 {
		w.arrive()
	}
	w.late = nil
	w.offset.Store(0)
	w.flip()
	w.logf("all is quiet")
	// The pauses outlast any lease, cooldown and back-off, also those that a
	// wrong clock put an hour or four days ahead.
	for _, pause := range []time.Duration{time.Minute, time.Hour, 2 * time.Hour, 110 * time.Hour, time.Hour} {
		time.Sleep(pause)
		r := w.start()
		for synctest.Wait(); !r.done; synctest.Wait() {
			if waiting := w.waiting(); len(waiting) > 0 {
				w.serve(waiting[0])
			}
		}
	}
	for d := range w.expected {
		at := d
		for w.delivered[at] == 0 {
			next, folded := w.folded[at]
			if !folded {
				break
			}
			at = next
		}
		if w.delivered[at] == 0 && !w.forgotten[at] {
			w.breakRule("rule 1: %v was recorded and never told", d)
		}
	}
	if len(w.state.Pending) > 0 {
		w.breakRule("rule 4: %d entries are still pending", len(w.state.Pending))
	}
	if w.state.Health != (Health{}) {
		w.breakRule("rule 4: health %+v", w.state.Health)
	}
	told := map[string]bool{}
	for _, item := range w.state.Items {
		if item.Told.InStock {
			told[item.Title] = true
		}
	}
	for title, verdict := range w.current.truth {
		if told[title] != (verdict == Yes) {
			w.breakRule("rule 4: %q is told in stock %v, and is %s", title, told[title], verdict)
		}
		delete(told, title)
	}
	if len(told) > 0 {
		w.breakRule("rule 4: told in stock and not listed: %v", told)
	}
}

const stepsOfSchedule = 60

// simulate runs one schedule in a bubble of its own.
func simulate(t *testing.T, choose *choices, count *counters, faulty variant, logging bool) (story []string, broken error) {
	synctest.Test(t, func(*testing.T) {
		w := newWorld(choose, count, faulty)
		w.logging = logging
		for range stepsOfSchedule {
			if w.broken != nil {
				break
			}
			w.step()
		}
		w.settleDown()
		synctest.Wait()
		count.schedules.Add(1)
		story, broken = w.story, w.broken
	})
	return story, broken
}

// shorten looks for a shorter schedule that breaks a rule too.
func shorten(t *testing.T, trace []byte, faulty variant) []byte {
	fails := func(trace []byte) bool {
		_, broken := simulate(t, &choices{trace: trace}, new(counters), faulty, false)
		return broken != nil
	}
	tries := 3000
	for size := len(trace) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(trace) && tries > 0; tries-- {
			if shorter := slices.Delete(slices.Clone(trace), at, at+size); fails(shorter) {
				trace = shorter
			} else {
				at += size
			}
		}
	}
	for i := 0; i < len(trace) && tries > 0; i, tries = i+1, tries-1 {
		if trace[i] != 0 {
			simpler := slices.Clone(trace)
			simpler[i] = 0
			if fails(simpler) {
				trace = simpler
			}
		}
	}
	return trace
}

func TestSimulation(t *testing.T) {
	schedules := 10_000
	if testing.Short() {
		schedules = 1_000
	}
	var count counters
	t.Run("schedules", func(t *testing.T) {
		const shards = 2
		for shard := range shards {
			t.Run(strconv.Itoa(shard), func(t *testing.T) {
				t.Parallel()
				for seed := shard; seed < schedules; seed += shards {
					choose := drawn(uint64(seed))
					if _, broken := simulate(t, choose, &count, variant{}, false); broken != nil {
						short := shorten(t, choose.trace, variant{})
						story, again := simulate(t, &choices{trace: short}, new(counters), variant{}, true)
						t.Fatalf("seed %d: %v\nshortened to %d choices: %v\n%s", seed, broken, len(short), again, strings.Join(story, "\n"))
					}
				}
			})
		}
	})
	for name, n := range map[string]int64{
		"schedules": count.schedules.Load() - int64(schedules) + 1, "kills": count.kills.Load(), "conflicts": count.conflicts.Load(),
		"overlaps": count.overlaps.Load(), "takeovers": count.takeOvers.Load(), "doubles": count.doubles.Load(), "lost answers": count.lostAnswers.Load(),
		"late writes": count.lateWrites.Load(), "clock jumps": count.jumps.Load(), "time-outs": count.timeouts.Load(), "failures told": count.failures.Load(),
		"spoilt states": count.spoils.Load(), "folds": count.folds.Load(),
	} {
		if n <= 0 {
			t.Errorf("the simulation had no %s", name)
		}
	}
	t.Logf("%d schedules, %d pages fetched, %d entries, %d sends (%d doubles, all excused), %d kills, %d overlaps, %d conflicts, %d takeovers, %d lost answers, %d late writes, %d time-outs, %d clock jumps, %d failures told, %d spoilt states, %d folds",
		count.schedules.Load(), count.checks.Load(), count.entries.Load(), count.sends.Load(), count.doubles.Load(), count.kills.Load(), count.overlaps.Load(), count.conflicts.Load(),
		count.takeOvers.Load(), count.lostAnswers.Load(), count.lateWrites.Load(), count.timeouts.Load(), count.jumps.Load(), count.failures.Load(), count.spoils.Load(), count.folds.Load())
}

// The same schedules must give the same story, or a seed says nothing.
func TestSimulationIsDeterministic(t *testing.T) {
	for seed := range uint64(20) {
		a, _ := simulate(t, drawn(seed), new(counters), variant{}, true)
		b, _ := simulate(t, drawn(seed), new(counters), variant{}, true)
		if !slices.Equal(a, b) {
			t.Fatalf("seed %d: two stories:\n%s\n\n%s", seed, strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	}
}

// rewrite changes the state on its way to the store.
func rewrite(change func(w *world, s *State)) func(*world, []byte, string) ([]byte, string) {
	return func(w *world, data []byte, version string) ([]byte, string) {
		s, err := Decode(data)
		if err != nil {
			panic(err)
		}
		change(w, s)
		data, err = s.encode()
		if err != nil {
			panic(err)
		}
		return data, version
	}
}

// A simulation that finds nothing proves nothing: each of these faults must
// break a rule.
func TestSimulationFindsFaults(t *testing.T) {
	for _, test := range []struct {
		variant
		rule string
	}{
		{variant{name: "saves are not conditional", save: func(w *world, data []byte, _ string) ([]byte, string) { return data, w.version }}, "rule"},
		{variant{name: "entries are not in the state while they are sent", save: rewrite(func(_ *world, s *State) { s.Pending = nil })}, "rule 8"},
		{variant{name: "new entries have no lease", save: rewrite(func(_ *world, s *State) {
			for i := range s.Pending {
				s.Pending[i].LeaseUntil = time.Time{}
			}
		})}, "rule 2"},
		{variant{name: "a channel is lost", save: rewrite(func(_ *world, s *State) {
			for i := range s.Pending {
				s.Pending[i].Channels = s.Pending[i].Channels[:1]
			}
		})}, "rule 1"},
		{variant{name: "a send is taken for done", notify: func(id string) bool { return strings.HasSuffix(id, "2") }}, "rule 1"},
		{variant{name: "health goes into the items", save: rewrite(func(_ *world, s *State) {
			if s.Health.Failures > 0 {
				clear(s.Items)
			}
		})}, "rule 5"},
		{variant{name: "a state that cannot be read", save: func(_ *world, data []byte, version string) ([]byte, string) { return data[:len(data)-3], version }}, "rule 6"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(3000) {
				if _, broken := simulate(t, drawn(seed), new(counters), test.variant, false); broken != nil {
					if !strings.HasPrefix(broken.Error(), test.rule) {
						t.Fatalf("seed %d: found as %v, want %s", seed, broken, test.rule)
					}
					t.Logf("found by seed %d: %v", seed, broken)
					return
				}
			}
			t.Error("not found")
		})
	}
}
