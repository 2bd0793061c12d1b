// Package checker is the definition of what is watched: it decodes
// checkers.json, reports every fault in it at once, and resolves one entry to
// a Checker that is ready to read pages with.
//
// A checker has two forms. A Definition is how it travels: the keys that its
// entry and the defaults have and no others, so that every deployment tool can
// pass it on as it is. A Checker is what Resolve makes of it: built-in defaults
// and the store's preset applied, durations, selectors and expressions compiled.
package checker

import (
	"fmt"
	"regexp"
	"time"

	"github.com/andybalholm/cascadia"
)

// Checker is one product to watch, ready for use. It is immutable and safe for
// use by many goroutines.
type Checker struct {
	Name    string
	URL     string        // http or https
	Store   *Store        // named by the entry, or known by the host; nil: by the page's marks
	Every   time.Duration // between two checks
	Enabled bool

	Include, Exclude []*regexp.Regexp // on item titles
	SKU              string           // the product must be this one
	Sellers          []string         // allow-list; empty: any
	Condition        string           // "new" or "any"
	MaxPrice         *Price           // nil: no limit; its currency may be ""
	CountAsInStock   map[Availability]bool

	AlertOn       map[AlertKind]bool
	Cooldown      time.Duration
	AlarmFailures int
	Channels      []string // of alerts.urls, that tell of it; nil: all

	Select  Selectors
	JSON    *EmbeddedJSON // nil: none
	Headers map[string]string
	Pages   int
}

// Selectors are the user's own; a nil one is not set. They outrank every other
// evidence.
type Selectors struct {
	Item, Title, Link, Price, InStock, OutOfStock, Seller, Blocked *Selector
}

// Selector is a compiled CSS selector that remembers how it was written.
type Selector struct {
	cascadia.Selector
	Source       string
	Alternatives []Alternative
}

// NewSelector compiles a CSS selector (or a group of them, with commas).
func NewSelector(source string) (*Selector, error) {
	// The parser is recursive, so a selector of brackets alone must not be long.
	if len(source) > maxSelector {
		return nil, fmt.Errorf("it is longer than %d characters", maxSelector)
	}
	compiled, err := cascadia.Compile(source)
	if err != nil {
		return nil, err
	}
	return &Selector{Selector: compiled, Source: source, Alternatives: alternatives(source)}, nil
}

const maxSelector = 1000

// String is the selector as it was written.
func (s *Selector) String() string { return s.Source }

// EmbeddedJSON says where a page's embedded JSON has the answer.
type EmbeddedJSON struct {
	Script  *Selector // the script element that holds the JSON
	InStock Path
	Price   Path
	Title   Path
}

// AlertKind is a kind of change that a person may be told of.
type AlertKind string

// The values of the key alertOn.
const (
	AlertInStock   AlertKind = "inStock"
	AlertGone      AlertKind = "gone"
	AlertSomeGone  AlertKind = "someGone"
	AlertPriceDrop AlertKind = "priceDrop"
)
