//go:build linux

package torture

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"stockchecker/lambda/watch"
)

// telling is what identifies an alert: no two have all of it in common.
type telling struct {
	checker string
	about   string // "stock", or the status of an alert about the checker
	at      string
	n       int // of the product; -1: an alert about the checker
}

const stock = "stock"

func tellingOf(checker string, status watch.Status, at, titles string) telling {
	switch status {
	case watch.Initialized, watch.CheckFailed, watch.CheckRecovered:
		return telling{checker, string(status), at, -1}
	}
	return telling{checker, stock, at, number(titles)}
}

// aboutHealth tells alerts about the health of a checker from those about its items.
func (a telling) aboutHealth() bool {
	return a.about == string(watch.CheckFailed) || a.about == string(watch.CheckRecovered)
}

// moment is a time as messages have it. Later ones are greater.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// message is an alert as it reached somebody.
type message struct {
	telling
	status watch.Status
	// since is when the first was made of the alerts that this one stands for, "" if it
	// stands for itself alone.
	since string
	// changed: it says what holds now, which is not what its alert said.
	changed bool
}

var (
	fact      = regexp.MustCompile(`(?m)^(Checker|Checked): (.+)$`)
	standsFor = regexp.MustCompile(`(?m)^\d+ messages did not get through since (.+ UTC); this one stands for them`)
)

func readMessage(headline, body string, status watch.Status) message {
	m := message{status: status, changed: strings.Contains(body, " meanwhile\n")}
	checker, at := "", ""
	for _, f := range fact.FindAllStringSubmatch(body, -1) {
		if f[1] == "Checker" {
			checker = f[2]
		} else {
			at = f[2]
		}
	}
	m.telling = tellingOf(checker, status, at, headline)
	if f := standsFor.FindStringSubmatch(body); f != nil {
		m.since = f[1]
	}
	return m
}

// ledger has what was recorded, and what was told of it.
type ledger struct {
	recorded map[telling]watch.Status
	told     map[telling]int // how often
	messages []message
	excused  map[telling]int // how often more than once it may be told
}

func newLedger() *ledger {
	return &ledger{recorded: map[telling]watch.Status{}, told: map[telling]int{}, excused: map[telling]int{}}
}

// record takes in what a state says that it tells.
func (l *ledger) record(name string, s *watch.State) {
	for _, e := range s.Changes {
		if !e.Told {
			continue
		}
		title := ""
		if len(e.Items) > 0 {
			title = e.Items[0].Title
		}
		l.recorded[tellingOf(name, e.Status, moment(e.At), title)] = e.Status
	}
}

// hear takes in a message.
func (l *ledger) hear(m message) {
	l.told[m.telling]++
	l.messages = append(l.messages, m)
}

// pendingAs is the alert of an entry as it is told.
func pendingAs(name string, e watch.Entry) telling {
	title := ""
	if len(e.Alert.Items) > 0 {
		title = e.Alert.Items[0].Title
	}
	return tellingOf(name, e.Alert.Status, moment(e.Alert.At), title)
}

// stoodFor tells whether a later message stands for an alert.
func (l *ledger) stoodFor(a telling) bool {
	for _, m := range l.messages {
		if m.since != "" && m.checker == a.checker && m.aboutHealth() == a.aboutHealth() && m.since <= a.at && a.at <= m.at {
			return true
		}
	}
	return false
}

// judge finds what is lost and what is wrong. doubles is how often at most an alert may
// be told.
func (l *ledger) judge(t *testing.T, doubles func(telling) int) {
	t.Helper()
	for a, status := range l.recorded {
		if l.told[a] == 0 && !l.stoodFor(a) {
			lost(t, "%s of %+v was recorded and never told", status, a)
		}
	}
	late := 0
	for _, m := range l.messages {
		if m.since != "" {
			late++
			continue
		}
		status, there := l.recorded[m.telling]
		switch {
		case !there:
			wrong(t, "%+v was told and not recorded", m)
		case m.changed:
		case status != m.status:
			wrong(t, "%+v was told, and recorded was %s", m, status)
		case status == watch.ItemsInStock && !inStock(m.n), status == watch.ItemsGone && inStock(m.n):
			wrong(t, "%+v is a false alarm", m)
		}
	}
	again := 0
	for a, n := range l.told {
		again += n - 1
		if most := doubles(a); n > most {
			wrong(t, "%+v was told %d times, at most %d are excused", a, n, most)
		}
	}
	tally.doubled.Add(int64(again))
	t.Logf("%d changes recorded, %d told, %d of them again; %d messages stood for several", len(l.recorded), len(l.told), again, late)
}
