package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// naming is what the name of an element says of the price in it.
type naming byte

const (
	notNamed  naming = iota
	toPay            // the one to pay
	formerly         // one that was asked before, or is recommended
	otherwise        // of something else than the product as it is sold: for a kilogram, for sending it
)

// priceNames are the words of names by what they say.
var priceNames = namesOf(map[naming]string{
	toPay: `current sale special final now actual offer our new selling pay today discounted reduced deal promo
		aktuell aktueller angebot actuel promotion oferta actual atual offerta huidige nowa aktualna nova akcni`,
	formerly: `old was regular list strike striked strikethrough crossed before original compare rrp msrp uvp suggested recommended previous former
		retail full linethrough scratched slashed streichpreis alt alter statt ancien barre barred barrato tachado antes anterior riscado antigo
		listino vecchio oud stara poprzednia puvodni`,
	otherwise: `unit per save saving savings ship shipping delivery installment installments instalment instalments monthly month from note label
		tax notax novat exvat withoutvat bezdph netto excl excluding net points deposit warranty`,
})

// besideNames are the words of names of parts of the buy box that sell something
// beside the product.
var besideNames = set(`warranty warranties protection insurance shipping delivery installment installments instalment instalments financing finance
	leasing credit comparison compare addon addons coupon coupons voucher vouchers giftcard tradein fbt`)

func namesOf(lists map[naming]string) map[string]naming {
	m := map[string]naming{}
	for is, words := range lists {
		for w := range strings.FieldsSeq(words) {
			m[w] = is
		}
	}
	return m
}

// priceName is what one word of a name says: "old", also of "priceold".
func priceName(word string) naming {
	if is, ok := priceNames[word]; ok {
		return is
	}
	if rest := strings.TrimSuffix(strings.TrimPrefix(word, "price"), "price"); rest != word {
		return priceNames[rest]
	}
	return notNamed
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

// struck tells whether the element draws a line through its text.
func struck(n *html.Node) bool {
	return n.DataAtom == atom.Del || n.DataAtom == atom.S || n.DataAtom == atom.Strike || strings.Contains(attr(n, "style"), "line-through")
}

// namedAs is what the name of the element says of its price, or that of one near
// around it; the nearest counts.
func namedAs(n *html.Node) naming {
	for up := 0; n != nil && up < 4; n, up = n.Parent, up+1 {
		if struck(n) {
			return formerly
		}
		if is := ownNaming(n, up > 0); is != notNamed {
			return is
		}
	}
	return notNamed
}

// ownNaming is what the element's own name says of its price. onlyPrices leaves out
// names without "price" in them.
func ownNaming(n *html.Node, onlyPrices bool) naming {
	var all [otherwise + 1]bool
	taxed := false
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "class", "id", "data-testid", "data-test", "data-qa":
			for name := range strings.FieldsSeq(a.Val) {
				if onlyPrices && !strings.Contains(strings.ToLower(name), "price") {
					continue
				}
				for w := range nameWords(name) {
					all[priceName(w)] = true
					taxed = taxed || w == "incl" || w == "including" || w == "inkl" || w == "ttc"
				}
			}
		}
	}
	switch {
	case taxed && !all[formerly]:
		return toPay
	case all[toPay]:
		return toPay
	case all[formerly]:
		return formerly
	case all[otherwise]:
		return otherwise
	}
	return notNamed
}

// besideProduct tells the parts of the page that sell something beside the
// product, with what it has found out kept: each node is looked at once.
type besideProduct struct {
	heading map[*html.Node]int
	known   map[*html.Node]bool
}

// at tells it of a node, by the names around it up to where the heading is.
func (b *besideProduct) at(n *html.Node) bool {
	for up := 0; n != nil && up < 8; n, up = n.Parent, up+1 {
		if _, ok := b.heading[n]; ok || n.DataAtom == atom.Body {
			return false
		}
		is, ok := b.known[n]
		if !ok {
			is = namesBeside(n)
			b.known[n] = is
		}
		if is {
			return true
		}
	}
	return false
}

// namesBeside tells whether the element's name is one of those. The part with the
// price itself may have such a name too.
func namesBeside(n *html.Node) bool {
	if priceNamed(n) {
		return false
	}
	for i := range n.Attr {
		if key := n.Attr[i].Key; key == "class" || key == "id" {
			for name := range strings.FieldsSeq(n.Attr[i].Val) {
				for w := range nameWords(name) {
					if besideNames[w] {
						return true
					}
				}
			}
		}
	}
	return false
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
		if is := priceNames[word]; is == formerly || is == otherwise {
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
	if len(line) == 0 || len(line) > maxPriceLine || partOfPrice(n) {
		return
	}
	p := s.found(n, line, level, true)
	if p != nil {
		if allStruck(n) {
			p.as, p.over = formerly, true
		}
		return
	}
	// What was left out as an old price is all that is there.
	if all := text(n); all != line && len(all) <= maxPriceLine {
		if p = s.found(n, all, level, true); p != nil && p.as != otherwise {
			p.as = formerly
		}
	}
}

// allStruck tells whether all of an element's text is struck out.
func allStruck(n *html.Node) bool {
	var b strings.Builder
	writePrice(&b, n, n)
	return strings.TrimSpace(b.String()) == ""
}

// found notes a price, if the line is one.
func (s *scan) found(n *html.Node, line string, level int, named bool) *priceFound {
	w, ok := readWritten(line, s.hint)
	if !ok || w.rank == droppedPrice {
		return nil
	}
	p := priceFound{node: n, text: line, price: w.price, level: level, named: named, as: namedAs(n), alone: w.alone, signed: w.signed}
	p.untaxed = w.rank == untaxedPrice
	for up, a := 0, n; a != nil && up < 4; up, a = up+1, a.Parent {
		p.over = p.over || struck(a)
	}
	if w.rank == outdatedPrice {
		p.over = true
		if p.as != otherwise {
			p.as = formerly
		}
	}
	s.prices = append(s.prices, p)
	return &s.prices[len(s.prices)-1]
}

// partOfPrice tells whether an element has a part of a price alone: the whole
// before the cents, the cents, or the currency.
func partOfPrice(n *html.Node) bool {
	for word := range nameWords(attr(n, "class")) {
		switch word {
		case "whole", "integer", "characteristic", "mantissa", "currency", "symbol":
			return true
		}
	}
	return centsNamed(n)
}

// priceText is the text of an element that holds a price: without old prices
// beside the one to pay, and with a decimal mark before cents that are only set
// apart from the whole by their form.
func priceText(n *html.Node) string {
	var b strings.Builder
	writePrice(&b, n, n)
	if s := oneLine(b.String()); s != "" {
		return s
	}
	return text(n) // an old price alone
}

// besideOthers reads the price that stands in an element beside prices that have
// elements of their own, where each of those is another than the one to pay.
func (s *scan) besideOthers(n *html.Node, others []priceFound, level int) {
	if slices.ContainsFunc(others, func(p priceFound) bool { return p.as != formerly && p.as != otherwise }) {
		return
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		writePrice(&b, c, n)
	}
	if line := oneLine(b.String()); len(line) <= maxPriceLine && strings.ContainsAny(line, "0123456789") {
		s.found(n, line, level, true)
	}
}

func writePrice(b *strings.Builder, c, top *html.Node) {
	switch {
	case b.Len() > 2*maxPriceLine || hidden(c):
		return
	case c.Type == html.TextNode:
		b.WriteString(c.Data)
		return
	case c != top && (struck(c) || namedAside(c)):
		return
	case c.DataAtom == atom.Br || block(c):
		b.WriteByte(' ')
	}
	if c != top && centsNamed(c) {
		whole, cents := b.String(), strings.TrimSpace(elementText(c))
		if len(whole) > 0 && isDigit(whole[len(whole)-1]) && len(cents) == 2 && isDigit(cents[0]) && isDigit(cents[1]) {
			b.WriteByte('.')
		}
	}
	for child := c.FirstChild; child != nil; child = child.NextSibling {
		writePrice(b, child, top)
	}
	if block(c) {
		b.WriteByte(' ')
	}
}

// namedAside tells whether an element's own name says that the amount in it is another
// than the one to pay.
func namedAside(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	is := ownNaming(n, false)
	return (is == formerly || is == otherwise) && strings.ContainsAny(elementText(n), "0123456789")
}

// centsNamed tells whether an element sets the cents of a price apart.
func centsNamed(n *html.Node) bool {
	if n.DataAtom == atom.Sup {
		return true
	}
	for word := range nameWords(attr(n, "class")) {
		switch word {
		case "cents", "cent", "fraction", "decimal", "decimals", "centimos", "centimes", "kopeks", "mantissa":
			return true
		}
	}
	return false
}

// plainPrice reads a line that is a price and nothing else though no name says
// so. It must have its currency. A control may say what it does, too.
func (s *scan) plainPrice(n *html.Node, line string, level int) {
	if line == "" || !strings.ContainsAny(line, "0123456789") {
		return
	}
	p := s.found(n, line, level, false)
	if p == nil {
		return
	}
	if !p.signed || !p.alone && !isControl(n) {
		s.prices = s.prices[:len(s.prices)-1]
		return
	}
	p.named = n.Parent != nil && priceNamed(n.Parent)
}

// linePrice looks for a price in text that stands on one line, in which those
// that are struck out do not count beside one that is not.
func (s *scan) linePrice(node *html.Node, nodes []*html.Node, line string, level int) {
	var shown strings.Builder
	var over *html.Node
	for _, n := range nodes {
		if struck(n) {
			over = n
		} else {
			writePrice(&shown, n, nil)
		}
	}
	if over == nil {
		s.plainPrice(node, line, level)
		return
	}
	s.plainPrice(node, oneLine(shown.String()), level)
	s.plainPrice(over, text(over), level)
}

// rank orders the prices of a buy box: higher is better.
func (p *priceFound) rank() int {
	r := 0
	if p.named {
		r += 2
	}
	if p.as == toPay {
		r++
	}
	if p.alone {
		r += 4
	}
	if p.signed {
		r += 8
	}
	if !p.untaxed {
		r += 16
	}
	return r
}

// bestPrice is the one to pay among those of the box. sure tells that no other
// amount is as good.
func bestPrice(prices []priceFound) (best *priceFound, sure bool) {
	for i := range prices {
		p := &prices[i]
		if p.as == formerly || p.as == otherwise {
			continue
		}
		switch {
		case best == nil, p.rank() > best.rank():
			best, sure = p, true
		case p.rank() < best.rank():
		case p.level > best.level:
			sure = sure && p.price.Amount.Equal(best.price.Amount)
			best = p
		default:
			sure = sure && p.price.Amount.Equal(best.price.Amount)
		}
	}
	if best != nil {
		return best, sure
	}
	// A theme may call the price the old one where there is no new one.
	for i := range prices {
		p := &prices[i]
		if p.as != formerly || !p.named || !p.alone || p.over {
			continue
		}
		if best != nil && !best.price.Amount.Equal(p.price.Amount) {
			return nil, false
		}
		best = p
	}
	return best, false
}
