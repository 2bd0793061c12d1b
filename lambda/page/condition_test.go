package page

import (
	"net/http"
	"testing"
)

func TestConditionOfMetadata(t *testing.T) {
	data := func(condition string) string {
		return `<script type="application/ld+json">{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{"availability":"InStock","itemCondition":"` + condition + `"}}</script>`
	}
	tests := []struct{ name, body, want string }{
		{"no word agrees", data("UsedCondition") + buyButton, ""},
		{"no word agrees that it is refurbished", data("RefurbishedCondition") + buyButton, ""},
		{"a label agrees", data("UsedCondition") + `<p>Condition: <b>Used</b></p>` + buyButton, "used"},
		{"words of another language agree", data("UsedCondition") + `<p>Zustand: gebraucht</p>` + buyButton, "used"},
		{"a script without spaces", data("UsedCondition") + `<p>中古品です</p>` + buyButton, "used"},
		{"a sentence that is of something else", data("UsedCondition") + `<p>Cookies are used on this site to make it work.</p>` + buyButton, ""},
		{"a word in the menu", data("UsedCondition") + `<nav><a href="/u">Second hand</a></nav>` + buyButton, ""},
		{"the page says nothing at all", data("UsedCondition"), "used"},
		{"new", data("NewCondition") + buyButton, "new"},
	}
	c := resolve(t, plain)
	for _, tt := range tests {
		p, err := Read(&Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: []byte(productPage(tt.body))}, c)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := p.Items[0].Condition; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// An offer that begins on a later day can be ordered ahead, at most.
func TestAvailabilityStarts(t *testing.T) {
	body := func(starts string) []byte {
		return []byte(productPage(`<script type="application/ld+json">{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{"availability":"InStock","availabilityStarts":"` + starts + `"}}</script>`))
	}
	for _, tt := range []struct{ date, starts, want string }{
		{"Wed, 04 Mar 2026 10:00:00 GMT", "2026-04-01", "preorder"},
		{"Wed, 04 Mar 2026 10:00:00 GMT", "2026-03-04T11:00:00Z", "preorder"},
		{"Wed, 04 Mar 2026 10:00:00 GMT", "2026-03-04T11:00:00+02:00", "in_stock"},
		{"Wed, 04 Mar 2026 10:00:00 GMT", "2026-03-01", "in_stock"},
		{"Wed, 04 Mar 2026 10:00:00 GMT", "soon", "in_stock"},
		{"", "2026-04-01", "in_stock"}, // nobody knows what day it is
	} {
		h := http.Header{"Date": {tt.date}}
		if got := read(t, plain, Response{Header: h, Body: body(tt.starts)}); got != tt.want {
			t.Errorf("on %s, from %s: %s, want %s", tt.date, tt.starts, got, tt.want)
		}
	}
}

// Of offers for several countries that of the page's counts.
func TestOffersOfTheCountry(t *testing.T) {
	offers := func(us, ca string) string {
		return `<script type="application/ld+json">{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":[
			{"price":"49.90","priceCurrency":"USD","availability":"InStock",` + us + `},{"price":"66.00","priceCurrency":"CAD","availability":"OutOfStock",` + ca + `}]}</script>`
	}
	page := func(lang, data string) []byte {
		return []byte(`<!doctype html><html lang="` + lang + `"><title>Kestrel 9 Desk Lamp</title>` + data + `<h1>Kestrel 9 Desk Lamp</h1></html>`)
	}
	texts := offers(`"eligibleRegion":"US"`, `"eligibleRegion":"CA"`)
	things := offers(`"eligibleRegion":[{"@type":"Country","name":"US"},{"@type":"Country","name":"MX"}]`, `"eligibleRegion":{"@type":"DefinedRegion","addressCountry":"CA"}`)
	tests := []struct{ name, url, lang, data, want string }{
		{"by the page's language", "https://shop.example/p/1", "en-CA", texts, "sold_out 66.00 CAD"},
		{"of the other country", "https://shop.example/p/1", "en-US", texts, "in_stock 49.90 USD"},
		{"by the host", "https://shop.example.ca/p/1", "en", texts, "sold_out 66.00 CAD"},
		{"regions as things", "https://shop.example/p/1", "fr-CA", things, "sold_out 66.00 CAD"},
		{"one of several regions", "https://shop.example.mx/p/1", "es", things, "in_stock 49.90 USD"},
		{"no country is known: any in stock", "https://shop.example/p/1", "en", texts, "in_stock 49.90 USD"},
		{"none is for the country: any in stock", "https://shop.example/p/1", "de-DE", texts, "in_stock 49.90 USD"},
		{"not for the country", "https://shop.example/p/1", "en-CA", offers(`"ineligibleRegion":"CA"`, `"seller":"Example"`), "sold_out 66.00 CAD by Example"},
	}
	for _, tt := range tests {
		if got := read(t, `{"name": "lamp", "url": "`+tt.url+`"}`, Response{Body: page(tt.lang, tt.data)}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
