package web

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local/timeline"
	"stockchecker/lambda/watch"
)

// daysAgo is before noon.
func daysAgo(days float64) time.Time {
	return noon.Add(-time.Duration(days * 24 * float64(time.Hour)))
}

func usd(amount string) *checker.Price {
	return &checker.Price{Amount: decimal.RequireFromString(amount), Currency: "USD"}
}

func span(from, to float64, stock timeline.Stock) timeline.Span {
	return timeline.Span{From: daysAgo(from), To: daysAgo(to), Stock: stock}
}

// inLocalTime turns the times of a picture, which stand here in UTC, into those of the
// machine.
func inLocalTime(t *testing.T, svg string) string {
	return regexp.MustCompile(`\d+ Mar \d\d:\d\d`).ReplaceAllStringFunc(svg, func(text string) string {
		at, err := time.Parse("2006 2 Jan 15:04", "2026 "+text)
		if err != nil {
			t.Fatal(err)
		}
		return at.Local().Format("2 Jan 15:04")
	})
}

func TestPicture(t *testing.T) {
	const grid = `<path class="grid" d="M552 TOPV86M384 TOPV86M216 TOPV86M48 TOPV86"/>`
	for _, tt := range []struct {
		name string
		past timeline.Timeline
		want picture
		svg  string // without its first and last tag
	}{
		{"no history", timeline.Timeline{}, picture{None: true}, ""},
		{
			"a history of 15 days, with a fall of the price",
			timeline.Timeline{
				Spans: []timeline.Span{span(15, 10, timeline.Out), span(10, 5, timeline.In), span(5, 0, timeline.Blind)},
				Steps: []timeline.Step{{At: daysAgo(10), Price: usd("50")}, {At: daysAgo(7.5), Price: usd("40")}},
				Marks: []timeline.Mark{{At: daysAgo(10), Status: watch.ItemsInStock}, {At: daysAgo(5), Status: watch.CheckFailed}},
			},
			picture{Price: "40.00 USD (40.00–50.00 USD)", Share: "50 %"},
			strings.ReplaceAll(grid, "TOP", "0") +
				`<path class="area" d="M480 54V6H540V54zM540 54V48H720V54z"/><path class="price" d="M480 6H540V48H720"/>` +
				`<path class="mark good" d="M480 60v8"><title>Came in stock, 21 Mar 12:00</title></path><path class="mark bad" d="M600 60v8"><title>Cannot be read, 26 Mar 12:00</title></path>` +
				`<rect class="band out" x="360" y="76" width="120" height="4"><title>not in stock, 16 Mar 12:00 to 21 Mar 12:00</title></rect>` +
				`<rect class="band in" x="480" y="70" width="120" height="16"><title>in stock, 21 Mar 12:00 to 26 Mar 12:00</title></rect>` +
				`<rect class="band blind" fill="url(#hatch)" x="600" y="70" width="120" height="16"><title>not readable, 26 Mar 12:00 to 31 Mar 12:00</title></rect>`,
		},
		{
			"longer than a month, no price, in stock for a minute just now",
			timeline.Timeline{Spans: []timeline.Span{span(90, 1.0/1440, timeline.Out), span(1.0/1440, 0, timeline.In)}},
			picture{Share: "0 %"},
			strings.ReplaceAll(grid, "TOP", "54") +
				`<rect class="band out" x="0" y="76" width="720" height="4"><title>not in stock, 1 Mar 12:00 to 31 Mar 11:59</title></rect>` +
				`<rect class="band in" x="716" y="70" width="4" height="16"><title>in stock, 31 Mar 11:59 to 31 Mar 12:00</title></rect>`,
		},
		{
			"one price all the time, and a gap",
			timeline.Timeline{
				Spans: []timeline.Span{span(30, 0, timeline.In)},
				Steps: []timeline.Step{{At: daysAgo(30), Price: usd("9")}, {At: daysAgo(20)}, {At: daysAgo(10), Price: usd("9")}},
			},
			picture{Price: "9.00 USD", Share: "100 %"},
			strings.ReplaceAll(grid, "TOP", "0") +
				`<path class="area" d="M0 54V30H240V54zM480 54V30H720V54z"/><path class="price" d="M0 30H240M480 30H720"/>` +
				`<rect class="band in" x="0" y="70" width="720" height="16"><title>in stock, 1 Mar 12:00 to 31 Mar 12:00</title></rect>`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := newPicture("lamp", tt.past, noon)
			svg := string(got.SVG)
			if i := strings.Index(svg, ">"); i >= 0 {
				svg = strings.TrimSuffix(svg[i+1:], "</svg>")
			}
			if diff := cmp.Diff(strings.ReplaceAll(inLocalTime(t, tt.svg), "><", ">\n<"), strings.ReplaceAll(svg, "><", ">\n<")); diff != "" {
				t.Errorf("picture (-want +got):\n%s", diff)
			}
			tt.want.From, tt.want.To, got.SVG = noon.AddDate(0, 0, -30).Local().Format("2 Jan"), noon.Local().Format("2 Jan"), ""
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("picture (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPictureInWords(t *testing.T) {
	for _, tt := range []struct {
		past timeline.Timeline
		want string
	}{
		{timeline.Timeline{Spans: []timeline.Span{span(20, 0, timeline.Blind)}}, "The last 30 days of lamp, now not readable."},
		{
			timeline.Timeline{Spans: []timeline.Span{span(20, 0, timeline.In)}, Steps: []timeline.Step{{At: daysAgo(20), Price: usd("5")}}, Marks: []timeline.Mark{{At: daysAgo(20)}}},
			"The last 30 days of lamp: in stock 100 % of the time that is known, now in stock; price 5.00 USD; 1 change.",
		},
		{
			timeline.Timeline{
				Spans: []timeline.Span{span(20, 5, timeline.In), span(5, 0, timeline.Out)}, Steps: []timeline.Step{{At: daysAgo(20), Price: usd("5")}, {At: daysAgo(10), Price: usd("4")}},
				Marks: []timeline.Mark{{At: daysAgo(20)}, {At: daysAgo(5)}},
			},
			"The last 30 days of lamp: in stock 75 % of the time that is known, now not in stock; price 4.00 USD, between 4.00 USD and 5.00 USD; 2 changes.",
		},
		{
			timeline.Timeline{Spans: []timeline.Span{span(20, 0, timeline.Out)}, Steps: []timeline.Step{{At: daysAgo(20), Price: usd("5")}, {At: daysAgo(15), Price: usd("4")}, {At: daysAgo(10)}}},
			"The last 30 days of lamp: in stock 0 % of the time that is known, now not in stock; price between 4.00 USD and 5.00 USD.",
		},
	} {
		if svg := string(newPicture("lamp", tt.past, noon).SVG); !strings.Contains(svg, `role="img" aria-label="`+tt.want+`"`) {
			t.Errorf("the picture has not the words %q: %s", tt.want, svg)
		}
	}
}

func TestSentence(t *testing.T) {
	one := []watch.EventItem{{Title: "Kestrel 9", Price: usd("49.9"), InStock: true}}
	two := append(one, watch.EventItem{Title: "Merlin 3", InStock: true})
	for _, tt := range []struct {
		event watch.Event
		want  string
	}{
		{watch.Event{Status: watch.Initialized}, "Watching began, nothing is in stock"},
		{watch.Event{Status: watch.Initialized, Items: one}, "Watching began, in stock: Kestrel 9 at 49.90 USD"},
		{watch.Event{Status: watch.ItemsInStock, Items: one}, "Kestrel 9 in stock at 49.90 USD"},
		{watch.Event{Status: watch.ItemsInStock, Items: one, More: 1}, "Kestrel 9 and 1 more in stock"},
		{watch.Event{Status: watch.ItemsInStock, Items: two, More: 3}, "Kestrel 9 and 4 more in stock"},
		{watch.Event{Status: watch.ItemsGone, Items: one}, "Kestrel 9 no longer in stock"},
		{watch.Event{Status: watch.ItemsSomeGone, Items: one}, "Kestrel 9 gone, others are in stock"},
		{watch.Event{Status: watch.PriceDrop, Items: one}, "Kestrel 9 costs less: now 49.90 USD"},
		{watch.Event{Status: watch.PriceDrop, Items: two}, "Kestrel 9 and 1 more costs less"},
		{watch.Event{Status: watch.CheckFailed, Reason: "status 503"}, "Cannot be read: status 503"},
		{watch.Event{Status: watch.CheckRecovered}, "Can be read again"},
		{watch.Event{Status: watch.NoChange, Items: one}, "Kestrel 9 now 49.90 USD"},
		{watch.Event{Status: watch.NoChange, Items: two}, "Kestrel 9 and 1 more changed"},
		{watch.Event{Status: watch.ItemsGone}, "something no longer in stock"},
	} {
		if got := sentence(tt.event); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.event.Status, got, tt.want)
		}
	}
}
