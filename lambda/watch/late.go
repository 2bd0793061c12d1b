package watch

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// What a channel did not take stays pending for it. So that a channel which is
// dead for good neither fills the state nor is tried at every check, its entries
// wait longer after each failure, and are folded into one: see foldEntries.

// Late is what an alert says of the messages that it stands for.
type Late struct {
	Messages int       `json:"messages"` // earlier ones and this one
	Since    time.Time `json:"since"`    // when the page was read for the first of them
	More     int       `json:"more,omitempty"`
}

// Limits of what is kept for a channel that takes nothing.
const (
	maxRetry     = time.Hour
	maxLateItems = 100
)

// retryAfter is how long an entry waits after so many failures in a row: not at
// all after the first, so that the next check sends it, then 30 s, doubled up to
// an hour. It goes down at random by up to a fifth, so that the checkers that a
// dead channel has failed do not all come back to it together.
func retryAfter(id string, attempts int) time.Duration {
	if attempts < 2 {
		return 0
	}
	wait := 30 * time.Second
	for i := 2; i < attempts && wait < maxRetry; i++ {
		wait = min(2*wait, maxRetry)
	}
	hash := fnv.New32a()
	fmt.Fprintf(hash, "%s %d", id, attempts)
	return wait - wait*time.Duration(hash.Sum32()%201)/1000
}

// waiting tells whether the entry's channels have failed too recently. A time
// further ahead than one can be was set by a clock that was wrong.
func (e Entry) waiting(now time.Time) bool {
	left := e.RetryAt.Sub(now)
	return left > 0 && left <= maxRetry+clockSkew
}

// waiting are the entries that these channels have failed too recently.
func (s *State) waiting(now time.Time, channels []string) (ds []Delivery) {
	for _, e := range s.Pending {
		for _, name := range e.Channels {
			if e.waiting(now) && slices.Contains(channels, name) {
				ds = append(ds, Delivery{ID: e.ID, Status: e.Alert.Status, Channel: name, RetryAt: e.RetryAt})
			}
		}
	}
	return ds
}

// free tells whether a run has given the entry back.
func (e Entry) free() bool { return e.LeaseBy == "" && e.LeaseUntil.IsZero() }

// foldEntries makes one of those entries that wait for the same channel, so that
// there is at most one about the stock and one about the health for each channel.
// Other entries stay as they are. Entries stand in the order of their age, and so
// does what they become. s is the state that they are told from.
//
// Entries for several channels part where one of these had the older messages
// and another not: a channel gets what it lacks and no more.
func foldEntries(entries []Entry, s *State, waits func(Entry) bool) []Entry {
	var out []Entry
	for i, newest := range entries {
		if !waits(newest) {
			out = append(out, newest)
			continue
		}
		for _, group := range groups(entries, i, waits) {
			alerts := make([]Alert, len(group.entries))
			ids := make([]string, len(group.entries))
			for i, e := range group.entries {
				alerts[i], ids[i] = e.Alert, e.ID
			}
			e := newest
			e.Channels = group.channels
			e.Alert = s.now(alerts)
			if len(ids) > 1 {
				e.ID = foldedID(ids)
				e.Alert.ID = e.ID
			}
			out = append(out, e)
		}
	}
	return out
}

// group is entries that wait for the same channels, and no others for these.
type group struct {
	channels []string
	entries  []Entry
}

// groups are those of which the entry of that index is the newest.
func groups(entries []Entry, newest int, waits func(Entry) bool) (gs []group) {
	var keys []string
	for _, channel := range entries[newest].Channels {
		var list []Entry
		last, key := 0, ""
		for i, e := range entries {
			if waits(e) && e.Alert.aboutHealth() == entries[newest].Alert.aboutHealth() && slices.Contains(e.Channels, channel) {
				list, last, key = append(list, e), i, key+e.ID+"\n"
			}
		}
		if last != newest {
			continue
		}
		if i := slices.Index(keys, key); i >= 0 {
			gs[i].channels = append(gs[i].channels, channel)
			continue
		}
		keys = append(keys, key)
		gs = append(gs, group{[]string{channel}, list})
	}
	return gs
}

// foldedID is the id of what was folded from entries: the same for the same ones.
func foldedID(ids []string) string {
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return base32.StdEncoding.EncodeToString(sum[:])[:26]
}

// aboutHealth tells alerts about the checker from those about the stock.
func (a Alert) aboutHealth() bool { return a.Status == CheckFailed || a.Status == CheckRecovered }

// now is one alert for those that came to nothing, the oldest first: it names
// each of their items, and says what holds now. One alone that still holds keeps
// its words.
func (s *State) now(alerts []Alert) Alert {
	a := alerts[len(alerts)-1]
	if len(alerts) > 1 {
		late := Late{Since: alerts[0].At}
		for _, one := range alerts {
			if one.Late == nil {
				late.Messages++
				continue
			}
			late.Messages += one.Late.Messages
			late.More += one.Late.More
			if one.Late.Since.Before(late.Since) {
				late.Since = one.Late.Since
			}
		}
		a.Late = &late
	}
	if a.aboutHealth() {
		return a
	}
	var told []toldItem
	for _, one := range alerts {
		for _, item := range one.Items {
			told = add(told, one.Status.kind(), item)
		}
		for _, item := range one.Others {
			told = add(told, item.Change, item)
		}
	}
	stale := false
	for i := range told {
		stale = told[i].correct(s) || stale
	}
	a.InStock, a.Total = s.counts()
	if len(alerts) == 1 && !stale {
		return a
	}
	initialized := false
	for _, one := range alerts {
		if one.Status == Initialized {
			initialized, a.Reason = true, one.Reason
		}
	}
	a.Items, a.Others = nil, nil
	a.Status = statusOf(told, initialized, a.InStock)
	// What is in stock is named first: it is what people wait for.
	slices.SortStableFunc(told, func(x, y toldItem) int { return rank(x.Change) - rank(y.Change) })
	if n := len(told) - maxLateItems; n > 0 {
		if a.Late == nil {
			a.Late = &Late{Messages: 1, Since: a.At}
		} else {
			a.Late = &Late{Messages: a.Late.Messages, Since: a.Late.Since, More: a.Late.More}
		}
		a.Late.More += n
		told = told[:maxLateItems]
	}
	for _, item := range told {
		if item.Change == a.Status.kind() {
			a.Items = append(a.Items, item.AlertItem)
		} else {
			a.Others = append(a.Others, item.AlertItem)
		}
	}
	return a
}

func rank(change string) int { return slices.Index([]string{cameInStock, dropped, wentGone}, change) }

// statusOf is the status of an alert that names all these items.
func statusOf(told []toldItem, initialized bool, inStock int) Status {
	has := func(change string) bool {
		return slices.ContainsFunc(told, func(item toldItem) bool { return item.Change == change })
	}
	switch {
	case initialized:
		return Initialized
	case has(cameInStock):
		return ItemsInStock
	case has(dropped):
		return PriceDrop
	case inStock > 0:
		return ItemsSomeGone
	}
	return ItemsGone
}

// toldItem is an item as the alerts name it, one after the other.
type toldItem struct {
	AlertItem
	wasInStock, wasGone bool // as one of them says
}

// add adds an item of a newer alert; its change is that of the alert where it
// has none.
func add(told []toldItem, change string, item AlertItem) []toldItem {
	if item.Change == "" {
		item.Change = change
	}
	next := toldItem{AlertItem: item, wasInStock: item.Change != wentGone, wasGone: item.Change == wentGone}
	i := slices.IndexFunc(told, func(t toldItem) bool {
		if t.Key != "" || item.Key != "" {
			return t.Key == item.Key
		}
		return t.Link == item.Link && t.Title == item.Title
	})
	if i < 0 {
		return append(told, next)
	}
	old := told[i]
	next.wasInStock, next.wasGone = next.wasInStock || old.wasInStock, next.wasGone || old.wasGone
	if next.Change == dropped {
		// Nobody has heard of what came before.
		if old.Change == cameInStock {
			next.Change, next.WasPrice = cameInStock, nil
		} else if old.WasPrice != nil {
			next.WasPrice = old.WasPrice
		}
	}
	told[i] = next
	return told
}

// Notes of what nobody has heard of in time.
const (
	wasInStockNote = "was in stock meanwhile"
	wasGoneNote    = "was gone meanwhile"
)

// correct makes the item what it is now, and tells whether it was something
// else. What became of an item without a key is not known.
func (t *toldItem) correct(s *State) (stale bool) {
	if t.Key == "" {
		return false
	}
	item := s.Items[t.Key] // forgotten is only what is gone
	saysInStock := t.Change != wentGone
	switch {
	case saysInStock && !item.InStock:
		t.AlertItem = AlertItem{Key: t.Key, Title: t.Title, Link: t.Link, Availability: item.Availability, Change: wentGone}
	case !saysInStock && item.InStock:
		t.Change, t.Availability, t.Price, t.Notes = cameInStock, item.Availability, item.Price, nil
	case saysInStock && t.Price != nil && item.Price != nil && !t.Price.Equal(*item.Price):
		t.Price = item.Price
		if t.Change == dropped && t.WasPrice != nil {
			if order, ok := item.Price.Compare(*t.WasPrice); !ok || order >= 0 {
				t.Change, t.WasPrice = cameInStock, nil
			}
		}
	case saysInStock && t.wasGone:
		// An earlier message says that it went, and it came back.
	case !saysInStock && t.wasInStock:
		// It came and went.
	default:
		return false
	}
	switch {
	case t.Change == wentGone && t.wasInStock:
		t.note(wasInStockNote)
	case t.Change != wentGone && t.wasGone:
		t.note(wasGoneNote)
	}
	return true
}

func (t *toldItem) note(note string) {
	if !slices.Contains(t.Notes, note) {
		t.Notes = append(slices.Clone(t.Notes), note)
	}
}

// rename follows items that stand under another key now into the alerts that
// name them.
func (s *State) rename(steps []step) {
	to := map[string]string{}
	for _, st := range steps {
		if st.from != "" && st.to != "" && st.from != st.to {
			to[st.from] = st.to
		}
	}
	if len(to) == 0 {
		return
	}
	for i := range s.Pending {
		a := &s.Pending[i].Alert
		a.Items, a.Others = renamed(a.Items, to), renamed(a.Others, to)
	}
}

func renamed(items []AlertItem, to map[string]string) []AlertItem {
	items = slices.Clone(items)
	for i := range items {
		if key, moved := to[items[i].Key]; moved {
			items[i].Key = key
		}
	}
	return items
}
