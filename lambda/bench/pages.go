package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// sample is a page that is read, the same bytes in each run.
type sample struct {
	name  string
	about string
	body  []byte
}

// samples are the pages of the benchmark. corpus is the folder of the fault
// cases, of which one is the largest page.
func samples(corpus string) ([]sample, error) {
	big, err := os.ReadFile(corpus + "/73-huge-page-product-at-the-end/page.html")
	if err != nil {
		return nil, fmt.Errorf("read the big page: %w", err)
	}
	return []sample{
		{"listing", "a listing of 96 items", listingPage()},
		{"big", "a table of 24,000 rows before the product", big},
		{"product", "a product in JSON-LD", productPage()},
		{"scripts", "a product between scripts", scriptsPage()},
		{"state", "a listing with its data in a script", statePage()},
	}, nil
}

// reading is one reading of the page by a checker without any settings.
func (s *sample) reading() (func() (*page.Page, error), error) {
	d, err := checker.ParseDefinition([]byte(`{"name": "bench", "url": "https://shop.example/p/falcon-5090"}`))
	if err != nil {
		return nil, err
	}
	c, err := checker.Resolve(d)
	if err != nil {
		return nil, err
	}
	r := &page.Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: s.body}
	return func() (*page.Page, error) { return page.Read(r, c) }, nil
}

// listingPage has the size and the form that large shops' searches have.
func listingPage() []byte {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><title>rtx 5090</title><script>` + strings.Repeat("window.x=function(){return 1};", 1000) + `</script></head><body><h1>rtx 5090</h1><div class="item-cells-wrap">`)
	for i := range 96 {
		listingCard(&b, i, 36)
	}
	b.WriteString(`</div></body></html>`)
	return []byte(b.String())
}

// listingCard writes a card, of which one in three is in stock.
func listingCard(b *strings.Builder, i, features int) {
	promo, button := "", `<button class="btn btn-primary">Add to cart</button>`
	if i%3 > 0 {
		promo, button = `<p class="item-promo"><i></i>OUT OF STOCK</p>`, `<button class="btn btn-secondary">Auto Notify</button>`
	}
	var list strings.Builder
	for j := range features {
		fmt.Fprintf(&list, `<li><strong>Core Clock:</strong> %d MHz in a long line of words about the card</li>`, 2407+i+j)
	}
	fmt.Fprintf(b, `<div class="item-cell"><div class="item-container"><a class="item-img" href="/p/N82E168140%05d"><img src="/productimage/%d.jpg" title="Falcon"></a>`+
		`<div class="item-info"><div class="item-branding"><a class="item-brand" href="/b"><img src="/b.gif"></a><a class="item-rating" href="#"><i class="rating"></i><span>(%d)</span></a></div>`+
		`<a class="item-title" href="/p/N82E168140%05d?Item=1">Falcon RTX 5090 model %d 32GB GDDR7 PCI Express 5.0</a>%s<ul class="item-features">%s</ul></div>`+
		`<div class="item-action"><ul class="price"><li class="price-was">$2,499.99</li><li class="price-current">$<strong>2,%03d</strong><sup>.99</sup></li></ul><div class="item-button-area">%s</div></div></div></div>`,
		i, i, i, i, i, promo, list.String(), i, button)
}

const offerData = `<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product", "name": "Falcon 5090 graphics card", "sku": "F-5090",
 "description": %q, "image": ["https://shop.example/i/1.jpg"], "brand": {"@type": "Brand", "name": "Falcon"},
 "aggregateRating": {"@type": "AggregateRating", "ratingValue": "4.6", "reviewCount": "212"},
 "offers": {"@type": "Offer", "url": "https://shop.example/p/falcon-5090", "price": "1999.00", "priceCurrency": "USD", "availability": "https://schema.org/InStock", "itemCondition": "https://schema.org/NewCondition"}}</script>`

// productPage is a product of a small shop, with the menu, styles and opinions
// that such pages have.
func productPage() []byte {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Falcon 5090 graphics card - Example Shop</title><link rel="canonical" href="https://shop.example/p/falcon-5090">` +
		`<style>` + strings.Repeat(".product-grid .card:hover{transform:translateY(-2px)}\n", 180) + `</style>`)
	fmt.Fprintf(&b, offerData, strings.Repeat("A card for those who like large numbers. ", 20))
	b.WriteString(`</head><body><header class="site-header"><nav><ul>`)
	for i := range 120 {
		fmt.Fprintf(&b, `<li class="menu-item menu-item-%d"><a href="/c/group-%d">Group %d &amp; more</a></li>`, i, i, i)
	}
	b.WriteString(`</ul></nav></header><main><div class="product"><div class="gallery">` + strings.Repeat(`<img src="/i/1.jpg" alt="Falcon 5090" loading="lazy">`, 12) + `</div><h1>Falcon 5090 graphics card</h1>
<form class="buy-box" action="/cart/add"><span class="price">$1,999.00</span><p class="stock">In stock</p><button type="submit" class="add-to-cart">Add to cart</button></form><div class="description">`)
	for i := range 110 {
		fmt.Fprintf(&b, "<p>Paragraph %d speaks of the <b>cooler</b>, the <i>fans</i> and the box in which the card comes, with care and at some length.</p>\n", i)
	}
	b.WriteString(`</div><section class="reviews"><h2>Opinions</h2>`)
	for i := range 80 {
		fmt.Fprintf(&b, `<div class="review"><span class="stars" aria-label="%d of 5"><i></i><i></i><i></i></span><p>It is a card. It was sold out for weeks, and then it came. %d</p></div>`+"\n", i%5+1, i)
	}
	b.WriteString(`</section></div></main><section class="related"><h2>You may also like</h2><ul>`)
	for i := range 60 {
		fmt.Fprintf(&b, `<li class="card"><a href="/p/other-%d"><img src="/i/%d.jpg" alt=""><h3>Other card %d</h3></a><span class="price">$%d.00</span><button>Add to cart</button></li>`, i, i, i, 300+i)
	}
	b.WriteString(`</ul></section><footer><p>Terms, and what else nobody reads.</p></footer></body></html>`)
	return []byte(b.String())
}

// scriptsPage is a page that a browser would build for the most part.
func scriptsPage() []byte {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Falcon 5090 graphics card</title>`)
	for i := range 40 {
		fmt.Fprintf(&b, `<link rel="preload" as="script" href="/_next/static/chunks/%d-a91f.js"><script>!function(e){for(var t=0;t<e.length;t++)"string"==typeof e[t]&&(window.q%d=e[t])}([%s"x"]);</script>`, i, i, strings.Repeat(`"module <b>a</b>",`, 380))
	}
	fmt.Fprintf(&b, offerData, "A card.")
	b.WriteString(`</head><body><div id="__next"><main><h1>Falcon 5090 graphics card</h1><div class="price">$1,999.00</div><button class="btn">Add to cart</button></main></div>` +
		`<svg style="display:none">` + strings.Repeat(`<symbol id="icon"><path d="M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10 10-4.48 10-10S17.52 2 12 2z"/></symbol>`, 300) + `</svg></body></html>`)
	return []byte(b.String())
}

// statePage is a listing whose data stands a second time in a script.
func statePage() []byte {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Graphics cards</title></head><body><h1>Graphics cards</h1><div class="item-cells-wrap">`)
	for i := range 60 {
		listingCard(&b, i, 8)
	}
	b.WriteString(`</div><script>window.__INITIAL_STATE__ = {"Products": [`)
	for i := range 1600 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"ItemCell": {"Item": "N82E168140%05d", "Title": "Falcon RTX 5090 model %d", "Instock": %t, "Stock": %d, "FinalPrice": %d.99, "Features": [%s], "Image": "/productimage/%d.jpg"}}`,
			i, i, i%3 == 0, i%7, 300+i, strings.TrimSuffix(strings.Repeat(`{"Name": "Core Clock", "Value": "2407 MHz in a line of words about the card"}, `, 17), ", "), i)
	}
	b.WriteString(`]};</script></body></html>`)
	return []byte(b.String())
}
