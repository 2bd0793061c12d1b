package page

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"stockchecker/lambda/checker"
)

func TestCleanLink(t *testing.T) {
	tests := []struct{ link, want string }{
		{"https://Shop.example/p/1?utm_source=a&id=7&fbclid=x#reviews", "https://shop.example/p/1?id=7"},
		{"https://shop.example/p/1?gclid=x", "https://shop.example/p/1"},
		{"https://shop.example/p/1?variant=111", "https://shop.example/p/1?variant=111"},
		{"https://www.amazon.example/dp/B084BZSZ5X/ref=sr_1_1?qid=1", "https://www.amazon.example/dp/B084BZSZ5X"},
		{"https://shop.example/p/1;jsessionid=ABC", "https://shop.example/p/1"},
		{"/relative?utm_source=a", "/relative?utm_source=a"},
		{"::", "::"},
	}
	for _, tt := range tests {
		if got := cleanLink(tt.link); got != tt.want {
			t.Errorf("cleanLink(%q) = %q, want %q", tt.link, got, tt.want)
		}
	}
}

func TestSameDestination(t *testing.T) {
	tests := []struct {
		asked, final string
		want         bool
	}{
		{"https://shop.example/p/kestrel-9", "https://www.shop.example/p/kestrel-9/", true},
		{"http://shop.example/p/kestrel-9", "https://shop.example/p/kestrel-9?utm_source=x", true},
		{"https://shop.example/p/kestrel-9", "https://shop.example/en-us/products/kestrel-9", true},
		{"https://shop.example/p/kestrel-9", "https://shop.example/p/kestrel-9.html", true},
		{"https://shop.example/dp/B084BZSZ5X", "https://shop.example/Some-Switch/dp/B084BZSZ5X", true},
		{"https://shop.example/product?id=98765", "https://shop.example/kestrel-9-lamp-98765.html", false}, // a number of five digits may be anything
		{"https://shop.example/product?id=987654", "https://shop.example/kestrel-9-lamp-987654.html", true},
		{"https://shop.example/product?id=98765", "https://shop.example/product?id=98765&lang=en", true},
		{"https://shop.example/", "https://shop.example/en/", true},
		{"https://shop.example/c/lamps", "https://shop.example/c/lamps?sort=price", true},
		{"https://shop.example/collections/all/products/kestrel-9", "https://shop.example/products/kestrel-9", true},

		{"https://shop.example/p/kestrel-9", "https://shop.example/", false},
		{"https://shop.example/p/kestrel-9", "https://shop.example/c/desk-lamps", false},
		{"https://shop.example/p/kestrel-9", "https://shop.example/search?q=kestrel-9", false},
		{"https://shop.example/p/kestrel-9", "https://shop.example/p/kestrel-9-pro", false},
		{"https://shop.example/p/kestrel-9", "https://shop.example/p/kestrel-10", false},
		{"https://shop.example/p/rtx-5090-a", "https://shop.example/p/rtx-5090-b", false},
		{"https://shop.example/product.php?id=123", "https://shop.example/product.php?id=456", false},
		{"https://shop.example/p/kestrel-9", "https://other.example/landing", false},
	}
	for _, tt := range tests {
		if got := sameDestination(tt.asked, tt.final); got != tt.want {
			t.Errorf("from %s to %s: %v, want %v", tt.asked, tt.final, got, tt.want)
		}
	}
}

func TestOtherByCanonical(t *testing.T) {
	tests := []struct {
		asked, canonical string
		want             bool
	}{
		{"https://shop.example/p/kestrel-9", "https://shop.example/p/merlin-3", true},
		{"https://shop.example/p/111111", "https://shop.example/p/222222", true},
		{"https://shop.example/p/kestrel-9", "https://shop.example/p/kestrel-10", true},
		{"https://shop.example/p/phone-128gb", "https://shop.example/p/phone-256gb", false},
		{"https://shop.example/p/kestrel-9-red", "https://shop.example/p/kestrel-9", false},
		{"https://shop.example/p/kestrel-9", "https://shop.example/", false},
		{"https://shop.example/p/kestrel-9", "https://shop.example/lamps/merlin-3", false},
		{"https://shop.example/p/kestrel-9", "https://other.example/p/merlin-3", false},
		{"https://shop.example/product.php?id=1", "https://shop.example/kestrel-9", false},
	}
	for _, tt := range tests {
		a, _ := url.Parse(tt.asked)
		c, _ := url.Parse(tt.canonical)
		if got := otherByCanonical(a, c); got != tt.want {
			t.Errorf("%s with the canonical URL %s: %v, want %v", tt.asked, tt.canonical, got, tt.want)
		}
	}
}

func TestSameSite(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"shop.example", "shop.example", true},
		{"SHOP.example", "shop.example", true},
		{"www.lampworld.co.uk", "lampworld.co.uk", true},
		{"checkout.lampworld.com", "www.lampworld.com", true},
		{"www.lampworld.de", "www.lampworld.com", true},
		{"lampshop.example", "lampblog.example", false},
		{"shop.lampworld.com", "shop.lightworld.com", false},
		{"www.amazon.com", "www.sony.com", false},
		{"a.co.uk", "b.co.uk", false},
		{"", "shop.example", false},
	} {
		if got := sameSite(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %t", tt.a, tt.b, got)
		}
	}
}

// A link to buy at another site, as articles have, sells nothing on this page; one
// to the shop's own checkout does.
func TestControlsThatLeadAbroad(t *testing.T) {
	const page = `<html lang="en"><title>Kestrel 9</title><main><h1>Kestrel 9 Desk Lamp</h1><p>$49.90</p><a class="button" href="%s">Buy now</a></main>`
	for href, want := range map[string]bool{
		"/cart/add?id=9":                        true,
		"//www.lampworld.example/cart":          true,
		"https://checkout.lampworld.example/9":  true,
		"https://www.lightshop.example/kestrel": false,
		"//lightshop.example/kestrel":           false,
	} {
		c := resolve(t, `{"name": "lamp", "url": "https://www.lampworld.example/kestrel"}`)
		p, err := Read(&Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: fmt.Appendf(nil, page, href)}, c)
		if got := err == nil && p.Items[0].Availability == checker.InStock; got != want {
			t.Errorf("%s: in stock %t, %v", href, got, err)
		}
	}
}
