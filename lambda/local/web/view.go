package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// What the templates show. Each is made for one answer.

type overviewView struct {
	Assets      string // version of style and script
	Place       string
	Checks      bool // this process checks
	Tests       bool // it can send test alerts
	Filters     []filterView
	Show, Query string
	Cards       []cardView
	Latest      []eventView
	Sequence    int
	Fault       string
	As          when

	Total, First, Last, Page, Pages int
	Previous, Next                  string
}

type filterView struct {
	Key, Label, Address string
	Count               int
	Current             bool
}

// when is a time for people and for the script.
type when struct {
	ISO  string // "": never
	Full string
	Ago  string
}

type cardView struct {
	Name, URL, Host     string
	Class, Condition    string
	Every               string
	Unlisted            bool
	Items               []stockedView
	MoreItems           int
	Total               int
	Failure             string
	FailingSince, Asked when
	Pending             []waitingView
	MorePending         int
	Picture             picture
	Checks              bool // by this process
	Running             bool
	Last, Next, Changed when
	Change              string
	Report              bool // a page without buttons and links to other pages of this one
}

type stockedView struct {
	Title, Link, Price string
	Since              when
}

type waitingView struct {
	Headline, Channels string
	At                 when
}

type eventView struct {
	Checker, Text, Class, Status string
	Reason                       string
	At                           when
	Items                        []itemView
	More                         int
	Untold                       bool
}

type itemView struct {
	Title, Link, Price, Availability string
	InStock                          bool
	Since                            when
}

type detailView struct {
	Assets string
	Checks bool
	Card   cardView
	Items  []itemView
	Events []eventView
}

var assetsVersion = func() string {
	sum := sha256.New()
	for _, name := range []string{"assets/style.css", "assets/script.js", "assets/icon.svg"} {
		data, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		sum.Write(data)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}()

// known tells whether there is a time: a state of the older form has 0 for one that is
// not known.
func known(t time.Time) bool { return !t.IsZero() && t.Unix() != 0 }

func newWhen(t, now time.Time) when {
	if !known(t) {
		return when{}
	}
	return when{t.UTC().Format(time.RFC3339), t.Local().Format("2 Jan 2006 15:04:05 MST"), relative(t, now)}
}

// relative is a time as seen from now, as the script says it too.
func relative(t, now time.Time) string {
	d := now.Sub(t)
	words, ahead := "%s ago", d < 0
	if ahead {
		d, words = -d, "in %s"
	}
	switch {
	case d < time.Second && !ahead:
		return "now"
	case d < time.Minute:
		return fmt.Sprintf(words, fmt.Sprintf("%d s", int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf(words, fmt.Sprintf("%d min", int(d.Minutes())))
	case d < 48*time.Hour:
		return fmt.Sprintf(words, fmt.Sprintf("%d h", int(d.Hours())))
	}
	return fmt.Sprintf(words, fmt.Sprintf("%d days", int(d.Hours()/24)))
}

func (s *Site) overviewView(shot snapshot, f filter) *overviewView {
	v := &overviewView{
		Assets: assetsVersion, Place: s.Place, Checks: s.Loop != nil, Tests: s.TestAlert != nil,
		Show: f.show, Query: f.text, Sequence: shot.sequence, As: newWhen(shot.as, s.Now()),
	}
	if shot.fault != nil {
		v.Fault = shot.fault.Error()
	}
	for _, k := range []struct {
		key, label string
		count      int
	}{
		{"", "All", shot.counts.All}, {"in", "In stock", shot.counts.InStock}, {"failing", "Cannot be read", shot.counts.Failing},
		{"waiting", "Alerts waiting", shot.counts.Waiting}, {"paused", "Paused", shot.counts.Paused},
	} {
		v.Filters = append(v.Filters, filterView{k.key, k.label, address(filter{k.key, f.text}, 1), k.count, k.key == f.show})
	}
	for _, h := range shot.latest[:min(len(shot.latest), latestShown)] {
		v.Latest = append(v.Latest, s.eventView(h))
	}
	return v
}

// latestShown is how many of the latest changes are on the page.
const latestShown = 20

func (s *Site) eventView(h happening) eventView {
	v := eventView{
		Checker: h.Checker, Text: sentence(h.Event), Class: markClass(h.Status), Status: statusWords(h.Status), More: h.More, Untold: !h.Told, Reason: h.Reason,
		At: newWhen(h.At, s.Now()),
	}
	for _, it := range h.Items {
		v.Items = append(v.Items, itemView{Title: it.Title, Price: priceText(it.Price), InStock: it.InStock})
	}
	return v
}

func (s *Site) card(c *summary) cardView {
	now := s.Now()
	v := cardView{
		Name: c.name, URL: c.url, Host: c.host, Class: string(c.condition()), Condition: c.condition().words(),
		Unlisted: !c.listed && len(s.Checkers) > 0, Total: c.total, Picture: newPicture(c.name, c.past, now),
	}
	if c.every > 0 {
		v.Every = interval(c.every)
	}
	for _, it := range c.inStock[:min(len(c.inStock), most)] {
		v.Items = append(v.Items, stockedView{it.title, it.link, it.price, newWhen(it.since, now)})
	}
	v.MoreItems = max(0, len(c.inStock)-most)
	switch {
	case c.fault != "":
		v.Failure = c.fault
	case c.health.Failures > 0:
		v.Failure, v.FailingSince = c.health.Message, newWhen(c.health.FailingSince, now)
		if c.health.BackoffUntil.After(now) {
			v.Asked = newWhen(c.health.BackoffUntil, now)
		}
	}
	for _, p := range c.pending[:min(len(c.pending), most)] {
		v.Pending = append(v.Pending, waitingView{p.headline, strings.Join(p.channels, ", "), newWhen(p.at, now)})
	}
	v.MorePending = max(0, len(c.pending)-most)
	if c.last != nil {
		v.Changed, v.Change = newWhen(c.last.At, now), statusWords(c.last.Status)
	}
	if s.Loop == nil {
		return v
	}
	if plan, there := s.Loop.Plan(c.name); there {
		v.Checks, v.Running = true, plan.Running
		v.Last, v.Next = newWhen(plan.Last, now), newWhen(plan.Next, now)
	}
	return v
}

// interval is "5m", not "5m0s".
func interval(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (s *Site) detailView(c *summary, state *watch.State) *detailView {
	now := s.Now()
	v := &detailView{Assets: assetsVersion, Checks: s.Loop != nil, Card: s.card(c)}
	if state == nil {
		return v
	}
	for _, it := range itemsOf(state) {
		availability := strings.ReplaceAll(string(it.Availability), "_", " ")
		if it.Availability == checker.Unknown {
			availability = "not listed"
		}
		v.Items = append(v.Items, itemView{it.Title, webLink(it.Link), priceText(it.Price), availability, it.InStock, newWhen(it.Since, now)})
	}
	slices.SortStableFunc(v.Items, func(a, b itemView) int {
		switch {
		case a.InStock == b.InStock:
			return 0
		case a.InStock:
			return -1
		}
		return 1
	})
	for _, e := range slices.Backward(state.Changes) {
		v.Events = append(v.Events, s.eventView(happening{c.name, e}))
	}
	return v
}
