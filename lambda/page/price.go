package page

import "stockchecker/lambda/checker"

// priceHint is what the page tells of its currency and writing besides the
// price's own text; each may be "".
type priceHint struct {
	Currency string // ISO code that the page names as its own (priceCurrency, og)
	Language string // of the page, BCP 47
	Host     string // of the page: a .ca shop's "$" is CAD
}

// parsePrice reads a price as people write it, in any of the world's usual
// writings, from text that may have words around it.
func parsePrice(text string, hint priceHint) (checker.Price, bool) {
	return checker.Price{}, false
}

// parseMachinePrice reads a price of structured data, where a lone dot is always
// the decimal mark: 140.000 is 140. The currency is an ISO code or a sign.
func parseMachinePrice(text, currency string, hint priceHint) (checker.Price, bool) {
	return checker.Price{}, false
}
