package page

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
)

// bigListing is a listing of the size that large shops' searches have.
func bigListing() []byte {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><title>rtx 5090</title><script>` + strings.Repeat("window.x=function(){return 1};", 1000) + `</script></head><body><h1>rtx 5090</h1><div class="item-cells-wrap">`)
	for i := range 96 {
		promo, button := "", `<button class="btn btn-primary">Add to cart</button>`
		if i%3 > 0 {
			promo, button = `<p class="item-promo"><i></i>OUT OF STOCK</p>`, `<button class="btn btn-secondary">Auto Notify</button>`
		}
		fmt.Fprintf(&b, `<div class="item-cell"><div class="item-container"><a class="item-img" href="/p/N82E168140%05d"><img src="/productimage/%d.jpg" title="Falcon"></a>`+
			`<div class="item-info"><div class="item-branding"><a class="item-brand" href="/b"><img src="/b.gif"></a><a class="item-rating" href="#"><i class="rating"></i><span>(%d)</span></a></div>`+
			`<a class="item-title" href="/p/N82E168140%05d?Item=1">Falcon RTX 5090 model %d 32GB GDDR7 PCI Express 5.0</a>%s<ul class="item-features">%s</ul></div>`+
			`<div class="item-action"><ul class="price"><li class="price-was">$2,499.99</li><li class="price-current">$<strong>2,%03d</strong><sup>.99</sup></li></ul><div class="item-button-area">%s</div></div></div></div>`,
			i, i, i, i, i, promo, strings.Repeat(`<li><strong>Core Clock:</strong> 2407 MHz in a long line of words about the card</li>`, 36), i, button)
	}
	b.WriteString(`</div></body></html>`)
	return []byte(b.String())
}

func BenchmarkRead(b *testing.B) {
	table, err := os.ReadFile("../cases/testdata/73-huge-page-product-at-the-end/page.html")
	if err != nil {
		b.Fatal(err)
	}
	for _, page := range []struct {
		name string
		body []byte
	}{{"listing", bigListing()}, {"big", table}, {"product", []byte(productPage(jsonLDOffer("InStock") + `<button>Add to cart</button>`))}} {
		c := resolve(b, plain)
		r := &Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: page.body}
		b.Run(fmt.Sprintf("%s/%dKB", page.name, len(page.body)>>10), func(b *testing.B) {
			b.SetBytes(int64(len(page.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(r, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
