package page

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// grid is a listing of cards that differ in number, name and price alone.
func grid(card string) string {
	var b strings.Builder
	for i, name := range []string{"Merlin 3 Desk Lamp", "Osprey 5 Floor Lamp", "Kestrel 9 Wall Lamp", "Harrier 2 Spotlight"} {
		b.WriteString(strings.NewReplacer("{i}", fmt.Sprint(i+1), "{name}", name, "{price}", fmt.Sprintf("$%d9.00", i+1)).Replace(card))
	}
	return `<!doctype html><html lang="en"><title>Lamps</title><main><h1>Lamps</h1><div class="grid">` + b.String() + `</div></main>`
}

// A card's product is named by its title, wherever that stands and whatever else
// the card says and links to.
func TestCardNames(t *testing.T) {
	want := []string{"Merlin 3 Desk Lamp /p/1 19.00 USD", "Osprey 5 Floor Lamp /p/2 29.00 USD", "Kestrel 9 Wall Lamp /p/3 39.00 USD", "Harrier 2 Spotlight /p/4 49.00 USD"}
	tests := []struct{ name, card string }{
		{"a linked heading", `<div><h3><a href="/p/{i}">{name}</a></h3><p class="price">{price}</p><button>Add to cart</button></div>`},
		{"a heading in a link", `<div><a href="/p/{i}"><h3>{name}</h3></a><p class="price">{price}</p><button>Add to cart</button></div>`},
		{"the whole card is a link", `<a href="/p/{i}"><img src="{i}.jpg"><div class="badge">New</div><div class="card-title">{name}</div><div class="price">{price}</div><div>In stock</div></a>`},
		{"a link around all of the card", `<div><a href="/p/{i}"><div>Sale</div><div class="grid-product__title">{name}</div><div class="grid-product__vendor">Example Lighting of Example Town Ltd</div><div class="price">{price}</div></a><button>Add to cart</button></div>`},
		{"a title without a link, and a link that says more", `<div><a href="/p/{i}"><img src="{i}.jpg"></a><h4 class="type">A bundle of several things together</h4><h2 class="product__title">{name}</h2><h2 class="price">{price}</h2><p>33 left</p><a href="/p/{i}">More information</a></div>`},
		{"a link that says more than the name is long", `<div><a href="/p/{i}"><img src="{i}.jpg"></a><div><a href="/p/{i}">{name}</a></div><div class="price">{price}</div><a href="/p/{i}">Show me more of the details of this product</a><button>Add to cart</button></div>`},
		{"a link to somewhere else on each card", `<div><a href="/join">Become a member today</a><h3 class="name">{name}</h3><a href="/p/{i}"><img src="{i}.jpg"></a><div class="price">{price}</div><button>Add to cart</button></div>`},
		{"a brand by its name", `<div><div class="brand-name">The Example Lighting Company of Example Town</div><a class="product-name" href="/p/{i}">{name}</a><div class="price">{price}</div><button>Add to cart</button></div>`},
		{"a brand by its data", `<div itemscope><div itemprop="brand"><span class="name">The Example Lighting Company of Example Town</span></div><a href="/p/{i}"><span itemprop="name">{name}</span></a><div class="price">{price}</div><button>Add to cart</button></div>`},
		{"a name for tests", `<div><a href="/p/{i}"><span data-testid="product-title">{name}</span></a><span>The longest text of the whole card is this description of it.</span><div class="price">{price}</div><button>Add to cart</button></div>`},
		{"a picture's text alone", `<div><a href="/p/{i}"><img src="{i}.jpg" alt="{name}"></a><div class="price">{price}</div><button>Add to cart</button></div>`},
		{"text that is not set apart", `<div><a href="/p/{i}"><img src="{i}.jpg"></a><span>{name}</span><div class="price">{price}</div><button>Add to cart</button></div>`},
		{"a description that goes on", `<div><a href="/p/{i}">{name}</a><a href="/p/{i}">A lamp that was made for long evenings with good books and that …</a><div class="price">{price}</div><button>Add to cart</button></div>`},
		{"an old price beside the new one", `<a href="/p/{i}"><h5 class="name">{name}</h5><div>In stock</div><div class="price">{price} <div class="price_before">$99.00</div></div></a>`},
	}
	for _, tt := range tests {
		c := resolve(t, `{"name": "lamps", "url": "https://shop.example/c/lamps"}`)
		p, err := Read(&Response{URL: c.URL, Final: c.URL, Status: 200, Body: []byte(grid(tt.card))}, c)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, it := range p.Items {
			s := it.Title + " " + strings.TrimPrefix(it.Link, "https://shop.example")
			if it.Price != nil {
				s += " " + it.Price.String()
			}
			got = append(got, s)
			if !inHand(it.Availability) {
				t.Errorf("%s: %s is %s", tt.name, it.Title, it.Availability)
			}
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, want)
		}
	}
}

// What is read of products of which nothing says whether they are in stock is
// told with the error.
func TestItemsWithoutAvailability(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"a product", productPage(`<p class="price">$49.90</p>`), "Kestrel 9 Desk Lamp 49.90 USD"},
		{"its price is not certain", productPage(`<p class="price">$49.90</p><p class="price">$59.90</p>`), ""},
		{"a price among other words", productPage(`<p class="price">One set $49.90, you save $20</p>`), ""},
		{"a listing", grid(`<div><h3><a href="/p/{i}">{name}</a></h3><p class="price">{price}</p></div>`),
			"Merlin 3 Desk Lamp 19.00 USD; Osprey 5 Floor Lamp 29.00 USD; Kestrel 9 Wall Lamp 39.00 USD; Harrier 2 Spotlight 49.00 USD"},
	}
	for _, tt := range tests {
		c := resolve(t, plain)
		_, err := Read(&Response{URL: c.URL, Final: c.URL, Status: 200, Body: []byte(tt.body)}, c)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, it := range e.Items {
			got = append(got, it.Title+" "+it.Price.String())
			if it.Availability != "unknown" {
				t.Errorf("%s: %s", tt.name, it.Availability)
			}
		}
		if s := strings.Join(got, "; "); s != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, s, tt.want)
		}
	}
}

// Two or three products side by side make no listing, and none of them is the page's.
func TestFewCards(t *testing.T) {
	card := func(i string) string {
		return `<li><a href="/p/` + i + `">Lamp ` + i + `</a><span class="price">$` + i + `0</span>` + buyButton + `</li>`
	}
	tests := []struct{ name, body, want string }{
		{"two", `<h1>Lamps</h1><ul>` + card("1") + card("2") + `</ul>`, "error unknown"},
		{"three", `<h1>Lamps</h1><ul>` + card("1") + card("2") + card("3") + `</ul>`, "error unknown"},
		{"beside a product that can be bought", `<h1>Kestrel 9 Desk Lamp</h1><div>` + buyButton + `</div><ul>` + card("1") + card("2") + `</ul>`, "in_stock"},
		{"beside a product that is sold out", `<h1>Kestrel 9 Desk Lamp</h1><div><p>Sold out</p></div><ul>` + card("1") + card("2") + `</ul>`, "sold_out"},
		{"beside a product whose data says it", `<h1>Kestrel 9 Desk Lamp</h1>` + jsonLDOffer("OutOfStock") + `<ul>` + card("1") + card("2") + `</ul>`, "sold_out 49.90 USD"},
	}
	for _, tt := range tests {
		body := []byte(`<!doctype html><html lang="en"><title>Kestrel 9 Desk Lamp and more</title><main>` + tt.body + `</main></html>`)
		if got := read(t, plain, Response{Body: body}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
