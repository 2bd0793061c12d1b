package watch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// Watcher checks checkers. It keeps nothing between two checks, and many may
// use it at once.
type Watcher struct {
	Store     Store
	Fetcher   Fetcher
	Notifiers []Notifier // without any, changes are recorded and nobody is told
	Evidence  EvidenceKeeper
	Memory    *Memory // of pages that may not have changed; nil: each is read
	Now       func() time.Time
	// NewID makes the ids of entries. They must differ between runs: by its id a
	// run knows its own write again.
	NewID func() string
	// TellFailures makes the watcher tell CHECK_FAILED, where no alarm outside
	// does. CHECK_RECOVERED is always the watcher's.
	TellFailures bool
	// Alarmed is the channel on which an alarm outside tells CHECK_FAILED, so that
	// the watcher does not; "": none.
	Alarmed string

	read func(*page.Response, *checker.Checker) (*page.Page, error) // nil: page.Read
}

// Report is what one check did.
type Report struct {
	Checker string
	Status  Status
	Items   []Judged // as the page says; nil if it gave no answer

	Failure  *page.Error // why the page gave no answer, nil if it did
	Failures int         // in a row, this one with them
	// Skipped: the page was not fetched, since the shop wants to be left alone
	// until BackoffUntil. Failure then is the last one.
	Skipped      bool
	BackoffUntil time.Time // zero: no back-off

	// Restarted is why the checker began anew, "" if it did not: its state could not
	// be read, and was kept aside.
	Restarted string
	Overtaken bool // another run was faster; what it recorded stands
	Recorded  bool // the state was written with what the page said
	Sent      []Delivery
	// Waiting is what a channel did not take before, and is not tried again yet.
	Waiting []Delivery
	// Dropped is what was still to be sent on channels that the watcher does not
	// have any more.
	Dropped []Delivery
	// EvidenceError is why the page was not kept, nil if it was or was not to be.
	EvidenceError error

	Durations Durations
}

// Delivery is one alert sent, or tried, on one channel. One that failed is
// tried again by the next check.
type Delivery struct {
	ID      string
	Status  Status
	Channel string
	Err     error
	RetryAt time.Time // of one that failed: not before; zero: by the next check
}

// Durations say where a check's time went.
type Durations struct {
	Load, Fetch, Read, Save, Send time.Duration
}

// How a check divides its time. What is kept for saving and sending is no more
// than half of what the caller gives.
const (
	keptForSaving  = 10 * time.Second // from the fetch
	keptForSettled = 3 * time.Second  // from the sends
	sendOfOthers   = 6 * time.Second  // for what earlier runs left
)

// run is one check under way.
type run struct {
	*Watcher
	c      *checker.Checker
	start  time.Time
	report Report

	state   *State // as it was loaded or saved last
	version string // of state in the store
}

// Check does one check of one checker: it takes over what earlier runs left
// unsent, reads the page, records what changed and tells it.
//
// An error means that the check itself could not be done, since the store does
// not answer, its state cannot be read, or ctx ended. A page that gives no
// answer is no error: it is in the report's Failure. Nor is a failed send.
func (w *Watcher) Check(ctx context.Context, c *checker.Checker) (Report, error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, CheckTimeout)
	defer cancel()
	r := &run{Watcher: w, c: c, start: w.Now(), report: Report{Checker: c.Name, Status: NoChange}}
	err := r.check(ctx, caller)
	if err != nil {
		err = fmt.Errorf("check %s: %w", c.Name, err)
	}
	return r.report, err
}

func (r *run) check(ctx, caller context.Context) error {
	if err := r.begin(ctx); err != nil {
		return err
	}
	// Also in back-off: the shop wants to be left alone, not the people.
	if err := r.takeOver(ctx); err != nil {
		return err
	}
	if h := r.state.Health; h.inBackoff(r.Now()) {
		r.report.Skipped = true
		return r.fail(ctx, &page.Error{Kind: h.Kind, Message: h.Message}, nil)
	}
	fetchCtx, cancel := withReserve(ctx, keptForSaving)
	defer cancel()
	rd, body, failure := r.readPages(fetchCtx)
	switch {
	case caller.Err() != nil:
		return fmt.Errorf("fetch page: %w", caller.Err())
	case failure != nil:
		return r.fail(ctx, failure, body)
	}
	return r.compare(ctx, rd, body)
}

// compare records and tells what the page says.
func (r *run) compare(ctx context.Context, rd reading, body []byte) error {
	now := r.Now()
	before := r.state
	ch := diff(before, rd, r.c, now)
	r.report.Items = rd.items

	if ch.empty() && before.Health == (Health{}) {
		return nil
	}
	next := apply(before, ch)
	next.Health = Health{}

	var alerts []Alert
	if e := ch.event(ch.wanted && len(r.Notifiers) > 0); ch.status != NoChange || len(e.Items) > 0 {
		if ch.status == Initialized {
			e.Reason = next.Restarted
		}
		next.record(e)
	}
	if ch.wanted {
		a := ch.alert(r.c, next)
		if ch.status == Initialized {
			a.Reason, next.Restarted = next.Restarted, ""
		}
		alerts = append(alerts, a)
	}
	if before.Health.Told {
		alerts = append(alerts, recoveredAlert(r.c, next, before.Health, now))
		next.record(Event{At: seconds(now), Status: CheckRecovered, Told: len(r.Notifiers) > 0})
	}
	entries, err := r.record(ctx, next, alerts)
	if err != nil || r.report.Overtaken {
		return err
	}
	r.report.Status = ch.status
	if ch.status == NoChange && before.Health.Told {
		r.report.Status = CheckRecovered
	}
	err = r.deliver(ctx, entries)
	if len(alerts) > 0 {
		r.keep(ctx, alerts[0].Status, body)
	}
	return err
}

// fail records a check that got no answer. It touches no item.
func (r *run) fail(ctx context.Context, failure *page.Error, body []byte) error {
	now := r.Now()
	before := r.state
	health, write, tell := before.Health.failed(r.c, failure, r.report.Skipped, r.start, now)
	r.report.Status, r.report.Failure, r.report.Failures = CheckFailed, failure, health.Failures
	if health.inBackoff(now) {
		r.report.BackoffUntil = health.BackoffUntil
	}
	if !write {
		return nil
	}
	next := before.clone()
	next.Health = health
	var alerts []Alert
	if tell {
		told := r.TellFailures && len(r.channelsOf(CheckFailed)) > 0
		if told {
			alerts = append(alerts, failedAlert(r.c, next, health, now))
		}
		next.record(Event{At: seconds(now), Status: CheckFailed, Told: told, Kind: health.Kind, Reason: health.Message})
	}
	entries, err := r.record(ctx, next, alerts)
	if err != nil || r.report.Overtaken {
		return err
	}
	err = r.deliver(ctx, entries)
	if before.Health.Failures == 0 || len(alerts) > 0 {
		r.keep(ctx, CheckFailed, body)
	}
	return err
}

// readPages fetches and reads the checker's page, and of a listing as many as
// the checker wants. The body is what is worth keeping as evidence: the page
// that failed, else the first.
func (r *run) readPages(ctx context.Context) (rd reading, body []byte, failure *page.Error) {
	var items []Judged
	visited := map[string]bool{}
	for url := r.c.URL; url != "" && len(visited) < max(r.c.Pages, 1) && !visited[url]; {
		visited[url] = true
		p, content, failure := r.readPage(ctx, url)
		if failure != nil {
			return reading{}, content, failure
		}
		if len(visited) == 1 {
			body, rd.listing = content, p.Listing
		}
		items = append(items, Judge(r.c, p.Items)...)
		if url = ""; sameHost(r.c.URL, p.Next) {
			url = p.Next
		}
	}
	rd.items = merge(items)
	if len(rd.items) > 0 && !anyCertain(rd.items) {
		return reading{}, body, &page.Error{Kind: page.Unsure, Message: "the page shows its items, but of none it is certain whether it is in stock; run stockcheck explain on it"}
	}
	return rd, body, nil
}

// readPage fetches and reads one page. One that has not changed is not read again,
// and its body may be nil.
func (r *run) readPage(ctx context.Context, url string) (p *page.Page, body []byte, failure *page.Error) {
	key := memoryKey{r.c, url}
	known := r.Memory.recall(key, r.Now())
	began := r.Now()
	resp, err := r.fetch(ctx, url, known)
	r.spent(&r.report.Durations.Fetch, began)
	if err != nil {
		return nil, nil, fetchFailure(ctx, err)
	}
	if known != nil && (resp.Status == http.StatusNotModified || r.Memory.holds(known, resp)) {
		return known.page, resp.Body, nil
	}
	read := r.read
	if read == nil {
		read = page.Read
	}
	began = r.Now()
	p, err = read(resp, r.c)
	r.spent(&r.report.Durations.Read, began)
	if err != nil {
		p = nil
		failure = asFailure(err, page.Unsure)
	}
	r.Memory.remember(key, resp, p, began)
	return p, resp.Body, failure
}

func (r *run) fetch(ctx context.Context, url string, known *remembered) (*page.Response, error) {
	if again, ok := r.Fetcher.(Revisitor); ok && known != nil {
		return again.Revisit(ctx, r.c, url, known.resp)
	}
	return r.Fetcher.Fetch(ctx, r.c, url)
}

func anyCertain(items []Judged) bool {
	for _, j := range items {
		if j.Verdict != Unknown {
			return true
		}
	}
	return false
}

// fetchFailure is a page that did not come.
func fetchFailure(ctx context.Context, err error) *page.Error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return &page.Error{Kind: page.Network, Message: "no answer in time; the shop is slow or out of reach"}
	}
	return asFailure(err, page.Network)
}

func asFailure(err error, kind page.Kind) *page.Error {
	if e, ok := errors.AsType[*page.Error](err); ok {
		return e
	}
	return &page.Error{Kind: kind, Message: err.Error()}
}

// keep keeps the page as evidence, if the time allows.
func (r *run) keep(ctx context.Context, why Status, body []byte) {
	if r.Evidence == nil || len(body) == 0 {
		return
	}
	if err := r.Evidence.Keep(ctx, r.c.Name, seconds(r.Now()), why, bytes.Clone(body)); err != nil {
		r.report.EvidenceError = fmt.Errorf("keep page of %s: %w", r.c.Name, err)
	}
}

// begin loads the state that the check goes by. It must come before the fetch: a
// page must never be older than the state that it is compared with.
//
// A state that cannot be read would keep the checker blind until somebody repairs
// it. So it is kept aside for them, and the checker begins anew.
func (r *run) begin(ctx context.Context) error {
	data, version, err := r.stored(ctx)
	if err != nil {
		return err
	}
	s, err := Decode(data)
	if errors.Is(err, ErrCorrupt) {
		s, err = r.setAside(ctx, data, err)
	}
	if err != nil {
		return err
	}
	r.state, r.version = s, version
	return nil
}

// setAside keeps an unreadable state, and gives the one to begin anew with.
func (r *run) setAside(ctx context.Context, data []byte, why error) (*State, error) {
	place, err := r.Store.SetAside(ctx, r.c.Name, data, r.Now())
	if err != nil {
		return nil, fmt.Errorf("%w; it could not be kept aside: %w", why, err)
	}
	s := newState()
	s.Restarted = fmt.Sprintf("its state could not be read (%s); it was kept as %s",
		oneLine(strings.TrimPrefix(why.Error(), "decode state: "), maxReason/3), oneLine(place, maxReason/2))
	r.report.Restarted = s.Restarted
	return s, nil
}

// load reads the state again.
func (r *run) load(ctx context.Context) error {
	data, version, err := r.stored(ctx)
	if err != nil {
		return err
	}
	s, err := Decode(data)
	if err != nil {
		return err
	}
	r.state, r.version = s, version
	return nil
}

// stored is what the store has.
func (r *run) stored(ctx context.Context) (data []byte, version string, err error) {
	defer r.spent(&r.report.Durations.Load, r.Now())
	if data, version, err = r.Store.Load(ctx, r.c.Name); err != nil {
		return nil, "", fmt.Errorf("load state: %w", err)
	}
	return data, version, nil
}

// save writes the state in the place of the one that it was made from.
func (r *run) save(ctx context.Context, next *State) error {
	defer r.spent(&r.report.Durations.Save, r.Now())
	next.Version, next.Checker = StateVersion, r.c.Name
	next.Revision = r.state.Revision + 1
	data, err := next.encode()
	if err != nil {
		return err
	}
	version, err := r.Store.Save(ctx, r.c.Name, data, r.version)
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	r.state, r.version = next, version
	return nil
}

// spent adds the time since began. A clock that went back meanwhile adds none.
func (r *run) spent(d *time.Duration, began time.Time) { *d += max(r.Now().Sub(began), 0) }

// withReserve ends a context so much before its deadline, but leaves it half of
// its time.
func withReserve(ctx context.Context, reserve time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	left := time.Until(deadline)
	return context.WithTimeout(ctx, max(left-reserve, left/2))
}
