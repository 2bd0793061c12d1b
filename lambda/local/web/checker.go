package web

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local/timeline"
	"stockchecker/lambda/watch"
)

// summary is what the page shows of one checker. It is made once a write of the state,
// and not changed after.
type summary struct {
	name   string
	url    string // http or https, or ""
	host   string // of url
	every  time.Duration
	paused bool
	listed bool // in checkers.json, if there is one

	fault   string // why the state cannot be read, "" if it can
	checked bool   // a page was readable once
	inStock []stocked
	total   int
	since   time.Time // the newest item in stock is; zero if none is
	health  watch.Health
	pending []waiting
	past    timeline.Timeline
	last    *watch.Event

	search string // lower case: name, host and titles
}

// stocked is an item in stock.
type stocked struct {
	title string
	link  string // http or https, or ""
	price string
	since time.Time
}

// waiting is an alert that is still to be sent.
type waiting struct {
	headline string
	at       time.Time
	channels []string
}

// most is how much of each kind a card shows; the checker's own page has the rest.
const most = 5

// summarize makes the summary of a state; a nil state was never written.
func summarize(w watched, state *watch.State, fault error, now time.Time) *summary {
	s := &summary{name: w.name, url: webLink(w.url), host: hostOf(w.url), every: w.every, paused: w.paused, listed: w.listed}
	var search []string
	switch {
	case fault != nil:
		s.fault = fault.Error()
	case state != nil:
		s.checked, s.health = !state.Initialized.IsZero(), state.Health
		s.past = timeline.Of(state, now)
		for _, it := range itemsOf(state) {
			search = append(search, it.Title)
			if it.Availability != checker.Unknown || it.InStock {
				s.total++
			}
			if it.InStock {
				s.inStock = append(s.inStock, stocked{it.Title, webLink(it.Link), priceText(it.Price), it.Since})
				if it.Since.After(s.since) {
					s.since = it.Since
				}
			}
		}
		for _, e := range state.Pending {
			s.pending = append(s.pending, waiting{watch.NewMessage(e.Alert).Headline, e.Alert.At, e.Channels})
			if s.url == "" {
				s.url, s.host = webLink(e.Alert.URL), hostOf(e.Alert.URL)
			}
		}
		if n := len(state.Changes); n > 0 {
			last := state.Changes[n-1]
			s.last = &last
		}
		if s.url == "" && s.total > 0 {
			// On a state alone the items' links are what is known of the shop.
			for _, it := range itemsOf(state) {
				if s.host = hostOf(it.Link); s.host != "" {
					break
				}
			}
		}
	}
	s.search = strings.ToLower(strings.Join(append(search, s.name, s.host), " "))
	return s
}

// condition is the one word for how a checker is.
type condition string

const (
	stocks  condition = "in"
	lacks   condition = "out"
	failing condition = "failing"
	resting condition = "paused"
	unborn  condition = "new"
)

func (s *summary) condition() condition {
	switch {
	case s.fault != "":
		return failing
	case s.paused:
		return resting
	case s.health.Failures > 0:
		return failing
	case len(s.inStock) > 0:
		return stocks
	case s.checked:
		return lacks
	}
	return unborn
}

// words are the condition in words.
func (c condition) words() string {
	return map[condition]string{stocks: "In stock", lacks: "Not in stock", failing: "Cannot be read", resting: "Paused", unborn: "Not checked yet"}[c]
}

// load reads the state of a checker; nil if there is none.
func load(ctx context.Context, store watch.Store, name string) (*watch.State, error) {
	data, _, err := store.Load(ctx, name)
	if err != nil || data == nil {
		return nil, err
	}
	state, err := watch.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("state of %s: %w", name, err)
	}
	return state, nil
}

func itemsOf(s *watch.State) []watch.Item {
	return slices.SortedFunc(maps.Values(s.Items), func(a, b watch.Item) int { return strings.Compare(a.Title, b.Title) })
}

func priceText(p *checker.Price) string {
	if p == nil {
		return ""
	}
	return p.String()
}

// webLink is a link that leads to a website, or "": a page could have put anything
// in its place.
func webLink(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return link
}

func hostOf(link string) string {
	if webLink(link) == "" {
		return ""
	}
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Host, "www.")
}

// sentence is an event in words.
func sentence(e watch.Event) string {
	names := func() string {
		if len(e.Items) == 0 {
			return "something"
		}
		text := e.Items[0].Title
		if more := len(e.Items) - 1 + e.More; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		return text
	}
	price := func(word string) string {
		if len(e.Items) == 1 && e.More == 0 && e.Items[0].Price != nil {
			return word + " " + e.Items[0].Price.String()
		}
		return ""
	}
	switch e.Status {
	case watch.Initialized:
		if len(e.Items) == 0 {
			return "Watching began, nothing is in stock"
		}
		return "Watching began, in stock: " + names() + price(" at")
	case watch.ItemsInStock:
		return names() + " in stock" + price(" at")
	case watch.ItemsGone:
		return names() + " no longer in stock"
	case watch.ItemsSomeGone:
		return names() + " gone, others are in stock"
	case watch.PriceDrop:
		return names() + " costs less" + price(": now")
	case watch.CheckFailed:
		return "Cannot be read: " + e.Reason
	case watch.CheckRecovered:
		return "Can be read again"
	}
	if p := price(" now"); p != "" {
		return names() + p
	}
	return names() + " changed"
}
