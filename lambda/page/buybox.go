package page

import (
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"stockchecker/lambda/checker"
)

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
	heading  *html.Node // the h1, nil if none
	verdict  verdict
	signals  []signal // those of the box
	doubts   []signal // lines that may say that it can't be had
	price    *priceFound
	prices   []priceFound // all of the product, old ones too
	sure     bool         // no other one is as good as price
	seller   *signal      // its text is the name
	nameless bool         // something can be had, and nothing names the page's product
	many     bool         // other products can be bought, and not this one: this may be no page of one
}

// readBuyBox finds the part of the page where the main product is bought: what
// is nearest to its heading, never the menu, other products or the footer.
// self tells the links that lead to the page itself, foreign those that lead to
// another site: what can be bought there is not this page's.
func readBuyBox(body *html.Node, heading *html.Node, hint priceHint, self, foreign func(href string) bool) buyBox {
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
	if heading != nil {
		if t := text(heading); len(t) <= maxNamedTitle {
			s.name = t
		}
	}
	s.walk(body, 0)

	// What stands in the cards of other products is not of this one. Of a doubtful
	// card only what can't be had counts.
	around := cards{above: s.heading, known: map[*html.Node]linked{}, self: self}
	main := mainLevel(s.heading)
	own, pictured := s.signals[:0:0], s.signals[:0:0]
	others, named := 0, 0
	for _, sig := range s.signals {
		if sig.control != "" && sig.node.DataAtom == atom.A && foreign(attr(sig.node, "href")) {
			continue
		}
		link := around.at(sig.node)
		positive := sig.control == buy && !sig.off || sig.control == "" && inHand(sig.saying.Availability)
		switch {
		case link == byName, positive && sig.level < main:
			if sig.control == buy {
				others++
				named = max(named, sig.level)
			}
		case link == byPicture && positive:
			pictured = append(pictured, sig)
			if sig.control == buy {
				others++
			}
		default:
			own = append(own, sig)
		}
	}
	if !slices.ContainsFunc(own, func(sig signal) bool { return sig.control != inStoreOnly }) {
		own = append(own, nearPictures(pictured, s.heading, max(main, named))...)
	}
	for _, d := range s.doubts {
		if around.at(d.node) != byName {
			box.doubts = append(box.doubts, d)
		}
	}

	for i := range s.sellers {
		if around.at(s.sellers[i].node) < byName {
			box.seller = &s.sellers[i]
			break
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
	box.many = controls == 0 && others >= 3 || heading == nil && buttons(box.signals) >= 2
	// A control that is off may be there twice, farther from the heading too, with
	// what is to be chosen first beside it.
	widest := level
	for i := range own {
		if sig := &own[i]; sig.off && sig.control == buy {
			widest = min(widest, max(sig.level, main))
		}
	}
	c := readChoice(body, s.heading, widest)
	if c.out > 0 && c.left == 0 && c.says != nil {
		box.signals = append(box.signals, signal{node: c.says, text: text(c.says), saying: saying{Availability: checker.SoldOut}, level: level})
	}
	box.verdict = judge(box.signals, c.exists)
	v := &box.verdict
	if v.decisive == nil && c.some != nil {
		box.signals = append(box.signals, signal{node: c.some, text: cut(spacedText(c.some)), saying: saying{Availability: checker.InStock}, level: level})
		*v = verdict{availability: checker.InStock, decisive: &box.signals[len(box.signals)-1], weak: true}
	}
	switch {
	case s.unfilled > 0 && s.unfilled >= level && v.decisive != nil: // its words and controls are those before any script
		*v = verdict{availability: checker.Unknown, decisive: v.decisive, conflict: true}
	case v.availability == checker.SoldOut && c.chosenOut && c.left > 0, // the others may be there
		inHand(v.availability) && v.decisive.control != "" && c.out > 1 && c.left == 0:
		v.availability, v.conflict = checker.Unknown, true
	}
	beside := besideProduct{heading: s.heading, known: map[*html.Node]bool{}}
	farther := 0 // the nearest level outside of the box that has a price
	var outside []priceFound
	for _, p := range s.prices {
		switch {
		case around.at(p.node) == byName || beside.at(p.node):
		case p.level >= level:
			box.prices = append(box.prices, p)
		default:
			farther = max(farther, p.level)
			outside = append(outside, p)
		}
	}
	box.price, box.sure = bestPrice(box.prices)
	if box.price == nil && v.decisive != nil && v.availability != checker.SoldOut && v.availability != checker.Discontinued {
		// The heading may be nearer to the control than to the price. One that is sold
		// out may have none of its own.
		outside = slices.DeleteFunc(outside, func(p priceFound) bool { return p.level < farther || !p.named || !p.signed || !p.alone })
		if best, sure := bestPrice(outside); sure {
			box.prices, box.price = outside, best
		}
	}
	return box
}

// nearPictures is what the heading's own box says where pictures that are links
// stand in it, as those of a brand or of ways to pay do. Beside other products, or
// at the level of the whole page, it may be said of any of them.
func nearPictures(pictured []signal, heading map[*html.Node]int, apart int) []signal {
	for n, level := range heading {
		if n.DataAtom == atom.Body {
			apart = max(apart, level)
		}
	}
	nearest := apart
	for i := range pictured {
		nearest = max(nearest, pictured[i].level)
	}
	if nearest == apart {
		return nil
	}
	box := slices.DeleteFunc(pictured, func(sig signal) bool { return sig.level < nearest })
	if buttons(box) > 2 { // one may be there twice, for narrow screens
		return nil
	}
	return box
}

// buttons counts the controls to buy.
func buttons(signals []signal) int {
	n := 0
	for i := range signals {
		if signals[i].control == buy && !signals[i].off {
			n++
		}
	}
	return n
}

// mainLevel is the depth of the main part of the page that holds the heading, 0
// if the page has none.
func mainLevel(above map[*html.Node]int) int {
	for n, level := range above {
		if n.DataAtom == atom.Main || n.Type == html.ElementNode && attr(n, "role") == "main" {
			return level
		}
	}
	return 0
}
