package watch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// StateVersion is the version of the state's form that this program writes.
const StateVersion = 1

// ErrNewer is what Decode returns, wrapped, for a state that a newer version of
// this program wrote.
var ErrNewer = errors.New("written by a newer version of this program; update it")

// ErrCorrupt is what Decode returns, wrapped, for what is no state.
var ErrCorrupt = errors.New("not a readable state")

// Limits of what the state keeps of the past.
const (
	maxEvents     = 100
	maxEventItems = 20
)

// State is what is known of one checker. It is a value: nothing in it is
// changed in place, so that copies may share their parts.
type State struct {
	Version int `json:"version"`
	// Revision counts the writes. Versions of a store may be hashes of the
	// content: without it a state that goes there and back again would let a
	// late write through that was meant for the first of the two.
	Revision    int64     `json:"revision"`
	Checker     string    `json:"checker"`
	Initialized time.Time `json:"initialized,omitzero"` // zero: no page was readable yet
	// Restarted is why the checker began anew: the state before this one could not
	// be read. INITIALIZED tells it, and then it goes.
	Restarted string          `json:"restarted,omitempty"`
	Items     map[string]Item `json:"items"`
	Pending   []Entry         `json:"pending"`
	Health    Health          `json:"health"`
	Changes   []Event         `json:"changes"` // the last 100, the newest at the end
}

// Item is one item as the page showed it last, and what people were told of it.
type Item struct {
	SKU   string `json:"sku,omitempty"`
	Link  string `json:"link,omitempty"`
	Title string `json:"title"`
	// Availability is Unknown where the page does not list the item any more.
	Availability checker.Availability `json:"availability"`
	InStock      bool                 `json:"inStock"`        // for this checker
	Since        time.Time            `json:"since,omitzero"` // InStock is as it is
	Price        *checker.Price       `json:"price,omitempty"`
	Told         Told                 `json:"told"`
}

// Told is what people know of an item. The page is compared with it.
type Told struct {
	InStock bool           `json:"inStock"`
	Price   *checker.Price `json:"price,omitempty"` // what a price drop is measured by
	At      time.Time      `json:"at,omitzero"`     // zero: not told for itself
	// Silent marks what moved on without a message, as alertOn wants it.
	Silent bool `json:"silent,omitempty"`
}

// Entry is an alert that is still to be sent. It stands in the state from the
// write that records its change until the sends are recorded.
type Entry struct {
	ID       string   `json:"id"`
	Alert    Alert    `json:"alert"`
	Channels []string `json:"channels"` // still to be told
	// Until LeaseUntil the entry belongs to the run that leased it. Its time alone
	// does not tell whose the lease is: two runs may take one in the same second.
	LeaseUntil time.Time `json:"leaseUntil,omitzero"`
	LeaseBy    string    `json:"leaseBy,omitempty"`  // an id of the run
	Attempts   int       `json:"attempts,omitempty"` // that failed, in a row
	RetryAt    time.Time `json:"retryAt,omitzero"`   // it is not sent before
}

// due tells whether the entry is to be sent and belongs to no run. A lease that
// ends further ahead than a lease can was taken by a clock that was wrong.
func (e Entry) due(now time.Time) bool {
	leased := now.Before(e.LeaseUntil) && e.LeaseUntil.Sub(now) <= Lease+clockSkew
	return !leased && !e.waiting(now)
}

// clockSkew is how far apart the clocks of two machines may be. A lease outlives
// the check that took it by about as much.
const clockSkew = 15 * time.Second

// Health is how reading the page goes. The zero value is a readable page.
type Health struct {
	FailingSince time.Time `json:"failingSince,omitzero"`
	// Failures in a row. It is written up to the checker's limit, and then only
	// with something else, so beyond the limit it means "at least".
	Failures     int       `json:"failures,omitempty"`
	Kind         page.Kind `json:"kind,omitempty"`
	Message      string    `json:"message,omitempty"`
	Blocks       int       `json:"blocks,omitempty"` // in a row, each doubles the back-off
	BackoffUntil time.Time `json:"backoffUntil,omitzero"`
	Told         bool      `json:"told,omitempty"` // people know that the checker is blind
}

// Event is one line of a checker's history.
type Event struct {
	At     time.Time   `json:"at"`
	Status Status      `json:"status"` // NO_CHANGE: prices, or what a cooldown keeps back
	Told   bool        `json:"told"`
	Items  []EventItem `json:"items,omitempty"`
	More   int         `json:"more,omitempty"` // items besides Items
	Kind   page.Kind   `json:"kind,omitempty"`
	Reason string      `json:"reason,omitempty"`
}

// EventItem is an item in short, as it stood after the event.
type EventItem struct {
	Title   string         `json:"title"`
	Price   *checker.Price `json:"price,omitempty"`
	InStock bool           `json:"inStock"`
}

// legacyInitialized stands for the unknown time at which a state of the older
// form began.
var legacyInitialized = time.Unix(0, 0).UTC()

// Decode reads a state. No data is the state of a checker that never ran; the
// older form, {"title": true|false}, is read too. An error wraps ErrNewer or
// ErrCorrupt.
func Decode(data []byte) (*State, error) {
	if data == nil {
		return newState(), nil
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("decode state: %w: %w", ErrCorrupt, err)
	}
	if top == nil {
		return nil, fmt.Errorf("decode state: %w: null", ErrCorrupt)
	}
	var version json.Number
	if err := json.Unmarshal(top["version"], &version); err != nil || version == "" {
		return decodeLegacy(top)
	}
	n, err := version.Int64()
	switch {
	case err != nil || n < 1:
		return nil, fmt.Errorf("decode state: %w: version %s", ErrCorrupt, version)
	case n > StateVersion:
		return nil, fmt.Errorf("decode state: version %d: %w", n, ErrNewer)
	}
	s := newState()
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("decode state: %w: %w", ErrCorrupt, err)
	}
	if s.Items == nil {
		s.Items = map[string]Item{}
	}
	if _, there := s.Items[""]; there {
		return nil, fmt.Errorf("decode state: %w: an item without a key", ErrCorrupt)
	}
	ids := map[string]bool{}
	for _, e := range s.Pending {
		if e.ID == "" || ids[e.ID] {
			return nil, fmt.Errorf("decode state: %w: pending entry with id %q, which is empty or there twice", ErrCorrupt, e.ID)
		}
		ids[e.ID] = true
	}
	return s, nil
}

func newState() *State {
	return &State{Version: StateVersion, Items: map[string]Item{}}
}

// decodeLegacy reads the older form. Its titles were told as they stand there.
func decodeLegacy(top map[string]json.RawMessage) (*State, error) {
	s := newState()
	s.Initialized = legacyInitialized
	for title, raw := range top {
		var inStock *bool
		if err := json.Unmarshal(raw, &inStock); err != nil || inStock == nil {
			return nil, fmt.Errorf("decode state: %w: neither a version nor the older form: %q", ErrCorrupt, title)
		}
		item := Item{Title: oneLine(title, maxTitle), Availability: checker.SoldOut, InStock: *inStock, Told: Told{InStock: *inStock}}
		if *inStock {
			item.Availability = checker.InStock
		}
		s.Items[cmp.Or(title, "item")] = item
	}
	return s, nil
}

// encode gives the same bytes for the same state, wherever it is stored.
func (s *State) encode() ([]byte, error) {
	full := s.clone()
	full.Pending = append([]Entry{}, s.Pending...) // [] and not null
	full.Changes = append([]Event{}, s.Changes...)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(full); err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	return b.Bytes(), nil
}

// clone is a copy whose items and lists can be changed.
func (s *State) clone() *State {
	c := *s
	c.Items = maps.Clone(s.Items)
	c.Pending = slices.Clone(s.Pending)
	c.Changes = slices.Clone(s.Changes)
	return &c
}

// entry is the pending entry of that id, or nil.
func (s *State) entry(id string) *Entry {
	for i := range s.Pending {
		if s.Pending[i].ID == id {
			return &s.Pending[i]
		}
	}
	return nil
}

// record adds an event, and lets the oldest go.
func (s *State) record(e Event) {
	s.Changes = append(s.Changes, e)
	if n := len(s.Changes) - maxEvents; n > 0 {
		s.Changes = slices.Clone(s.Changes[n:])
	}
}

// counts are the items that people know to be in stock, and those that the page
// lists.
func (s *State) counts() (inStock, total int) {
	for _, item := range s.Items {
		if item.Told.InStock {
			inStock++
		}
		if item.Availability != checker.Unknown {
			total++
		}
	}
	return inStock, total
}

// seconds is the time as the state keeps it.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
