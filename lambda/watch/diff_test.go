package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// epoch is when all tests begin.
var epoch = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// aChecker is a checker with the built-in defaults.
func aChecker(change ...func(*checker.Checker)) *checker.Checker {
	c := &checker.Checker{
		Name: "lamps", URL: "https://shop.example/lamps", Every: time.Minute, Enabled: true, Condition: "new",
		CountAsInStock: map[checker.Availability]bool{checker.InStock: true, checker.Limited: true, checker.OnlineOnly: true, checker.InStoreOnly: true},
		AlertOn:        map[checker.AlertKind]bool{checker.AlertInStock: true, checker.AlertGone: true},
		AlarmFailures:  3, Pages: 1,
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func alertOn(kinds ...checker.AlertKind) func(*checker.Checker) {
	return func(c *checker.Checker) {
		c.AlertOn = map[checker.AlertKind]bool{}
		for _, k := range kinds {
			c.AlertOn[k] = true
		}
	}
}

func cooldown(d time.Duration) func(*checker.Checker) {
	return func(c *checker.Checker) { c.Cooldown = d }
}

func amount(s string) *checker.Price {
	value, code, _ := strings.Cut(s, " ")
	return &checker.Price{Amount: decimal.RequireFromString(value), Currency: code}
}

// pageItems reads a page in short: "A yes 10, B no, C ?" is three items with these
// titles, availabilities and prices. A title "A@x" has the link /x, "A#1" the
// sku 1.
func pageItems(short string) []page.Item {
	var list []page.Item
	for part := range strings.SplitSeq(short, ",") {
		fields := strings.Fields(part)
		if len(fields) == 0 {
			continue
		}
		title, sku, _ := strings.Cut(fields[0], "#")
		title, link, linked := strings.Cut(title, "@")
		if !linked && sku == "" {
			link = title
		}
		it := page.Item{SKU: sku, Title: "Lamp " + title}
		if link != "" {
			it.Link = "https://shop.example/" + link
		}
		it.Key = sku
		if sku == "" {
			it.Key = it.Link
		}
		it.Availability = map[string]checker.Availability{"yes": checker.InStock, "no": checker.SoldOut, "?": checker.Unknown}[fields[1]]
		if len(fields) > 2 {
			it.Price = amount(fields[2] + " USD")
		}
		list = append(list, it)
	}
	return list
}

func listing(c *checker.Checker, short string) reading {
	return reading{listing: true, items: merge(Judge(c, pageItems(short)))}
}

// short is a change in short: the status, in parentheses if it is not told, the
// items it is about, and after a bar what else is told. "-" is nothing to record,
// "NO_CHANGE" a recorded change that is no one's business.
func short(ch difference, c *checker.Checker, after *State) string {
	if ch.empty() {
		return "-"
	}
	if ch.status == NoChange {
		return "NO_CHANGE"
	}
	a := ch.alert(c, after)
	out := string(ch.status)
	for _, it := range a.Items {
		out += " " + strings.TrimPrefix(it.Title, "Lamp ")
		if it.WasPrice != nil {
			out += fmt.Sprintf(" %s->%s", it.WasPrice.Amount, it.Price.Amount)
		}
	}
	for i, it := range a.Others {
		if i == 0 {
			out += " |"
		}
		out += " " + strings.TrimPrefix(it.Title, "Lamp ") + " " + it.Change
	}
	if !ch.wanted {
		out = "(" + out + ")"
	}
	return out
}

type instant struct {
	minute int
	page   string
	want   string
}

func TestDiff(t *testing.T) {
	all := alertOn(checker.AlertInStock, checker.AlertGone, checker.AlertSomeGone, checker.AlertPriceDrop)
	for _, test := range []struct {
		name    string
		checker *checker.Checker
		moments []instant
	}{
		{"first check lists what is in stock", aChecker(), []instant{
			{0, "A yes, B no, C yes 5", "INITIALIZED A C"},
			{1, "A yes, B no, C yes 5", "-"},
		}},
		{"first check with nothing on the page", aChecker(), []instant{
			{0, "", "INITIALIZED"},
			{1, "", "-"},
			{2, "A yes", "ITEMS_IN_STOCK A"},
		}},
		{"newly in stock", aChecker(), []instant{
			{0, "A no, B yes", "INITIALIZED B"},
			{1, "A yes, B yes", "ITEMS_IN_STOCK A"},
		}},
		{"a new item in stock", aChecker(), []instant{
			{0, "A no", "INITIALIZED"},
			{1, "A no, B yes", "ITEMS_IN_STOCK B"},
		}},
		{"a new item sold out is no change, but recorded", aChecker(), []instant{
			{0, "A no", "INITIALIZED"},
			{1, "A no, B no", "NO_CHANGE"},
			{2, "A no, B no", "-"},
			{3, "A no, B yes", "ITEMS_IN_STOCK B"},
		}},
		{"in stock tells what is gone too", aChecker(), []instant{
			{0, "A yes, B no", "INITIALIZED A"},
			{1, "A no, B yes", "ITEMS_IN_STOCK B | A gone"},
		}},
		{"everything gone", aChecker(), []instant{
			{0, "A yes, B yes", "INITIALIZED A B"},
			{1, "A no, B no", "ITEMS_GONE A B"},
			{2, "A no, B no", "-"},
		}},
		{"no longer listed is gone", aChecker(), []instant{
			{0, "A yes, B no", "INITIALIZED A"},
			{1, "B no", "ITEMS_GONE A"},
			{2, "B no", "-"},
			{3, "A yes, B no", "ITEMS_IN_STOCK A"},
		}},
		{"a sold-out item that leaves the listing is no change", aChecker(), []instant{
			{0, "A yes, B no", "INITIALIZED A"},
			{1, "A yes", "-"},
			{2, "A yes, B no", "-"},
		}},
		{"some gone is recorded and not told, and told later", aChecker(), []instant{
			{0, "A yes, B yes", "INITIALIZED A B"},
			{1, "A no, B yes", "(ITEMS_SOME_GONE A)"},
			{2, "A no, B yes", "-"},
			{3, "A no, B no", "ITEMS_GONE B | A gone"},
			{4, "A yes, B no", "ITEMS_IN_STOCK A"},
			{5, "A yes, B yes", "ITEMS_IN_STOCK B"},
		}},
		{"a return after a silent going is newly in stock", aChecker(), []instant{
			{0, "A yes, B yes", "INITIALIZED A B"},
			{1, "A no, B yes", "(ITEMS_SOME_GONE A)"},
			{2, "A yes, B yes", "ITEMS_IN_STOCK A"},
		}},
		{"silently gone and no longer listed is named once", aChecker(), []instant{
			{0, "A yes, B yes", "INITIALIZED A B"},
			{1, "B yes", "(ITEMS_SOME_GONE A)"},
			{2, "B yes, C yes", "ITEMS_IN_STOCK C | A gone"},
			{3, "B yes, C yes, D yes", "ITEMS_IN_STOCK D"},
		}},
		{"some gone, where it is wanted", aChecker(all), []instant{
			{0, "A yes, B yes", "INITIALIZED A B"},
			{1, "A no, B yes", "ITEMS_SOME_GONE A"},
			{2, "A no, B no", "ITEMS_GONE B"},
		}},
		{"price drop, where it is wanted", aChecker(all), []instant{
			{0, "A yes 100", "INITIALIZED A"},
			{1, "A yes 90", "PRICE_DROP A 100->90"},
			{2, "A yes 120", "NO_CHANGE"},
			{3, "A yes 95", "NO_CHANGE"}, // less than it was, not than was told
			{4, "A yes 89.99", "PRICE_DROP A 90->89.99"},
		}},
		{"price drop, where it is not wanted", aChecker(), []instant{
			{0, "A yes 100", "INITIALIZED A"},
			{1, "A yes 90", "(PRICE_DROP A 100->90)"},
			{2, "A yes 90", "-"},
		}},
		{"a price drop beside something in stock", aChecker(all), []instant{
			{0, "A yes 100, B no", "INITIALIZED A"},
			{1, "A yes 90, B yes 5", "ITEMS_IN_STOCK B | A price_drop"},
			{2, "A yes 90, B yes 5", "-"},
		}},
		{"back in stock at a lower price is no drop", aChecker(all), []instant{
			{0, "A yes 100", "INITIALIZED A"},
			{1, "A no", "ITEMS_GONE A"},
			{2, "A yes 50", "ITEMS_IN_STOCK A"},
			{3, "A yes 40", "PRICE_DROP A 50->40"},
		}},
		{"the first price that is read is what a drop is measured by", aChecker(all), []instant{
			{0, "A yes", "INITIALIZED A"},
			{1, "A yes 100", "NO_CHANGE"},
			{2, "A yes", "-"}, // an unread price changes nothing
			{3, "A yes 80", "PRICE_DROP A 100->80"},
		}},
		{"unknown keeps what it had", aChecker(), []instant{
			{0, "A yes 10, B no", "INITIALIZED A"},
			{1, "A ?, B no", "-"},
			{2, "A ?, B yes", "ITEMS_IN_STOCK B"},
			{3, "A ?, B no", "(ITEMS_SOME_GONE B)"}, // A is still in stock, as told
			{4, "A yes 10, B no", "-"},
			{5, "A ?, B no, C ?", "-"},
			{6, "A no, B no, C no", "ITEMS_GONE A | B gone"},
		}},
		{"in stock not wanted, gone wanted", aChecker(alertOn(checker.AlertGone)), []instant{
			{0, "A no, B no", "INITIALIZED"},
			{1, "A yes, B no", "(ITEMS_IN_STOCK A)"},
			{2, "A no, B yes", "(ITEMS_IN_STOCK B | A gone)"},
			{3, "A no, B no", "ITEMS_GONE B | A gone"},
		}},
		{"the first that is wanted of those that apply", aChecker(alertOn(checker.AlertSomeGone)), []instant{
			{0, "A yes, B no", "INITIALIZED A"},
			{1, "A no, B yes", "ITEMS_SOME_GONE A | B in_stock"},
		}},
		{"nothing wanted", aChecker(alertOn()), []instant{
			{0, "A no", "INITIALIZED"},
			{1, "A yes 10", "(ITEMS_IN_STOCK A)"},
			{2, "A yes 9", "(PRICE_DROP A 10->9)"},
			{3, "A no", "(ITEMS_GONE A)"},
		}},
		{"cooldown keeps back what changes again", aChecker(cooldown(30 * time.Minute)), []instant{
			{0, "A no", "INITIALIZED"},
			{1, "A yes", "ITEMS_IN_STOCK A"}, // not told before: no cooldown
			{2, "A no", "NO_CHANGE"},
			{3, "A yes", "NO_CHANGE"},
			{4, "A no", "NO_CHANGE"},
			{30, "A no", "-"},
			{31, "A no", "ITEMS_GONE A"},
		}},
		{"after the cooldown the truth is as told", aChecker(cooldown(30 * time.Minute)), []instant{
			{0, "A no", "INITIALIZED"},
			{1, "A yes", "ITEMS_IN_STOCK A"},
			{2, "A no", "NO_CHANGE"},
			{31, "A yes", "NO_CHANGE"},
			{32, "A no", "ITEMS_GONE A"},
		}},
		{"cooldown is of an item, not of the checker", aChecker(cooldown(30 * time.Minute)), []instant{
			{0, "A yes, B no", "INITIALIZED A"},
			{1, "A no, B no", "NO_CHANGE"},
			{2, "A no, B yes", "ITEMS_IN_STOCK B"},
			{30, "A no, B yes", "(ITEMS_SOME_GONE A)"},
			{32, "A no, B no", "ITEMS_GONE B | A gone"},
		}},
		{"cooldown keeps a price drop back", aChecker(all, cooldown(10*time.Minute)), []instant{
			{0, "A yes 100", "INITIALIZED A"},
			{1, "A yes 90", "NO_CHANGE"},
			{9, "A yes 80", "NO_CHANGE"},
			{10, "A yes 85", "PRICE_DROP A 100->85"},
		}},
		{"an item told silently has no cooldown", aChecker(cooldown(10 * time.Minute)), []instant{
			{0, "A yes, B yes", "INITIALIZED A B"},
			{20, "A no, B yes", "(ITEMS_SOME_GONE A)"},
			{21, "A yes, B yes", "ITEMS_IN_STOCK A"},
		}},
		{"an unlisted item in its cooldown is told gone after it", aChecker(cooldown(10 * time.Minute)), []instant{
			{0, "A yes", "INITIALIZED A"},
			{1, "", "NO_CHANGE"},
			{5, "", "-"},
			{10, "", "ITEMS_GONE A"},
		}},
		{"cooldown with a clock that had been far ahead", aChecker(cooldown(30 * time.Minute)), []instant{
			{0, "A no", "INITIALIZED"},
			{1000, "A yes", "ITEMS_IN_STOCK A"},
			{2, "A no", "ITEMS_GONE A"},
		}},
		{"retitled and re-linked items are not new", aChecker(), []instant{
			{0, "A@a#1 yes, B@b yes, C@c yes", "INITIALIZED A B C"},
			{1, "A2@a2#1 yes, B2@b yes, C@c2 yes", "NO_CHANGE"},
			{2, "A2@a2#1 yes, B2@b yes, C@c2 yes", "-"},
			{3, "A2@a2#1 no, B2@b no, C@c2 no", "ITEMS_GONE A2 B2 C"},
		}},
		{"a title that two items have tells nothing", aChecker(), []instant{
			{0, "A@1 no, A@2 no", "INITIALIZED"},
			{1, "A@3 yes, A@4 no", "ITEMS_IN_STOCK A"},
		}},
		{"a swap of links keeps the items apart by sku", aChecker(), []instant{
			{0, "A@x#1 yes, B@y#2 no", "INITIALIZED A"},
			{1, "A@y#1 yes, B@x#2 no", "NO_CHANGE"},
			{2, "A@y#1 no, B@x#2 yes", "ITEMS_IN_STOCK B | A gone"},
		}},
		{"an item that may be one that cannot be read is not gone", aChecker(), []instant{
			{0, "A@1 yes, A@2 yes", "INITIALIZED A A"},
			{1, "A@3 ?, A@4 no", "NO_CHANGE"}, // which is which?
			{2, "A@4 no", "ITEMS_GONE A A"},
		}},
		{"shown twice with answers that differ is unknown", aChecker(), []instant{
			{0, "A yes", "INITIALIZED A"},
			{1, "A yes, A no", "-"},
			{2, "A no, A no", "ITEMS_GONE A"},
			{3, "A ?, A yes", "ITEMS_IN_STOCK A"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newState()
			for _, m := range test.moments {
				now := epoch.Add(time.Duration(m.minute) * time.Minute)
				ch := diff(s, listing(test.checker, m.page), test.checker, now)
				after := apply(s, ch)
				if got := short(ch, test.checker, after); got != m.want {
					t.Fatalf("minute %d, page %q:\n got %s\nwant %s", m.minute, m.page, got, m.want)
				}
				if !ch.empty() {
					s = after
				}
			}
		})
	}
}

// The product page has one item, and the reader has made sure which.
func TestDiffProductPage(t *testing.T) {
	c := aChecker()
	s := newState()
	for _, m := range []instant{
		{0, "A@a#1 yes 10", "INITIALIZED A"},
		{1, "B@b#2 yes 10", "NO_CHANGE"},
		{2, "C@c no", "ITEMS_GONE C"},
		{3, "", "-"},
	} {
		r := listing(c, m.page)
		r.listing = false
		ch := diff(s, r, c, epoch.Add(time.Duration(m.minute)*time.Minute))
		after := apply(s, ch)
		if got := short(ch, c, after); got != m.want {
			t.Fatalf("minute %d: got %s, want %s", m.minute, got, m.want)
		}
		if s = after; m.page != "" && len(s.Items) != 1 {
			t.Fatalf("minute %d: %d items in the state", m.minute, len(s.Items))
		}
	}
}

func TestForgottenItems(t *testing.T) {
	c := aChecker(cooldown(time.Hour))
	at := func(d time.Duration, s *State, page string) *State {
		return apply(s, diff(s, listing(c, page), c, epoch.Add(d)))
	}
	keys := func(s *State) string {
		var titles []string
		for _, it := range s.Items {
			titles = append(titles, strings.TrimPrefix(it.Title, "Lamp "))
		}
		slices.Sort(titles)
		return strings.Join(titles, " ")
	}
	s := at(0, newState(), "A yes, B no, C yes")
	for _, step := range []struct {
		at   time.Duration
		page string
		want string
	}{
		{time.Minute, "A yes, C yes", "A C"},                  // B was never in stock
		{2 * time.Minute, "C yes", "A C"},                     // kept back by its cooldown
		{time.Hour, "C yes", "A C"},                           // told silently: a message may still name it
		{time.Hour + silentMemory, "C yes", "A C"},            //
		{time.Hour + silentMemory + 1e9, "C yes", "C"},        // not for ever
		{26*time.Hour + 30*time.Minute, "", "C"},              // told gone
		{27*time.Hour + 29*time.Minute, "", "C"},              // in its cooldown
		{27*time.Hour + 30*time.Minute, "D no", "D"},          // over
		{28 * time.Hour, "D no, D@x#9 no, D@y#8 no", "D D D"}, // one title, three items
	} {
		s = at(step.at, s, step.page)
		if got := keys(s); got != step.want {
			t.Fatalf("at %v: items %q, want %q", step.at, got, step.want)
		}
	}
}

func TestAlertOfChange(t *testing.T) {
	c := aChecker(func(c *checker.Checker) { c.MaxPrice = amount("100 EUR") })
	s := apply(newState(), diff(newState(), listing(c, "A no, B yes 5"), c, epoch))
	quantity := 2
	page := pageItems("A yes 49.90")
	page[0].Seller, page[0].Quantity = "Example  Shop", &quantity
	ch := diff(s, reading{listing: true, items: merge(Judge(c, page))}, c, epoch.Add(time.Minute+300*time.Millisecond))
	got := ch.alert(c, apply(s, ch))
	want := Alert{
		Checker: "lamps", URL: "https://shop.example/lamps", Status: ItemsInStock, At: epoch.Add(time.Minute), InStock: 1, Total: 1,
		Items: []AlertItem{{
			Key: "https://shop.example/A", Title: "Lamp A", Link: "https://shop.example/A", Availability: checker.InStock, Price: amount("49.90 USD"), Seller: "Example Shop",
			Quantity: &quantity, Change: "in_stock", Notes: []string{"price in USD, not compared"},
		}},
		Others: []AlertItem{{Key: "https://shop.example/B", Title: "Lamp B", Link: "https://shop.example/B", Availability: checker.Unknown, Change: "gone", Notes: []string{"no longer listed"}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Properties, for any page after any other.

func anyPage() *rapid.Generator[page.Page] {
	return rapid.Custom(func(t *rapid.T) page.Page {
		var list []page.Item
		for range rapid.IntRange(0, 5).Draw(t, "count") {
			it := page.Item{
				SKU:          rapid.SampledFrom([]string{"", "", "1", "2", "3"}).Draw(t, "sku"),
				Link:         rapid.SampledFrom([]string{"", "https://shop.example/a", "https://shop.example/b?utm_source=x", "https://shop.example/c"}).Draw(t, "link"),
				Title:        rapid.SampledFrom([]string{"Lamp A", "lamp a", "Lamp B", "Lamp C", ""}).Draw(t, "title"),
				Availability: rapid.SampledFrom([]checker.Availability{checker.InStock, checker.Limited, checker.SoldOut, checker.PreOrder, checker.Unknown}).Draw(t, "availability"),
			}
			it.Key = it.SKU
			if it.Key == "" {
				it.Key = it.Link
			}
			if it.Key == "" {
				it.Key = it.Title
			}
			if price := rapid.IntRange(0, 4).Draw(t, "price"); price > 0 {
				it.Price = amount(fmt.Sprint(price, " ", rapid.SampledFrom([]string{"USD", "EUR", ""}).Draw(t, "currency")))
			}
			list = append(list, it)
		}
		return page.Page{Listing: rapid.Bool().Draw(t, "listing"), Items: list}
	})
}

func readingOf(c *checker.Checker, p page.Page) reading {
	return reading{listing: p.Listing, items: merge(Judge(c, p.Items))}
}

func anyChecker() *rapid.Generator[*checker.Checker] {
	return rapid.Custom(func(t *rapid.T) *checker.Checker {
		kinds := rapid.SliceOf(rapid.SampledFrom([]checker.AlertKind{checker.AlertInStock, checker.AlertGone, checker.AlertSomeGone, checker.AlertPriceDrop})).Draw(t, "alertOn")
		return aChecker(alertOn(kinds...), cooldown(time.Duration(rapid.SampledFrom([]int{0, 0, 5, 60}).Draw(t, "cooldown"))*time.Minute))
	})
}

// history draws a state that some checks led to, and the time of the last.
func history(t *rapid.T, c *checker.Checker) (*State, time.Time) {
	s, now := newState(), epoch
	for range rapid.IntRange(0, 4).Draw(t, "checks") {
		now = now.Add(time.Duration(rapid.IntRange(0, 10).Draw(t, "minutes")) * time.Minute)
		s = apply(s, diff(s, readingOf(c, anyPage().Draw(t, "page")), c, now))
	}
	return s, now.Add(time.Duration(rapid.IntRange(0, 10).Draw(t, "minutes")) * time.Minute)
}

func bytesOf(t *rapid.T, s *State) string {
	data, err := s.encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDiffProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChecker().Draw(t, "checker")
		s, now := history(t, c)
		p := anyPage().Draw(t, "page")
		r := readingOf(c, p)

		before := bytesOf(t, s)
		ch := diff(s, r, c, now)
		after := apply(s, ch)
		if bytesOf(t, s) != before {
			t.Fatal("diff or apply changed the state that it was given")
		}
		if again := diff(after, r, c, now); !again.empty() {
			t.Fatalf("after applying %s there is still %s:\n%s%s%s", short(ch, c, after), short(again, c, apply(after, again)), before, bytesOf(t, after), bytesOf(t, apply(after, again)))
		}

		p.Items = rapid.Permutation(p.Items).Draw(t, "order")
		other := diff(s, readingOf(c, p), c, now)
		if got, want := bytesOf(t, apply(s, other)), bytesOf(t, after); got != want {
			t.Fatalf("another order of the page gives another state:\n%s%s", want, got)
		}
		if got, want := short(other, c, after), short(ch, c, after); got != want {
			t.Fatalf("another order of the page gives another change: %s, %s", want, got)
		}

		for _, st := range ch.steps {
			told := st.item.Told
			if c.Cooldown == 0 && told.InStock != st.item.InStock {
				t.Fatalf("without a cooldown %q is not told as it is", st.item.Title)
			}
		}
		data := bytesOf(t, after)
		decoded, err := Decode([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		if got := bytesOf(t, decoded); got != data {
			t.Fatalf("state does not survive its encoding:\n%s%s", data, got)
		}
	})
}
