package page

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"stockchecker/lambda/checker"
)

// signal is one visible thing that says something of stock: the label of a
// purchase control, or a short text.
type signal struct {
	node    *html.Node
	text    string
	saying  saying
	control control // "" for a text
	off     bool    // the control can't be used
	level   int     // depth of the nearest ancestor that it shares with the heading
}

func (s *signal) evidence(source string) Evidence {
	says := string(s.saying.Availability)
	if s.control != "" {
		says = "button " + string(s.control)
		if s.off {
			says += ", disabled"
		}
	}
	return Evidence{Source: source, Selector: selectorOf(s.node), Text: cut(s.text), Says: says}
}

// scan gathers the signals below a node, in the order of the page.
type scan struct {
	signals  []signal
	prices   []priceFound
	heading  map[*html.Node]int // the heading's ancestors, with their depths
	hint     priceHint
	cards    bool         // parts of the page that hold something else are looked at too
	skip     []*html.Node // what is read already: a card's title
	budget   int          // text runs that are still looked at
	doubts   []signal     // lines with words for sold out that are not understood
	apart    int          // depth of parts that are perhaps of something else: nothing in them is certain
	sellers  []signal     // their texts are the names
	space    []byte       // of the line that is looked at, used again for the next
	name     string       // of the product, which may stand in a line about it
	unfilled int          // the deepest level of a line that a script is still to fill in, 0: none
	filters  int          // depth of parts beside the main one, in which no word says that it can be had
}

// priceFound is a visible price.
type priceFound struct {
	node    *html.Node
	text    string
	price   checker.Price
	level   int
	named   bool   // its element's name says that it is a price
	as      naming // ... and which
	alone   bool   // its text is nothing else
	over    bool   // struck out, or its words say that it is past
	signed  bool   // with a currency
	untaxed bool   // tax is added to it
}

// maxRuns bounds the short texts of a page that are looked at.
const maxRuns = 20_000

func (s *scan) walk(n *html.Node, level int) {
	if l, ok := s.heading[n]; ok {
		level = l
	} else if hidden(n) {
		return
	} else if !s.cards && s.apart == 0 {
		if elsewhere(n) || headedAsRelated(n) {
			return
		}
		if perhapsElsewhere(n) {
			s.apart++
			defer func() { s.apart-- }()
		}
	}
	switch {
	case isControl(n):
		s.control(n, level)
		return
	case n.DataAtom == atom.Select, n.DataAtom == atom.Datalist, n.DataAtom == atom.Textarea:
		return
	case n.DataAtom == atom.Aside:
		s.filters++
		defer func() { s.filters-- }()
	}
	s.field(n, level)
	before := len(s.prices)
	var run []*html.Node
	flush := func() {
		if len(run) > 0 {
			s.run(n, run, level)
			run = run[:0]
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case slices.Contains(s.skip, c):
			flush()
		case c.Type == html.TextNode, c.Type == html.ElementNode && inline(c):
			run = append(run, c)
		case c.Type == html.ElementNode:
			flush()
			s.walk(c, level)
		}
	}
	flush()
	s.picture(n, level)
	// Around prices that are named themselves there is no further one, but beside old
	// ones.
	switch {
	case s.apart > 0 || !priceNamed(n) || n.DataAtom == atom.Body:
	case len(s.prices) == before:
		s.price(n, level)
	default:
		s.besideOthers(n, s.prices[before:], level)
	}
}

// picture looks at what a picture says to those who can't see it.
func (s *scan) picture(n *html.Node, level int) {
	if isPicture(n) && s.apart == 0 {
		if alt := oneLine(attr(n, "alt")); alt != "" && len(alt) <= 40 {
			s.negativeLabel(n, alt, level)
		}
	}
}

func isPicture(n *html.Node) bool { return n.DataAtom == atom.Img }

// field looks at a row of a table or of a list that has a name and a value.
func (s *scan) field(n *html.Node, level int) {
	if s.apart > 0 {
		return
	}
	var name, value *html.Node
	switch n.DataAtom {
	case atom.Tr:
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.DataAtom != atom.Td && c.DataAtom != atom.Th:
			case name == nil:
				name = c
			case value == nil:
				value = c
			default:
				return
			}
		}
	case atom.Dt:
		name = n
		for value = n.NextSibling; value != nil && value.Type != html.ElementNode; value = value.NextSibling {
		}
	}
	if name == nil || value == nil || n.DataAtom == atom.Dt && value.DataAtom != atom.Dd {
		return
	}
	if line := strings.TrimSuffix(text(name), ":") + ": " + text(value); len(line) <= maxRun {
		if says, ok := labelSays(line); ok && (s.filters == 0 || negative(says.Availability)) {
			s.signals = append(s.signals, signal{node: value, text: line, saying: says, level: level})
		}
	}
}

// inline tells whether an element and all below it belong to the line around.
func inline(n *html.Node) bool {
	if block(n) || isControl(n) || n.DataAtom == 0 || hidden(n) {
		return false
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && !inline(c) {
			return false
		}
	}
	return true
}

// maxRun is how long, in bytes, a text is at most that can be a label; labels of
// scripts with long encodings included.
const maxRun = 400

// run looks at text that stands on one line.
func (s *scan) run(parent *html.Node, nodes []*html.Node, level int) {
	if s.budget--; s.budget < 0 {
		return
	}
	var marks mark
	for _, n := range nodes {
		marks |= marksIn(n)
	}
	if marks&^(controlMark|relatedMark|moneyMark) == 0 && (s.apart > 0 || !slices.ContainsFunc(nodes, isPicture)) {
		return // it says nothing, and has no price
	}
	b := s.space[:0]
	whole := true
	for _, n := range nodes {
		if b = appendText(b, n, true); len(b) > 4*maxRun {
			whole = false
			break
		}
	}
	b = foldSpace(b)
	s.space = b[:0]
	if !whole {
		marks |= digitMark | moneyMark
	}
	seller := marks&sellerMark != 0 && len(b) <= maxSellerLine
	line := ""
	if len(b) <= maxRun {
		switch {
		case marks&(labelMark|soldOutMark) != 0, s.apart == 0 && (seller || marks&moneyMark != 0):
			line = lineOf(nodes[0], b) // or of all of them
		case marks&digitMark != 0:
		case s.apart > 0 || !slices.ContainsFunc(nodes, isPicture):
			return // it says nothing
		}
	}
	node := parent
	if len(nodes) == 1 && nodes[0].Type == html.ElementNode {
		node = nodes[0]
	}
	if strings.Contains(line, "{{") && strings.Contains(line, "}}") {
		s.unfilled = max(s.unfilled, level)
	}
	switch {
	case len(b) > maxRun && len(nodes) > 1:
		// A long line of several elements: each may be a label of its own.
		for _, n := range nodes {
			if n.Type == html.ElementNode {
				s.run(parent, []*html.Node{n}, level)
			}
		}
		return
	case marks&(labelMark|soldOutMark) != 0 && len(b) <= maxRun:
		s.label(node, line, nodes, level)
	}
	if s.apart > 0 {
		return
	}
	if seller {
		if name, led := namedSeller(line); led && name != "" {
			s.sellers = append(s.sellers, signal{node: node, text: name, level: level})
		}
	}
	for _, n := range nodes {
		s.picture(n, level)
	}
	if marks&digitMark == 0 {
		return // no price either
	}
	if slices.ContainsFunc(nodes, holdsNamedPrice) {
		s.namedPrices(nodes, level)
	}
	if marks&moneyMark != 0 && len(b) <= 60 && !priceNamed(parent) {
		s.linePrice(node, nodes, line, level)
	}
}

// namedPrices looks for elements named as prices within a line. The text before one
// may make it another than the one to pay.
func (s *scan) namedPrices(nodes []*html.Node, level int) {
	lead := ""
	for _, n := range nodes {
		before := len(s.prices)
		s.inlinePrices(n, lead, level)
		if lead = ""; len(s.prices) == before && !priceNamed(n) {
			if lead = text(n); len(lead) > maxPriceLine {
				lead = ""
			}
		}
	}
}

// holdsNamedPrice tells whether an element, or one in it, is named as a price.
func holdsNamedPrice(n *html.Node) bool {
	if priceNamed(n) {
		return true
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if holdsNamedPrice(c) {
			return true
		}
	}
	return false
}

// marksIn are the marks of the visible text of a node.
func marksIn(n *html.Node) mark {
	if n.Type == html.TextNode {
		return marksOf(n.Data)
	}
	if hidden(n) {
		return 0
	}
	var marks mark
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		marks |= marksIn(c)
	}
	return marks
}

// maxSellerLine is how long, in bytes, a line that names the seller is at most.
const maxSellerLine = 120

// label looks at what a line says of stock.
func (s *scan) label(node *html.Node, line string, nodes []*html.Node, level int) {
	if says, ok := labelSays(line); ok {
		if s.apart > 0 {
			s.doubt(node, line, says, level)
		} else if s.filters == 0 || negative(says.Availability) {
			s.signals = append(s.signals, signal{node: node, text: line, saying: says, level: level})
		}
		return
	}
	// Not understood as a whole. A part of it may still say that it can't be had;
	// that it can, a part does not say.
	if s.apart > 0 {
		return
	}
	before := len(s.signals)
	if rest := afterNumbers(line); rest != line {
		s.negativeLabel(node, rest, level)
	}
	if len(nodes) > 1 {
		for _, n := range nodes {
			s.part(n, line, level)
		}
	}
	if len(s.signals) > before || !mentionsSoldOut(line) {
		return
	}
	if before, after, found := cutFold(line, s.name); !found || !s.negativeLabel(node, before+after, level) {
		s.doubt(node, line, saying{Availability: checker.SoldOut}, level)
	}
}

// cutFold cuts a line around words, whatever their case.
func cutFold(line, words string) (before, after string, found bool) {
	if words == "" {
		return line, "", false
	}
	for i := 0; i+len(words) <= len(line); i++ {
		if strings.EqualFold(line[i:i+len(words)], words) {
			return line[:i], line[i+len(words):], true
		}
	}
	return line, "", false
}

// doubt notes words that may say that the product can't be had.
func (s *scan) doubt(node *html.Node, line string, says saying, level int) {
	if negative(says.Availability) {
		s.doubts = append(s.doubts, signal{node: node, text: line, saying: says, level: level})
	}
}

func (s *scan) negativeLabel(node *html.Node, line string, level int) bool {
	says, ok := labelSays(line)
	if ok && negative(says.Availability) {
		s.signals = append(s.signals, signal{node: node, text: line, saying: says, level: level})
	}
	return ok
}

// part looks at a part of a line, and at the parts of that. One word after a
// number may count what was sold: "1448 sold".
func (s *scan) part(n *html.Node, line string, level int) {
	if hidden(n) {
		return
	}
	t := spacedText(n)
	before, _, _ := strings.Cut(line, t)
	counted := !strings.Contains(t, " ") && strings.ContainsAny(before, "0123456789") && !strings.Contains(before, ":") && !strings.ContainsFunc(before, isMoneySign)
	if !counted && s.negativeLabel(n, t, level) {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			s.part(c, line, level)
		}
	}
}

func negative(a checker.Availability) bool { return a != checker.Unknown && !inHand(a) }

// afterNumbers is what follows a price, a named number or a mark of refusal at
// the beginning of a line: of "$49.90 – Sold out", "SKU: KD-9 Sold out" and
// "❌ Sold out", "Sold out". Of "6,881 sold" nothing does.
func afterNumbers(line string) string {
	line = strings.TrimLeft(line, "❌✗✘✖✕☒⛔🚫× ")
	rest := line
	named := false
	at := 0
	for range 6 {
		end := strings.IndexByte(line[at:], ' ')
		if end < 0 {
			break
		}
		word := line[at : at+end]
		named = named || strings.HasSuffix(word, ":") || strings.ContainsFunc(word, isMoneySign)
		if named && strings.ContainsAny(word, "0123456789") {
			rest = strings.TrimLeft(line[at+end:], " -–—·|•:,")
		}
		at += end + 1
	}
	return rest
}

func isMoneySign(r rune) bool { return unicode.Is(unicode.Sc, r) }

// control looks at a button, or a link that is used as one.
func (s *scan) control(n *html.Node, level int) {
	label := controlLabel(n)
	does, ok := controlSays(label)
	if !ok {
		if n.DataAtom == atom.A || n.DataAtom == atom.Label {
			if len(label) <= maxRun {
				s.label(n, label, nil, level)
			}
		}
		return
	}
	if s.apart > 0 {
		if does == soldOut || does == notify {
			s.doubt(n, label, saying{Availability: checker.SoldOut}, level)
		}
		return
	}
	s.signals = append(s.signals, signal{node: n, text: label, control: does, off: disabled(n), level: level})
	if does == buy {
		s.plainPrice(n, label, level)
	}
}

// isControl tells whether the element is something to press.
func isControl(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Button:
		return true
	case atom.Input:
		switch strings.ToLower(attr(n, "type")) {
		case "submit", "button", "image":
			return true
		}
	case atom.A, atom.Span, atom.Div:
		if attr(n, "role") == "button" {
			return true
		}
		if n.DataAtom != atom.A {
			return false
		}
		for _, key := range [...]string{"class", "id", "href", "data-action"} {
			v := strings.ToLower(attr(n, key))
			if strings.Contains(v, "btn") || strings.Contains(v, "button") || strings.Contains(v, "cart") || strings.Contains(v, "buy") ||
				strings.Contains(v, "basket") || strings.Contains(v, "kosik") || strings.Contains(v, "koszyk") || strings.Contains(v, "panier") || strings.Contains(v, "carrito") {
				return true
			}
		}
		href := attr(n, "href")
		return href == "" || href == "#" || strings.HasPrefix(strings.ToLower(href), "javascript:")
	}
	return false
}

// controlLabel is what a person reads on a control, or hears where it has only a
// picture.
func controlLabel(n *html.Node) string {
	if n.DataAtom == atom.Input {
		for _, key := range [...]string{"value", "aria-label", "title", "alt"} {
			if s := oneLine(attr(n, key)); s != "" {
				return s
			}
		}
		return ""
	}
	if s := spacedText(n); s != "" {
		return s
	}
	for _, key := range [...]string{"aria-label", "title"} {
		if s := oneLine(attr(n, key)); s != "" {
			return s
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Img {
			if s := oneLine(attr(c, "alt")); s != "" {
				return s
			}
		}
	}
	return ""
}
