package page

import (
	"slices"
	"testing"
)

func TestParsePriceOfText(t *testing.T) {
	for _, tt := range []struct {
		text string
		hint Hint
		want string // "": no price
	}{
		{"$49.90", Hint{}, "49.90 USD"},
		{"$49.90", Hint{Host: "shop.example.ca"}, "49.90 CAD"},
		{"49,90", Hint{Currency: "EUR"}, "49.90 EUR"},
		{"599 kr", Hint{Language: "sv"}, "599.00 SEK"},
		{"0,00 €", Hint{}, "0.00 EUR"},
		{"0.00", Hint{Currency: "USD"}, "0.00 USD"},
		{"$100.00 $68.00 (-32%)", Hint{}, "68.00 USD"},
		{"$68.00 $100.00 -32%", Hint{}, "68.00 USD"},
		{"Sold out", Hint{}, ""},
		{"", Hint{}, ""},
	} {
		got := ""
		if p, ok := ParsePrice(tt.text, tt.hint); ok {
			got = p.String()
		}
		if got != tt.want {
			t.Errorf("%q with %+v: %q, want %q", tt.text, tt.hint, got, tt.want)
		}
	}
}

func TestWrittenCurrency(t *testing.T) {
	for _, tt := range []struct{ text, code, may, not string }{
		{"Kč", "CZK", "CZK", "USD"},
		{"$", "USD", "MXN", "EUR"},
		{"Price: $79.00", "USD", "CAD", "EUR"},
		{"kr", "", "SEK", "USD"},
		{"eur", "EUR", "EUR", "USD"},
		{"Price", "", "", "USD"},
		{"Our top lamp", "", "", "TOP"},
		{"", "", "", "USD"},
	} {
		code, may := WrittenCurrency(tt.text)
		if code != tt.code || tt.may != "" && !slices.Contains(may, tt.may) || slices.Contains(may, tt.not) {
			t.Errorf("%q: %q, may be %q", tt.text, code, may)
		}
	}
}
