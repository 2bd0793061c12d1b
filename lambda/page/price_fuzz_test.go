package page

import (
	"testing"

	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
)

// sound checks what holds of every price that is read.
func sound(t *testing.T, price checker.Price, ok bool) {
	t.Helper()
	if !ok {
		if !price.Amount.IsZero() || price.Currency != "" {
			t.Fatalf("no price, and yet %v %q", price.Amount, price.Currency)
		}
		return
	}
	if !price.Amount.IsPositive() || price.Amount.GreaterThanOrEqual(decimal.New(1, maxWhole+8)) {
		t.Fatalf("amount %v", price.Amount)
	}
	if _, iso := isoCode(price.Currency); !iso && price.Currency != "" {
		t.Fatalf("currency %q", price.Currency)
	}
}

func same(t *testing.T, what string, a, b checker.Price, aok, bok bool) {
	t.Helper()
	if aok != bok || !a.Amount.Equal(b.Amount) || a.Currency != b.Currency {
		t.Fatalf("%s: %v %q, %t and %v %q, %t", what, a.Amount, a.Currency, aok, b.Amount, b.Currency, bok)
	}
}

func FuzzParsePrice(f *testing.F) {
	for _, c := range priceCases(f, "written.txt") {
		f.Add(c.text, c.hint.Currency, c.hint.Language, c.hint.Host)
	}
	f.Fuzz(func(t *testing.T, text, currency, language, host string) {
		hint := priceHint{currency, language, host}
		price, ok := parsePrice(text, hint)
		sound(t, price, ok)
		padded, pok := parsePrice(" \n\t"+text+"\u00a0\r\n ", hint)
		same(t, "white space", price, padded, ok, pok)
	})
}

func FuzzParseMachinePrice(f *testing.F) {
	for _, c := range priceCases(f, "machine.txt") {
		f.Add(c.text, c.given, c.hint.Currency, c.hint.Language, c.hint.Host)
	}
	f.Fuzz(func(t *testing.T, text, given, currency, language, host string) {
		hint := priceHint{currency, language, host}
		price, ok := parseMachinePrice(text, given, hint)
		sound(t, price, ok)
		padded, pok := parseMachinePrice(" \n\t"+text+"\u00a0\r\n ", " "+given+"\n", hint)
		same(t, "white space", price, padded, ok, pok)
	})
}
