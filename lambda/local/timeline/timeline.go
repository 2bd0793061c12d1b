// Package timeline makes of a checker's state what a picture of its past needs:
// when it was in stock, and at which price.
//
// Of is its one entry.
package timeline

import (
	"maps"
	"slices"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// Stock is what was known of a checker's stock.
type Stock int

// The kinds of stock.
const (
	Blind Stock = iota // the page could not be read
	Out                // nothing was in stock
	In                 // something was
)

// String is the stock in words.
func (s Stock) String() string {
	switch s {
	case In:
		return "in stock"
	case Out:
		return "not in stock"
	}
	return "not readable"
}

// Span is a time in which the stock was the same.
type Span struct {
	From, To time.Time
	Stock    Stock
}

// Step is a price that held from a time on, nil: none was known. Of many items it
// is the lowest of those in stock; of one item it is known while sold out too.
type Step struct {
	At    time.Time
	Price *checker.Price
}

// Mark is something that happened.
type Mark struct {
	At     time.Time
	Status watch.Status
}

// Timeline is a checker's past, from where its history begins until a moment.
type Timeline struct {
	Spans []Span // seamless, in order, each another stock than the one before; none if there is no history
	Steps []Step // in order, each another price than the one before; all of one currency
	Marks []Mark // in order; INITIALIZED and price changes that nobody was told of too
}

// Of makes the timeline of a state until now.
//
// The state keeps the last changes alone, so what was before the oldest of them is
// not known: the timeline begins with it.
func Of(s *watch.State, now time.Time) Timeline {
	w := walk{currency: lastCurrency(s), told: map[string]bool{}, kept: map[string]bool{}, price: unchangedPrices(s)}
	for _, e := range s.Changes {
		if e.At.After(now) { // a clock that was wrong
			continue
		}
		w.event(e)
	}
	if len(w.Spans) > 0 {
		w.present(s, now)
		w.Spans[len(w.Spans)-1].To = now
	}
	w.Spans = joined(w.Spans)
	return w.Timeline
}

// joined is the spans without those of no time, which are not to be seen.
func joined(spans []Span) []Span {
	var list []Span
	for _, s := range spans {
		switch n := len(list); {
		case !s.From.Before(s.To):
		case n > 0 && list[n-1].Stock == s.Stock:
			list[n-1].To = s.To
		default:
			list = append(list, s)
		}
	}
	return list
}

// Between is the part of the timeline between two moments, the second not before the
// timeline's end: what was so then is taken to be so still.
func (t Timeline) Between(from, to time.Time) Timeline {
	var part Timeline
	for i, s := range t.Spans {
		if i == len(t.Spans)-1 {
			s.To = to
		}
		if !s.To.After(from) {
			continue
		}
		if s.From.Before(from) {
			s.From = from
		}
		part.Spans = append(part.Spans, s)
	}
	for _, s := range t.Steps {
		if !s.At.After(from) {
			part.Steps = []Step{{from, s.Price}}
			continue
		}
		part.Steps = append(part.Steps, s)
	}
	for _, m := range t.Marks {
		if !m.At.Before(from) {
			part.Marks = append(part.Marks, m)
		}
	}
	return part
}

// InStock is how much of the time of which something is known something was in
// stock, from 0 to 1; false if nothing is known.
func (t Timeline) InStock() (share float64, known bool) {
	var in, all time.Duration
	for _, s := range t.Spans {
		if s.Stock != Blind {
			all += s.To.Sub(s.From)
		}
		if s.Stock == In {
			in += s.To.Sub(s.From)
		}
	}
	if all == 0 {
		return 0, false
	}
	return float64(in) / float64(all), true
}

// walk goes through the events. An event names the items that it is about, by
// their titles, and no others.
type walk struct {
	Timeline
	currency string
	told     map[string]bool // in stock
	kept     map[string]bool // in stock, and a cooldown kept that from people
	more     int             // in stock, and not named
	blind    bool
	price    map[string]*checker.Price // of each title
}

func (w *walk) event(e watch.Event) {
	w.Marks = append(w.Marks, Mark{e.At, e.Status})
	w.blind = e.Status == watch.CheckFailed
	if e.Status == watch.ItemsGone {
		// All that people knew of, also under a title that it has no more.
		clear(w.told)
		w.more = 0
	}
	for _, it := range e.Items {
		delete(w.told, it.Title)
		delete(w.kept, it.Title)
		switch {
		case !it.InStock:
		case e.Status == watch.NoChange:
			w.kept[it.Title] = true
		default:
			w.told[it.Title] = true
		}
		if it.Price != nil && it.Price.Currency == w.currency {
			w.price[it.Title] = it.Price
		}
	}
	if e.Status == watch.Initialized || e.Status == watch.ItemsInStock {
		w.more += e.More
	}
	w.at(e.At, w.stock(), w.lowest())
}

func (w *walk) stock() Stock {
	switch {
	case w.blind:
		return Blind
	case len(w.told)+len(w.kept)+w.more > 0:
		return In
	}
	return Out
}

func (w *walk) lowest() *checker.Price {
	var lowest *checker.Price
	for title, p := range w.price {
		if (len(w.price) == 1 || w.told[title] || w.kept[title]) && (lowest == nil || p.Amount.LessThan(lowest.Amount)) {
			lowest = p
		}
	}
	return lowest
}

// at notes how things are from a time on.
func (w *walk) at(t time.Time, s Stock, p *checker.Price) {
	if n := len(w.Spans); n == 0 || w.Spans[n-1].Stock != s {
		if n > 0 {
			t = later(t, w.Spans[n-1].From)
			w.Spans[n-1].To = t
		}
		w.Spans = append(w.Spans, Span{From: t, Stock: s})
	}
	switch n := len(w.Steps); {
	case n == 0 && p == nil, n > 0 && samePrice(w.Steps[n-1].Price, p):
	case n > 0 && !t.After(w.Steps[n-1].At):
		w.Steps[n-1].Price = p
	default:
		w.Steps = append(w.Steps, Step{t, p})
	}
}

// present brings the timeline to what the state says of now, which is more than the
// events do.
func (w *walk) present(s *watch.State, now time.Time) {
	last := w.Marks[len(w.Marks)-1].At
	if s.Health.Failures > 0 {
		if s.Health.FailingSince.Before(now) {
			w.at(later(s.Health.FailingSince, last), Blind, w.lowest())
		}
		return
	}
	stock, since := Out, time.Time{}
	for _, it := range s.Items {
		if it.InStock {
			stock = In
		}
		since = later(since, it.Since)
	}
	if since.After(now) {
		since = last
	}
	w.at(later(since, last), stock, w.lowest())
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func samePrice(a, b *checker.Price) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// lastCurrency is that of the newest price: prices of another cannot be drawn beside it.
func lastCurrency(s *watch.State) string {
	for _, e := range slices.Backward(s.Changes) {
		for _, it := range e.Items {
			if it.Price != nil {
				return it.Price.Currency
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Items)) {
		if p := s.Items[key].Price; p != nil {
			return p.Currency
		}
	}
	return ""
}

// unchangedPrices are those that no event tells of. An event tells of each change of
// a price, so they have been the same all the time.
func unchangedPrices(s *watch.State) map[string]*checker.Price {
	currency := lastCurrency(s)
	prices := map[string]*checker.Price{}
	for _, it := range s.Items {
		if it.Price != nil && it.Price.Currency == currency {
			prices[it.Title] = it.Price
		}
	}
	for _, e := range s.Changes {
		for _, it := range e.Items {
			if it.Price != nil {
				delete(prices, it.Title)
			}
		}
	}
	return prices
}
