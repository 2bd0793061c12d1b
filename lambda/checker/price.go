package checker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/shopspring/decimal"
	"golang.org/x/text/currency"
)

// Price is an exact amount of money. Currency is the ISO 4217 code, or "" where
// the page leaves it open.
type Price struct {
	Amount   decimal.Decimal
	Currency string
}

// String is the price as people read it: "49.90 USD", "1500 JPY", and without a
// currency "49.90".
func (p Price) String() string {
	if p.Currency == "" {
		return p.amount()
	}
	return p.amount() + " " + p.Currency
}

// Equal tells whether both are the same amount in the same currency. An open
// currency equals an open one alone.
func (p Price) Equal(q Price) bool {
	return p.Currency == q.Currency && p.Amount.Equal(q.Amount)
}

// Compare orders two prices: negative where p is less than q. ok is false, and
// the order means nothing, where they are in two currencies. An open currency
// compares with any.
func (p Price) Compare(q Price) (order int, ok bool) {
	if p.Currency != "" && q.Currency != "" && p.Currency != q.Currency {
		return 0, false
	}
	return p.Amount.Cmp(q.Amount), true
}

// amount has the decimals that are usual for the currency, and more where the
// amount needs them. It depends on the value alone, not on how it was written,
// so that equal prices are equal text.
func (p Price) amount() string {
	decimals := int32(2)
	switch {
	case p.Currency != "":
		if unit, err := currency.ParseISO(p.Currency); err == nil {
			scale, _ := currency.Standard.Rounding(unit)
			decimals = int32(scale)
		}
	case p.Amount.IsInteger():
		decimals = 0
	}
	for !p.Amount.Equal(p.Amount.Truncate(decimals)) {
		decimals++
	}
	return p.Amount.StringFixed(decimals)
}

// The JSON form of a price. The amount is a string: a JSON number would become
// a binary fraction in most of the programs that read it.
type priceJSON struct {
	Amount   string  `json:"amount"`
	Currency *string `json:"currency"`
}

// MarshalJSON writes {"amount":"49.90","currency":"USD"}, the currency null
// where it is open.
func (p Price) MarshalJSON() ([]byte, error) {
	form := priceJSON{Amount: p.amount()}
	if p.Currency != "" {
		form.Currency = &p.Currency
	}
	return json.Marshal(form)
}

// plainAmount has no exponent: a few bytes such as 1e999999999 would become
// gigabytes of digits.
var plainAmount = regexp.MustCompile(`^-?[0-9]{1,30}(\.[0-9]{1,30})?$`)

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Price) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	var form priceJSON
	if err := json.Unmarshal(data, &form); err != nil {
		return fmt.Errorf("read price: %w", err)
	}
	if !plainAmount.MatchString(form.Amount) {
		return fmt.Errorf("read price: amount %s is not a decimal number", quote(form.Amount))
	}
	amount, err := decimal.NewFromString(form.Amount)
	if err != nil {
		return fmt.Errorf("read price: %w", err)
	}
	read := Price{Amount: amount}
	if form.Currency != nil {
		if read.Currency = *form.Currency; !currencyShape.MatchString(read.Currency) {
			return fmt.Errorf("read price: currency %s is not an ISO 4217 code", quote(read.Currency))
		}
	}
	*p = read
	return nil
}

var (
	currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)
	limitShape    = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,6})?)(?: ([A-Z]{3}))?$`)
)

// newCurrencies are the codes that ISO 4217 got after the tables of x/text.
var newCurrencies = map[string]bool{"SLE": true, "VED": true, "VES": true, "UYW": true, "XCG": true, "ZWG": true, "XAD": true}

// isCurrency tells whether money can be in it: not the codes for metals, funds,
// tests and "no currency", which begin with X.
func isCurrency(code string) bool {
	if !currencyShape.MatchString(code) {
		return false
	}
	if newCurrencies[code] {
		return true
	}
	if code[0] == 'X' {
		return code == "XAF" || code == "XCD" || code == "XOF" || code == "XPF"
	}
	_, err := currency.ParseISO(code)
	return err == nil
}

// parseLimit reads a maxPrice: "650", or "650 USD".
func parseLimit(text string) (Price, error) {
	m := limitShape.FindStringSubmatch(text)
	if m == nil {
		return Price{}, errors.New(`is no price; write 650, or with a currency "650 USD"`)
	}
	if m[2] != "" && !isCurrency(m[2]) {
		return Price{}, fmt.Errorf("names %s, which is no currency of ISO 4217; write one such as USD, EUR or GBP", m[2])
	}
	amount, err := decimal.NewFromString(m[1])
	if err != nil {
		return Price{}, fmt.Errorf("is no price: %w", err)
	}
	if !amount.IsPositive() {
		return Price{}, errors.New("is not above 0; leave the key out for no limit")
	}
	return Price{Amount: amount, Currency: m[2]}, nil
}
