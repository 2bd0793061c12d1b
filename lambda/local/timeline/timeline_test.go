package timeline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is so many hours after the start.
func at(hour float64) time.Time { return start.Add(time.Duration(hour * float64(time.Hour))) }

// price reads "499 USD".
func price(text string) *checker.Price {
	if text == "" {
		return nil
	}
	amount, currency, _ := strings.Cut(text, " ")
	return &checker.Price{Amount: decimal.RequireFromString(amount), Currency: currency}
}

// items reads "+lamp 49 USD" for an item in stock, "-lamp" for one that is not.
func items(texts ...string) []watch.EventItem {
	var list []watch.EventItem
	for _, text := range texts {
		title, rest, _ := strings.Cut(text[1:], " ")
		list = append(list, watch.EventItem{Title: title, Price: price(rest), InStock: text[0] == '+'})
	}
	return list
}

func event(hour float64, status watch.Status, texts ...string) watch.Event {
	return watch.Event{At: at(hour), Status: status, Items: items(texts...)}
}

// now makes the items of a state as they are now, all since an hour.
func now(hour float64, texts ...string) map[string]watch.Item {
	list := map[string]watch.Item{}
	for _, it := range items(texts...) {
		list[it.Title] = watch.Item{Title: it.Title, Price: it.Price, InStock: it.InStock, Since: at(hour)}
	}
	return list
}

// text writes "0-5 in stock, 5-10 not in stock | 0 $…".
func text(tl Timeline) string {
	hour := func(t time.Time) string { return fmt.Sprintf("%g", t.Sub(start).Hours()) }
	var spans, steps []string
	for _, s := range tl.Spans {
		spans = append(spans, hour(s.From)+"-"+hour(s.To)+" "+map[Stock]string{In: "in", Out: "out", Blind: "blind"}[s.Stock])
	}
	for _, s := range tl.Steps {
		p := "none"
		if s.Price != nil {
			p = s.Price.String()
		}
		steps = append(steps, hour(s.At)+": "+p)
	}
	return strings.Join(spans, ", ") + " | " + strings.Join(steps, ", ")
}

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name  string
		state watch.State
		want  string // until hour 24
	}{
		{"nothing known", watch.State{}, " | "},
		{"of the older form, nothing happened since", watch.State{Initialized: time.Unix(0, 0), Items: map[string]watch.Item{"lamp": {Title: "lamp", InStock: true}}}, " | "},
		{
			"in stock all the time",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+lamp 49 USD")}, Items: now(0, "+lamp 49 USD")},
			"0-24 in | 0: 49.00 USD",
		},
		{
			"sold out all the time; no event has its price",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized)}, Items: now(0, "-lamp 49 USD")},
			"0-24 out | 0: 49.00 USD",
		},
		{
			"came, got cheaper, went; the price of one product is known when it is sold out",
			watch.State{Changes: []watch.Event{
				event(0, watch.Initialized), event(5, watch.ItemsInStock, "+lamp 49 USD"), event(7, watch.PriceDrop, "+lamp 45 USD"), event(9, watch.ItemsGone, "-lamp 45 USD"),
			}, Items: now(9, "-lamp 45 USD")},
			"0-5 out, 5-9 in, 9-24 out | 5: 49.00 USD, 7: 45.00 USD",
		},
		{
			"of many items the lowest price in stock",
			watch.State{Changes: []watch.Event{
				event(0, watch.Initialized, "+red 30 EUR", "+blue 20 EUR"), event(4, watch.ItemsSomeGone, "-blue 20 EUR"), event(6, watch.ItemsGone, "-red 30 EUR"), event(8, watch.ItemsInStock, "+blue 21 EUR"),
			}, Items: now(8, "+blue 21 EUR", "-red 30 EUR")},
			"0-6 in, 6-8 out, 8-24 in | 0: 20.00 EUR, 4: 30.00 EUR, 6: none, 8: 21.00 EUR",
		},
		{
			"gone while it had another title",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+lamp"), event(3, watch.ItemsGone, "-lamp-new")}, Items: now(3, "-lamp-new")},
			"0-3 in, 3-24 out | ",
		},
		{
			"more in stock than the event names",
			watch.State{Changes: []watch.Event{
				{At: at(0), Status: watch.Initialized, Items: items("+a"), More: 4}, event(2, watch.ItemsSomeGone, "-a"), event(6, watch.ItemsGone, "-b", "-c"),
			}, Items: now(6, "-a", "-b", "-c")},
			"0-6 in, 6-24 out | ",
		},
		{
			"kept back by a cooldown: in stock nevertheless",
			watch.State{Changes: []watch.Event{
				event(0, watch.Initialized, "+a"), event(2, watch.NoChange, "+b"), event(4, watch.ItemsGone, "-a"), event(6, watch.ItemsInStock, "+b"), event(8, watch.ItemsGone, "-b"),
			}, Items: now(8, "-a", "-b")},
			"0-8 in, 8-24 out | ",
		},
		{
			"blind, and sees again with the same stock",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+a"), event(4, watch.CheckFailed), event(9, watch.CheckRecovered)}, Items: now(0, "+a")},
			"0-4 in, 4-9 blind, 9-24 in | ",
		},
		{
			"sees again, and everything is gone",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+a"), event(4, watch.CheckFailed), event(9, watch.ItemsGone, "-a"), event(9, watch.CheckRecovered)}, Items: now(9, "-a")},
			"0-4 in, 4-9 blind, 9-24 out | ",
		},
		{
			"failing, and people have not been told yet",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+a")}, Items: now(0, "+a"), Health: watch.Health{Failures: 2, FailingSince: at(23)}},
			"0-23 in, 23-24 blind | ",
		},
		{
			"failing since before people were told",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+a"), event(12, watch.CheckFailed)}, Items: now(0, "+a"), Health: watch.Health{Failures: 9, FailingSince: at(11)}},
			"0-12 in, 12-24 blind | ",
		},
		{
			"the oldest changes are not kept: it begins with what is known",
			watch.State{Changes: []watch.Event{event(10, watch.ItemsGone, "-a 5 USD"), event(11, watch.ItemsInStock, "+a 6 USD")}, Items: now(11, "+a 6 USD")},
			"10-11 out, 11-24 in | 10: 5.00 USD, 11: 6.00 USD",
		},
		{
			"what the events do not tell, the state does",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+a", "+b")}, Items: now(7, "-a", "-b")},
			"0-7 in, 7-24 out | ",
		},
		{
			"prices in another currency than now are left out",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+a 5 EUR"), event(3, watch.NoChange, "+a 6 USD")}, Items: now(0, "+a 6 USD")},
			"0-24 in | 3: 6.00 USD",
		},
		{
			"two changes at the same time",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+a 5 USD"), event(3, watch.ItemsGone, "-a 5 USD"), event(3, watch.ItemsInStock, "+a 4 USD")}, Items: now(3, "+a 4 USD")},
			"0-24 in | 0: 5.00 USD, 3: 4.00 USD",
		},
		{
			"a clock that was ahead",
			watch.State{Changes: []watch.Event{event(0, watch.Initialized, "+a"), event(50, watch.ItemsGone, "-a")}, Items: now(50, "-a")},
			"0-24 out | ",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := text(Of(&tt.state, at(24))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestBetween(t *testing.T) {
	tl := Of(&watch.State{Changes: []watch.Event{
		event(0, watch.Initialized, "+a 5 USD"), event(4, watch.ItemsGone, "-a 5 USD"), event(8, watch.ItemsInStock, "+a 6 USD"),
	}, Items: now(8, "+a 6 USD")}, at(24))
	for _, tt := range []struct {
		from  float64
		want  string
		marks int
	}{
		{-5, "0-4 in, 4-8 out, 8-25 in | 0: 5.00 USD, 8: 6.00 USD", 3},
		{2, "2-4 in, 4-8 out, 8-25 in | 2: 5.00 USD, 8: 6.00 USD", 2},
		{8, "8-25 in | 8: 6.00 USD", 1},
		{20, "20-25 in | 20: 6.00 USD", 0},
		{24, "24-25 in | 24: 6.00 USD", 0},
	} {
		got := tl.Between(at(tt.from), at(25))
		if text(got) != tt.want || len(got.Marks) != tt.marks {
			t.Errorf("from %g: got %s with %d marks, want %s with %d", tt.from, text(got), len(got.Marks), tt.want, tt.marks)
		}
	}
}

func TestInStock(t *testing.T) {
	for _, tt := range []struct {
		spans []Span
		share float64
		known bool
	}{
		{nil, 0, false},
		{[]Span{{at(0), at(5), Blind}}, 0, false},
		{[]Span{{at(0), at(1), In}, {at(1), at(2), Blind}, {at(2), at(5), Out}}, 0.25, true},
	} {
		if share, known := (Timeline{Spans: tt.spans}).InStock(); share != tt.share || known != tt.known {
			t.Errorf("%v: got %v, %v; want %v, %v", tt.spans, share, known, tt.share, tt.known)
		}
	}
}
