package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local/timeline"
	"stockchecker/lambda/watch"
)

var pictureNow = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

func usd(amount string) *checker.Price {
	return &checker.Price{Amount: decimal.RequireFromString(amount), Currency: "USD"}
}

func daysAgo(days float64) time.Time {
	return pictureNow.Add(-time.Duration(days * 24 * float64(time.Hour)))
}

func consoleState(events ...watch.Event) *watch.State {
	s := &watch.State{Changes: events, Items: map[string]watch.Item{}}
	for _, e := range events {
		for _, it := range e.Items {
			s.Items[it.Title] = watch.Item{Title: it.Title, Price: it.Price, InStock: it.InStock, Since: e.At}
		}
	}
	return s
}

// inUTC makes local time UTC for a test.
func inUTC(t *testing.T) {
	was := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = was })
}

func event(days float64, status watch.Status, inStock bool, price *checker.Price) watch.Event {
	e := watch.Event{At: daysAgo(days), Status: status, Told: true}
	if status != watch.CheckFailed && status != watch.CheckRecovered {
		e.Items = []watch.EventItem{{Title: "Orion Console", Price: price, InStock: inStock}}
	}
	return e
}

func TestPicture(t *testing.T) {
	inUTC(t)
	full := consoleState(
		event(24, watch.Initialized, false, usd("549")), event(20, watch.ItemsInStock, true, usd("549")), event(15, watch.NoChange, true, usd("499")),
		event(12, watch.CheckFailed, false, nil), event(10, watch.CheckRecovered, false, nil), event(6, watch.ItemsGone, false, usd("499")), event(2, watch.ItemsInStock, true, usd("529")),
	)
	for _, tt := range []struct {
		name  string
		state *watch.State
		width int
		want  string
	}{
		{"a month in 72 columns", full, 72, `
549.00 USD              ──────────────────╮
                                          │                         ╭───
                                          │                         │
499.00 USD                                ╰─────────────────────────╯
                        ▾       ▾         ▾     ▾   ▾       ▾       ▾
     stock              ░░░░░░░░████████████████????████████░░░░░░░░████
            1 Mar                                                 31 Mar
            █ in stock   ░ not in stock   ? not readable   ▾ change
`},
		{"a terminal that is too narrow gets the narrowest picture", full, 10, `
549.00 USD      ──────╮
                      │       ╭─
                      │       │
499.00 USD            ╰───────╯
                ▾ ▾   ▾ ▾▾  ▾ ▾
     stock      ░░██████?███░░██
            1 Mar         31 Mar
            █ in stock   ░ not in stock   ? not readable   ▾ change
`},
		{"no terminal, and one price", consoleState(event(60, watch.Initialized, true, usd("49.90"))), 0, `
49.90 USD  ─────────────────────────────────────────────────────────────────────
    stock  █████████████████████████████████████████████████████████████████████
           1 Mar                                                          31 Mar
           █ in stock   ░ not in stock   ? not readable   ▾ change
`},
		{"no price at all, and in stock for a minute", consoleState(event(15, watch.Initialized, false, nil), event(9, watch.ItemsInStock, true, nil), event(9-1.0/1440, watch.ItemsGone, false, nil)), 40, `
                       ▾      ▾
stock                  ░░░░░░░█░░░░░░░░░
       1 Mar                      31 Mar
       █ in stock   ░ not in stock   ? not readable   ▾ change
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &console{width: tt.width}
			got := c.picture(timeline.Of(tt.state, pictureNow), pictureNow)
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), got); diff != "" {
				t.Errorf("picture (-want +got):\n%s\n%s", diff, got)
			}
		})
	}
}

func TestPictureInColour(t *testing.T) {
	c := &console{width: 30, color: true}
	failing := consoleState(event(15, watch.Initialized, true, nil), event(6, watch.CheckFailed, false, nil))
	failing.Health = watch.Health{Failures: 3, FailingSince: daysAgo(6)}
	got := c.picture(timeline.Of(failing, pictureNow), pictureNow)
	if want := "\x1b[32m████████\x1b[0m\x1b[33m????\x1b[0m\n"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	c.color = false
	if got := c.picture(timeline.Of(consoleState(event(15, watch.Initialized, true, nil)), pictureNow), pictureNow); strings.Contains(got, "\x1b") {
		t.Errorf("colours without being asked for: %q", got)
	}
}

func TestHistoryAsCSV(t *testing.T) {
	var out bytes.Buffer
	err := (&console{out: &out}).csv([]watch.Event{
		{At: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Status: watch.ItemsInStock, Told: true, More: 3, Items: []watch.EventItem{
			{Title: `Lamp, "small"`, Price: &checker.Price{Amount: decimal.RequireFromString("49.9"), Currency: "EUR"}, InStock: true},
			{Title: "=HYPERLINK(1)", Price: &checker.Price{Amount: decimal.RequireFromString("7")}},
		}},
		{At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Status: watch.CheckFailed, Reason: "@a robot check"},
	})
	want := `time,status,told,item,in_stock,price,currency,more_items,reason
2026-03-01T09:00:00Z,ITEMS_IN_STOCK,true,"Lamp, ""small""",true,49.90,EUR,3,
2026-03-01T09:00:00Z,ITEMS_IN_STOCK,true,'=HYPERLINK(1),false,7,,3,
2026-03-02T09:00:00Z,CHECK_FAILED,false,,,,,0,'@a robot check
`
	if err != nil || out.String() != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, out.String(), want)
	}
}
