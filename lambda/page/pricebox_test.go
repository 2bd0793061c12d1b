package page

import "testing"

const buyButton = `<button>Add to cart</button>`

// The price of a page without structured data is the one that its buy box shows.
func TestVisiblePrice(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"named", `<p class="price">$49.90</p>`, "in_stock 49.90 USD"},
		{"a line of its own", `<div>$49.90</div>`, "in_stock 49.90 USD"},
		{"said twice", `<div class="price">$49.90$49.90</div>`, "in_stock 49.90 USD"},
		{"the button's own", `<button>Add to cart – $49.90</button>`, "in_stock 49.90 USD"},
		{"from", `<p class="price">from $49.90</p>`, "in_stock 49.90 USD"},
		{"a range", `<p class="price">$49.90 – $89.90</p>`, "in_stock 49.90 USD"},

		// Of several the one to pay.
		{"struck out in one line", `<p><s>$59.90</s> $49.90</p>`, "in_stock 49.90 USD"},
		{"struck out, and a name for the other", `<div><s>$59.90</s></div><div class="discountPrice"><span class="prodPrice">$49.90</span></div>`, "in_stock 49.90 USD"},
		{"struck out alone", `<div><s>$59.90</s></div>`, "in_stock"},
		{"names of one word", `<div class="slider-price"><i class="slider-priceold">$59.90</i></div><div class="slider-price"><i class="slider-pricenew">$49.90</i></div>`, "in_stock 49.90 USD"},
		{"names by capitals", `<span id="oldPriceAmount">$59.90</span> <span id="reducedPriceAmount">$49.90</span>`, "in_stock 49.90 USD"},
		{"the old one within the new one's element", `<div class="price">$49.90 <div class="price_before">$59.90</div></div>`, "in_stock 49.90 USD"},
		{"an old price in another language", `<div class="precio-antes">$59.90</div><div class="precio">$49.90</div>`, "in_stock 49.90 USD"},
		{"the old one by its name in an element of prices", `<div class="prices"><span class="old">$59.90</span> <span class="cur">$49.90</span> <span>you save $10</span></div>`, "in_stock 49.90 USD"},
		{"with tax by its name", `<span class="price-including-tax">$49.90</span> <span class="price-excluding-tax">$40.00</span>`, "in_stock 49.90 USD"},
		{"with tax first by its name", `<div class="price"><span class="price-vat">$49.90</span><span class="price-novat">$40.00</span></div>`, "in_stock 49.90 USD"},
		{"a recommended price", `<div class="SuggestedRetailPrice">$59.90</div><div class="price">$49.90</div>`, "in_stock 49.90 USD"},
		{"a recommended price by its words", `<div class="price">List price: $59.90</div><div class="price">$49.90</div>`, "in_stock 49.90 USD"},
		{"the nearest name counts", `<div class="sale-price"><span class="old-price">$59.90</span></div><div class="price">$49.90</div>`, "in_stock 49.90 USD"},
		{"called old before there is a new one", `<ul class="price-list"><li class="price"><span class="price-old">$49.90</span></li></ul>`, "in_stock 49.90 USD"},
		{"two called old", `<ul><li class="price"><span class="price-old">$49.90</span></li><li class="price"><span class="price-old">$59.90</span></li></ul>`, "in_stock"},
		{"without tax beside with tax", `<div class="price-excl-tax">$40.00</div><div class="price">$49.90</div>`, "in_stock 49.90 USD"},
		{"what is left after a percentage", `<p>$100.00 $68.00 (-32 %)</p>`, "in_stock 68.00 USD"},
		{"a percentage of something else", `<p>$100.00 $90.00 (-32 %)</p>`, "in_stock 100.00 USD"},

		// What is sold beside the product.
		{"a warranty", `<p>$229.99</p><div class="warrantyBox"><p class="price">$59.99</p></div>`, "in_stock 229.99 USD"},
		{"the price in a part that is named after shipping too", `<div class="ShippingOffer PriceHero"><b>$229.99</b></div>`, "in_stock 229.99 USD"},
		{"instalments", `<p>$229.99</p><div class="installments"><b class="price">$19.17</b></div>`, "in_stock 229.99 USD"},
		{"shipping by its name", `<p>$229.99</p><p class="price-ship">$6.99 Shipping</p>`, "in_stock 229.99 USD"},
		{"for a litre", `<p>$22.99</p><p class="unit-price">$45.98 per litre</p>`, "in_stock 22.99 USD"},
		{"another product's card", `<p>$22.99</p><div><a href="/p/2"><h3>Kestrel bulb</h3></a><span class="price">$5.00</span></div>`, "in_stock 22.99 USD"},
		{"words with an amount", `<p>Orders over $35 ship free</p>`, "in_stock"},
		{"a name like a currency", `<ul><li>Gel 2 in 1</li></ul>`, "in_stock"},
		{"a gift card", `<p class="price">$39.50</p><div id="priceblock_card">Pay $9.50: get a $30 gift card on approval</div>`, "in_stock 39.50 USD"},

		// In several elements.
		{"cents apart", `<p class="price">$<b>49</b><sup>90</sup></p>`, "in_stock 49.90 USD"},
		{"whole and fraction", `<span class="price"><span class="price-whole">49</span><span class="price-fraction">90</span> $</span>`, "in_stock 49.90 USD"},
		{"the whole by another name", `<span class="price"><span class="price-currency">$</span><span class="price-characteristic">49</span><span class="price-mantissa">90</span></span>`, "in_stock 49.90 USD"},
	}
	for _, tt := range tests {
		body := tt.body
		if tt.name != "the button's own" {
			body += buyButton
		}
		if got := read(t, plain, Response{Body: []byte(productPage(body))}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Which price is believed where the page and its data differ.
func TestPriceOfPageAndData(t *testing.T) {
	microdata := `<div itemscope itemtype="https://schema.org/Product"><meta itemprop="name" content="Kestrel 9 Desk Lamp"><div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><meta itemprop="price" content="59.90"><meta itemprop="priceCurrency" content="USD"></div></div>`
	jsonLD := `<script type="application/ld+json">{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{"price":"59.90","priceCurrency":"USD"}}</script>`
	tests := []struct{ name, body, want string }{
		{"microdata that the page has as the old one", microdata + `<div class="full-price">$59.90 -17%</div><div class="price">$49.90</div>`, "in_stock 49.90 USD"},
		{"microdata that the page does not have", microdata + `<div class="price">$49.90</div>`, "in_stock 49.90 USD"},
		{"microdata that the page has too", microdata + `<div class="price">$49.90</div><div class="price">$59.90</div>`, "in_stock 59.90 USD"},
		{"microdata, and a price in another currency", microdata + `<div class="price">€49.90</div>`, "in_stock 59.90 USD"},
		{"microdata, and its whole amount", microdata + `<div class="price">$59</div>`, "in_stock 59.90 USD"},
		{"microdata, and a price that nothing names", microdata + `<p>$49.90</p>`, "in_stock 59.90 USD"},
		{"JSON-LD that the page does not have", jsonLD + `<div class="price">$49.90</div>`, "in_stock 59.90 USD"},
		{"JSON-LD that the page has struck out", jsonLD + `<div class="price"><s>$59.90</s></div><div class="price">$49.90</div>`, "in_stock 49.90 USD"},
		{"JSON-LD that the page has as list price", jsonLD + `<div class="list-price">$59.90</div><div class="price">$49.90</div>`, "in_stock 59.90 USD"},
		{"JSON-LD that is struck out below a higher one", jsonLD + `<div class="price"><s>$59.90</s></div><div class="price">$69.90</div>`, "in_stock 59.90 USD"},
	}
	for _, tt := range tests {
		if got := read(t, plain, Response{Body: []byte(productPage(tt.body + buyButton))}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// The price beside a heading that is one of many is a card's.
func TestPriceOfRepeatedHeadings(t *testing.T) {
	card := func(name, price string) string {
		return `<section class="c"><div class="i"><h1>` + name + `</h1><p class="price">` + price + `</p></div></section>`
	}
	body := `<!doctype html><title>Kestrel 9 Desk Lamp</title><main><p class="price">$29.00</p>` + buyButton + card("Merlin 3", "$5.00") + card("Kestrel 9 Desk Lamp", "$49.00") + card("Hobby 1", "$7.00") + `</main>`
	if got, want := read(t, plain, Response{Body: []byte(body)}), "in_stock"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The heading may be nearer to the button than to the price.
func TestPriceFarFromTheButton(t *testing.T) {
	for _, tt := range []struct{ box, prices, want string }{
		{buyButton, `<p class="price">$49.90</p>`, "in_stock 49.90 USD"},
		{buyButton, `<p class="price">$49.90</p><p class="price">$59.90</p>`, "in_stock"},
		{buyButton, `<p>$49.90</p>`, "in_stock"},
		{`<p>Sold out</p>`, `<p class="price">$49.90</p>`, "sold_out"},
	} {
		body := `<!doctype html><title>Kestrel 9 Desk Lamp</title><main><div><h1>Kestrel 9 Desk Lamp</h1>` + tt.box + `</div><div>` + tt.prices + `</div></main>`
		if got := read(t, plain, Response{Body: []byte(body)}); got != tt.want {
			t.Errorf("%s beside %s: %s, want %s", tt.prices, tt.box, got, tt.want)
		}
	}
}

// The currency of a price is told by its sign, the page's data, the shop's country or
// the page's language, in this order.
func TestCurrencyOfThePage(t *testing.T) {
	page := func(lang, head, price string) []byte {
		return []byte(`<!doctype html><html` + lang + `><head><title>Kestrel 9 Desk Lamp</title>` + head + `</head><main><h1>Kestrel 9 Desk Lamp</h1><p class="price">` + price + `</p>` + buyButton + `</main></html>`)
	}
	tests := []struct{ name, url, lang, head, price, want string }{
		{"the shop's country", "https://shop.example.com.au/p/1", "", "", "$49.90", "in_stock 49.90 AUD"},
		{"the shop's country, without a sign", "https://shop.example.ch/p/1", "", "", "49.90", "in_stock 49.90 CHF"},
		{"the page's region", "https://shop.example/p/1", ` lang="en-CA"`, "", "$49.90", "in_stock 49.90 CAD"},
		{"the region of og:locale", "https://shop.example/p/1", ` lang="en"`, `<meta property="og:locale" content="en_NZ">`, "$49.90", "in_stock 49.90 NZD"},
		{"og:locale alone", "https://shop.example/p/1", "", `<meta property="og:locale" content="en_NZ">`, "$49.90", "in_stock 49.90 NZD"},
		{"og:locale of another language", "https://shop.example/p/1", ` lang="es"`, `<meta property="og:locale" content="en_US">`, "$49.90", "in_stock 49.90 USD"},
		{"the page's region before that of og:locale", "https://shop.example/p/1", ` lang="en-CA"`, `<meta property="og:locale" content="en_NZ">`, "$49.90", "in_stock 49.90 CAD"},
		{"its data", "https://shop.example.ch/p/1", "", `<script type="application/ld+json">{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{"price":"49.90","priceCurrency":"EUR"}}</script>`, "49.90", "in_stock 49.90 EUR"},
		{"no one tells", "https://shop.example/p/1", "", "", "49.90", "in_stock 49.90"},
	}
	for _, tt := range tests {
		def := `{"name": "lamp", "url": "` + tt.url + `"}`
		if got := read(t, def, Response{Body: page(tt.lang, tt.head, tt.price)}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Pages name a price in meta elements of no standard too, written for people.
func TestMetaPriceForPeople(t *testing.T) {
	page := func(content string) []byte {
		return []byte(`<!doctype html><html lang="ko"><head><title>Kestrel 9</title><meta property="og:title" content="Kestrel 9"><meta property="og:price" content="` + content + `"></head><main><h1>Kestrel 9</h1>` + buyButton + `</main></html>`)
	}
	for content, want := range map[string]string{"2,900원~": "in_stock 2900 KRW", "$49.90": "in_stock 49.90 USD", "on request": "in_stock"} {
		if got := read(t, plain, Response{Body: page(content)}); got != want {
			t.Errorf("%s: %s, want %s", content, got, want)
		}
	}
}
