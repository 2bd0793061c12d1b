package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// oldPrice are words in the name of an element whose price is not the one to
// pay, or not of the product as it is sold.
var oldPrice = map[string]bool{
	"old": true, "was": true, "regular": true, "list": true, "strike": true, "striked": true, "strikethrough": true, "crossed": true, "before": true, "original": true, "compare": true, "rrp": true, "msrp": true, "uvp": true,
	"unit": true, "per": true, "base": true, "save": true, "saving": true, "savings": true, "discount": true, "shipping": true, "delivery": true, "installment": true, "installments": true, "instalment": true, "monthly": true, "month": true,
	"from": true, "note": true, "label": true, "tax": true, "vat": true, "excl": true, "net": true, "points": true, "deposit": true, "warranty": true,
}

// newPrice are words in the name of an element whose price is the one to pay.
var newPrice = map[string]bool{
	"current": true, "sale": true, "special": true, "final": true, "now": true, "actual": true, "offer": true, "our": true, "new": true, "selling": true, "pay": true, "today": true,
}

// priceNamed tells whether the element's own class, id or itemprop says that it
// holds a price.
func priceNamed(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "class", "id", "itemprop", "data-testid", "data-test", "data-qa", "data-selenium":
			v := strings.ToLower(a.Val)
			if strings.Contains(v, "price") || strings.Contains(v, "preis") || strings.Contains(v, "prix") || strings.Contains(v, "precio") || strings.Contains(v, "prezzo") || strings.Contains(v, "cena") || strings.Contains(v, "amount") {
				return true
			}
		}
	}
	return false
}

// notToPay tells whether the element, or one near around it, marks a price that
// is not the one to pay.
func notToPay(n *html.Node) (old, best bool) {
	for up := 0; n != nil && up < 4; n, up = n.Parent, up+1 {
		switch n.DataAtom {
		case atom.Del, atom.S, atom.Strike:
			return true, false
		}
		for i := range n.Attr {
			switch a := &n.Attr[i]; a.Key {
			case "class", "id", "data-testid", "data-test", "data-qa":
				for name := range strings.FieldsSeq(a.Val) {
					if !strings.Contains(strings.ToLower(name), "price") && up > 0 {
						continue
					}
					for w := range nameWords(name) {
						if oldPrice[w] {
							old = true
						}
						if newPrice[w] {
							best = true
						}
					}
				}
			case "style":
				if strings.Contains(a.Val, "line-through") {
					return true, false
				}
			}
		}
	}
	return old && !best, best
}

// inlinePrices looks for elements named as prices within a line.
func (s *scan) inlinePrices(n *html.Node, level int) {
	if n.Type != html.ElementNode || hidden(n) {
		return
	}
	if priceNamed(n) {
		s.price(n, level, true)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.inlinePrices(c, level)
	}
}

// price reads the price of an element.
func (s *scan) price(n *html.Node, level int, named bool) {
	line := text(n)
	if len(line) == 0 || len(line) > 120 {
		return
	}
	old, best := notToPay(n)
	if old {
		return
	}
	if p, ok := parsePrice(line, s.hint); ok {
		s.prices = append(s.prices, priceFound{node: n, text: line, price: p, level: level, named: named, best: best})
	}
}

// plainPrice reads a line that is a price though no name says so. It must have
// its currency.
func (s *scan) plainPrice(n *html.Node, line string, level int) {
	if old, _ := notToPay(n); old || line == "" || !strings.ContainsAny(line, "0123456789") {
		return
	}
	if p, ok := parsePrice(line, priceHint{Language: s.hint.Language, Host: s.hint.Host}); ok && p.Currency != "" {
		s.prices = append(s.prices, priceFound{node: n, text: line, price: p, level: level})
	}
}

// bestPrice is the one to pay among those of the box.
func bestPrice(prices []priceFound, level int) *priceFound {
	rank := func(p *priceFound) int {
		r := 0
		if p.named {
			r += 2
		}
		if p.best {
			r++
		}
		if p.price.Currency != "" {
			r += 4
		}
		return r
	}
	var best *priceFound
	for i := range prices {
		p := &prices[i]
		if p.level < level {
			continue
		}
		if best == nil || rank(p) > rank(best) || rank(p) == rank(best) && p.level > best.level {
			best = p
		}
	}
	return best
}
