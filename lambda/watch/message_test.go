package watch

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

var updateMessages = flag.Bool("update", false, "write the golden files anew")

var readAt = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

func price(amount, currency string) *checker.Price {
	return &checker.Price{Amount: decimal.RequireFromString(amount), Currency: currency}
}

func ptr[T any](v T) *T { return &v }

func lamp() AlertItem {
	return AlertItem{
		Title: "Kestrel 9 Desk Lamp", Link: "https://www.shop.example/p/kestrel-9",
		Availability: checker.InStock, Price: price("49.9", "USD"),
	}
}

// messageAlerts are one alert for each golden file.
func messageAlerts() map[string]Alert {
	alert := func(status Status, items ...AlertItem) Alert {
		return Alert{
			Checker: "lamp", URL: "https://www.shop.example/p/kestrel-9", Status: status, At: readAt,
			Items: items, InStock: len(items), Total: 5,
		}
	}
	failed := func(kind page.Kind, reason string) Alert {
		a := alert(CheckFailed)
		a.Kind, a.Reason, a.Failures, a.Since = string(kind), reason, 3, ptr(readAt.Add(-2*time.Minute))
		return a
	}
	full := lamp()
	full.Seller, full.Quantity = "Lamps & More", ptr(3)
	heron := AlertItem{
		Title: "Heron Lampe “Épervier”\n  édition limitée", Link: "https://www.shop.example/p/heron?colour=é",
		Availability: checker.Limited, Notes: []string{"price unknown", "seller unknown"},
	}
	wren := AlertItem{
		Title: "Лампа Wren", Link: "https://www.shop.example/p/wren", Availability: checker.PreOrder,
		Price: price("1299", "CZK"), Seller: "Wren", Quantity: ptr(12),
	}
	goneLamp := lamp()
	goneLamp.Availability = checker.SoldOut
	cheapLamp := lamp()
	cheapLamp.Price, cheapLamp.WasPrice = price("39.9", "USD"), price("49.9", "USD")

	all := map[string]Alert{
		"initialized-none":     alert(Initialized),
		"initialized-one":      alert(Initialized, full),
		"initialized-several":  alert(Initialized, full, heron, wren),
		"in-stock-one":         alert(ItemsInStock, full),
		"in-stock-notes":       alert(ItemsInStock, heron),
		"in-stock-several":     alert(ItemsInStock, full, heron, wren),
		"gone-one":             alert(ItemsGone, goneLamp),
		"gone-several":         alert(ItemsGone, goneLamp, heron),
		"some-gone":            alert(ItemsSomeGone, goneLamp),
		"price-drop-one":       alert(PriceDrop, cheapLamp),
		"price-drop-several":   alert(PriceDrop, cheapLamp, wren),
		"recovered":            alert(CheckRecovered),
		"failed-network":       failed(page.Network, "fetch lamp: shop.example not found"),
		"failed-http":          failed(page.HTTP, "status 503"),
		"failed-blocked":       failed(page.Blocked, "the shop shows a captcha instead of the page"),
		"failed-queue":         failed(page.Queue, "the shop has put a waiting room before the page"),
		"failed-moved":         failed(page.Moved, "redirected to https://www.shop.example/lamps"),
		"failed-sku":           failed(page.SKU, "the page shows K8, not K9"),
		"failed-layout":        failed(page.Layout, "no price where newegg has it"),
		"failed-unsupported":   failed(page.Unsupported, "the page is application/pdf"),
		"failed-too-large":     failed(page.TooLarge, "the page is larger than 8 MiB"),
		"failed-unknown":       failed(page.Unsure, "nothing on the page speaks of stock"),
		"failed-unknown-bare":  {Checker: "lamp", Status: CheckFailed, At: readAt},
		"in-stock-also-change": alert(ItemsInStock, full),
	}
	for name, items := range map[string][]AlertItem{"restarted-none": nil, "restarted-one": {full}, "restarted-several": {full, heron}} {
		a := alert(Initialized, items...)
		a.Reason = "its state could not be read (not a readable state: unexpected end of JSON input); it was kept as state/lamp.json.corrupt-20260314T092653.589Z"
		all[name] = a
	}
	for name, late := range map[string]Late{
		"late":     {Messages: 4, Since: readAt.Add(-5 * time.Hour)},
		"late-cut": {Messages: 1, Since: readAt, More: 12},
	} {
		a := alert(ItemsInStock, full)
		a.Late = &late
		all[name] = a
	}
	for name, a := range all {
		switch a.Status {
		case ItemsGone:
			a.InStock = 0
		case ItemsSomeGone:
			a.InStock = 2
		case CheckRecovered:
			a.Since = ptr(readAt.Add(-125 * time.Minute))
			a.InStock = 1
		}
		if name == "in-stock-also-change" {
			gone, dropped, came := wren, cheapLamp, heron
			gone.Change, dropped.Change, came.Change = "gone", "price_drop", "in_stock"
			a.Others = []AlertItem{gone, dropped, came}
		}
		all[name] = a
	}
	return all
}

func TestMessageGoldens(t *testing.T) {
	alerts := messageAlerts()
	for name, a := range alerts {
		t.Run(name, func(t *testing.T) {
			m := NewMessage(a)
			got := fmt.Sprintf("Headline: %s\nSubject: %s\nSMS: %s\n\n%s", m.Headline, m.Subject, m.SMS, m.Body)
			file := filepath.Join("testdata", "messages", name+".txt")
			if *updateMessages {
				if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("message differs from %s (-want +got):\n%s", file, diff)
			}
		})
	}
	files, err := filepath.Glob(filepath.Join("testdata", "messages", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, ok := alerts[strings.TrimSuffix(filepath.Base(file), ".txt")]; !ok {
			t.Errorf("%s belongs to no alert", file)
		}
	}
}

func TestEveryKindHasWords(t *testing.T) {
	for _, kind := range []page.Kind{page.Network, page.HTTP, page.Blocked, page.Queue, page.Moved, page.SKU,
		page.Layout, page.Unsupported, page.TooLarge, page.Unsure} {
		if f := failures[kind]; f.what == "" || f.advice == "" {
			t.Errorf("kind %s has no words", kind)
		}
	}
}

func TestSubjectAndSMS(t *testing.T) {
	const link = "https://shop.example/p/kestrel-9"
	stock := func(title, link string, p *checker.Price, notes ...string) Alert {
		return Alert{Checker: "lamp", URL: "https://shop.example/", Status: ItemsInStock,
			Items: []AlertItem{{Title: title, Link: link, Availability: checker.InStock, Price: p, Notes: notes}}}
	}
	long := strings.Repeat("Kestrel 9 Desk Lamp ", 10)
	ref := "https://shop.example/p/kestrel-9?ref=" + strings.Repeat("a~b_", 10)
	for _, test := range []struct {
		name         string
		a            Alert
		subject, sms string
	}{
		{"plain", stock("Kestrel 9 Desk Lamp", link, price("49.90", "USD")),
			"Kestrel 9 Desk Lamp in stock at $49.90",
			"Kestrel 9 Desk Lamp in stock at $49.90 " + link},
		{"euro", stock("Lampe Épervier", link, price("49.90", "EUR")),
			"Lampe Epervier in stock at EUR 49.90",
			"Lampe Épervier in stock at €49.90 " + link},
		{"other currency", stock("Lampa", link, price("1299", "CZK")),
			"Lampa in stock at 1299.00 CZK",
			"Lampa in stock at 1299.00 CZK " + link},
		{"no price", stock("Lampe", link, nil, "price unknown"),
			"Lampe in stock (price unknown)",
			"Lampe in stock (price unknown) " + link},
		{"absurd price", stock("Lampe", link, &checker.Price{Amount: decimal.New(1, 1_000_000), Currency: "USD"}),
			"Lampe in stock", "Lampe in stock " + link},
		{"title shortened first", stock(long, link, price("49.90", "USD")),
			"Kestrel 9 Desk Lamp Kestrel 9 Desk Lamp Kestrel 9 Desk Lamp Kestrel 9 Desk La... in stock at $49.90",
			"Kestrel 9 Desk Lamp Kestrel 9 Desk Lamp Kestrel 9 Desk Lamp Kestrel 9 Desk Lamp Kestrel 9 Desk Lamp Kestr... in stock at $49.90 " + link},
		{"signs of two septets in the link", stock(long, ref, price("49.90", "USD")),
			"Kestrel 9 Desk Lamp Kestrel 9 Desk Lamp Kestrel 9 Desk Lamp Kestrel 9 Desk La... in stock at $49.90",
			"Kestrel 9 Desk Lamp Kestrel 9 Desk Lamp Kestrel 9... in stock at $49.90 " + ref},
		{"link without room", stock("Kestrel 9", "https://shop.example/"+strings.Repeat("x", 130), price("49.90", "USD")),
			"Kestrel 9 in stock at $49.90", "Kestrel 9 in stock at $49.90"},
		{"CJK title", stock("ランプ！", link, price("5000", "JPY")),
			"lamp in stock at 5000 JPY", "lamp in stock at 5000 JPY " + link},
		{"begins with an emoji", stock("🔥 Lampe", link, nil), "Lampe in stock", "Lampe in stock " + link},
		{"begins with a symbol", stock("$10 gift card", link, nil),
			"lamp: $10 gift card in stock", "$10 gift card in stock " + link},
		{"begins with punctuation", stock("(New) Lamp", link, nil), "(New) Lamp in stock", "(New) Lamp in stock " + link},
		{"no title", stock("", link, nil), "lamp in stock", "lamp in stock " + link},
		{"international link", stock("Lampe", "https://bücher.example/größe?a=`b c", nil),
			"Lampe in stock", "Lampe in stock https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe?a=%60b%20c"},
		{"script for a link", stock("Lampe", "javascript:alert(1)", nil),
			"Lampe in stock", "Lampe in stock https://shop.example/"},
		{"nothing at all", Alert{}, "stockcheck:", "stockcheck:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := NewMessage(test.a)
			if m.Subject != test.subject {
				t.Errorf("Subject\n got %q\nwant %q", m.Subject, test.subject)
			}
			if m.SMS != test.sms {
				t.Errorf("SMS\n got %q\nwant %q", m.SMS, test.sms)
			}
			if got := test.a.Subject(); got != m.Subject {
				t.Errorf("Alert.Subject() = %q, Message.Subject = %q", got, m.Subject)
			}
		})
	}
}

func TestBodyBeginsWithLink(t *testing.T) {
	for name, a := range messageAlerts() {
		switch a.Status {
		case ItemsInStock, ItemsGone, ItemsSomeGone, PriceDrop:
			first, _, _ := strings.Cut(NewMessage(a).Body, "\n")
			if first != a.Items[0].Link {
				t.Errorf("%s: body begins with %q, want the link %q", name, first, a.Items[0].Link)
			}
		}
	}
}

func TestBodyLimit(t *testing.T) {
	a := Alert{Checker: "lamps", URL: "https://shop.example/lamps", Status: ItemsInStock, At: readAt, InStock: 100, Total: 100}
	for i := range 100 {
		a.Items = append(a.Items, AlertItem{Title: fmt.Sprintf("Lampe %d é", i), Link: fmt.Sprintf("https://shop.example/p/%d", i)})
	}
	a.Others = []AlertItem{{Title: "Old lamp", Change: "gone"}}
	m := NewMessage(a)
	whole := m.Body
	if strings.Contains(whole, " more\n") || !strings.Contains(whole, "Lampe 99 é") || !strings.Contains(whole, "Old lamp") {
		t.Errorf("Body is not whole:\n%s", whole)
	}
	if got := m.BodyWithin(len(whole) + 100); got != whole {
		t.Errorf("Body with room to spare is not whole:\n%s", got)
	}
	for limit := 1; limit <= len(whole)+100; limit += 7 {
		got := m.BodyWithin(limit)
		if len(got) > limit || !utf8.ValidString(got) {
			t.Fatalf("BodyWithin(%d) has %d bytes, valid UTF-8 %t", limit, len(got), utf8.ValidString(got))
		}
		if limit < 300 {
			continue
		}
		told := strings.Count(got, "- Lampe ")
		if told < 100 && !strings.Contains(got, fmt.Sprintf("\nand %d more\n", 100-told)) {
			t.Fatalf("BodyWithin(%d) tells %d of 100 items and does not say how many more:\n%s", limit, told, got)
		}
		if strings.Count(got, "  https://shop.example/p/") != told || !strings.HasPrefix(got, "https://shop.example/p/0\n") ||
			!strings.HasSuffix(got, m.foot) {
			t.Fatalf("BodyWithin(%d) cuts inside an item:\n%s", limit, got)
		}
	}
}

// TestNotifyCases runs the messages of the fault corpus.
func TestNotifyCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "cases", "testdata", "*", "notify.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases found: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var in struct{ Name, Event, URL string }
			if err := json.Unmarshal(data, &in); err != nil {
				t.Fatal(err)
			}
			a := Alert{Checker: "case", URL: "https://shop.example/", Status: ItemsInStock,
				Items: []AlertItem{{Title: in.Name, Link: in.URL, Availability: checker.InStock, Price: price("49.90", "EUR")}}}
			m := NewMessage(a)
			for _, problem := range problems(m) {
				t.Error(problem)
			}
			if in.URL != "" && !strings.Contains(m.SMS, in.URL) {
				t.Errorf("SMS %q is without the link %s", m.SMS, in.URL)
			}
			if title := strings.Join(strings.Fields(in.Name), " "); !strings.Contains(m.Body, title) {
				t.Errorf("the body does not keep the title %q:\n%s", title, m.Body)
			}
		})
	}
}

// problems lists the limits that a message breaks.
func problems(m Message) []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if n := len(m.Subject); n < 1 || n > 99 {
		bad("subject of %d bytes: %q", n, m.Subject)
	}
	if strings.ContainsFunc(m.Subject, func(r rune) bool { return r < ' ' || r > '~' }) {
		bad("subject with more than printable ASCII: %q", m.Subject)
	}
	if r, _ := utf8.DecodeRuneInString(m.Subject); !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsPunct(r) {
		bad("subject begins with %q: %q", r, m.Subject)
	}
	n := 0
	for _, r := range m.SMS {
		switch {
		case r == '\n' || r == '\r' || r == '\f' || r == '\x1b':
			bad("SMS of several lines: %q", m.SMS)
		case slices.Contains(gsmBasic, r):
			n++
		case strings.ContainsRune(gsmExtension, r):
			n += 2
		default:
			bad("SMS with %q, which is not in GSM-7: %q", r, m.SMS)
		}
	}
	if n < 1 || n > 160 {
		bad("SMS of %d septets: %q", n, m.SMS)
	}
	for name, text := range map[string]string{"headline": m.Headline, "body": m.Body} {
		if !utf8.ValidString(text) {
			bad("%s is not UTF-8: %q", name, text)
		}
		if name == "body" {
			text = strings.ReplaceAll(text, "\n", "")
		}
		if strings.ContainsFunc(text, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
		}) {
			bad("%s with control characters: %q", name, text)
		}
	}
	if m.Headline == "" {
		bad("no headline")
	}
	return out
}

// hostileText is text of all sorts, much of it of the kinds that break things.
func hostileText() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"\u202e", "\n", "\x00", "\xff", "🔥", "€", "~", "|", "{", "ﷺ", "e\u0301", "\u2028", "$", "…", " ", "Lampe", "索", "Щ"}),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.IntRange(0, 400), func(n int) string { return strings.Repeat("ä~", n) }),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 5), func(p []string) string { return strings.Join(p, "") })
}

func hostileAlert() *rapid.Generator[Alert] {
	text := hostileText()
	link := rapid.OneOf(text, rapid.Map(text, func(s string) string { return "https://shop.example/" + s }),
		rapid.Map(text, func(s string) string { return "https://" + s + "/p" }))
	item := rapid.Custom(func(t *rapid.T) AlertItem {
		item := AlertItem{
			Title: text.Draw(t, "title"), Link: link.Draw(t, "link"), Seller: text.Draw(t, "seller"),
			Availability: checker.Availability(rapid.SampledFrom([]string{"in_stock", "limited", "preorder", "sold_out", ""}).Draw(t, "availability")),
			Notes:        rapid.SliceOfN(text, 0, 2).Draw(t, "notes"), Change: rapid.SampledFrom([]string{"", "gone", "price_drop"}).Draw(t, "change"),
		}
		if rapid.Bool().Draw(t, "priced") {
			amount := decimal.New(rapid.Int64().Draw(t, "amount"), rapid.Int32Range(-40, 40).Draw(t, "exponent"))
			item.Price = &checker.Price{Amount: amount, Currency: rapid.SampledFrom([]string{"", "USD", "EUR", "JPY", "???\n"}).Draw(t, "currency")}
			item.WasPrice = item.Price
		}
		return item
	})
	return rapid.Custom(func(t *rapid.T) Alert {
		return Alert{
			Checker: text.Draw(t, "checker"), URL: link.Draw(t, "url"), At: readAt,
			Status: rapid.SampledFrom([]Status{Initialized, ItemsInStock, ItemsGone, ItemsSomeGone, PriceDrop, CheckFailed, CheckRecovered, NoChange, ""}).Draw(t, "status"),
			Items:  rapid.SliceOfN(item, 0, 4).Draw(t, "items"), Others: rapid.SliceOfN(item, 0, 2).Draw(t, "others"),
			Reason: text.Draw(t, "reason"), Kind: rapid.SampledFrom([]string{"", "blocked", "layout", "x"}).Draw(t, "kind"),
			Failures: rapid.IntRange(-1, 10).Draw(t, "failures"), InStock: rapid.IntRange(0, 9).Draw(t, "in stock"), Total: rapid.IntRange(0, 9).Draw(t, "total"),
		}
	})
}

func TestMessageLimitsAlwaysHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := NewMessage(hostileAlert().Draw(t, "alert"))
		if p := problems(m); len(p) > 0 {
			t.Fatal(strings.Join(p, "\n"))
		}
		limit := rapid.IntRange(1, 5000).Draw(t, "limit")
		if body := m.BodyWithin(limit); len(body) > limit || !utf8.ValidString(body) {
			t.Fatalf("BodyWithin(%d) has %d bytes", limit, len(body))
		}
	})
}

// TestSMSLinkWholeOrAbsent draws links that stay as they are in a text message.
func TestSMSLinkWholeOrAbsent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		link := "https://shop.example/" + rapid.StringMatching(`[a-z0-9~_/?=&-]{0,150}`).Draw(t, "path")
		a := Alert{Checker: "lamp", URL: link, Status: ItemsInStock, Items: []AlertItem{{Title: hostileText().Draw(t, "title"), Link: link}}}
		sms := NewMessage(a).SMS
		if strings.Contains(sms, "https:") && !strings.HasSuffix(sms, " "+link) {
			t.Fatalf("SMS %q has a part of the link %s", sms, link)
		}
		if septets(link) <= 130 && !strings.HasSuffix(sms, " "+link) {
			t.Fatalf("SMS %q is without the link %s, which has room", sms, link)
		}
	})
}

func FuzzMessage(f *testing.F) {
	f.Add("Kestrel 9\n  Desk Lamp\t(2024)", "https://shop.example/p/kestrel-9", "Lamps", "lamp", uint8(0))
	f.Add("Lampe “Épervier” 49,90 € 🔥", "https://bücher.example/größe?a=~`{", "\u202e", "", uint8(5))
	f.Add(strings.Repeat("ü", 300), "https://shop.example/"+strings.Repeat("~", 90), "", "lamp", uint8(1))
	statuses := []Status{ItemsInStock, Initialized, ItemsGone, ItemsSomeGone, PriceDrop, CheckFailed, CheckRecovered}
	f.Fuzz(func(t *testing.T, title, link, seller, name string, status uint8) {
		item := AlertItem{Title: title, Link: link, Seller: seller, Notes: []string{seller}}
		m := NewMessage(Alert{Checker: name, URL: link, Status: statuses[int(status)%len(statuses)], At: readAt,
			Items: []AlertItem{item, item}[:1+int(status)/128], Reason: seller, Kind: name})
		for _, problem := range problems(m) {
			t.Error(problem)
		}
		if body := m.BodyWithin(500); len(body) > 500 {
			t.Errorf("BodyWithin(500) has %d bytes", len(body))
		}
	})
}

func BenchmarkMessage(b *testing.B) {
	a := Alert{Checker: "lamps", URL: "https://shop.example/lamps", Status: ItemsInStock, At: readAt}
	for i := range 2000 {
		a.Items = append(a.Items, AlertItem{Title: fmt.Sprintf("Lampe %d é", i), Link: fmt.Sprintf("https://shop.example/p/%d", i)})
	}
	for b.Loop() {
		if got := NewMessage(a).BodyWithin(256 << 10); len(got) > 256<<10 {
			b.Fatal(len(got))
		}
	}
}
