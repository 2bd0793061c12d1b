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

// inlinePrices looks for elements named as prices within a line. What leads to
// one may make it another than the one to pay: "List price: $60".
func (s *scan) inlinePrices(n *html.Node, lead string, level int) {
	if n.Type != html.ElementNode || hidden(n) {
		return
	}
	before := len(s.prices)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.inlinePrices(c, lead, level)
	}
	if len(s.prices) > before || !priceNamed(n) {
		return
	}
	for word := range strings.FieldsSeq(foldName(lead)) {
		if oldPrice[word] {
			return
		}
	}
	s.price(n, level)
}

// maxPriceLine is how long, in bytes, a text with a price in it is at most.
const maxPriceLine = 120

// price reads the price of an element that is named as one.
func (s *scan) price(n *html.Node, level int) {
	line := priceText(n)
	if len(line) == 0 || len(line) > maxPriceLine {
		return
	}
	old, best := notToPay(n)
	if old {
		return
	}
	if p, ok := parsePrice(line, s.hint); ok {
		s.prices = append(s.prices, priceFound{node: n, text: line, price: p, level: level, named: true, best: best})
	}
}

// priceText is the text of an element that holds a price: without old prices
// beside the one to pay, and with a decimal mark before cents that are only set
// apart from the whole by their form.
func priceText(n *html.Node) string {
	var b strings.Builder
	var walk func(c *html.Node)
	walk = func(c *html.Node) {
		switch {
		case b.Len() > 2*maxPriceLine || hidden(c):
			return
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
			return
		case c != n && (c.DataAtom == atom.Del || c.DataAtom == atom.S || c.DataAtom == atom.Strike || strings.Contains(attr(c, "style"), "line-through")):
			return
		case c.DataAtom == atom.Br || block(c):
			b.WriteByte(' ')
		}
		if c != n && centsNamed(c) {
			whole, cents := b.String(), strings.TrimSpace(elementText(c))
			if len(whole) > 0 && isDigit(whole[len(whole)-1]) && len(cents) == 2 && isDigit(cents[0]) && isDigit(cents[1]) {
				b.WriteByte('.')
			}
		}
		for child := c.FirstChild; child != nil; child = child.NextSibling {
			walk(child)
		}
		if block(c) {
			b.WriteByte(' ')
		}
	}
	walk(n)
	if s := oneLine(b.String()); s != "" {
		return s
	}
	return text(n) // an old price alone
}

// centsNamed tells whether an element sets the cents of a price apart.
func centsNamed(n *html.Node) bool {
	if n.DataAtom == atom.Sup {
		return true
	}
	for word := range nameWords(attr(n, "class")) {
		switch word {
		case "cents", "cent", "fraction", "decimal", "decimals", "centimos", "centimes", "kopeks":
			return true
		}
	}
	return false
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
