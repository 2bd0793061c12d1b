package page

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Pages made to be slow take no longer than others of their size: what took
// quadratic time would take minutes.
func TestHostilePagesTakeLinearTime(t *testing.T) {
	const n = 20_000
	pages := map[string]string{
		"controls":           strings.Repeat("<button>Add to cart</button>", n),
		"cards":              strings.Repeat(`<div><a href="/p"><img src=a>b</a><button>Add to cart</button></div>`, n/2),
		"words":              strings.Repeat("<div>Sold out</div>", n),
		"a long class":       `<div class="` + strings.Repeat("abc ", 500_000) + `">` + strings.Repeat("<button>Add to cart</button>", n/2) + "</div>",
		"long styles":        strings.Repeat(`<div style="`+strings.Repeat("a:b;", 2000)+`">`, 200) + strings.Repeat("<h1>x</h1>", 2000),
		"a long title":       "<title>" + strings.Repeat("word ", 500_000) + "</title>",
		"structured data":    strings.Repeat(`<script type="application/ld+json">{"@type":"Product","name":"x"}</script>`, n/4),
		"prices in prices":   strings.Repeat(strings.Repeat(`<div class="price">`, 400)+"$5"+strings.Repeat("</div>", 400), 40),
		"prices in one line": "<p>" + strings.Repeat("<span class=price>$5</span> ", n),
		"nested inline":      strings.Repeat(strings.Repeat("<span>", 300)+"Out of stock"+strings.Repeat("</span>", 300), 60),
		"links":              strings.Repeat(`<a href="/p">product name</a><span>$5.00</span>`, n),
		"struck prices":      strings.Repeat("<p><s>$6</s> $5</p>", n),
		"prices in one text": "<p class=price>" + strings.Repeat("$5 -5% ", n),
		"variants":           "<form>" + strings.Repeat("<input type=radio name=v disabled>", n) + "<select>" + strings.Repeat("<option>Sold out", n) + "</select><button>Add to cart</button></form>",
		"headings":           strings.Repeat("<div class=c><h1>x</h1><p class=price>$5</p></div>", n),
		"state":              `<script type="application/json">[` + strings.Repeat(`{"name":"x","inStock":true,"url":"/p","price":5},`, n) + `]</script>`,
		"deep state":         `<script id="__NEXT_DATA__" type="application/json">` + strings.Repeat(`{"stock":`, n) + `</script>`,
		"state scripts":      strings.Repeat(`<script>dataLayer.push({"name":"x","inStock":true})</script>`, n/2),
		"a used thing":       `<script type="application/ld+json">{"@type":"Product","name":"x","offers":{"availability":"InStock","itemCondition":"UsedCondition"}}</script><button>Add to cart</button>` + strings.Repeat("<p>"+strings.Repeat("not at all so ", 12)+"</p>", n),
		"fields":             strings.Repeat("<tr><td>Stock</td><td>none</td></tr>", n),
	}
	c := resolve(t, plain)
	for name, body := range pages {
		start := time.Now()
		r := &Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: []byte("<!doctype html><title>x</title><h1>x</h1>" + body)}
		p, err := Read(r, c)
		if err == nil && len(p.Items) == 0 {
			t.Errorf("%s: no items and no error", name)
		}
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// The same of what presets read: the data of a page's scripts, and answers that are
// JSON.
func TestHostileDataTakesLinearTime(t *testing.T) {
	const n = 20_000
	many := func(s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	walmart := func(product string) string {
		return `<h1 itemprop="name">x</h1><script id="__NEXT_DATA__" type="application/json">{"props":{"pageProps":{"initialData":{"data":{"product":` + product + `}}}}}</script>`
	}
	fields := strings.Repeat(`"field":1,`, 10*n)
	tests := map[string]struct{ address, body string }{
		"a product of many fields": {"https://www.walmart.com/ip/x/1", walmart(`{` + fields + `"name":"x","availabilityStatus":"IN_STOCK"}`)},
		"JSON in JSON":             {"https://www.walmart.com/ip/x/1", walmart(strconv.Quote(`{` + fields[:n] + `"name":"x"}`))},
		"many products": {"https://www.walmart.com/search?q=x", `<script id="__NEXT_DATA__">{"props":{"pageProps":{"initialData":{"searchResult":{"itemStacks":[{"items":[` +
			many(`{"name":"x","usItemId":"1","canonicalUrl":"/ip/1","availabilityStatusV2":{"value":"IN_STOCK"}}`) + `]}]}}}}}</script>`},
		"many variants of many fields": {"https://shop.example/products/x.js", `{` + fields + `"title":"x","variants":[` + many(`{"id":1,"available":true}`) + `]}`},
		"variants by many parameters": {"https://shop.example/products/x?variant=7&size=1", `<script id="shopify-features"></script><h1>x</h1><script type="application/json" data-product-json>{"title":"x","variants":[` +
			many(`{"id":7,"sku":"x","available":false}`) + `]}</script>`},
		"many scripts": {"https://shop.example/products/x", `<script id="shopify-features"></script><h1>x</h1>` + strings.Repeat(`<script type="application/json" data-section-data>{"product":{"title":"x","variants":[{"available":true}]}}</script>`, n/2)},
		"cards and data": {"https://www.newegg.com/p/pl?d=x", strings.Repeat(`<div class="item-cell"><a class="item-title" href="/p/x">x</a></div>`, n/4) +
			`<script>window.__initialState__ = {"Products":[` + many(`{"ItemCell":{"Description":{"Title":"x"},"Instock":true}}`) + `]}</script>`},
	}
	for name, tt := range tests {
		c := resolve(t, `{"name":"x","url":"`+tt.address+`"}`)
		start := time.Now()
		p, err := Read(&Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: []byte(tt.body)}, c)
		if err == nil && len(p.Items) == 0 {
			t.Errorf("%s: no items and no error", name)
		}
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// hostileSize is that of the largest page that is fetched.
const hostileSize = 8 << 20

// fill repeats a text up to that size. In it %d is a number, each time another.
func fill(text string) string {
	if !strings.Contains(text, "%d") {
		return strings.Repeat(text, hostileSize/len(text))
	}
	var b strings.Builder
	for i := 0; b.Len() < hostileSize; i++ {
		b.WriteString(strings.ReplaceAll(text, "%d", strconv.Itoa(i)))
	}
	return b.String()
}
