package checker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlternatives(t *testing.T) {
	for source, want := range map[string][]Alternative{
		"h1":                              {{Tag: "h1"}},
		"*":                               {{}},
		".price":                          {{Classes: []string{"price"}}},
		"Body#product":                    {{Tag: "body", IDs: []string{"product"}}},
		".box .price-now > span.old":      {{Tag: "span", Classes: []string{"box", "price-now", "old"}}},
		"div .price":                      {{Classes: []string{"price"}}},
		"div [data-price]":                {{}},
		"div > *":                         {{}},
		"#a ~ #b + c":                     {{Tag: "c", IDs: []string{"a", "b"}}},
		"script[src*='a.b, #c'], .d, e.f": {{Tag: "script"}, {Classes: []string{"d"}}, {Tag: "e", Classes: []string{"f"}}},
		"button:not(.off, #no)":           {{Tag: "button"}},
		":has(.a) .b":                     {{Classes: []string{"b"}}},
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
