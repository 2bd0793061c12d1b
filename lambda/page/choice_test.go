package page

import "testing"

// A control that can't be used before something is chosen says nothing of stock;
// what the page's data says then counts.
func TestControlThatWaitsForAChoice(t *testing.T) {
	const off = `<button disabled>Add to cart</button>`
	tests := []struct{ name, body, want, withData string }{
		{"a list", `<select name="size"><option value="">Size</option><option>S</option><option>M</option></select>`, "error unknown", "in_stock 49.90 USD"},
		{"radio buttons", `<input type="radio" name="c" value="1"><input type="radio" name="c" value="2">`, "error unknown", "in_stock 49.90 USD"},
		{"sizes as buttons", `<div class="product-sizes"><button>S</button><button>M</button></div>`, "error unknown", "in_stock 49.90 USD"},
		{"colours as pictures", `<ul class="swatch-list"><li><a href="?c=1"><img src="1.png"></a></li><li><a href="?c=2"><img src="2.png"></a></li></ul>`, "error unknown", "in_stock 49.90 USD"},
		{"a group of radio roles", `<div role="radiogroup"><div role="radio">128 GB</div><div role="radio">256 GB</div></div>`, "error unknown", "in_stock 49.90 USD"},
		{"words that ask for it", `<span>Please select a size</span>`, "error unknown", "in_stock 49.90 USD"},
		{"words of another language", `<span>Bitte wählen Sie eine Größe</span>`, "error unknown", "in_stock 49.90 USD"},
		{"words of a script without spaces", `<span>サイズを選択してください</span>`, "error unknown", "in_stock 49.90 USD"},

		// Without a choice the control is off because there is none to be had; where the
		// data says otherwise neither is certain.
		{"nothing to choose", ``, "sold_out", "error unknown"},
		{"one size alone", `<div class="sizes"><button>One size</button></div>`, "sold_out", "error unknown"},
		{"a quantity", `<select name="quantity"><option>1</option><option>2</option></select>`, "sold_out", "error unknown"},
		{"a hidden choice", `<div class="sizes" hidden><button>S</button><button>M</button></div>`, "sold_out", "error unknown"},
		{"the words of a description", `<p>We select each lamp by hand.</p>`, "sold_out", "error unknown"},

		// Words for sold out need no control.
		{"sold out in words", `<div class="sizes"><button>S</button><button>M</button></div><p>Sold out</p>`, "sold_out", "sold_out 49.90 USD"},
	}
	twice := boxedPage(off, `<div><span>Choose an option</span>`+off+`</div>`)
	if got := read(t, plain, Response{Body: []byte(twice)}); got != "error unknown" {
		t.Errorf("a control that is there twice, with words at the second: %s", got)
	}
	for _, tt := range tests {
		if got := read(t, plain, Response{Body: []byte(productPage(tt.body + off))}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if got := read(t, plain, Response{Body: []byte(productPage(jsonLDOffer("InStock") + tt.body + off))}); got != tt.withData {
			t.Errorf("%s, with data: %s, want %s", tt.name, got, tt.withData)
		}
	}
}

// Where some sizes are marked as sold out, those that are not can be had, if nothing
// else tells.
func TestSizesThatAreLeft(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"by words", `<ul class="sizes"><li><button>XS Sold out</button></li><li><button>S</button></li></ul>`, "in_stock"},
		{"by the class of the row", `<ul class="size-list"><li class="size--out-of-stock"><button>XS</button></li><li><button>S</button></li></ul>`, "in_stock"},
		{"by the control", `<div class="swatches"><button disabled>Red</button><button>Blue</button></div>`, "in_stock"},
		{"none is marked", `<ul class="sizes"><li><button>XS</button></li><li><button>S</button></li></ul>`, "error unknown"},
		{"all are marked", `<ul class="sizes"><li><button disabled>XS</button></li><li><button disabled>S</button></li></ul>`, "error unknown"},
		{"the page says more", `<ul class="sizes"><li><button disabled>XS</button></li><li><button>S</button></li></ul><p>Sold out</p>`, "sold_out"},
		{"its data says otherwise", `<ul class="sizes"><li><button disabled>XS</button></li><li><button>S</button></li></ul>` + jsonLDOffer("OutOfStock"), "sold_out 49.90 USD"},
		{"the control is off", `<ul class="sizes"><li><button disabled>XS</button></li><li><button>S</button></li></ul><button disabled>Add to cart</button>`, "error unknown"},
	}
	for _, tt := range tests {
		if got := read(t, plain, Response{Body: []byte(productPage(tt.body))}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
