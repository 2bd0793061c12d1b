package page

import "testing"

// boxedPage is a page whose heading stands in a box of its own with the body, with
// the rest of its main part after that.
func boxedPage(body, rest string) string {
	return `<!doctype html><html lang="en"><title>Kestrel 9 Desk Lamp - Example Shop</title><main><div class="product"><div><h1>Kestrel 9 Desk Lamp</h1></div>` + body + `</div>` + rest + `</main></html>`
}

// What stands near pictures that are links may be said of another product; in the
// heading's own box it is said of the page's.
func TestPicturesInTheBox(t *testing.T) {
	logo := `<a href="/pay"><img src="pay.png"></a>`
	tests := []struct{ name, body, rest, want string }{
		{"a way to pay beside the button", `<div><p class="price">$49.90</p>` + logo + `</div><div>` + buyButton + `</div>`, "", "in_stock 49.90 USD"},
		{"a brand beside words", `<div><a href="/brand"><img src="brand.png"></a><p>In stock</p></div>`, "", "in_stock"},
		{"the picture of the product leads to the page itself", `<div><a href="/p/kestrel-9"><img src="k.jpg"></a><p>In stock</p>` + buyButton + `</div>`, "", "in_stock"},
		{"another product beside the box", `<p class="price">$49.90</p>`, `<div><div><a href="/p/2"><img src="2.jpg"></a><p>A bulb</p>` + buyButton + `</div></div>`, "error unknown"},
		{"another product in the box, by its name", `<p class="price">$49.90</p><div>` + logo + buyButton + `</div><div><a href="/p/2"><h3>Bulb</h3></a>` + buyButton + `</div>`, "", "error unknown"},
		{"several products with pictures in the box", `<div><a href="/p/2"><img src="2.jpg"></a>` + buyButton + `</div><div><a href="/p/3"><img src="3.jpg"></a>` + buyButton + `</div><div><a href="/p/4"><img src="4.jpg"></a>` + buyButton + `</div>`, "", "error unknown"},
		{"its own words count first", `<p>Sold out</p><div>` + logo + buyButton + `</div>`, "", "sold_out"},
	}
	for _, tt := range tests {
		if got := read(t, plain, Response{Body: []byte(boxedPage(tt.body, tt.rest))}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// The heading is what the title repeats, even where the shop's own name is the h1, or
// the page has none.
func TestHeadingOfOldPages(t *testing.T) {
	page := func(title, body string) string {
		return `<!doctype html><html lang="en"><title>` + title + `</title><body>` + body + `</body></html>`
	}
	related := `<div><h3><a href="/p/2">Osprey 5</a></h3><span>$5.00</span>` + buyButton + `</div>`
	tests := []struct{ name, page, want string }{
		{"the shop's name is the h1", page("Kestrel 9 Desk Lamp - Example", `<h1><a href="/">Example</a></h1><table><tr><td><b>Kestrel 9 Desk Lamp</b><p class="price">$49.90</p><p>Sold out</p></td></tr></table>`+related), "sold_out 49.90 USD"},
		{"the shop's name in a link is the h1", page("Kestrel 9 Desk Lamp - Example", `<a href="https://shop.example/"><h1>Example</h1></a><div><h2>Kestrel 9 Desk Lamp</h2><p class="price">$49.90</p>`+buyButton+`</div>`), "in_stock 49.90 USD"},
		{"no h1", page("Kestrel 9 Desk Lamp - Example", `<div><div class="name">Kestrel 9 Desk Lamp</div><p class="price">$49.90</p>`+buyButton+`</div>`+related), "in_stock 49.90 USD"},
		{"the h1 are those of cards", page("Kestrel 9 Desk Lamp", `<div><p>Kestrel 9 Desk Lamp</p><div><p class="price">$49.90</p>`+buyButton+`</div></div>
			<ul><li><a href="/p/2"><h1>Osprey 5</h1></a></li><li><a href="/p/3"><h1>Merlin 3</h1></a></li><li><a href="/p/4"><h1>Harrier 2</h1></a></li></ul>`), "in_stock 49.90 USD"},
		{"nothing on the page is in its title", page("Example Shop", `<div><span>Deal of the day: Merlin 3</span><span>$39.00</span>`+buyButton+`</div>`), "error unknown"},
		{"the longer h1 counts", page("Example Kestrel 9 Desk Lamp", `<div><h1>Example</h1></div><div><h1>Kestrel 9 Desk Lamp</h1><p>Sold out</p></div>`), "sold_out"},
	}
	for _, tt := range tests {
		if got := read(t, plain, Response{Body: []byte(tt.page)}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A line that says of the product by its name that it is sold out is understood; so is
// nothing of a page whose lines wait for a script.
func TestLinesAboutTheProduct(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"its name", `<p>Oh no! The Kestrel 9 Desk Lamp is out of stock right now.</p>`, "sold_out 49.90 USD"},
		{"its name in another writing", `<p>KESTREL 9 DESK LAMP is sold out</p>`, "sold_out 49.90 USD"},
		{"another's name", `<p>The Osprey 5 is out of stock right now.</p>`, "error unknown"},
		{"two ways to say it", `<p>This product is currently sold out and unavailable.</p>`, "sold_out 49.90 USD"},
		{"to be filled in", `<p>{{ stock.label }}</p><button>Sold out</button>`, "in_stock 49.90 USD"},
		{"to be filled in elsewhere", `<p>Sold out</p></main><div>{{ cart.count }}</div><main>`, "sold_out 49.90 USD"},
	}
	for _, tt := range tests {
		if got := read(t, plain, Response{Body: []byte(productPage(jsonLDOffer("InStock") + tt.body))}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := read(t, plain, Response{Body: []byte(productPage(`<p>{{ stock.label }}</p>` + buyButton))}); got != "error unknown" {
		t.Errorf("a control before any script: %s, want error unknown", got)
	}
}

// A robot check with something to buy beside it is one; a product with such a title is
// told by its data.
func TestRobotCheckWithAnOffer(t *testing.T) {
	robots := func(head string) []byte {
		return []byte(`<!doctype html><html lang="en"><title>Robot or human?</title>` + head + `<nav>Lamps</nav><h1>Robot or human?</h1><p>Activate and hold the button.</p><div><span>$39.00</span>` + buyButton + `</div></html>`)
	}
	if got := read(t, plain, Response{Body: robots("")}); got != "error blocked" {
		t.Errorf("a robot check: %s", got)
	}
	game := `<script type="application/ld+json">{"@type":"Product","name":"Robot or human?","offers":{"price":"39.00","priceCurrency":"USD","availability":"InStock"}}</script>`
	if got := read(t, plain, Response{Body: robots(game)}); got != "in_stock 39.00 USD" {
		t.Errorf("a game of that name: %s", got)
	}
}
