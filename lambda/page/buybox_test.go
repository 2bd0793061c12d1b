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
