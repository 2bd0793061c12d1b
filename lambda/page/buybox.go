package page

import (
	"slices"
	"strings"

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
	signals []signal
	prices  []priceFound
	heading map[*html.Node]int // the heading's ancestors, with their depths
	hint    priceHint
	cards   bool         // parts of the page that hold something else are looked at too
	skip    []*html.Node // what is read already: a card's title
	budget  int          // text runs that are still looked at
}

// priceFound is a visible price.
type priceFound struct {
	node  *html.Node
	text  string
	price checker.Price
	level int
	named bool // its element's name says that it is a price
	best  bool // ... the one to pay
}

// maxRuns bounds the short texts of a page that are looked at.
const maxRuns = 20_000

func (s *scan) walk(n *html.Node, level int) {
	if l, ok := s.heading[n]; ok {
		level = l
	} else if hidden(n) || !s.cards && (elsewhere(n) || headedAsRelated(n)) {
		return
	}
	if isControl(n) {
		s.control(n, level)
		return
	}
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
	if priceNamed(n) && n.DataAtom != atom.Body {
		s.price(n, level, true)
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
	var b strings.Builder
	for _, n := range nodes {
		writeText(&b, n, true)
		if b.Len() > 4*maxRun {
			break
		}
	}
	line := oneLine(b.String())
	node := parent
	if len(nodes) == 1 && nodes[0].Type == html.ElementNode {
		node = nodes[0]
	}
	if len(line) <= maxRun && line != "" && !strings.HasSuffix(line, ":") { // a field's name says nothing
		if says, ok := labelSays(line); ok {
			s.signals = append(s.signals, signal{node: node, text: line, saying: says, level: level})
		} else if len(nodes) > 1 {
			// Not understood as a whole. A part of it may still say that it can't be had;
			// that it can, a part does not say.
			for _, n := range nodes {
				s.part(n, level)
			}
		}
	} else if len(line) > maxRun && len(nodes) > 1 {
		// A long line of several elements: each may be a label of its own.
		for _, n := range nodes {
			if n.Type == html.ElementNode {
				s.run(parent, []*html.Node{n}, level)
			}
		}
		return
	}
	for _, n := range nodes {
		s.inlinePrices(n, level)
	}
	if len(line) <= 60 && !priceNamed(parent) {
		s.plainPrice(node, line, level)
	}
}

func (s *scan) part(n *html.Node, level int) {
	if n.Type == html.ElementNode && hidden(n) {
		return
	}
	if t := spacedText(n); n.Type == html.TextNode || t != "" {
		if says, ok := labelSays(t); ok {
			switch says.Availability {
			case checker.InStock, checker.Limited, checker.OnlineOnly, checker.InStoreOnly:
			default:
				s.signals = append(s.signals, signal{node: n, text: t, saying: says, level: level})
			}
			return
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			s.part(c, level)
		}
	}
}

// control looks at a button, or a link that is used as one.
func (s *scan) control(n *html.Node, level int) {
	label := controlLabel(n)
	does, ok := controlSays(label)
	if !ok {
		if n.DataAtom == atom.A || n.DataAtom == atom.Label {
			if says, ok := labelSays(label); ok && len(label) <= maxRun {
				s.signals = append(s.signals, signal{node: n, text: label, saying: says, level: level})
			}
		}
		return
	}
	s.signals = append(s.signals, signal{node: n, text: label, control: does, off: disabled(n), level: level})
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

// verdict is what the visible part of a page says of one product.
type verdict struct {
	availability checker.Availability // Unknown: nothing
	decisive     *signal
	quantity     *int
	conflict     bool // it says both, and neither outweighs the other
	weak         bool // a hint that metadata outweighs
}

// judge weighs the signals. hasChoice tells that something must be chosen
// first, so that a disabled control says nothing.
func judge(signals []signal, hasChoice bool) verdict {
	var first struct {
		buyOn, buyOff, soldOut, discontinued, preOrder, preSale, backOrder, notify, inStock, limited, inStore, online *signal
	}
	set := func(p **signal, s *signal) {
		if *p == nil {
			*p = s
		}
	}
	for i := range signals {
		s := &signals[i]
		switch s.control {
		case buy:
			if s.off {
				set(&first.buyOff, s)
			} else {
				set(&first.buyOn, s)
			}
		case preOrder:
			if !s.off {
				set(&first.preOrder, s)
			} else {
				set(&first.buyOff, s)
			}
		case backOrder:
			set(&first.backOrder, s)
		case notify:
			set(&first.notify, s)
		case soldOut:
			set(&first.soldOut, s)
		case inStoreOnly:
			// A link to the shops stands on many pages, whatever the stock.
		case "":
			switch s.saying.Availability {
			case checker.SoldOut:
				set(&first.soldOut, s)
			case checker.Discontinued:
				set(&first.discontinued, s)
			case checker.PreOrder:
				set(&first.preOrder, s)
			case checker.PreSale:
				set(&first.preSale, s)
			case checker.BackOrder:
				set(&first.backOrder, s)
			case checker.InStock:
				set(&first.inStock, s)
			case checker.Limited:
				set(&first.limited, s)
			case checker.InStoreOnly:
				set(&first.inStore, s)
			case checker.OnlineOnly:
				set(&first.online, s)
			}
		}
	}
	say := func(a checker.Availability, s *signal) verdict {
		return verdict{availability: a, decisive: s, quantity: s.saying.Quantity}
	}
	switch f := &first; {
	case f.discontinued != nil && f.buyOn == nil:
		return say(checker.Discontinued, f.discontinued)
	case f.soldOut != nil && f.buyOn != nil:
		return verdict{availability: checker.Unknown, decisive: f.soldOut, conflict: true}
	case f.soldOut != nil && f.backOrder != nil:
		return say(checker.BackOrder, f.backOrder)
	case f.soldOut != nil && f.preOrder != nil && f.preOrder.control != "":
		return say(checker.PreOrder, f.preOrder)
	case f.soldOut != nil && f.inStore != nil:
		return say(checker.InStoreOnly, f.inStore)
	case f.soldOut != nil:
		return say(checker.SoldOut, f.soldOut)
	case f.backOrder != nil:
		return say(checker.BackOrder, f.backOrder)
	case f.preSale != nil:
		return say(checker.PreSale, f.preSale)
	case f.preOrder != nil:
		return say(checker.PreOrder, f.preOrder)
	case f.buyOn != nil && f.limited != nil:
		return verdict{availability: checker.Limited, decisive: f.buyOn, quantity: f.limited.saying.Quantity}
	case f.buyOn != nil && f.online != nil:
		return verdict{availability: checker.OnlineOnly, decisive: f.buyOn}
	case f.buyOn != nil:
		v := verdict{availability: checker.InStock, decisive: f.buyOn}
		if f.inStock != nil {
			v.quantity = f.inStock.saying.Quantity
		}
		return v
	case f.inStore != nil:
		return say(checker.InStoreOnly, f.inStore)
	case f.buyOff != nil && (f.inStock != nil || f.limited != nil):
		// A control that is switched on by a script, or by a choice.
		return verdict{availability: checker.Unknown, decisive: f.buyOff, conflict: true}
	case f.buyOff != nil:
		return verdict{availability: checker.SoldOut, decisive: f.buyOff, weak: hasChoice}
	case f.limited != nil:
		return say(checker.Limited, f.limited)
	case f.inStock != nil:
		return say(checker.InStock, f.inStock)
	case f.notify != nil:
		return verdict{availability: checker.SoldOut, decisive: f.notify, weak: true}
	}
	return verdict{availability: checker.Unknown}
}

// buyBox is what the visible page says of its main product.
type buyBox struct {
	heading *html.Node // the h1, nil if none
	verdict verdict
	signals []signal // those of the box
	price   *priceFound
	many    bool // other products can be bought, and not this one: this may be no page of one
}

// readBuyBox finds the part of the page where the main product is bought: what
// is nearest to its heading, never the menu, other products or the footer.
func readBuyBox(body *html.Node, heading *html.Node, hint priceHint) buyBox {
	box := buyBox{heading: heading}
	s := scan{hint: hint, budget: maxRuns, heading: map[*html.Node]int{}}
	depth := 0
	for n := heading; n != nil; n = n.Parent {
		depth++
	}
	for n := heading; n != nil; n = n.Parent {
		s.heading[n] = depth
		depth--
	}
	s.walk(body, 0)

	// What stands in the cards of other products is not of this one.
	own := s.signals[:0:0]
	cards := 0
	for _, sig := range s.signals {
		switch {
		case !inCard(sig.node, s.heading):
			own = append(own, sig)
		case sig.control == buy:
			cards++
		}
	}

	// The box reaches as far up from the heading as the nearest control, else
	// the nearest label.
	controls, labels := 0, 0
	for i := range own {
		switch sig := &own[i]; sig.control {
		case buy, preOrder, backOrder, soldOut:
			controls = max(controls, sig.level)
		case "":
			labels = max(labels, sig.level)
		}
	}
	level := controls
	if controls == 0 {
		level = labels
	}
	for _, sig := range own {
		if sig.level >= level || sig.control == notify {
			box.signals = append(box.signals, sig)
		}
	}
	box.many = controls == 0 && cards >= 3
	box.verdict = judge(box.signals, hasChoice(body, s.heading, level))
	box.price = bestPrice(s.prices, level)
	return box
}

// hasChoice tells whether the box has a size, colour or other variant to choose.
func hasChoice(body *html.Node, heading map[*html.Node]int, level int) bool {
	top := body
	for n, l := range heading {
		if l == level {
			top = n
		}
	}
	radios := 0
	var walk func(n *html.Node) bool
	walk = func(n *html.Node) bool {
		if _, above := heading[n]; !above && (hidden(n) || elsewhere(n)) {
			return false
		}
		switch n.DataAtom {
		case atom.Select:
			options := 0
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				if c.DataAtom == atom.Option {
					options++
				}
			}
			// A list of numbers alone is the quantity.
			name := strings.ToLower(attr(n, "name") + " " + attr(n, "id") + " " + attr(n, "class"))
			if options > 1 && !strings.Contains(name, "quantity") && !strings.Contains(name, "qty") && !strings.Contains(name, "menge") {
				return true
			}
		case atom.Input:
			if strings.EqualFold(attr(n, "type"), "radio") {
				radios++
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if walk(c) {
				return true
			}
		}
		return radios > 1
	}
	return walk(top)
}
