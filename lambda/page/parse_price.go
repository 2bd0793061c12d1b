package page

import (
	"strings"

	"stockchecker/lambda/checker"
)

// Hint is what is known of a price besides its text; each may be "".
type Hint struct {
	Currency string // ISO code of the page's prices
	Language string // of the page, BCP 47
	Host     string // of the page: a .ca shop's "$" is CAD
}

// ParsePrice reads a price as people write it, with words around it or without.
// Of several prices it gives the one that holds now, of a range the low end. It
// reads what is written: on a page, where a price of zero is a placeholder, such
// a one is no price.
func ParsePrice(text string, h Hint) (checker.Price, bool) {
	p := priceReader{text: foldPrice(text), hint: priceHint(h), zero: true}
	return p.read()
}

// WrittenCurrency tells what the currency written in a text stands for: the ISO
// code that it means by itself, "" where that is open, and all that it may mean.
// Of "Kč" it is CZK, of "$" USD, or any other dollar, of "kr" one of four crowns.
func WrittenCurrency(text string) (code string, may []string) {
	p := priceReader{text: foldPrice(text)}
	p.scan()
	for _, t := range p.tokens {
		alone := t.start == 0 && t.end == len(p.text)
		if t.kind != signToken || t.sign.least > 0 && !alone {
			continue // or a word of its own
		}
		may = strings.Fields(t.sign.others)
		if t.sign.currency != "" {
			may = append([]string{t.sign.currency}, may...)
		}
		return t.sign.currency, may
	}
	return "", nil
}
