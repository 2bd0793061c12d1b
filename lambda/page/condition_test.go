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
