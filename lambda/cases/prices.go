package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"stockchecker/lambda/page"
)

// priceCase is a line of a file of price strings.
type priceCase struct {
	Text         string       `json:"text"`
	CurrencyHint string       `json:"currency_hint"` // what stands near the price
	Currency     string       `json:"currency"`      // as a person reads it: "$", "Kč", "EUR"; "": none
	Amount       *json.Number `json:"amount"`        // nil: it is no price
}

// runPrices reads the price of each line of a file and prints each miss.
func runPrices(w io.Writer, file string) (failed int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, fmt.Errorf("read prices: %w", err)
	}
	defer f.Close()
	passed := 0
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var c priceCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return 0, fmt.Errorf("read prices: %s, line %d: %w", file, n, err)
		}
		miss, err := c.miss()
		if err != nil {
			return 0, fmt.Errorf("read prices: %s, line %d: %w", file, n, err)
		}
		if miss == "" {
			passed++
			continue
		}
		failed++
		fmt.Fprintf(w, "FAIL  line %d: %q beside %q: %s\n", n, c.Text, c.CurrencyHint, miss)
	}
	if err := lines.Err(); err != nil {
		return 0, fmt.Errorf("read prices: %w", err)
	}
	if passed+failed == 0 {
		return 0, fmt.Errorf("read prices: no price in %s", file)
	}
	fmt.Fprintf(w, "%d passed, %d failed\n", passed, failed)
	return failed, nil
}

// miss says what is read otherwise than expected, "" if nothing is.
func (c *priceCase) miss() (string, error) {
	var hint page.Hint
	hint.Currency, _ = page.WrittenCurrency(c.CurrencyHint)
	got, ok := page.ParsePrice(c.Text, hint)
	if c.Amount == nil {
		if ok {
			return fmt.Sprintf("expected no price, got %s", got), nil
		}
		return "", nil
	}
	want, err := decimal.NewFromString(c.Amount.String())
	if err != nil {
		return "", err
	}
	expected := strings.TrimSpace(want.String() + " " + c.Currency)
	// A sign may stand for several currencies, of which the text tells one, and for
	// an open one only where it tells none.
	code, may := page.WrittenCurrency(c.Currency)
	sameCurrency := c.Currency == "" && got.Currency == "" || slices.Contains(may, got.Currency) || len(may) > 0 && code == "" && got.Currency == ""
	switch {
	case !ok:
		return fmt.Sprintf("expected %s, got no price", expected), nil
	case !got.Amount.Equal(want), !sameCurrency:
		return fmt.Sprintf("expected %s, got %s", expected, strings.TrimSpace(got.Amount.String()+" "+got.Currency)), nil
	}
	return "", nil
}
