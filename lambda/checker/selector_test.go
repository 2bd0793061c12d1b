package checker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlternatives(t *testing.T) {
	for source, want := range map[string][]Alternative{
		"h1":                              {{Tag: "h1"}},
		"*":                               {{}},
		".price":                          {{Attr: true, Classes: []string{"price"}}},
		"Body#product":                    {{Tag: "body", Attr: true, IDs: []string{"product"}}},
		".box .price-now > span.old":      {{Tag: "span", Attr: true, Classes: []string{"box", "price-now", "old"}}},
		"div .price":                      {{Attr: true, Classes: []string{"price"}}},
		"div [data-price]":                {{Attr: true}},
		"[rel!=next]":                     {{}},
		"div > *":                         {{}},
		"#a ~ #b + c":                     {{Tag: "c", IDs: []string{"a", "b"}}},
		"script[src*='a.b, #c'], .d, e.f": {{Tag: "script", Attr: true}, {Attr: true, Classes: []string{"d"}}, {Tag: "e", Attr: true, Classes: []string{"f"}}},
		"button:not(.off, #no)":           {{Tag: "button"}},
		":has(.a) .b":                     {{Attr: true, Classes: []string{"b"}}},
		"p:contains(')')":                 {{Tag: "p"}},
		`.a\:b`:                           {{}},
		"[type='x\"]":                     {{}},
		"":                                {{}},
	} {
		if diff := cmp.Diff(want, alternatives(source)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
}
