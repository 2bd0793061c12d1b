package page

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"stockchecker/lambda/checker"
)

func selector(t *testing.T, source string) *checker.Selector {
	t.Helper()
	s, err := checker.NewSelector(source)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func paths(t *testing.T, sources ...string) []checker.Path {
	t.Helper()
	var all []checker.Path
	for _, source := range sources {
		p, err := checker.ParsePath(source)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// told is what a test compares of an item.
type told struct {
	title        string
	availability checker.Availability
	price        string
	seller       string
	condition    string
	sku          string
	link         string
	quantity     int // -1: not read
}

func tell(it *Item) told {
	t := told{it.Title, it.Availability, "", it.Seller, it.Condition, it.SKU, it.Link, -1}
	if it.Price != nil {
		t.price = it.Price.String()
	}
	if it.Quantity != nil {
		t.quantity = *it.Quantity
	}
	return t
}

// readWith reads a body as the page at an address of a shop whose preset is s.
func readWith(t *testing.T, s *checker.Store, address, body, settings string) (*Page, error) {
	t.Helper()
	c := resolve(t, `{"name":"test","url":"`+address+`"`+settings+`}`)
	c.Store = s
	return Read(&Response{URL: address, Final: address, Status: 200, Header: http.Header{}, Body: []byte(body)}, c)
}

// wantError tells whether an error is of a kind and says something.
func wantError(t *testing.T, err error, kind Kind, says string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Message, says) {
		t.Errorf("the error is %v, want one of kind %s with %q", err, kind, says)
	}
}

func TestStockRules(t *testing.T) {
	words := regexp.MustCompile
	rules := []checker.StockRule{
		{Select: selector(t, ".invite"), Is: checker.Unknown},
		{Select: selector(t, ".buy"), ID: "buy-{id}"},
		{Select: selector(t, ".left"), Text: words(`^Only (?P<quantity>[0-9.]+) left$`), Is: checker.Limited},
		{Select: selector(t, ".stock"), Text: words(`^(?:In stock|Auf Lager)`), Is: checker.InStock},
		{Select: selector(t, ".used button"), Is: checker.InStock, Condition: "used"},
		{Select: selector(t, ".words")},
		{Select: selector(t, ".gone"), Is: checker.SoldOut},
	}
	store := &checker.Store{Name: "kestrel", ID: []*regexp.Regexp{words(`[?&]v=([0-9]+)`), words(`/p/([a-z]+)`)}, Product: &checker.ProductRules{Stock: rules, Condition: []checker.ConditionRule{
		{Select: selector(t, ".state"), Text: words(`\(Restored\)`), Is: "refurbished"}, {Select: selector(t, ".state")}}}}
	tests := []struct {
		name, box, settings string
		want                told
		fails               string
	}{
		{name: "the group named quantity is it", box: `<p class="left">Only 1.250 left</p>`,
			want: told{availability: checker.Limited, quantity: 1250}},
		{name: "words tell the quantity", box: `<p class="words">Only 3 left in stock</p>`,
			want: told{availability: checker.Limited, quantity: 3}},
		{name: "without a group the words beside the text tell it", box: `<p class="stock">In stock: 12</p>`,
			want: told{availability: checker.InStock, quantity: 12}},
		{name: "a rule for used ones tells the condition", box: `<div class="used"><button>Add to cart</button></div>`,
			want: told{availability: checker.InStock, condition: "used", quantity: -1}},
		{name: "a control with the product's number is its own", box: `<button class="buy" id="buy-hose">Add to cart</button><button class="buy" id="buy-lamp">Pre-order</button>`,
			want: told{availability: checker.PreOrder, quantity: -1}},
		{name: "words tell the condition", box: `<p class="stock">In stock</p><p class="state">Pre-owned</p>`,
			want: told{availability: checker.InStock, condition: "used", quantity: -1}},
		{name: "a rule's text tells the condition", box: `<p class="stock">In stock</p><p class="state">A used-looking lamp (Restored)</p>`,
			want: told{availability: checker.InStock, condition: "refurbished", quantity: -1}},
		{name: "words of a new one", box: `<p class="stock">In stock</p><p class="state">New: a sealed box</p>`,
			want: told{availability: checker.InStock, condition: "new", quantity: -1}},
		{name: "words that tell no condition", box: `<p class="stock">In stock</p><p class="state">News of today</p>`,
			want: told{availability: checker.InStock, quantity: -1}},
		{name: "a control that is off does not count", box: `<div class="used"><button disabled>Add to cart</button></div><p class="gone">gone</p>`,
			want: told{availability: checker.SoldOut, quantity: -1}},
		{name: "an uncertain state stands above what else the page says", box: `<p class="invite">Request invitation</p><button>Add to cart</button><p class="stock">In stock</p>`,
			fails: `where kestrel pages tell stock this one says "Request invitation" (.invite), which is no answer`},
		{name: "but not above the user's selectors", box: `<p class="invite">Request invitation</p><b class="mine">yes</b>`, settings: `,"select":{"inStock":".mine"}`,
			want: told{availability: checker.InStock, quantity: -1}},
		{name: "no rule finds anything", box: `<p>A good lamp.</p>`,
			fails: "none of what kestrel pages have for stock is on this page: .invite, .buy, .left, .stock, .used button, .words, .gone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := readWith(t, store, "https://kestrel.example/p/lamp", `<title>Lamp</title><main><h1>Lamp</h1>`+tt.box+`</main>`, tt.settings)
			if tt.fails != "" {
				kind := Unsure
				if strings.HasPrefix(tt.fails, "none of") {
					kind = Layout
				}
				wantError(t, err, kind, tt.fails)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tt.want.title, tt.want.link = "Lamp", "https://kestrel.example/p/lamp"
			if got := tell(&p.Items[0]); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// dataStore has rules for a product in a script, with variants.
func dataStore(t *testing.T) *checker.Store {
	return &checker.Store{Name: "kestrel", Advice: "ask for more", Product: &checker.ProductRules{
		Data: []checker.DataRules{{
			Select: selector(t, "script#state"), At: paths(t, "page.product")[0], Variants: paths(t, "skus[*]")[0], Parameters: paths(t, "by")[0],
			Title: paths(t, "name"), SKU: paths(t, "code"), IDs: paths(t, "id"), Link: "/p/{slug}", Price: paths(t, "sale", "list"), Currency: paths(t, "money"),
			Seller: paths(t, "soldBy"), Shop: "Kestrel", Quantity: paths(t, "count"),
			Condition: []checker.DataRule{{Path: paths(t, "old")[0], Text: regexp.MustCompile("^true$"), Is: "used"}},
			Stock: []checker.DataRule{
				{Path: paths(t, "state")[0], Text: regexp.MustCompile("^ASK$"), Is: "unknown"},
				{Path: paths(t, "state")[0], Text: regexp.MustCompile("^SOON$"), Is: "preorder"},
				{Path: paths(t, "there")[0]},
			},
		}},
		Stock: []checker.StockRule{{Select: selector(t, ".box button")}, {Select: selector(t, ".box p")}},
	}}
}

func TestPresetData(t *testing.T) {
	const base = "https://kestrel.example/p/lamp"
	red := `{"id":11,"code":"L-RED","there":false,"list":"30.00","by":{"colour":"red"}}`
	blue := `{"id":12,"code":"L-BLUE","there":true,"list":"40.00","sale":"35.50","count":7,"soldBy":"Finch &amp; Co","by":{"colour":"blue"}}`
	old := `{"id":13,"code":"L-OLD","there":true,"list":"9.00","old":true,"by":{"colour":"old"}}`
	product := func(skus string) string {
		return `{"page":{"product":{"name":"Lamp &amp; Shade","code":"L","money":"EUR","skus":[` + skus + `]}}}`
	}
	lamp := told{title: "Lamp & Shade", link: base, sku: "L", seller: "Kestrel", quantity: -1}
	with := func(change func(*told)) told {
		w := lamp
		change(&w)
		return w
	}
	tests := []struct {
		name, query, state, box, settings string
		want                              told
		fails                             string
		kind                              Kind
	}{
		{name: "any variant counts, with its own offer", state: product(red + "," + blue),
			want: with(func(w *told) {
				w.availability, w.price, w.seller, w.quantity = checker.InStock, "35.50 EUR", "Finch & Co", 7
			})},
		{name: "the one in the URL counts", query: "?colour=red", state: product(red + "," + blue), box: "<button>Add to cart</button>",
			want: with(func(w *told) {
				w.link, w.sku, w.availability, w.price = base+"?colour=red", "L-RED", checker.SoldOut, "30.00 EUR"
			})},
		{name: "by its number too", query: "?variant=12", state: product(red + "," + blue), box: "<p>Sold out</p>",
			want: with(func(w *told) {
				w.link, w.sku, w.availability, w.price, w.seller, w.quantity = base+"?variant=12", "L-BLUE", checker.InStock, "35.50 EUR", "Finch & Co", 7
			})},
		{name: "the checker's sku names it", settings: `,"sku":"L-RED"`, state: product(red + "," + blue),
			want: with(func(w *told) { w.sku, w.availability, w.price = "L-RED", checker.SoldOut, "30.00 EUR" })},
		{name: "one that the data doesn't have is no answer", query: "?colour=green", state: product(red + "," + blue), box: "<button>Add to cart</button>",
			kind: Unsure, fails: "of what the URL names, the page's data (script#state page.product) says nothing certain of stock"},
		{name: "a used one alone has its condition", state: product(red + "," + old),
			want: with(func(w *told) { w.availability, w.price = checker.SoldOut, "30.00 EUR" })},
		{name: "a used one counts for who wants any", settings: `,"condition":"any"`, state: product(red + "," + old),
			want: with(func(w *told) { w.availability, w.price, w.condition = checker.InStock, "9.00 EUR", "used" })},
		{name: "a text that holds JSON is followed", state: `JSON.parse("{\"page\":{\"product\":{\"name\":\"Lamp & Shade\",\"code\":\"L\",\"skus\":[{\"there\":true}]}}}")`,
			want: with(func(w *told) { w.availability = checker.InStock })},
		{name: "an answer that is none", state: product(`{"id":11,"state":"ASK","there":true}`), box: "<button>Add to cart</button>",
			kind: Unsure, fails: "says nothing certain of stock"},
		{name: "data and page differ", state: product(red), box: "<button>Add to cart</button>",
			kind: Unsure, fails: "the page's data (script#state page.product) says sold_out, and what can be seen says in_stock: one of them is not up to date"},
		{name: "also where no rule knows the place", state: product(`{"there":true}`), box: `</div><div class="elsewhere"><p>Sold out</p>`,
			kind: Unsure, fails: "says in_stock, and what can be seen says sold_out"},
		{name: "the more careful of two counts", state: product(`{"state":"SOON"}`), box: "<button>Add to cart</button>",
			want: with(func(w *told) { w.availability = checker.PreOrder })},
		{name: "also where the page is it", state: product(`{"there":true}`), box: "<p>Only 2 left in stock</p>",
			want: with(func(w *told) { w.availability, w.quantity = checker.Limited, 2 })},
		{name: "data of another product is no answer", state: `{"page":{"product":{"name":"Garden Hose","code":"H-77","skus":[{"there":true}]}}}`,
			kind: Layout, fails: "none of what kestrel pages have for stock is on this page: script#state page.product, .box button, .box p; ask for more"},
		{name: "nor of one with a like name at another address", state: `{"page":{"product":{"name":"Lamp & Stand","slug":"lamp-stand","skus":[{"there":true}]}}}`,
			kind: Layout, fails: "none of what kestrel pages have for stock is on this page"},
		{name: "a like name at this address is it", state: `{"page":{"product":{"name":"Lamp & Shade, set of two","slug":"lamp","skus":[{"there":true}]}}}`,
			want: told{title: "Lamp & Shade, set of two", link: base, availability: checker.InStock, seller: "Kestrel", quantity: -1}},
		{name: "an empty parameter stands for any value", query: "?colour=blue&size=9", state: product(`{"there":false,"by":{"colour":"red","size":""}},{"there":true,"by":{"colour":"blue","size":""}}`),
			want: with(func(w *told) { w.link, w.availability = base+"?colour=blue&size=9", checker.InStock })},
		{name: "broken off data is no answer", state: `{"page":{"product":{"name":"Lamp & Shade","skus":[{"there":true`,
			kind: Layout, fails: "script#state page.product"},
		{name: "no data at all: the page alone", state: `{"page":{}}`, box: "<p>Sold out</p>",
			want: told{title: "Lamp & Shade", link: base, availability: checker.SoldOut, quantity: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := `<title>Lamp &amp; Shade</title><script id="state" type="application/x-state">` + tt.state + `</script><main><h1>Lamp &amp; Shade</h1><div class="box">` + tt.box + `</div></main>`
			p, err := readWith(t, dataStore(t), base+tt.query, body, tt.settings)
			if tt.fails != "" {
				wantError(t, err, tt.kind, tt.fails)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := tell(&p.Items[0]); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestPresetListingData(t *testing.T) {
	data := checker.DataRules{
		Select: selector(t, "script#state"), At: paths(t, "items[*]")[0], Title: paths(t, "name"), SKU: paths(t, "sku"), Link: "/p/{slug}",
		Price: paths(t, "cents"), Cents: true, Currency: paths(t, "money"), Seller: paths(t, "by"), Shop: "Kestrel",
		Condition: []checker.DataRule{{Path: paths(t, "old")[0], Text: regexp.MustCompile("^true$"), Is: "used"}},
		Stock:     []checker.DataRule{{Path: paths(t, "there")[0]}},
	}
	cards := &checker.ListingRules{
		Data: []checker.DataRules{data}, Item: selector(t, ".card"), Title: []*checker.Selector{selector(t, "a")}, Link: []*checker.Selector{selector(t, "a")},
		Stock: []checker.StockRule{{Select: selector(t, ".ask"), Is: checker.Unknown}, {Select: selector(t, "b")}}, Next: selector(t, "a.next"),
	}
	alone := &checker.ListingRules{Data: []checker.DataRules{data}}
	const state = `<script id="state" type="text/x">{"items":[
		{"name":"Lamp","sku":"L1","slug":"lamp","cents":1999,"money":"EUR","there":true},
		{"name":"Shade","slug":"shade","cents":500,"money":"EUR","there":false,"by":"Finch"},
		{"name":"Bulb","slug":"bulb","cents":250,"money":"EUR","there":true,"old":true},
		{"name":"Cord","slug":"cord","cents":250,"money":"EUR","there":true},
		{"name":"Advertisement","slug":"ad"},
		{"name":"No address","there":true}]}</script>`
	const page = state + `<div class="card"><a href="/p/lamp?utm_source=x">Lamp</a><b>Sold out</b></div><div class="card"><a href="/p/shade">Shade</a></div>
		<div class="card"><a href="/other/bulb">Bulb</a><b>Add to cart</b></div><div class="card"><a href="/p/cord">Cord</a><i class="ask">Ask us</i></div>
		<div class="card"><a href="/p/plug">Plug</a><b>Add to cart</b></div><a class="next" href="?page=2">2</a>`
	const at = "https://kestrel.example"
	tests := []struct {
		name, body string
		rules      *checker.ListingRules
		want       []told
		next       string
	}{
		{"data alone", state, alone, []told{
			{"Lamp", checker.InStock, "19.99 EUR", "Kestrel", "", "L1", at + "/p/lamp", -1},
			{"Shade", checker.SoldOut, "5.00 EUR", "Finch", "", "", at + "/p/shade", -1},
			{"Bulb", checker.InStock, "2.50 EUR", "Kestrel", "used", "", at + "/p/bulb", -1},
			{"Cord", checker.InStock, "2.50 EUR", "Kestrel", "", "", at + "/p/cord", -1},
		}, ""},
		{"cards and data", page, cards, []told{
			{"Lamp", checker.Unknown, "19.99 EUR", "Kestrel", "", "L1", at + "/p/lamp?utm_source=x", -1}, // the two differ
			{"Shade", checker.SoldOut, "5.00 EUR", "Finch", "", "", at + "/p/shade", -1},
			{"Bulb", checker.InStock, "2.50 EUR", "Kestrel", "used", "", at + "/other/bulb", -1},
			{"Cord", checker.Unknown, "2.50 EUR", "Kestrel", "", "", at + "/p/cord", -1}, // a rule says that nothing is certain
			{"Plug", checker.InStock, "", "", "", "", at + "/p/plug", -1},
		}, at + "/list?page=2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := readWith(t, &checker.Store{Name: "kestrel", Listing: tt.rules}, at+"/list", "<title>Lamps</title>"+tt.body, "")
			if err != nil {
				t.Fatal(err)
			}
			if !p.Listing || p.Next != tt.next || len(p.Items) != len(tt.want) {
				t.Fatalf("listing %v, next %q, %d items; want %q, %d items: %+v", p.Listing, p.Next, len(p.Items), tt.next, len(tt.want), p.Items)
			}
			for i, want := range tt.want {
				if got := tell(&p.Items[i]); got != want {
					t.Errorf("item %d\ngot  %+v\nwant %+v", i, got, want)
				}
			}
		})
	}
}
