package watch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// bench is a Watcher with everything around it under the test's control.
type bench struct {
	*Watcher
	t *testing.T
	c *checker.Checker

	now     time.Time
	data    []byte
	writes  int
	onSave  []func(data []byte, version string) error // for the next saves, nil: as it is
	loadErr error
	aside   []string // "place data"

	pages map[string]any // by URL: a short page, or an error
	asked []string

	sent []string // in order: "mail ITEMS_IN_STOCK"
	fail map[string]error
	mu   sync.Mutex
	kept []string
	ids  int
}

const shopURL = "https://shop.example/lamps"

func newBench(t *testing.T, change ...func(*checker.Checker)) *bench {
	b := &bench{t: t, c: aChecker(change...), now: epoch, pages: map[string]any{}, fail: map[string]error{}}
	b.Watcher = &Watcher{
		Store: b, Fetcher: b, Evidence: b, TellFailures: true, Now: func() time.Time { return b.now },
		NewID:     func() string { b.ids++; return fmt.Sprint("id", b.ids) },
		Notifiers: []Notifier{benchChannel{b, "mail"}},
		read: func(resp *page.Response, _ *checker.Checker) (*page.Page, error) {
			switch p := b.pages[resp.URL].(type) {
			case string:
				list, next, _ := strings.Cut(p, ">")
				return &page.Page{URL: resp.URL, Listing: true, Items: pageItems(list), Next: next}, nil
			case error:
				return nil, p
			}
			return nil, errors.New("no such page")
		},
	}
	return b
}

func hashOf(data []byte) string {
	if data == nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (b *bench) Load(context.Context, string) ([]byte, string, error) {
	return b.data, hashOf(b.data), b.loadErr
}

func (b *bench) Save(_ context.Context, _ string, data []byte, version string) (string, error) {
	if len(b.onSave) > 0 {
		f := b.onSave[0]
		b.onSave = b.onSave[1:]
		if f != nil {
			return "", f(data, version)
		}
	}
	return hashOf(data), b.put(data, version)
}

func (b *bench) SetAside(_ context.Context, name string, data []byte, at time.Time) (string, error) {
	if err := b.fail["aside"]; err != nil {
		return "", err
	}
	place := name + " of " + at.Format("15:04")
	b.aside = append(b.aside, place+" "+string(data))
	return place, nil
}

func (b *bench) put(data []byte, version string) error {
	if version != hashOf(b.data) {
		return fmt.Errorf("save: %w", ErrConflict)
	}
	b.data = data
	b.writes++
	return nil
}

func (b *bench) Fetch(ctx context.Context, _ *checker.Checker, url string) (*page.Response, error) {
	b.asked = append(b.asked, strings.TrimPrefix(url, shopURL))
	if err, ok := b.pages[url].(fetchError); ok {
		if err.hang {
			<-ctx.Done()
			return nil, fmt.Errorf("get: %w", ctx.Err())
		}
		return nil, err.error
	}
	return &page.Response{URL: url, Final: url, Status: 200, Body: []byte("<html>" + url)}, nil
}

type fetchError struct {
	error
	hang bool
}

type benchChannel struct {
	b    *bench
	name string
}

func (n benchChannel) Channel() string { return n.name }

var errHang = errors.New("hang")

func (n benchChannel) Send(ctx context.Context, a Alert) error {
	n.b.mu.Lock()
	err := n.b.fail[n.name+" "+string(a.Status)]
	if err == nil {
		err = n.b.fail[n.name]
	}
	if err == nil {
		n.b.sent = append(n.b.sent, n.name+" "+string(a.Status))
	}
	n.b.mu.Unlock()
	if err == errHang {
		<-ctx.Done()
		return ctx.Err()
	}
	if err != nil && err.Error() == "panic" {
		panic("at the disco")
	}
	return err
}

func (b *bench) Keep(_ context.Context, name string, at time.Time, why Status, body []byte) error {
	b.kept = append(b.kept, fmt.Sprintf("%s %s %s", name, why, body))
	return b.fail["evidence"]
}

// check does one check of a page, and says what was told and how often the state
// was written.
func (b *bench) check(p any) (Report, string) {
	b.t.Helper()
	b.pages[shopURL] = p
	b.sent, b.writes = nil, 0
	report, err := b.Check(context.Background(), b.c)
	if err != nil {
		b.t.Fatalf("check: %v", err)
	}
	slices.SortStableFunc(b.sent, func(x, y string) int { return strings.Compare(x[:4], y[:4]) }) // the channels run side by side
	return report, fmt.Sprintf("%s, %d writes", strings.Join(b.sent, ", "), b.writes)
}

func (b *bench) state() *State {
	b.t.Helper()
	s, err := Decode(b.data)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// want checks a page a minute after the last check.
func (b *bench) want(p any, status Status, told string) Report {
	b.t.Helper()
	report, got := b.check(p)
	if got != told || report.Status != status {
		b.t.Fatalf("page %v: %s; told %q; want %s; told %q", p, report.Status, got, status, told)
	}
	b.now = b.now.Add(time.Minute)
	return report
}

var (
	captcha = &page.Error{Kind: page.Blocked, Message: "the shop shows a captcha"}
	outage  = &page.Error{Kind: page.HTTP, Status: 503, Message: "status 503"}
	layout  = &page.Error{Kind: page.Layout, Message: "no price where it was"}
)

func TestWrites(t *testing.T) {
	b := newBench(t)
	b.want("A no, B yes", Initialized, "mail INITIALIZED, 2 writes")
	b.want("A no, B yes", NoChange, ", 0 writes")
	b.want("B yes, A no", NoChange, ", 0 writes")
	b.want("A yes, B yes", ItemsInStock, "mail ITEMS_IN_STOCK, 2 writes")
	b.want("A yes 10, B yes", NoChange, ", 1 writes")            // a price
	b.want("A yes 10, B yes, C no", NoChange, ", 1 writes")      // a new sold-out item
	b.want("A yes 10, B yes", NoChange, ", 0 writes")            // which is no more
	b.want("A yes 10, B no", ItemsSomeGone, ", 1 writes")        // not told
	b.want("A yes 9, B no", PriceDrop, ", 1 writes")             // not told
	b.want("A no, B no", ItemsGone, "mail ITEMS_GONE, 2 writes") //
	b.want("A no, B no", NoChange, ", 0 writes")                 //
	b.want(outage, CheckFailed, ", 1 writes")                    // first failure
	b.want(outage, CheckFailed, ", 1 writes")                    // second
	b.want(outage, CheckFailed, "mail CHECK_FAILED, 2 writes")   // third
	b.want(outage, CheckFailed, ", 0 writes")                    // and so on
	b.want(layout, CheckFailed, ", 1 writes")                    // another reason
	b.want("A no", CheckRecovered, "mail CHECK_RECOVERED, 2 writes")
	b.want("A no", NoChange, ", 0 writes")
	if s := b.state(); s.Revision != 17 || len(s.Items) != 1 || s.Checker != "lamps" {
		t.Errorf("revision %d, %d items of %q", s.Revision, len(s.Items), s.Checker)
	}
	var history []string
	for _, e := range b.state().Changes {
		history = append(history, fmt.Sprintf("%s %v %d", e.Status, e.Told, len(e.Items)))
	}
	want := []string{
		"INITIALIZED true 1", "ITEMS_IN_STOCK true 1", "NO_CHANGE false 1", "ITEMS_SOME_GONE false 1", "PRICE_DROP false 1", "ITEMS_GONE true 1", "CHECK_FAILED true 0", "CHECK_RECOVERED true 0",
	}
	if !slices.Equal(history, want) {
		t.Errorf("history\n%q, want\n%q", history, want)
	}
}

func TestCaptchaBetween(t *testing.T) {
	b := newBench(t)
	b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
	b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, 2 writes")
	b.want(captcha, CheckFailed, ", 1 writes")
	b.want("A yes", NoChange, ", 1 writes")
	if h := b.state().Health; h != (Health{}) {
		t.Errorf("health %+v", h)
	}
}

// What was found after a told failure comes first, and both in one write.
func TestRecovery(t *testing.T) {
	b := newBench(t, func(c *checker.Checker) { c.AlarmFailures = 1 })
	report := b.want(outage, CheckFailed, "mail CHECK_FAILED, 2 writes")
	if report.Failure != outage || report.Failures != 1 || report.Items != nil {
		t.Errorf("report %+v", report)
	}
	b.want("A no", Initialized, "mail INITIALIZED, mail CHECK_RECOVERED, 2 writes")
	b.want(outage, CheckFailed, "mail CHECK_FAILED, 2 writes")
	b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, mail CHECK_RECOVERED, 2 writes")
}

func TestFailureToldElsewhere(t *testing.T) {
	b := newBench(t, func(c *checker.Checker) { c.AlarmFailures = 2 })
	b.TellFailures = false
	b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
	b.want(outage, CheckFailed, ", 1 writes")
	b.want(outage, CheckFailed, ", 1 writes")
	b.want(outage, CheckFailed, ", 0 writes")
	b.want("A no", CheckRecovered, "mail CHECK_RECOVERED, 2 writes")
}

// An alarm outside tells one channel that the checker is blind, and no other.
func TestFailureToldElsewhereOnOneChannel(t *testing.T) {
	b := newBench(t, func(c *checker.Checker) { c.AlarmFailures = 1 })
	b.Alarmed = "mail"
	b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
	b.want(outage, CheckFailed, ", 1 writes")
	if h := b.state().Changes; h[len(h)-1].Told {
		t.Errorf("told: %+v", h[len(h)-1])
	}
	b.want("A no", CheckRecovered, "mail CHECK_RECOVERED, 2 writes")
	b.Notifiers = append(b.Notifiers, benchChannel{b, "text"})
	b.fail["text"] = errors.New("no credit")
	b.want(outage, CheckFailed, ", 2 writes")
	if p := b.state().Pending; len(p) != 1 || !slices.Equal(p[0].Channels, []string{"text"}) {
		t.Errorf("pending %+v", p)
	}
	delete(b.fail, "text")
	b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, mail CHECK_RECOVERED, text CHECK_FAILED, text ITEMS_IN_STOCK, text CHECK_RECOVERED, 4 writes")
}

func TestFailedSend(t *testing.T) {
	b := newBench(t)
	b.Notifiers = append(b.Notifiers, benchChannel{b, "text"})
	b.fail["text"] = errors.New("no credit")
	report, got := b.check("A yes")
	if got != "mail INITIALIZED, 2 writes" {
		t.Fatal(got)
	}
	if len(report.Sent) != 2 || report.Sent[0].Err != nil || report.Sent[1].Err == nil || report.Sent[1].Channel != "text" || report.Sent[1].ID != "id1" {
		t.Fatalf("sent %+v", report.Sent)
	}
	b.want("A yes", NoChange, ", 2 writes") // tried again, at once
	b.fail["text"] = errors.New("panic")
	b.want("A yes", NoChange, ", 2 writes")
	delete(b.fail, "text")
	b.want("A no", ItemsGone, "mail ITEMS_GONE, text INITIALIZED, text ITEMS_GONE, 4 writes")
	if s := b.state(); len(s.Pending) != 0 {
		t.Errorf("pending %+v", s.Pending)
	}
}

// An entry that a channel refuses each time holds up no other.
func TestPoisonousEntry(t *testing.T) {
	b := newBench(t)
	b.fail["mail INITIALIZED"] = errors.New("refused")
	b.want("A no", Initialized, ", 2 writes")
	b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, 4 writes")
	b.fail["mail ITEMS_GONE"] = errors.New("refused")
	b.want("A no", ItemsGone, ", 4 writes")
	if p := b.state().Pending; len(p) != 1 || p[0].Alert.Status != Initialized || p[0].Alert.Late.Messages != 2 || !p[0].due(b.now) {
		t.Errorf("pending %+v", p)
	}
}

func TestChannelsThatAreNoMore(t *testing.T) {
	b := newBench(t)
	b.Notifiers = []Notifier{benchChannel{b, "mail"}, benchChannel{b, "pager"}}
	b.fail["pager"] = errors.New("gone")
	b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
	pager := b.Notifiers[1]
	b.Notifiers = b.Notifiers[:1]
	b.want("A no", NoChange, ", 0 writes") // another machine may have it
	b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, 2 writes")
	if s := b.state(); len(s.Pending) != 1 || !slices.Equal(s.Pending[0].Channels, []string{"pager"}) {
		t.Errorf("pending %+v", s.Pending)
	}
	b.Notifiers = append(b.Notifiers, pager)
	b.want("A yes", NoChange, ", 2 writes")
	b.Notifiers = b.Notifiers[:1]
	b.now = b.now.Add(foreignFor)
	r := b.want("A yes", NoChange, ", 1 writes")
	if s := b.state(); len(s.Pending) != 0 {
		t.Errorf("pending %+v", s.Pending)
	}
	if want := []Delivery{{ID: "id1", Status: Initialized, Channel: "pager"}}; !slices.Equal(r.Dropped, want) {
		t.Errorf("dropped %+v, want %+v", r.Dropped, want)
	}
	b.Notifiers = nil
	b.want("A no", ItemsGone, ", 1 writes")
	b.want(outage, CheckFailed, ", 1 writes")
	if s := b.state(); len(s.Pending) != 0 || s.Changes[2].Told || s.Items["https://shop.example/A"].Told.InStock {
		t.Errorf("state %+v", s)
	}
}

// A run that died has left an entry: young it is let alone, then it is sent.
func TestTakeOver(t *testing.T) {
	for _, test := range []struct {
		lease time.Duration
		want  string
	}{
		{Lease, ", 0 writes"},
		{time.Second, ", 0 writes"},
		{Lease + clockSkew, ", 0 writes"},
		{0, "mail INITIALIZED, 2 writes"},
		{-time.Hour, "mail INITIALIZED, 2 writes"},
		{Lease + clockSkew + time.Second, "mail INITIALIZED, 2 writes"},
	} {
		b := newBench(t)
		b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
		s := b.state()
		s.Pending = []Entry{{ID: "x", Alert: Alert{ID: "x", Status: Initialized}, Channels: []string{"mail"}, LeaseUntil: b.now.Add(test.lease), LeaseBy: "dead"}}
		b.data, _ = s.encode()
		if _, got := b.check("A no"); got != test.want {
			t.Errorf("lease for %v more: %s, want %s", test.lease, got, test.want)
		}
	}
}

func TestOvertaken(t *testing.T) {
	b := newBench(t)
	b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
	before := b.state()
	b.onSave = []func([]byte, string) error{func([]byte, string) error {
		before.Revision += 7
		b.data, _ = before.encode()
		return fmt.Errorf("precondition failed: %w", ErrConflict)
	}}
	report := b.want("A yes", NoChange, ", 0 writes")
	if !report.Overtaken || report.Recorded || len(report.Items) != 1 {
		t.Errorf("report %+v", report)
	}
	b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, 2 writes")
	// Without an entry to look for, too.
	b.onSave = []func([]byte, string) error{func([]byte, string) error { return ErrConflict }}
	if report := b.want("A yes 10", NoChange, ", 0 writes"); !report.Overtaken {
		t.Errorf("report %+v", report)
	}
}

// The answer of a save is lost: what counts is whether it arrived.
func TestLostAnswer(t *testing.T) {
	for _, answer := range []error{errors.New("connection reset"), ErrConflict} {
		b := newBench(t)
		b.onSave = []func([]byte, string) error{func(data []byte, version string) error {
			return errors.Join(b.put(data, version), answer)
		}}
		b.want("A yes", Initialized, "mail INITIALIZED, 2 writes")
		b.onSave = []func([]byte, string) error{nil, func(data []byte, version string) error {
			return errors.Join(b.put(data, version), answer)
		}}
		b.want("A no", ItemsGone, "mail ITEMS_GONE, 2 writes")
		b.want("A no", NoChange, ", 0 writes")
	}
}

func TestSaveThatDidNotArrive(t *testing.T) {
	b := newBench(t)
	reset := errors.New("connection reset")
	var late func()
	b.onSave = []func([]byte, string) error{func(data []byte, version string) error {
		late = func() { _ = b.put(data, version) }
		return reset
	}}
	b.pages[shopURL] = "A yes"
	if _, err := b.Check(context.Background(), b.c); !errors.Is(err, reset) || err.Error() != "check lamps: save state: connection reset" {
		t.Fatalf("error %v", err)
	}
	if len(b.sent) > 0 {
		t.Fatalf("sent %v", b.sent)
	}
	late() // its lease runs out
	b.now = b.now.Add(Lease - time.Second)
	b.want("A yes", NoChange, ", 0 writes")
	b.want("A yes", NoChange, "mail INITIALIZED, 2 writes")
}

// A state that went and came back is not the one that a late write was meant
// for.
func TestLateWriteMeetsReturnedState(t *testing.T) {
	b := newBench(t)
	b.want("A yes", Initialized, "mail INITIALIZED, 2 writes")
	var late func() error
	b.onSave = []func([]byte, string) error{func(data []byte, version string) error {
		late = func() error { return b.put(data, version) }
		return errors.New("timeout")
	}}
	b.pages[shopURL] = "A no"
	if _, err := b.Check(context.Background(), b.c); err == nil {
		t.Fatal("no error")
	}
	b.want(outage, CheckFailed, ", 1 writes")
	b.want("A yes", NoChange, ", 1 writes") // all is as it was
	if err := late(); !errors.Is(err, ErrConflict) {
		t.Fatalf("the write of an older page went through: %v", err)
	}
}

func TestStoreFaults(t *testing.T) {
	down := errors.New("store is down")
	b := newBench(t)
	b.loadErr = down
	if _, err := b.Check(context.Background(), b.c); !errors.Is(err, down) || err.Error() != "check lamps: load state: store is down" {
		t.Errorf("load: %v", err)
	}
	b.loadErr = nil
	newer := `{"version":2,"future":true}`
	b.data = []byte(newer)
	if _, err := b.Check(context.Background(), b.c); !errors.Is(err, ErrNewer) || string(b.data) != newer || len(b.asked)+len(b.aside) > 0 ||
		err.Error() != "check lamps: decode state: version 2: written by a newer version of this program; update it" {
		t.Errorf("newer state: %v, now %s, aside %q", err, b.data, b.aside)
	}
	b.data = nil
	fails := func([]byte, string) error { return down }
	b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
	b.onSave = []func([]byte, string) error{nil, fails, fails, fails, fails, fails}
	b.pages[shopURL] = "A yes"
	if _, err := b.Check(context.Background(), b.c); !errors.Is(err, down) || err.Error() != "check lamps: record what was sent: save state: store is down" {
		t.Errorf("settle: %v", err)
	}
	b.now = b.now.Add(time.Minute)
	b.onSave = []func([]byte, string) error{fails, fails, fails, fails, fails}
	if _, err := b.Check(context.Background(), b.c); !errors.Is(err, down) || err.Error() != "check lamps: take over pending alerts: save state: store is down" {
		t.Errorf("take over: %v", err)
	}
	clash := func([]byte, string) error { return ErrConflict }
	b.onSave = []func([]byte, string) error{clash, clash, clash, clash, clash}
	b.want("A yes", NoChange, ", 0 writes") // others are at it
	b.want("A yes", NoChange, "mail ITEMS_IN_STOCK, 2 writes")
}

// However often other runs are faster, what was sent is recorded, or it would be
// sent again.
func TestManyConflicts(t *testing.T) {
	for _, n := range []int{1, 5, 6, 40, conflicts - 1} {
		b := newBench(t)
		b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
		b.onSave = []func([]byte, string) error{nil}
		for range n {
			b.onSave = append(b.onSave, func([]byte, string) error { return fmt.Errorf("save: %w", ErrConflict) })
		}
		b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, 2 writes")
		if s := b.state(); len(s.Pending) > 0 {
			t.Errorf("after %d conflicts: %+v", n, s.Pending)
		}
	}
}

// A state that cannot be read is kept, the checker begins anew, and says so.
func TestUnreadableState(t *testing.T) {
	for data, why := range map[string]string{
		`{"version":0}`:                       "not a readable state: version 0",
		`{"version":1.5}`:                     "not a readable state: version 1.5",
		`{"version":1,"items":[]}`:            "not a readable state: json: cannot unmarshal array into Go struct field State.items of type map[string]watch.Item",
		`{"A":1}`:                             `not a readable state: neither a version nor the older form: "A"`,
		`null`:                                "not a readable state: null",
		`[]`:                                  "not a readable state: json: cannot unmarshal array into Go value of type map[string]json.RawMessage",
		`{"version":1,"items":{"a":{"title"`:  "not a readable state: unexpected end of JSON input",
		``:                                    "not a readable state: unexpected end of JSON input",
		"\x00\x00\x00":                        `not a readable state: invalid character '\x00' looking for beginning of value`,
		`{"version":1,"items":{"":{}}}`:       "not a readable state: an item without a key",
		`{"version":1,"pending":[{"id":""}]}`: `not a readable state: pending entry with id "", which is empty or there twice`,
		`{"version":1,"pending":[{"id":"a"},{"id":"a"}]}`: `not a readable state: pending entry with id "a", which is empty or there twice`,
	} {
		b := newBench(t)
		b.data = []byte(data)
		kept := []string{"lamps of 08:00 " + data}
		why = "its state could not be read (" + why + "); it was kept as lamps of 08:00"

		// Not even a page that can't be read keeps it from beginning anew.
		r := b.want(outage, CheckFailed, ", 1 writes")
		if r.Restarted != why || !slices.Equal(b.aside, kept) {
			t.Errorf("state %s: restarted %q, aside %q", data, r.Restarted, b.aside)
		}
		if s := b.state(); s.Restarted != why || s.Health.Failures != 1 || len(s.Items) > 0 {
			t.Errorf("state %s is now %s", data, b.data)
		}
		r = b.want("A yes, B no", Initialized, "mail INITIALIZED, 2 writes")
		s := b.state()
		if r.Restarted != "" || s.Restarted != "" || len(s.Changes) != 1 || s.Changes[0].Reason != why || !slices.Equal(b.aside, kept) {
			t.Errorf("state %s is now %s, aside %q, report %q", data, b.data, b.aside, r.Restarted)
		}
		b.want("A yes, B no", NoChange, ", 0 writes")
	}
}

// What cannot be kept aside is not written over.
func TestUnreadableStateThatCannotBeKept(t *testing.T) {
	b := newBench(t)
	b.data = []byte("{")
	b.fail["aside"] = errors.New("disk full")
	b.pages[shopURL] = "A yes"
	for range 3 {
		_, err := b.Check(context.Background(), b.c)
		if !errors.Is(err, ErrCorrupt) || err.Error() != "check lamps: decode state: not a readable state: unexpected end of JSON input; it could not be kept aside: disk full" {
			t.Errorf("error %v", err)
		}
		if string(b.data) != "{" || len(b.asked)+len(b.sent) > 0 {
			t.Errorf("state %s, asked %q, sent %q", b.data, b.asked, b.sent)
		}
	}
	b.fail["aside"] = nil
	b.want("A yes", Initialized, "mail INITIALIZED, 2 writes")
}

// A state that becomes unreadable while a check is under way is left to the next.
func TestStateThatBecomesUnreadable(t *testing.T) {
	for _, at := range []int{0, 1} { // the save of the change, and that of what was sent
		b := newBench(t)
		b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
		spoil := func([]byte, string) error {
			b.data = []byte("{")
			return fmt.Errorf("save: %w", ErrConflict)
		}
		b.onSave = []func([]byte, string) error{nil, nil}[:at]
		b.onSave = append(b.onSave, spoil)
		b.pages[shopURL] = "A yes"
		_, err := b.Check(context.Background(), b.c)
		if !errors.Is(err, ErrCorrupt) || string(b.data) != "{" || len(b.aside) > 0 {
			t.Errorf("save %d: error %v, state %s, aside %q", at, err, b.data, b.aside)
		}
		b.want("A yes", Initialized, "mail INITIALIZED, 2 writes")
	}
}

func TestBackoff(t *testing.T) {
	b := newBench(t, func(c *checker.Checker) { c.AlarmFailures = 2; c.Every = 10 * time.Minute })
	step := func(p any, status Status, told string, skipped bool) Report {
		t.Helper()
		b.asked = nil
		r := b.want(p, status, told)
		b.now = b.now.Add(b.c.Every - time.Minute)
		if r.Skipped != skipped || (len(b.asked) == 0) != skipped {
			t.Fatalf("skipped %v, asked %q", r.Skipped, b.asked)
		}
		return r
	}
	step("A no", Initialized, "mail INITIALIZED, 2 writes", false)
	r := step(captcha, CheckFailed, ", 1 writes", false)
	if wait := r.BackoffUntil.Sub(b.now); wait > 0 || wait < -2*time.Minute-time.Second {
		t.Errorf("first back-off ends %v after the next check", wait)
	}
	r = step(captcha, CheckFailed, "mail CHECK_FAILED, 2 writes", false) // doubled
	r = step(captcha, CheckFailed, ", 0 writes", true)
	if r.Failure.Kind != page.Blocked || r.Failure.Message != captcha.Message || r.Failures != 3 || r.BackoffUntil.IsZero() {
		t.Errorf("report %+v", r)
	}
	step("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, mail CHECK_RECOVERED, 2 writes", false)
	if h := b.state().Health; h != (Health{}) {
		t.Errorf("health %+v", h)
	}

	// The people are not to be left alone with the shop.
	b.fail["mail"] = errors.New("down")
	step("A no", ItemsGone, ", 2 writes", false)
	asked := &page.Error{Kind: page.HTTP, Status: 503, RetryAfter: time.Hour, Message: "come back later"}
	step(asked, CheckFailed, ", 3 writes", false)
	delete(b.fail, "mail")
	step(asked, CheckFailed, "mail ITEMS_GONE, mail CHECK_FAILED, 4 writes", true)
}

func TestBackoffUntil(t *testing.T) {
	for _, test := range []struct {
		every      time.Duration
		blocks     int
		retryAfter time.Duration
		min, max   time.Duration
	}{
		{time.Minute, 1, 0, 48 * time.Second, time.Minute},
		{time.Minute, 2, 0, 96 * time.Second, 2 * time.Minute},
		{time.Minute, 5, 0, 768 * time.Second, 16 * time.Minute},
		{time.Minute, 6, 0, 24 * time.Minute, 30 * time.Minute},
		{time.Minute, 1_000_000, 0, 24 * time.Minute, 30 * time.Minute},
		{24 * time.Hour, 1, 0, 24 * time.Minute, 30 * time.Minute},
		{time.Minute, 1, 100 * time.Second, 102 * time.Second, 103 * time.Second},
		{time.Minute, 1, 10 * time.Second, 48 * time.Second, time.Minute},
		{time.Minute, 1, 1000 * time.Hour, 24*time.Hour + 2*time.Second, 24*time.Hour + 3*time.Second},
	} {
		seen := map[time.Duration]bool{}
		for i := range 50 {
			c := aChecker(func(c *checker.Checker) { c.Every = test.every; c.Name = fmt.Sprint("c", i) })
			start := epoch.Add(500 * time.Millisecond)
			until := backoffUntil(c, test.blocks, test.retryAfter, start, start.Add(2*time.Second))
			wait := until.Sub(start)
			if wait < test.min || wait > test.max+time.Second {
				t.Errorf("every %v, %d blocks, retry after %v: %v, want %v to %v", test.every, test.blocks, test.retryAfter, wait, test.min, test.max)
			}
			if until.Nanosecond() != 0 {
				t.Errorf("%v is no whole second", until)
			}
			seen[wait] = true
		}
		if test.max-test.min > 2*time.Second && len(seen) < 5 {
			t.Errorf("every %v: 50 checkers come back at only %d times", test.every, len(seen))
		}
	}
	h := Health{BackoffUntil: epoch.Add(time.Minute)}
	for at, want := range map[time.Duration]bool{
		0: true, 58 * time.Second: true, 59 * time.Second: false, time.Minute: false, -23 * time.Hour: true, -26 * time.Hour: false,
	} {
		if got := h.inBackoff(epoch.Add(at)); got != want {
			t.Errorf("in back-off at %v: %v", at, got)
		}
	}
}

func TestPages(t *testing.T) {
	three := func(c *checker.Checker) { c.Pages = 3 }
	for _, test := range []struct {
		name                 string
		first, second, third any
		asked                string
		want                 string
	}{
		{"to the limit", "A no>" + shopURL + "?2", "B yes>" + shopURL + "?3", "C yes>" + shopURL + "?4", " ?2 ?3", "INITIALIZED A:no B:yes C:yes"},
		{"to the last", "A no>" + shopURL + "?2", "B yes", nil, " ?2", "INITIALIZED A:no B:yes"},
		{"never twice", "A no>" + shopURL + "?2", "B yes>" + shopURL, nil, " ?2", "INITIALIZED A:no B:yes"},
		{"not to another host", "A no>https://other.example/", nil, nil, "", "INITIALIZED A:no"},
		{"one item on two pages", "A no>" + shopURL + "?2", "A no, B yes", nil, " ?2", "INITIALIZED A:no B:yes"},
		{"one item with two answers", "A no, B yes>" + shopURL + "?2", "A yes", nil, " ?2", "INITIALIZED A:unknown B:yes"},
		{"all or nothing", "A yes>" + shopURL + "?2", captcha, nil, " ?2", "CHECK_FAILED"},
		{"nothing certain", "A ?", nil, nil, "", "CHECK_FAILED"},
		{"a fault of the reader", errors.New("oops"), nil, nil, "", "CHECK_FAILED"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, three)
			b.pages[shopURL+"?2"], b.pages[shopURL+"?3"] = test.second, test.third
			r, _ := b.check(test.first)
			got := string(r.Status)
			for _, j := range r.Items {
				got += fmt.Sprintf(" %s:%s", strings.TrimPrefix(j.Title, "Lamp "), j.Verdict)
			}
			if got != test.want || strings.Join(b.asked, " ") != test.asked {
				t.Errorf("got %s, asked %q; want %s, asked %q", got, b.asked, test.want, test.asked)
			}
		})
	}
}

func TestEvidence(t *testing.T) {
	b := newBench(t)
	b.want("A yes", Initialized, "mail INITIALIZED, 2 writes")
	b.want("A yes", NoChange, ", 0 writes")
	b.want("A yes 10", NoChange, ", 1 writes")
	b.want(layout, CheckFailed, ", 1 writes")
	b.want(layout, CheckFailed, ", 1 writes")
	b.want("A yes 10", NoChange, ", 1 writes")
	b.want(fetchError{error: &page.Error{Kind: page.Network, Message: "no route"}}, CheckFailed, ", 1 writes")
	b.fail["evidence"] = errors.New("disk full")
	r := b.want("A no", ItemsGone, "mail ITEMS_GONE, 2 writes")
	if r.EvidenceError == nil || r.EvidenceError.Error() != "keep page of lamps: disk full" {
		t.Errorf("evidence: %v", r.EvidenceError)
	}
	want := []string{"lamps INITIALIZED <html>" + shopURL, "lamps CHECK_FAILED <html>" + shopURL, "lamps ITEMS_GONE <html>" + shopURL}
	if !slices.Equal(b.kept, want) {
		t.Errorf("kept %q", b.kept)
	}
}

func TestFetchErrors(t *testing.T) {
	b := newBench(t)
	r, _ := b.check(fetchError{error: errors.New("dial: no route")})
	if r.Failure.Kind != page.Network || r.Failure.Message != "dial: no route" {
		t.Errorf("failure %+v", r.Failure)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b.data, b.pages[shopURL] = nil, fetchError{hang: true}
	if _, err := b.Check(ctx, b.c); !errors.Is(err, context.Canceled) || err.Error() != "check lamps: fetch page: context canceled" {
		t.Errorf("cancelled: %v", err)
	}
	if b.data != nil {
		t.Error("a check that was called off is written down as failed")
	}
}

// A check with its sends ends in time, whatever hangs.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.Notifiers = append(b.Notifiers, benchChannel{b, "text"})
		took := func(p any, want string) time.Duration {
			t.Helper()
			began := time.Now()
			if _, got := b.check(p); got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
			b.now = b.now.Add(time.Minute)
			return time.Since(began)
		}
		b.fail["text"] = errHang
		if d := took("A no", "mail INITIALIZED, 2 writes"); d > CheckTimeout {
			t.Errorf("a hanging channel: %v", d)
		}
		if d := took(fetchError{hang: true}, ", 3 writes"); d > CheckTimeout {
			t.Errorf("a hanging channel and a hanging shop: %v", d)
		}
		if d := took("A yes", "mail ITEMS_IN_STOCK, 4 writes"); d > CheckTimeout {
			t.Errorf("a hanging channel, twice: %v", d)
		}
		if n := len(b.state().Pending); n != 1 {
			t.Errorf("%d pending", n)
		}
		delete(b.fail, "text")
		if d := took("A yes", "text INITIALIZED, 2 writes"); d != 0 {
			t.Errorf("nothing hangs: %v", d)
		}

		// The caller's deadline, if it is shorter.
		ctx, cancel := context.WithTimeout(context.Background(), 6*time.Second)
		defer cancel()
		b.pages[shopURL] = fetchError{hang: true}
		began := time.Now()
		r, err := b.Check(ctx, b.c)
		if err != nil || r.Failure == nil || r.Failure.Kind != page.Network {
			t.Errorf("report %+v, error %v", r, err)
		}
		if d := time.Since(began); d != 3*time.Second {
			t.Errorf("the fetch got %v of 6 s", d)
		}
	})
}

// An alert that was sent is recorded as sent even if the program is ended.
func TestCallerGivesUpWhileSending(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(context.Background())
	b.Notifiers = []Notifier{notifierFunc(func(ctx context.Context, a Alert) error {
		cancel()
		b.sent = append(b.sent, string(a.Status))
		return nil
	})}
	b.pages[shopURL] = "A no"
	if _, err := b.Check(ctx, b.c); err != nil {
		t.Fatal(err)
	}
	if s := b.state(); len(s.Pending) != 0 || len(b.sent) != 1 {
		t.Errorf("sent %v, pending %+v", b.sent, s.Pending)
	}
}

type notifierFunc func(context.Context, Alert) error

func (f notifierFunc) Channel() string                         { return "func" }
func (f notifierFunc) Send(ctx context.Context, a Alert) error { return f(ctx, a) }

// A clock that jumps loses nothing, tells nothing twice, and blinds nobody.
func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{-time.Hour, time.Hour, -25 * time.Hour, 25 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			// Between two checks.
			b := newBench(t)
			b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
			b.now = b.now.Add(jump)
			b.want("A no", NoChange, ", 0 writes")
			b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, 2 writes")
			b.now = b.now.Add(-jump)
			b.want("A yes", NoChange, ", 0 writes")
			b.want("A no", ItemsGone, "mail ITEMS_GONE, 2 writes")

			// While an alert belongs to a run that died.
			b = newBench(t)
			b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
			died := errors.New("died")
			b.fail["mail"] = died
			b.pages[shopURL] = "A yes"
			if _, err := b.Check(context.Background(), b.c); err != nil {
				t.Fatal(err)
			}
			s := b.state()
			s.Pending[0].LeaseUntil, s.Pending[0].LeaseBy = b.now.Add(Lease), "the dead"
			b.data, _ = s.encode()
			b.fail["mail"] = nil
			b.now = b.now.Add(jump)
			b.want("A yes", NoChange, "mail ITEMS_IN_STOCK, 2 writes")
			b.want("A yes", NoChange, ", 0 writes")

			// In a cooldown.
			b = newBench(t, cooldown(5*time.Minute))
			b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
			b.now = b.now.Add(10 * time.Minute)
			b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, 2 writes")
			b.now = b.now.Add(jump)
			b.want("A no", ItemsGone, "mail ITEMS_GONE, 2 writes")

			// In a back-off, and in a failure that was told.
			b = newBench(t, func(c *checker.Checker) { c.AlarmFailures = 2; c.Every = 10 * time.Minute })
			b.want("A no", Initialized, "mail INITIALIZED, 2 writes")
			b.want(captcha, CheckFailed, ", 1 writes")
			b.now = b.now.Add(jump)
			b.asked = nil
			b.want("A yes", ItemsInStock, "mail ITEMS_IN_STOCK, 2 writes")
			b.want(captcha, CheckFailed, ", 1 writes")
			b.now = b.now.Add(10 * time.Minute)
			b.want(captcha, CheckFailed, "mail CHECK_FAILED, 2 writes")
			b.now = b.now.Add(jump)
			b.want("A yes", CheckRecovered, "mail CHECK_RECOVERED, 2 writes")
			b.want("A yes", NoChange, ", 0 writes")
		})
	}
}
