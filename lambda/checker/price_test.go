package checker

import (
	"encoding/json"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func price(amount, currency string) Price {
	return Price{Amount: decimal.RequireFromString(amount), Currency: currency}
}

func TestPriceText(t *testing.T) {
	tests := []struct {
		price      Price
		text, json string
	}{
		{price("49.9", "USD"), "49.90 USD", `{"amount":"49.90","currency":"USD"}`},
		{price("49.9000", "USD"), "49.90 USD", `{"amount":"49.90","currency":"USD"}`},
		{price("1500.00", "JPY"), "1500 JPY", `{"amount":"1500","currency":"JPY"}`},
		{price("1500.5", "JPY"), "1500.5 JPY", `{"amount":"1500.5","currency":"JPY"}`},
		{price("12.5", "KWD"), "12.500 KWD", `{"amount":"12.500","currency":"KWD"}`},
		{price("0.12345", "EUR"), "0.12345 EUR", `{"amount":"0.12345","currency":"EUR"}`},
		{price("499", ""), "499", `{"amount":"499","currency":null}`},
		{price("499.9", ""), "499.90", `{"amount":"499.90","currency":null}`},
		{price("1e3", "USD"), "1000.00 USD", `{"amount":"1000.00","currency":"USD"}`},
		{price("7", "XCG"), "7.00 XCG", `{"amount":"7.00","currency":"XCG"}`},
	}
	for _, tt := range tests {
		if got := tt.price.String(); got != tt.text {
			t.Errorf("String() = %q, want %q", got, tt.text)
		}
		got, err := json.Marshal(tt.price)
		if err != nil || string(got) != tt.json {
			t.Errorf("JSON of %s = %s, %v, want %s", tt.text, got, err, tt.json)
		}
	}
}

func TestPriceSurvivesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Price{
			Amount:   decimal.New(rapid.Int64().Draw(t, "digits"), rapid.Int32Range(-8, 8).Draw(t, "exponent")),
			Currency: rapid.SampledFrom([]string{"", "USD", "JPY", "KWD", "HUF", "XCG"}).Draw(t, "currency"),
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Price
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatalf("read %s: %v", data, err)
		}
		if !back.Equal(p) {
			t.Fatalf("%s became %s", p, back)
		}
	})
}

func TestPriceRefusesJSON(t *testing.T) {
	for _, data := range []string{
		`{"amount":"1e999999999","currency":"USD"}`, `{"amount":"","currency":null}`, `{"amount":49.9,"currency":"USD"}`,
		`{"amount":"49.90","currency":"usd"}`, `{"amount":"NaN","currency":null}`, `"49.90"`,
	} {
		var p Price
		if err := json.Unmarshal([]byte(data), &p); err == nil {
			t.Errorf("%s was read as %s", data, p)
		}
	}
}

func TestPriceCompare(t *testing.T) {
	tests := []struct {
		p, q  Price
		order int
		ok    bool
		equal bool
	}{
		{price("1", "USD"), price("2", "USD"), -1, true, false},
		{price("2.0", "USD"), price("2", "USD"), 0, true, true},
		{price("2", ""), price("1", "EUR"), 1, true, false},
		{price("1", "EUR"), price("1", ""), 0, true, false},
		{price("1", "EUR"), price("1", "USD"), 0, false, false},
	}
	for _, tt := range tests {
		if order, ok := tt.p.Compare(tt.q); order != tt.order || ok != tt.ok {
			t.Errorf("%s with %s: %d, %t, want %d, %t", tt.p, tt.q, order, ok, tt.order, tt.ok)
		}
		if got := tt.p.Equal(tt.q); got != tt.equal {
			t.Errorf("%s equal to %s: %t", tt.p, tt.q, got)
		}
	}
}

func TestCurrencies(t *testing.T) {
	for _, code := range []string{"USD", "EUR", "GBP", "JPY", "XOF", "XAF", "XCD", "XPF", "SLE", "VED", "ZWG"} {
		if !isCurrency(code) {
			t.Errorf("%s is one", code)
		}
	}
	for _, code := range []string{"", "usd", "US", "USX", "XAU", "XXX", "XTS", "ABC"} {
		if isCurrency(code) {
			t.Errorf("%q is none", code)
		}
	}
}
