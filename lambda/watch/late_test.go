package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"stockchecker/lambda/checker"
)

func TestRetryAfter(t *testing.T) {
	for attempts, want := range []time.Duration{
		0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour, time.Hour,
	} {
		seen := map[time.Duration]bool{}
		for i := range 50 {
			wait := retryAfter(fmt.Sprint("id", i), attempts)
			seen[wait] = true
			if wait > want || wait < want*8/10 {
				t.Errorf("after %d attempts: %v, want %v or up to a fifth less", attempts, wait, want)
			}
		}
		if want > 0 && len(seen) < 20 {
			t.Errorf("after %d attempts 50 entries come back at only %d times", attempts, len(seen))
		}
	}
}

func TestWaiting(t *testing.T) {
	e := Entry{RetryAt: epoch.Add(time.Hour)}
	for at, want := range map[time.Duration]bool{
		0: false, time.Second: false, time.Hour - time.Second: false, time.Hour: true, 2 * time.Hour: true,
		-clockSkew:               false,
		-clockSkew - time.Second: true, // no wait is that long: the clock was wrong
	} {
		if got := e.due(epoch.Add(at)); got != want {
			t.Errorf("due at %v: %v, want %v", at, got, want)
		}
	}
}

// onlyNow is what an alert tells: "ITEMS_IN_STOCK A in_stock [B gone (was in stock meanwhile)]".
func onlyNow(a Alert) string {
	say := func(items []AlertItem) string {
		var words []string
		for _, item := range items {
			text := strings.TrimPrefix(item.Title, "Lamp ") + " " + item.Change
			if item.Price != nil {
				text += " " + strings.TrimSuffix(item.Price.String(), ".00 USD")
			}
			if item.WasPrice != nil {
				text += " was " + strings.TrimSuffix(item.WasPrice.String(), ".00 USD")
			}
			if len(item.Notes) > 0 {
				text += " (" + strings.Join(item.Notes, ", ") + ")"
			}
			words = append(words, text)
		}
		return strings.Join(words, ", ")
	}
	text := string(a.Status)
	if len(a.Items) > 0 {
		text += " " + say(a.Items)
	}
	if len(a.Others) > 0 {
		text += " [" + say(a.Others) + "]"
	}
	if a.Late != nil {
		text += fmt.Sprintf(" late %d since %s", a.Late.Messages, a.Late.Since.Format("15:04"))
	}
	return text
}

// What a dead channel is told, once it is there again. Each page is checked a
// minute after the last one, the first at 08:00.
func TestToldLate(t *testing.T) {
	all := []checker.AlertKind{checker.AlertInStock, checker.AlertGone, checker.AlertSomeGone, checker.AlertPriceDrop}
	for _, test := range []struct {
		name    string
		alertOn []checker.AlertKind
		pages   []any
		want    string
	}{
		{"one message is left as it is", all, []any{"A no", "A yes 10"}, "ITEMS_IN_STOCK A in_stock 10"},
		{"came and went", all, []any{"A no", "A yes", "A no"}, "ITEMS_GONE A gone (was in stock meanwhile) late 2 since 08:01"},
		{"went and came", all, []any{"A yes 10", "A no", "A yes 12"}, "ITEMS_IN_STOCK A in_stock 12 (was gone meanwhile) late 2 since 08:01"},
		{"came, went, and is listed no more", all, []any{"A no", "A yes", ""}, "ITEMS_GONE A gone (no longer listed, was in stock meanwhile) late 2 since 08:01"},
		{"came, and went without a message", []checker.AlertKind{checker.AlertInStock}, []any{"A no, B no", "A yes", "A no"}, "ITEMS_GONE A gone (was in stock meanwhile)"},
		{"of two that came one went", all, []any{"A no, B no", "A yes, B yes", "A no, B yes"},
			"ITEMS_IN_STOCK B in_stock [A gone (was in stock meanwhile)] late 2 since 08:01"},
		{"several drops are one", all, []any{"A yes 30", "A yes 20", "A yes 10"}, "PRICE_DROP A price_drop 10 was 30 late 2 since 08:01"},
		{"a drop that is over", all, []any{"A yes 30", "A yes 20", "A yes 35"}, "ITEMS_IN_STOCK A in_stock 35"},
		{"came and then dropped", all, []any{"A no", "A yes 30", "A yes 20"}, "ITEMS_IN_STOCK A in_stock 20 late 2 since 08:01"},
		{"different items", all, []any{"A no, B no, C yes", "A yes 1, B no, C yes", "A yes 1, B no, C no"},
			"ITEMS_IN_STOCK A in_stock 1 [C gone] late 2 since 08:01"},
		{"gone while others are left", all, []any{"A yes, B yes, C yes", "A no, B yes, C yes", "A no, B no, C yes"},
			"ITEMS_SOME_GONE A gone, B gone late 2 since 08:01"},
		{"blind, and seeing again", all, []any{"A no", captcha, captcha, captcha, "A no"}, "CHECK_RECOVERED late 2 since 08:03"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, alertOn(test.alertOn...), func(c *checker.Checker) { c.Every = 0 })
			b.Notifiers = append(b.Notifiers, &deafChannel{name: "text"})
			ear := b.Notifiers[1].(*deafChannel)
			var last any
			for i, p := range test.pages {
				ear.deaf = i > 0
				b.check(p)
				b.now = b.now.Add(time.Minute)
				last = p
			}
			ear.deaf, ear.heard = false, nil
			b.now = b.now.Add(time.Hour)
			b.check(last)
			if len(ear.heard) != 1 || ear.heard[0] != test.want {
				t.Errorf("told late\n%q, want\n%q", ear.heard, test.want)
			}
			if p := b.state().Pending; len(p) > 0 {
				t.Errorf("pending %+v", p)
			}
		})
	}
}

// deafChannel takes nothing while it is deaf.
type deafChannel struct {
	name  string
	deaf  bool
	heard []string
	tries int
	last  Alert
}

func (d *deafChannel) Channel() string { return d.name }

func (d *deafChannel) Send(_ context.Context, a Alert) error {
	d.tries++
	if d.deaf {
		return errors.New("no answer")
	}
	d.heard, d.last = append(d.heard, onlyNow(a)), a
	return nil
}

// A channel that is dead for good costs a bounded number of writes and a bounded
// state, and loses nothing.
func TestDeadForGood(t *testing.T) {
	b := newBench(t)
	dead := &deafChannel{name: "text", deaf: true}
	b.Notifiers = append(b.Notifiers, dead)
	b.check("A no, B no")
	b.now = b.now.Add(time.Minute)
	writes := 0
	for range 6 * 60 { // without a change
		b.check("A no, B no")
		writes += b.writes
		b.now = b.now.Add(time.Minute)
	}
	if writes != 2*(dead.tries-1) || dead.tries < 13 || dead.tries > 18 {
		t.Errorf("six hours without a change: %d writes, %d tries", writes, dead.tries)
	}
	size := 0
	for i := range 600 { // and much to tell
		b.check([]any{"A yes, B no", "A no, B yes 10", captcha, "A no, B yes 9", "A no, B no", outage}[i%6])
		b.now = b.now.Add(3 * time.Minute)
		if n := len(b.state().Pending); n > 2 {
			t.Fatalf("after %d checks %d entries are pending", i, n)
		}
		size = max(size, len(b.data))
	}
	if size > 40_000 {
		t.Errorf("the state grew to %d bytes", size)
	}
	b.now = b.now.Add(time.Hour)
	dead.deaf = false
	b.check("A yes, B no")
	if got := strings.Join(dead.heard, "\n"); !strings.Contains(got, "A in_stock") || !strings.Contains(got, "B gone") || len(dead.heard) > 3 {
		t.Errorf("told at the end\n%s", got)
	}
	if p := b.state().Pending; len(p) > 0 {
		t.Errorf("pending %+v", p)
	}
}

// A channel that takes something again is given at the next check what waits for
// it, and need not wait an hour.
func TestChannelThatIsBack(t *testing.T) {
	b := newBench(t)
	text := &deafChannel{name: "text", deaf: true}
	b.Notifiers = append(b.Notifiers, text)
	for range 40 {
		b.check("A no, B no")
		b.now = b.now.Add(time.Minute)
	}
	if e := b.state().Pending[0]; e.RetryAt.Sub(b.now) < 5*time.Minute {
		t.Fatalf("tried again in %v", e.RetryAt.Sub(b.now))
	}
	text.deaf = false
	b.check("A yes, B no")
	b.now = b.now.Add(time.Minute)
	b.check("A yes, B no")
	if want := []string{"ITEMS_IN_STOCK A in_stock", "INITIALIZED"}; !slices.Equal(text.heard, want) {
		t.Errorf("told %q, want %q", text.heard, want)
	}
	if want := "lamps works: 1 item in stock"; NewMessage(text.last).Headline != want {
		t.Errorf("told %q, want %q", NewMessage(text.last).Headline, want)
	}
}

// A failed delivery says when it is tried again.
func TestDeliveryRetryAt(t *testing.T) {
	b := newBench(t)
	b.fail["mail"] = errors.New("down")
	var got []string
	for range 5 {
		r, _ := b.check("A no")
		for _, d := range r.Sent {
			got = append(got, d.RetryAt.Format("15:04"))
		}
		for _, d := range r.Waiting {
			got = append(got, "waits on "+d.Channel+" till "+d.RetryAt.Format("15:04"))
		}
		b.now = b.now.Add(time.Minute)
	}
	if want := []string{"00:00", "08:01", "08:02", "08:04", "waits on mail till 08:04"}; !slices.Equal(got, want) {
		t.Errorf("retries at %q, want %q", got, want)
	}
}

// The groups of entries that are folded: "id:channels".
func TestGroups(t *testing.T) {
	for _, test := range []struct {
		entries string // "a:mail+text b:text"; of a health message with !
		want    string
	}{
		{"a:mail", "a:mail"},
		{"a:mail+text", "a:mail+text"},
		{"a:mail b:text", "a:mail b:text"},
		{"a:mail b:mail", "a+b:mail"},
		{"a:mail b:mail+text", "a+b:mail b:text"},
		{"a:mail+text b:text", "a:mail a+b:text"},
		{"a:mail+text b:text+mail c:mail+text", "a+b+c:mail+text"},
		{"a:mail+text b:text c:hook+mail+text", "c:hook a+c:mail a+b+c:text"},
		{"a:mail b!:mail c:mail d!:mail", "a+c:mail b!+d!:mail"},
		{"a:mail x-:mail b:mail", "x-:mail a+b:mail"}, // x is held by another run
	} {
		var entries []Entry
		for word := range strings.FieldsSeq(test.entries) {
			id, channels, _ := strings.Cut(word, ":")
			e := Entry{ID: id, Channels: strings.Split(channels, "+"), Alert: Alert{ID: id, Status: ItemsGone}}
			if strings.HasSuffix(id, "!") {
				e.Alert.Status = CheckFailed
			}
			if strings.HasSuffix(id, "-") {
				e.LeaseBy = "another"
			}
			entries = append(entries, e)
		}
		names := map[string]string{}
		for n := range 1 << len(entries) {
			var ids []string
			for i, e := range entries {
				if n>>i&1 == 1 {
					ids = append(ids, e.ID)
				}
			}
			names[foldedID(ids)] = strings.Join(ids, "+")
		}
		var got []string
		for _, e := range foldEntries(entries, newState(), Entry.free) {
			id := e.ID
			if name, folded := names[id]; folded {
				id = name
			}
			if e.Alert.ID != e.ID {
				t.Errorf("%s: entry %s has alert %s", test.entries, e.ID, e.Alert.ID)
			}
			got = append(got, id+":"+strings.Join(e.Channels, "+"))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %s, want %s", test.entries, strings.Join(got, " "), test.want)
		}
	}
}

// For any entries: each channel is told of each of its entries, once, and has at
// most one left of each sort.
func TestFoldIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		channels := []string{"a", "b", "c", "d"}
		n := rapid.IntRange(0, 12).Draw(t, "entries")
		var entries []Entry
		for i := range n {
			e := Entry{ID: fmt.Sprint(i), Alert: Alert{ID: fmt.Sprint(i), Status: rapid.SampledFrom([]Status{ItemsGone, CheckFailed}).Draw(t, "status"), At: epoch}}
			e.Alert.Items = []AlertItem{{Title: e.ID, Change: wentGone}}
			e.Channels = rapid.SliceOfNDistinct(rapid.SampledFrom(channels), 1, 4, rapid.ID[string]).Draw(t, "channels")
			entries = append(entries, e)
		}
		out := foldEntries(entries, newState(), Entry.free)
		ids := map[string]bool{}
		for _, e := range out {
			if ids[e.ID] {
				t.Fatalf("two entries with id %s", e.ID)
			}
			ids[e.ID] = true
		}
		for _, channel := range channels {
			for _, health := range []bool{true, false} {
				before, after, count := []string{}, []string{}, 0
				for _, e := range entries {
					if e.Alert.aboutHealth() == health && slices.Contains(e.Channels, channel) {
						before = append(before, e.ID)
					}
				}
				for _, e := range out {
					if e.Alert.aboutHealth() != health || !slices.Contains(e.Channels, channel) {
						continue
					}
					count++
					for _, item := range e.Alert.Items {
						after = append(after, item.Title)
					}
				}
				if count > 1 || !health && !slices.Equal(before, after) || len(before) > 0 && count == 0 {
					t.Fatalf("channel %s: %v became %d entries with %v", channel, before, count, after)
				}
			}
		}
		if again := foldEntries(out, newState(), Entry.free); cmp.Diff(out, again) != "" {
			t.Fatalf("folded twice it is something else: %s", cmp.Diff(out, again))
		}
	})
}

// What is known of an item is found again after its shop gave it another title,
// link and number.
func TestLateItemWithAnotherKey(t *testing.T) {
	b := newBench(t)
	text := &deafChannel{name: "text"}
	b.Notifiers = append(b.Notifiers, text)
	b.check("A@a#1 no, B no")
	b.now = b.now.Add(time.Minute)
	text.deaf, text.heard = true, nil
	for _, p := range []string{"A@a#1 yes, B no", "A@a yes, B no", "C@a yes, B no"} {
		b.check(p)
		b.now = b.now.Add(time.Minute)
	}
	text.deaf = false
	b.now = b.now.Add(time.Hour)
	b.check("C@a yes, B no")
	if want := []string{"ITEMS_IN_STOCK A in_stock"}; !slices.Equal(text.heard, want) {
		t.Errorf("told %q, want %q", text.heard, want)
	}
}

// More items than a late message is to have: those in stock come first, and the
// others are counted.
func TestLateItemsAreBounded(t *testing.T) {
	s := newState()
	var alerts []Alert
	for n := range 3 {
		a := Alert{Status: ItemsGone, At: epoch}
		for i := range 80 {
			key := fmt.Sprint(n, "-", i)
			a.Items = append(a.Items, AlertItem{Key: key, Title: key, Change: wentGone})
		}
		alerts = append(alerts, a)
	}
	s.Items["2-79"] = Item{InStock: true, Availability: checker.InStock, Told: Told{InStock: true}}
	a := s.now(alerts)
	if len(a.Items) != 1 || a.Items[0].Title != "2-79" || len(a.Others) != maxLateItems-1 || a.Late.More != 140 || a.Late.Messages != 3 {
		t.Errorf("%d items, %d others, %+v", len(a.Items), len(a.Others), a.Late)
	}
	if again := s.now([]Alert{a, a}); again.Late.More != 280 || again.Late.Messages != 6 || len(again.Items)+len(again.Others) != maxLateItems {
		t.Errorf("%d items, %d others, %+v", len(again.Items), len(again.Others), again.Late)
	}
}
