package page

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestEmbeddedState(t *testing.T) {
	next := func(s string) string {
		return `<script id="__NEXT_DATA__" type="application/json">` + s + `</script>`
	}
	tests := []struct{ name, body, want string }{
		// What says it.
		{"a truth value", next(`{"props":{"product":{"name":"Kestrel 9 Desk Lamp","inStock":true}}}`), "in_stock"},
		{"a truth value of the opposite", next(`{"product":{"name":"Kestrel 9 Desk Lamp","soldOut":true}}`), "sold_out"},
		{"a word", next(`{"product":{"title":"Kestrel 9 Desk Lamp","availabilityStatus":"OUT_OF_STOCK"}}`), "sold_out"},
		{"a count", next(`{"product":{"name":"Kestrel 9 Desk Lamp","stockQuantity":4}}`), "in_stock"},
		{"no count", next(`{"product":{"name":"Kestrel 9 Desk Lamp","stock_quantity":0}}`), "sold_out"},
		{"an object", next(`{"product":{"name":"Kestrel 9 Desk Lamp","stock":{"stockLevelStatus":"inStock","stockLevel":7}}}`), "in_stock"},
		{"an offer", next(`{"product":{"name":"Kestrel 9 Desk Lamp","offers":[{"availability":"https://schema.org/SoldOut"}]}}`), "sold_out"},
		{"how many are in the cart", next(`{"product":{"name":"Kestrel 9 Desk Lamp","quantity":1}}`), "error unknown"},
		{"a code", next(`{"product":{"name":"Kestrel 9 Desk Lamp","stockStatus":1}}`), "error unknown"},
		{"both", next(`{"product":{"name":"Kestrel 9 Desk Lamp","inStock":true,"stockQuantity":0}}`), "error unknown"},
		{"both by words", next(`{"product":{"name":"Kestrel 9 Desk Lamp","available":true,"soldOut":true}}`), "error unknown"},
		{"two descriptions that differ", next(`[{"name":"Kestrel 9 Desk Lamp","inStock":true},{"name":"Kestrel 9 Desk Lamp","inStock":false}]`), "error unknown"},
		{"a variant that is left", next(`{"product":{"title":"Kestrel 9 Desk Lamp","variants":[{"id":1,"available":false},{"id":2,"available":true}]}}`), "in_stock"},
		{"no variant left", next(`{"product":{"title":"Kestrel 9 Desk Lamp","variants":[{"id":1,"available":false},{"id":2,"available":false}]}}`), "sold_out"},

		// Where it stands.
		{"an assignment", `<script>window.__INITIAL_STATE__ = {"product":{"name":"Kestrel 9 Desk Lamp","isInStock":false}};</script>`, "sold_out"},
		{"a text that is parsed", `<script>window.__PRELOADED_STATE__ = JSON.parse("{\"product\":{\"name\":\"Kestrel 9 Desk Lamp\",\"inStock\":false}}")</script>`, "sold_out"},
		{"a store of objects", `<script>window.__APOLLO_STATE__={"Product:7":{"__typename":"Product","name":"Kestrel 9 Desk Lamp","inStock":false}}</script>`, "sold_out"},
		{"a data layer", `<script>dataLayer.push({'ecommerce': {'detail': {'products': [{'name': 'Kestrel 9 Desk Lamp', 'price': '49.90', 'availability': 'out of stock'}]}}});</script>`, "sold_out"},
		{"a function that is called", `<script>window.__NUXT__=(function(a,b,c){return {layout:"default",data:[{product:{name:a,inStock:b,variants:[]}}],cart:c}}("Kestrel 9 Desk Lamp",false,{}));</script>`, "sold_out"},
		{"a function with a quoted word like an argument's name", `<script>window.__NUXT__=(function(a){return {data:[{product:{name:"Kestrel 9 Desk Lamp",inStock:a,availability:"a"}}]}}(true))</script>`, "in_stock"},
		{"a list of values by their places", `<script type="application/json" id="__NUXT_DATA__">[["ShallowReactive",1],{"data":2},["Reactive",3],{"product":4},{"name":5,"inStock":6,"related":7},"Kestrel 9 Desk Lamp",false,[4]]</script>`, "sold_out"},
		{"a list of values, with variants", `<script type="application/json" id="__NUXT_DATA__">[{"product":1},{"title":2,"variants":3},"Kestrel 9 Desk Lamp",[4,6],{"id":8,"available":5},false,{"id":9,"available":7},true,11,12]</script>`, "in_stock"},
		{"a list of values whose places are none", `<script type="application/json" id="__NUXT_DATA__">[{"product":1},{"name":99,"inStock":-1,"stock":"x"}]</script>`, "error unknown"},
		{"another script", `<script>var state = {"product":{"name":"Kestrel 9 Desk Lamp","inStock":false}};</script>`, "error unknown"},
		{"a list of others", next(`{"recommendations":[{"name":"Kestrel 9 Desk Lamp","inStock":false}]}`), "error unknown"},

		// What ties it to the page.
		{"another name", next(`{"product":{"name":"Merlin 3","inStock":true}}`), "error unknown"},
		{"no name", next(`{"product":{"inStock":true}}`), "error unknown"},
		{"its address", next(`{"product":{"name":"Kestrel","url":"/p/kestrel-9","inStock":true}}`), "in_stock"},
		{"its number in the address", next(`{"product":{"name":"The lamp","sku":"kestrel-9","inStock":true}}`), "in_stock"},

		// Beside other evidence.
		{"the button says otherwise", next(`{"product":{"name":"Kestrel 9 Desk Lamp","inStock":false}}`) + `<button>Add to cart</button>`, "in_stock"},
		{"JSON-LD says otherwise", jsonLDOffer("InStock") + next(`{"product":{"name":"Kestrel 9 Desk Lamp","inStock":false}}`), "error unknown"},
		{"JSON-LD says the same", jsonLDOffer("InStock") + next(`{"product":{"name":"Kestrel 9 Desk Lamp","inStock":true}}`), "in_stock 49.90 USD"},

		// Its price counts where the page has it too.
		{"a price that is shown", next(`{"product":{"name":"Kestrel 9 Desk Lamp","inStock":true,"priceInfo":{"currentPrice":{"price":49.9}}}}`) + `<p>$49.90</p><p>In stock</p>`, "in_stock 49.90 USD"},
		{"a price in cents", next(`{"product":{"name":"Kestrel 9 Desk Lamp","inStock":true,"price":4990}}`) + `<p>In stock</p>`, "in_stock"},
	}
	for _, tt := range tests {
		if got := read(t, plain, Response{Body: []byte(productPage(tt.body))}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestEmbeddedStateHasEvidence(t *testing.T) {
	c := resolve(t, plain)
	body := productPage(`<script id="__NEXT_DATA__" type="application/json">{"props":{"product":{"name":"Kestrel 9 Desk Lamp","inStock":true}}}</script>`)
	p, err := Read(&Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: []byte(body)}, c)
	if err != nil {
		t.Fatal(err)
	}
	want := Evidence{Source: "embedded", Selector: "script#__NEXT_DATA__.props.product.instock", Text: "true", Says: "in_stock", Won: true}
	if got := p.Items[0].Evidence[0]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A list whose values stand in each other to no end is followed as deep as any data.
func TestNestedNuxtList(t *testing.T) {
	var b strings.Builder
	b.WriteString(`[{"stock":1}`)
	for i := range 100_000 {
		fmt.Fprintf(&b, ",[%d]", i+2)
	}
	b.WriteString("]")
	if got := read(t, plain, Response{Body: []byte(productPage(`<script type="application/json" id="__NUXT_DATA__">` + b.String() + `</script>`))}); got != "error unknown" {
		t.Errorf("got %s", got)
	}
}
