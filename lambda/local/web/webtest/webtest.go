// Package webtest has a month in the life of a few checkers, for tests of what shows
// states and for pictures of it.
package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

// File is the checkers.json of the month.
const File = `{
  "checkers": [
    {"name": "game-console", "url": "https://games.example/p/orion-console", "every": "1m"},
    {"name": "graphics-card", "url": "https://parts.example/p/pl?d=rtx+5090", "every": "1m"},
    {"name": "board-computer", "url": "https://berries.example/berry-board-8gb", "every": "5m"},
    {"name": "desk-lamp", "url": "https://lights.example/p/kestrel-9", "every": "5m"},
    {"name": "film-camera", "url": "https://photo.example/heron-35", "every": "2m"},
    {"name": "keyboard", "url": "https://keys.example/wren-65", "every": "10m"},
    {"name": "hiking-tent", "url": "https://draussen.example/zelt-dohle-2", "every": "30m"},
    {"name": "sneakers", "url": "https://shoes.example/p/swift-runner", "every": "5m"},
    {"name": "e-reader", "url": "https://books.example/e-reader", "every": "15m", "enabled": false},
    {"name": "espresso-machine", "url": "https://kitchen.example/rail-espresso", "every": "1h"}
  ]
}
`

// Checkers are those of File.
func Checkers() ([]*checker.Checker, error) {
	file, err := checker.Parse("checkers.json", []byte(File))
	if err != nil {
		return nil, err
	}
	var list []*checker.Checker
	for _, d := range file.Checkers {
		c, err := checker.Resolve(d)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// Save writes the states as they are at a moment. The espresso machine has none yet.
func Save(ctx context.Context, store watch.Store, now time.Time) error {
	for _, s := range States(now) {
		data, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("write state of %s: %w", s.Checker, err)
		}
		if _, err := store.Save(ctx, s.Checker, data, ""); err != nil {
			return err
		}
	}
	return nil
}

// life writes one state.
type life struct {
	state *watch.State
	now   time.Time
}

// States are the states as they are at a moment.
func States(now time.Time) []*watch.State {
	now = now.UTC().Truncate(time.Second)
	var all []*watch.State
	begin := func(name string) *life {
		l := &life{&watch.State{Version: watch.StateVersion, Revision: 1, Checker: name, Items: map[string]watch.Item{}, Pending: []watch.Entry{}}, now}
		all = append(all, l.state)
		return l
	}

	l := begin("game-console")
	const console = "Orion Console, Disc Edition"
	l.item(console, "https://games.example/p/orion-console")
	l.at(41, watch.Initialized, "-"+console+"|549.00 USD")
	l.at(26.2, watch.ItemsInStock, "+"+console+"|549.00 USD")
	l.at(24.9, watch.ItemsGone, "-"+console+"|549.00 USD")
	l.at(17.4, watch.ItemsInStock, "+"+console+"|549.00 USD")
	l.at(15.1, watch.PriceDrop, "+"+console+"|499.00 USD")
	l.at(12.6, watch.ItemsGone, "-"+console+"|499.00 USD")
	l.at(0.012, watch.ItemsInStock, "+"+console+"|499.00 USD")

	l = begin("graphics-card")
	const falcon, merlin, osprey, kite = "Falcon RTX 5090 32GB Founders", "Merlin RTX 5090 OC 32GB", "Osprey RTX 5090 Liquid 32GB", "Kite RTX 5090 Triple Fan"
	for title, id := range map[string]string{falcon: "1", merlin: "2", osprey: "3", kite: "4"} {
		l.item(title, "https://parts.example/p/N82E1681400000"+id)
	}
	l.at(36, watch.Initialized, "+"+osprey+"|2399.00 USD")
	l.at(27.7, watch.ItemsGone, "-"+osprey+"|2399.00 USD")
	l.at(22.3, watch.ItemsInStock, "+"+merlin+"|2149.00 USD", "+"+osprey+"|2349.00 USD")
	l.at(19.8, watch.ItemsSomeGone, "-"+merlin+"|2149.00 USD")
	l.at(16.1, watch.ItemsGone, "-"+osprey+"|2349.00 USD")
	l.at(9.4, watch.CheckFailed, "!the shop shows a robot check instead of the page")
	l.at(8.2, watch.CheckRecovered)
	l.at(4.6, watch.ItemsInStock, "+"+kite+"|2299.00 USD")
	l.at(2.2, watch.ItemsInStock, "+"+falcon+"|1999.99 USD", "+"+merlin+"|2199.00 USD")
	l.at(0.3, watch.ItemsSomeGone, "-"+kite+"|2299.00 USD")

	l = begin("board-computer")
	const board = "Berry Board 8GB"
	l.item(board, "https://berries.example/berry-board-8gb")
	l.at(60, watch.Initialized, "+"+board+"|76.80 GBP")
	l.at(21, watch.NoChange, "+"+board+"|79.00 GBP")
	l.at(11, watch.ItemsGone, "-"+board+"|79.00 GBP")
	l.at(6, watch.ItemsInStock, "+"+board+"|82.50 GBP")

	l = begin("desk-lamp")
	const lamp = "Kestrel 9 Desk Lamp"
	l.item(lamp, "https://lights.example/p/kestrel-9")
	l.at(33, watch.Initialized, "-"+lamp+"|59.90 USD")
	l.at(14, watch.NoChange, "-"+lamp+"|49.90 USD")
	l.at(0.14, watch.CheckFailed, "!the shop shows a robot check instead of the page")
	l.state.Health = watch.Health{
		FailingSince: l.when(0.15), Failures: 7, Kind: page.Blocked, Message: "the shop shows a robot check instead of the page", Blocks: 5, BackoffUntil: now.Add(17 * time.Minute), Told: true,
	}

	l = begin("film-camera")
	const camera = "Heron 35 Rangefinder, black"
	l.item(camera, "https://photo.example/heron-35")
	l.at(19, watch.Initialized, "-"+camera+"|1390.00 EUR")
	l.at(13.5, watch.NoChange, "-"+camera+"|1340.00 EUR")
	l.at(6.3, watch.NoChange, "-"+camera+"|1290.00 EUR")
	l.at(0.02, watch.ItemsInStock, "+"+camera+"|1290.00 EUR")
	l.state.Pending = append(l.state.Pending, watch.Entry{ID: "PENDING1", Channels: []string{"ntfy"}, LeaseUntil: now.Add(-time.Minute), Alert: watch.Alert{
		ID: "PENDING1", Checker: "film-camera", URL: "https://photo.example/heron-35", Status: watch.ItemsInStock, At: l.when(0.02), InStock: 1, Total: 1,
		Items: []watch.AlertItem{{Title: camera, Link: "https://photo.example/heron-35", Availability: checker.InStock, Price: price("1290.00 EUR"), Change: "in_stock"}},
	}})

	l = begin("keyboard")
	const keyboard = "Wren 65 Keyboard, quiet switches"
	l.item(keyboard, "https://keys.example/wren-65")
	l.at(9.5, watch.Initialized, "+"+keyboard+"|129.00 USD")
	l.at(5.2, watch.PriceDrop, "+"+keyboard+"|109.00 USD")
	l.at(1.4, watch.PriceDrop, "+"+keyboard+"|99.00 USD")

	l = begin("hiking-tent")
	const tent = "Zelt „Dohle 2“ für 2 Personen, 1,4 kg, tannengrün"
	l.item(tent, "https://draussen.example/zelt-dohle-2")
	l.at(45, watch.Initialized, "+"+tent+"|379.00 EUR")
	l.at(25, watch.NoChange, "+"+tent+"|329.00 EUR")
	l.at(20, watch.NoChange, "+"+tent+"|379.00 EUR")
	l.at(7.5, watch.ItemsGone, "-"+tent+"|379.00 EUR")

	l = begin("sneakers")
	const sneakers = "Swift Runner 42"
	l.item(sneakers, "https://shoes.example/p/swift-runner")
	l.at(12, watch.Initialized, "-"+sneakers)

	l = begin("e-reader")
	const reader = "Paperleaf 7"
	l.item(reader, "https://books.example/e-reader")
	l.at(50, watch.Initialized, "-"+reader+"|189.00 EUR")
	l.at(28, watch.ItemsInStock, "+"+reader+"|189.00 EUR")
	l.at(23, watch.ItemsGone, "-"+reader+"|189.00 EUR")
	return all
}

func (l *life) when(days float64) time.Time {
	return l.now.Add(-time.Duration(days * 24 * float64(time.Hour))).Truncate(time.Second)
}

func (l *life) item(title, link string) {
	l.state.Items[link] = watch.Item{Title: title, Link: link, Availability: checker.SoldOut}
}

// at lets something happen so many days ago: "+TITLE|PRICE" came, "-TITLE|PRICE" is not in
// stock, "!REASON".
func (l *life) at(days float64, status watch.Status, what ...string) {
	e := watch.Event{At: l.when(days), Status: status, Told: status != watch.NoChange && status != watch.ItemsSomeGone}
	if l.state.Initialized.IsZero() {
		l.state.Initialized = e.At
	}
	for _, text := range what {
		if reason, ok := strings.CutPrefix(text, "!"); ok {
			e.Kind, e.Reason = page.Blocked, reason
			continue
		}
		title, amount, _ := strings.Cut(text[1:], "|")
		it := watch.EventItem{Title: title, Price: price(amount), InStock: text[0] == '+'}
		l.set(it, e.At)
		if it.InStock || status != watch.Initialized { // INITIALIZED tells what is in stock
			e.Items = append(e.Items, it)
		}
	}
	slices.SortFunc(e.Items, func(a, b watch.EventItem) int { return strings.Compare(a.Title, b.Title) })
	l.state.Changes = append(l.state.Changes, e)
}

func (l *life) set(it watch.EventItem, at time.Time) {
	for key, item := range l.state.Items {
		if item.Title != it.Title {
			continue
		}
		if item.InStock != it.InStock || item.Since.IsZero() {
			item.Since = at
		}
		item.InStock, item.Price, item.Availability = it.InStock, it.Price, checker.SoldOut
		if it.InStock {
			item.Availability = checker.InStock
		}
		item.Told = watch.Told{InStock: it.InStock, Price: it.Price, At: at}
		l.state.Items[key] = item
	}
}

func price(text string) *checker.Price {
	amount, currency, ok := strings.Cut(text, " ")
	if !ok {
		return nil
	}
	return &checker.Price{Amount: decimal.RequireFromString(amount), Currency: currency}
}
