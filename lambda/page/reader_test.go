package page

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"stockchecker/lambda/checker"
)

// read reads a page in a checker's way and says in short what it says.
func read(t testing.TB, def string, r Response) string {
	t.Helper()
	c := resolve(t, def)
	if r.URL == "" {
		r.URL = c.URL
	}
	if r.Final == "" {
		r.Final = r.URL
	}
	if r.Status == 0 {
		r.Status = 200
	}
	if r.Header == nil {
		r.Header = http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	}
	p, err := Read(&r, c)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		return "error " + string(e.Kind)
	}
	var says []string
	for _, it := range p.Items {
		s := string(it.Availability)
		if p.Listing {
			s = it.Title + ": " + s
		}
		if it.Price != nil {
			s += " " + it.Price.String()
		}
		if it.Seller != "" {
			s += " by " + it.Seller
		}
		if it.Quantity != nil {
			s += fmt.Sprintf(" (%d)", *it.Quantity)
		}
		says = append(says, s)
	}
	return strings.Join(says, "; ")
}

const plain = `{"name": "lamp", "url": "https://shop.example/p/kestrel-9"}`

// with is a checker with further keys.
func with(keys string) string { return strings.TrimSuffix(plain, "}") + ", " + keys + "}" }

// productPage is a page with a menu, a footer, and the body of its main part.
func productPage(body string) string {
	return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Kestrel 9 Desk Lamp - Example Shop</title></head><body>
<header><nav><a href="/new">Coming soon</a> <a href="/sale">Sold out favourites</a></nav></header>
<main><h1>Kestrel 9 Desk Lamp</h1>` + body + `</main>
<footer><form><label>Notify me about offers</label><input><button>Notify me</button></form><p>Out of stock items ship later.</p></footer></body></html>`
}

func jsonLDOffer(availability string) string {
	return `<script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","name":"Kestrel 9 Desk Lamp","sku":"KD-9","offers":{"@type":"Offer","price":"49.90","priceCurrency":"USD","availability":"https://schema.org/` + availability + `"}}</script>`
}

func TestReadProduct(t *testing.T) {
	tests := []struct{ name, body, want string }{
		// The buy box alone.
		{"a button", `<span class="price">$49.90</span><button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"a link that is a button", `<a class="btn" href="/cart/add/1">Buy now</a>`, "in_stock"},
		{"an input", `<input type="submit" value="Add to basket">`, "in_stock"},
		{"a picture as button", `<button aria-label="Add to cart"><img src="/c.png"></button>`, "in_stock"},
		{"disabled", `<button disabled>Add to cart</button>`, "sold_out"},
		{"disabled by aria", `<button aria-disabled="true">Add to cart</button>`, "sold_out"},
		{"disabled by class", `<button class="btn btn-disabled">Add to cart</button>`, "sold_out"},
		{"disabled by its fieldset", `<fieldset disabled><button>Add to cart</button></fieldset>`, "sold_out"},
		{"hidden", `<button hidden>Add to cart</button><p>Sold out</p>`, "sold_out"},
		{"hidden by style", `<div style="display: none"><button>Add to cart</button></div><p>Sold out</p>`, "sold_out"},
		{"hidden sold-out words", `<p style="display:none !important">Sold out</p><button>Add to cart</button>`, "in_stock"},
		{"a template", `<template><button>Add to cart</button></template><p>Out of stock</p>`, "sold_out"},
		{"without scripts", `<noscript><button>Add to cart</button></noscript>`, "error unknown"},
		{"a comment", `<!-- <button>Add to cart</button> In stock -->`, "error unknown"},
		{"words alone", `<p class="stock">In stock</p>`, "in_stock"},
		{"few left", `<p>Only 3 left in stock</p><button>Add to cart</button>`, "limited (3)"},
		{"none left", `<p>0 in stock</p><button>Add to cart</button>`, "error unknown"},
		{"a count in its own element", `<p><b>0</b> in stock</p>`, "sold_out (0)"},
		{"both", `<p>Sold out</p><button>Add to cart</button>`, "error unknown"},
		{"pre-order", `<button>Pre-order now</button>`, "preorder"},
		{"back-order with a button", `<p>Available on backorder</p><button>Add to cart</button>`, "backorder"},
		{"tell me", `<button>Notify me when available</button>`, "sold_out"},
		{"wish list", `<a href="/wishlist">Add to wishlist</a>`, "error unknown"},
		{"nothing", `<div class="buy-box"></div>`, "error unknown"},
		{"a field's name", `<table><tr><td>In stock:</td><td>ask us</td></tr></table>`, "error unknown"},
		{"the store alone", `<p>Pickup available at 3 stores near you</p>`, "in_store_only"},

		{"a seller", `<button>Add to cart</button><p>Ships from and sold by <a href="/s/7">Quick Bazaar 77</a>.</p>`, "in_stock by Quick Bazaar 77"},
		{"what was sold", `<button>Add to cart</button><p><b>1448</b> <span>sold</span></p>`, "in_stock"},

		// Something to choose.
		{"the chosen variant is sold out", `<select name="size"><option selected>S - sold out</option><option>M</option></select><button disabled>Sold out</button>`, "error unknown"},
		{"the chosen variant, and data of the others", jsonLDOffer("InStock") + `<select name="size"><option selected>S - sold out</option><option>M</option></select><button disabled>Sold out</button>`, "in_stock 49.90 USD"},
		{"all variants are sold out", `<select name="size"><option value="">Choose</option><option>S - sold out</option><option disabled>M</option></select>`, "sold_out"},
		{"all variants are sold out, with a button", `<select name="size"><option>S - sold out</option><option>M - sold out</option></select><button>Add to cart</button>`, "error unknown"},
		{"all variants are off, with a button", `<input type="radio" name="c" disabled><input type="radio" name="c" class="is-disabled"><button>Add to cart</button>`, "error unknown"},
		{"one variant is sold out", `<select name="size"><option>S - sold out</option><option selected>M</option></select><button>Add to cart</button>`, "in_stock"},
		{"the quantity", `<select name="quantity"><option disabled>1</option><option disabled>2</option></select><button>Add to cart</button>`, "in_stock"},

		// Controls that are not for people.
		{"outside of the screen", `<button style="position:absolute; left:-9999px">Add to cart</button><p>Sold out</p>`, "sold_out"},
		{"a little aside", `<button style="position:relative; left:-12.345em">Add to cart</button>`, "in_stock"},
		{"a control that lets clicks through", `<button style="pointer-events: none">Add to cart</button>`, "sold_out"},

		// Lines with more than the words.
		{"beside a price", jsonLDOffer("InStock") + `<p>$49.90 – Sold out</p>`, "sold_out 49.90 USD"},
		{"beside a price in its element", jsonLDOffer("InStock") + `<p><span class="price">$49.90</span> <span>Out of stock</span></p>`, "sold_out 49.90 USD"},
		{"after a number with its name", jsonLDOffer("InStock") + `<p>SKU: KD-9 Out of stock</p>`, "sold_out 49.90 USD"},
		{"a mark of refusal", jsonLDOffer("InStock") + `<p>❌ Out of stock</p>`, "sold_out 49.90 USD"},
		{"a sentence that is not understood", jsonLDOffer("InStock") + `<p>Our lamps are out of stock for now, we regret.</p>`, "error unknown"},
		{"a row of a table", jsonLDOffer("InStock") + `<table><tr><th>Stock</th><td>0</td></tr></table>`, "sold_out 49.90 USD (0)"},
		{"a picture of the words", jsonLDOffer("InStock") + `<img src="so.png" alt="Sold out">`, "sold_out 49.90 USD"},
		{"only told when it is back", jsonLDOffer("InStock") + `<button>Notify me when available</button>`, "error unknown"},
		{"a part that may be of others", jsonLDOffer("InStock") + `<div class="modal-box"><p>Sold out</p></div>`, "error unknown"},
		{"a filter", `<aside><label>In stock</label></aside><p>Sold out</p>`, "sold_out"},
		{"invisible", `<button style="opacity: 0">Add to cart</button><p>Sold out</p>`, "sold_out"},
		{"an icon's name", `<button><i class="material-icons">shopping_cart</i> Add to cart</button>`, "in_stock"},

		// Other products.
		{"related by class", `<p>Out of stock</p><section class="related"><button>Add to cart</button></section>`, "sold_out"},
		{"related by heading", `<p>Out of stock</p><section><h2>You may also like</h2><button>Add to cart</button></section>`, "sold_out"},
		{"related by cards", `<p>Out of stock</p><div><div><a href="/p/2"><img src="2.jpg"></a><button>Add to cart</button></div></div>`, "sold_out"},
		{"a sold-out neighbour", `<button>Add to cart</button><ul><li><a href="/p/2"><img src="2.jpg"> Merlin 3</a><span>Sold out</span></li></ul>`, "in_stock"},
		{"only others", `<ul><li><h3><a href="/p/2">Merlin 3</a></h3><button>Add to cart</button></li></ul>`, "error unknown"},
		{"reviews", `<button>Add to cart</button><div id="reviews"><p>Sold out</p></div>`, "in_stock"},

		// The metadata, and both.
		{"metadata alone", jsonLDOffer("InStock"), "in_stock 49.90 USD"},
		{"metadata says no", jsonLDOffer("OutOfStock"), "sold_out 49.90 USD"},
		{"the page says no", jsonLDOffer("InStock") + `<p>Out of stock</p>`, "sold_out 49.90 USD"},
		{"the page says yes", jsonLDOffer("OutOfStock") + `<button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"two against one, yes", jsonLDOffer("InStock") + `<p>Sold out</p><button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"two against one, no", jsonLDOffer("OutOfStock") + `<p>Sold out</p><button>Add to cart</button>`, "sold_out 49.90 USD"},
		{"a dead button against the metadata", jsonLDOffer("InStock") + `<button disabled>Add to cart</button>`, "error unknown"},
		{"a size must be chosen", jsonLDOffer("InStock") + `<select name="size"><option>S<option>M</select><button disabled>Add to cart</button>`, "in_stock 49.90 USD"},
		{"the metadata says more", jsonLDOffer("PreOrder") + `<button>Add to cart</button>`, "preorder 49.90 USD"},
		{"discontinued", jsonLDOffer("Discontinued") + `<p>Sold out</p>`, "discontinued 49.90 USD"},
		{"the sources differ", jsonLDOffer("InStock") + `<div itemscope itemtype="https://schema.org/Product"><meta itemprop="name" content="Kestrel 9 Desk Lamp"><meta itemprop="sku" content="KD-9"><div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><link itemprop="availability" href="https://schema.org/OutOfStock"></div></div>`, "error unknown"},

		// Prices.
		{"an old price", `<del>$60.00</del> <span class="price">$49.90</span><button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"an old price by class", `<span class="price price-old">$60.00</span><span class="price price-new">$49.90</span><button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"split over elements", `<div class="price">$<b>49</b><sup>.90</sup></div><button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"cents set apart by their form", `<span class="price">$49<sup>90</sup></span><button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"cents in their element", `<span class="price">$1,299<span class="cents">05</span></span><button>Add to cart</button>`, "in_stock 1299.05 USD"},
		{"an old price inside", `<span class="price"><del>$59.90</del> $49.90</span><button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"prices inside a price", `<div class="price"><span class="was-price">$59.90</span> <span class="now-price">$49.90</span></div><button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"a list price by its words", `<p>List price: <span class="price">$59.90</span></p><p>Price: <span class="price">$49.90</span></p><button>Add to cart</button>`, "in_stock 49.90 USD"},
		{"on the button", `<button>Add to cart – $49.90</button>`, "in_stock 49.90 USD"},
		{"another product's", `<button>Add to cart</button><section class="related"><span class="price">$9.00</span></section>`, "in_stock"},
	}
	for _, tt := range tests {
		if got := read(t, plain, Response{Body: []byte(productPage(tt.body))}); got != tt.want {
			t.Errorf("%s: %s\ngot %q, want %q", tt.name, tt.body, got, tt.want)
		}
	}
}

func TestReadWithSelectors(t *testing.T) {
	tests := []struct{ name, keys, body, want string }{
		{"in stock", `"select": {"inStock": ".yes"}`, `<b class="yes">da</b><p>Sold out</p>`, "in_stock"},
		{"out of stock", `"select": {"outOfStock": ".no"}`, `<b class="no">niet</b><button>Add to cart</button>`, "sold_out"},
		{"both", `"select": {"inStock": ".yes", "outOfStock": ".no"}`, `<b class="yes"></b><b class="no"></b>`, "error layout"},
		{"neither, and nothing else", `"select": {"inStock": ".yes", "outOfStock": ".no"}`, ``, "error unknown"},
		{"neither, but the page says it", `"select": {"inStock": ".yes"}`, `<p>Sold out</p>`, "sold_out"},
		{"a disabled control is no sign", `"select": {"inStock": "button"}`, `<button disabled>Add to cart</button>`, "sold_out"},
		{"price", `"select": {"price": ".now"}`, jsonLDOffer("InStock") + `<i class="now">€ 39,50</i>`, "in_stock 39.50 EUR"},
		{"price in an attribute", `"select": {"price": "meta[itemprop=price]"}`, jsonLDOffer("InStock") + `<meta itemprop="price" content="1299.00">`, "in_stock 1299.00 USD"},
		{"seller", `"select": {"seller": ".by"}`, `<button>Add to cart</button><p class="by">Sold by Quick Bazaar</p>`, "in_stock by Quick Bazaar"},
		{"blocked", `"select": {"blocked": ".wall"}`, `<div class="wall">Please wait</div><button>Add to cart</button>`, "error blocked"},
		{"sku is right", `"sku": "KD-9"`, jsonLDOffer("InStock"), "in_stock 49.90 USD"},
		{"sku is another", `"sku": "KD-8"`, jsonLDOffer("InStock"), "error sku"},
		{"sku in the text", `"sku": "AB-77"`, `<p>Article AB-77</p><button>Add to cart</button>`, "in_stock"},
		{"sku nowhere", `"sku": "AB-77"`, `<p>Article AB-771</p><button>Add to cart</button>`, "error sku"},
		{"items", `"select": {"item": "li", "title": "b", "link": "a", "price": "i"}`,
			`<ul><li><b>Falcon</b> <a href="/f">see</a> <i>$10.00</i> <button>Add to cart</button><li><b>Merlin</b> <i>$20.00</i> Sold out</ul>`,
			"Falcon: in_stock 10.00 USD; Merlin: sold_out 20.00 USD"},
		{"no items", `"select": {"item": ".card"}`, `<ul></ul>`, "error layout"},
		{"items that say nothing", `"select": {"item": "li", "title": "b"}`, `<ul><li><b>Falcon</b><li><b>Merlin</b></ul>`, "error layout"},
		{"an item with both", `"select": {"item": "li", "title": "b", "inStock": ".y", "outOfStock": ".n"}`, `<ul><li><b>Falcon</b><i class="y"></i><i class="n"></i><li><b>Merlin</b><i class="n"></i></ul>`, "Falcon: unknown; Merlin: sold_out"},
		{"the same item twice", `"select": {"item": "li", "title": "b"}`, `<ul><li><b>Falcon</b> Sold out<li><b>Falcon</b> <button>Add to cart</button><li><b>Merlin</b> Sold out</ul>`, "Falcon: unknown; Merlin: sold_out"},
	}
	for _, tt := range tests {
		if got := read(t, with(tt.keys), Response{Body: []byte(productPage(tt.body))}); got != tt.want {
			t.Errorf("%s: %s %s\ngot %q, want %q", tt.name, tt.keys, tt.body, got, tt.want)
		}
	}
}

func TestReadEmbeddedJSON(t *testing.T) {
	const script = `"json": {"script": "#data", "inStock": "p.stock", "price": "p.price", "title": "p.name"}`
	tests := []struct{ name, data, want string }{
		{"true", `{"p": {"stock": true, "price": 12.5, "name": "Lamp"}}`, "in_stock 12.50"},
		{"false", `{"p": {"stock": false}}`, "sold_out"},
		{"a count", `{"p": {"stock": 3}}`, "in_stock"},
		{"none", `{"p": {"stock": 0}}`, "sold_out"},
		{"a count as text", `{"p": {"stock": "0"}}`, "sold_out"},
		{"a word", `{"p": {"stock": "OUT_OF_STOCK"}}`, "sold_out"},
		{"a schema.org name", `{"p": {"stock": "https://schema.org/PreOrder"}}`, "preorder"},
		{"words", `{"p": {"stock": "Nur noch 2 auf Lager"}}`, "limited"},
		{"an assignment", `window.__STATE__ = {"p": {"stock": true}};`, "in_stock"},
		{"what says nothing", `{"p": {"stock": "perhaps"}}`, "error layout"},
		{"nothing there", `{"p": {}}`, "error layout"},
		{"null", `{"p": {"stock": null}}`, "error layout"},
		{"no JSON", `alert(1)`, "error layout"},
	}
	for _, tt := range tests {
		if got := read(t, with(script), Response{Body: []byte(productPage(`<script id="data">` + tt.data + `</script>`))}); got != tt.want {
			t.Errorf("%s: %s\ngot %q, want %q", tt.name, tt.data, got, tt.want)
		}
	}
	if got := read(t, with(script), Response{Body: []byte(productPage(""))}); got != "error layout" {
		t.Errorf("no script: %q", got)
	}
	any := `"json": {"script": "#data", "inStock": "variants[*].available"}`
	if got := read(t, with(any), Response{Body: []byte(productPage(`<script id="data">{"variants":[{"available":false},{"available":true}]}</script>`))}); got != "in_stock" {
		t.Errorf("any variant: %q", got)
	}
}

func TestReadResponses(t *testing.T) {
	good := []byte(productPage(`<button>Add to cart</button>`))
	header := func(kv ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(kv); i += 2 {
			h.Set(kv[i], kv[i+1])
		}
		return h
	}
	tests := []struct {
		name string
		r    Response
		want string
	}{
		{"good", Response{Body: good}, "in_stock"},
		{"404", Response{Status: 404, Body: good}, "error http"},
		{"410", Response{Status: 410, Body: good}, "error http"},
		{"429", Response{Status: 429}, "error blocked"},
		{"403", Response{Status: 403, Body: []byte("<h1>403 Forbidden</h1>")}, "error http"},
		{"403 of a bot rule", Response{Status: 403, Header: header("Cf-Mitigated", "challenge")}, "error blocked"},
		{"503", Response{Status: 503, Body: []byte("<h1>Service Unavailable</h1>")}, "error http"},
		{"503 with a captcha", Response{Status: 503, Body: []byte(`<input id="captchacharacters">`)}, "error blocked"},
		{"500 with a product page", Response{Status: 500, Body: good}, "error http"},
		{"304", Response{Status: 304}, "error http"},
		{"204", Response{Status: 204}, "error unknown"},
		{"empty", Response{Body: []byte(" \n")}, "error unknown"},
		{"frames", Response{Body: []byte(`<frameset><frame src="x"></frameset>`)}, "error unknown"},
		{"a picture", Response{Header: header("Content-Type", "image/png"), Body: []byte("\x89PNG")}, "error unsupported"},
		{"no content type", Response{Header: header(), Body: good}, "in_stock"},
		{"too many elements", Response{Body: []byte(strings.Repeat("<b></b>", maxNodes+1))}, "error too_large"},
		{"too many nodes", Response{Body: []byte(strings.Repeat("<b>a</b>", maxNodes/2+1))}, "error too_large"},
		{"nested too deep", Response{Body: []byte(strings.Repeat("<div>", 5000))}, "error unsupported"},
		{"redirected to the home page", Response{Final: "https://shop.example/", Body: good}, "error moved"},
		{"redirected to a category", Response{Final: "https://shop.example/c/lamps", Body: good}, "error moved"},
		{"redirected to a search of its name", Response{Final: "https://shop.example/search?q=kestrel-9", Body: good}, "error moved"},
		{"redirected to another product", Response{Final: "https://shop.example/p/kestrel-9-pro", Body: good}, "error moved"},
		{"redirected to the login", Response{Final: "https://shop.example/login?next=/p/kestrel-9", Body: []byte(productPage(""))}, "error blocked"},
		{"redirected within", Response{Final: "https://www.shop.example/en/p/kestrel-9/?utm_source=x", Body: good}, "in_stock"},
		{"redirected, and says itself that it is the one", Response{Final: "https://shop.example/lamps/77",
			Body: []byte(strings.Replace(string(good), "<head>", `<head><link rel="canonical" href="/p/kestrel-9">`, 1))}, "in_stock"},
		{"another product by its canonical URL", Response{
			Body: []byte(strings.Replace(string(good), "<head>", `<head><link rel="canonical" href="/p/merlin-3">`, 1))}, "error moved"},
		{"the shop's own URL as canonical, and no product described", Response{
			Body: []byte(strings.Replace(string(good), "<head>", `<head><link rel="canonical" href="/">`, 1))}, "error moved"},
		{"the shop's own URL as canonical of a product", Response{
			Body: []byte(strings.Replace(productPage(jsonLDOffer("InStock")), "<head>", `<head><link rel="canonical" href="/">`, 1))}, "in_stock 49.90 USD"},
		{"waiting room", Response{Body: []byte(`<title>Queue-it</title><p>You are now in line</p>`)}, "error queue"},
		{"maintenance", Response{Body: []byte(`<title>Site under maintenance</title><p>We will be back</p>`)}, "error http"},
		{"says that it is not there", Response{Body: []byte(`<title>404 Not Found</title><h1>Oops</h1>`)}, "error moved"},
		{"a captcha beside a product", Response{Body: []byte(productPage(`<button>Add to cart</button><div class="g-recaptcha"></div>`))}, "in_stock"},
		{"a captcha alone", Response{Body: []byte(`<title>Shop</title><div class="g-recaptcha"></div>`)}, "error blocked"},
	}
	for _, tt := range tests {
		if got := read(t, plain, tt.r); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestReadListings(t *testing.T) {
	list := `<script type="application/ld+json">{"@type":"ItemList","itemListElement":[
		{"@type":"ListItem","item":{"@type":"Product","name":"Merlin 3","url":"/p/1","offers":{"price":"39.00","priceCurrency":"USD","availability":"InStock"}}},
		{"@type":"ListItem","item":{"@type":"Product","name":"Osprey 5","url":"/p/2","offers":{"price":"59.00","priceCurrency":"USD","availability":"OutOfStock"}}}]}</script>`
	r := Response{Body: []byte(`<title>Lamps</title>` + list + `<h1>Lamps</h1>`)}
	if got, want := read(t, `{"name": "lamps", "url": "https://shop.example/c/lamps"}`, r), "Merlin 3: in_stock 39.00 USD; Osprey 5: sold_out 59.00 USD"; got != want {
		t.Errorf("a list in the structured data: got %q, want %q", got, want)
	}
	c := resolve(t, `{"name": "lamps", "url": "https://shop.example/c/lamps"}`)
	r.URL, r.Final, r.Status = c.URL, c.URL, 200
	r.Body = append(r.Body, `<a rel="next" href="?page=2">2</a>`...)
	p, err := Read(&r, c)
	if err != nil || p.Next != "https://shop.example/c/lamps?page=2" || !p.Listing {
		t.Errorf("next page: %+v, %v", p, err)
	}
	if p.Items[0].Link != "https://shop.example/p/1" || p.Items[0].Key != "https://shop.example/p/1" {
		t.Errorf("item: %+v", p.Items[0])
	}
}

func TestEvidence(t *testing.T) {
	c := resolve(t, plain)
	body := "<!doctype html>\n<html><head>\n" + jsonLDOffer("InStock") + "</head><body><main><h1>Kestrel 9 Desk Lamp</h1>\n<div class=\"buy-box\"><p class=\"stock\">Out of stock</p></div></main></body></html>"
	p, err := Read(&Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: []byte(body)}, c)
	if err != nil {
		t.Fatal(err)
	}
	it := p.Items[0]
	if it.Key != "sku:KD-9" || it.Link != c.URL || it.Title != "Kestrel 9 Desk Lamp" {
		t.Errorf("item: %+v", it)
	}
	want := Evidence{Source: "buy-box", Selector: "main > div.buy-box > p.stock", Text: "Out of stock", Says: "sold_out", Won: true}
	if it.Evidence[0] != want {
		t.Errorf("what won is %+v, want %+v", it.Evidence[0], want)
	}
	lost := false
	for _, e := range it.Evidence {
		if e.Source == "json-ld" && e.Says == string(checker.InStock) {
			lost = !e.Won && e.Line == 3
		}
	}
	if !lost {
		t.Errorf("the metadata's word is not there as what lost: %+v", it.Evidence)
	}
}
