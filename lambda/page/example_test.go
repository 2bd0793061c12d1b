package page_test

import (
	"fmt"
	"net/http"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// A page says that its product is sold out, whatever its metadata claims.
func Example() {
	d, err := checker.ParseDefinition([]byte(`{"name": "lamp", "url": "https://shop.example/p/kestrel-9"}`))
	if err != nil {
		panic(err)
	}
	c, err := checker.Resolve(d)
	if err != nil {
		panic(err)
	}
	p, err := page.Read(&page.Response{
		URL: c.URL, Final: c.URL, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: []byte(`<title>Kestrel 9 Desk Lamp</title>
<script type="application/ld+json">{"@type": "Product", "name": "Kestrel 9 Desk Lamp",
 "offers": {"price": "49.90", "priceCurrency": "USD", "availability": "InStock"}}</script>
<h1>Kestrel 9 Desk Lamp</h1><p>Out of stock</p><button>Notify me</button>`),
	}, c)
	if err != nil {
		panic(err)
	}
	it := p.Items[0]
	fmt.Println(it.Title, it.Availability, it.Price)
	for _, e := range it.Evidence {
		fmt.Println(e.Won, e.Source, e.Says)
	}
	// Output:
	// Kestrel 9 Desk Lamp sold_out 49.90 USD
	// true buy-box sold_out
	// true json-ld title
	// true json-ld price 49.90 USD
	// false json-ld in_stock
	// false buy-box button notify
}
