package page

import (
	"net/http"
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
