package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"stockchecker/lambda/checker"
)

// cardGroup is a row or grid of product cards: elements of one kind below one
// kind of parent, each with a link and with a price or a word of stock.
type cardGroup struct {
	sign  string // kind of the parent and of the cards
	cards []*html.Node
	text  int // bytes of text in them
}

// fewestCards is how many cards make a listing that is found by itself. Fewer
// may be anything.
const fewestCards = 4

// maxTargets is how many links of a card are looked at for one of its own.
const maxTargets = 4

// findCards finds the product cards of a listing, or nil. A page of one product
// has cards too, of other products; a listing's are a good part of its text,
// beside its filters and categories.
// With fewer of them than fewestCards they are no listing, but perhaps all that can be
// bought.
func findCards(body *html.Node, hint priceHint) []*html.Node {
	f := cardFinder{hint: hint, groups: map[string]*cardGroup{}, budget: maxRuns}
	all := f.visit(body)
	var best *cardGroup
	for _, g := range f.order {
		if len(g.cards) > 1 && (best == nil || g.better(best)) {
			best = g
		}
	}
	if best == nil || 4*best.text < all.text {
		return nil
	}
	return best.cards
}

// better tells whether a group is rather the page's listing than another: one of enough
// cards, and of those the one with more text.
func (g *cardGroup) better(other *cardGroup) bool {
	if enough := len(g.cards) >= fewestCards; enough != (len(other.cards) >= fewestCards) {
		return enough
	}
	return g.text > other.text
}

// cardFinder gathers groups of cards in one walk.
type cardFinder struct {
	hint   priceHint
	groups map[string]*cardGroup
	order  []*cardGroup
	budget int
}

// features are what a part of the page has that makes a product card.
type features struct {
	targets []string // what its first links lead to
	told    int      // prices, controls to buy, words of stock
	grouped bool     // a group of cards is inside
	text    int      // bytes
}

func (f *cardFinder) visit(n *html.Node) features {
	var own features
	if n.Type == html.TextNode {
		t := strings.TrimSpace(n.Data)
		own.text = len(t)
		return own
	}
	if n.Type == html.ElementNode && (hidden(n) || elsewhere(n) || headedAsRelated(n)) {
		return own
	}
	if isControl(n) {
		if does, ok := controlSays(controlLabel(n)); ok && does != "" {
			own.told++
		}
		return own
	}
	if n.DataAtom == atom.A {
		if href := attr(n, "href"); href != "" && href[0] != '#' && !strings.HasPrefix(strings.ToLower(href), "javascript:") && !strings.HasPrefix(href, "mailto:") && !strings.HasPrefix(href, "tel:") {
			target, _, _ := strings.Cut(href, "#")
			own.targets = []string{target}
		}
	}
	type child struct {
		n *html.Node
		f features
	}
	var children []child
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		cf := f.visit(c)
		for _, target := range cf.targets {
			if len(own.targets) < maxTargets && !slices.Contains(own.targets, target) {
				own.targets = append(own.targets, target)
			}
		}
		own.told += cf.told
		own.text += cf.text
		own.grouped = own.grouped || cf.grouped
		if c.Type == html.ElementNode && len(cf.targets) > 0 && cf.told > 0 && !cf.grouped {
			children = append(children, child{c, cf})
		}
	}
	if own.told == 0 && own.text > 0 && own.text <= 120 {
		f.budget--
		if f.budget > 0 && f.tells(n) {
			own.told++
		}
	}
	byTag := map[atom.Atom][]child{}
	for _, c := range children {
		byTag[c.n.DataAtom] = append(byTag[c.n.DataAtom], c)
	}
	for tag, same := range byTag {
		// Parts of one card lead to one page, and cards to different ones.
		leading := map[string]int{}
		for _, c := range same {
			for _, target := range c.f.targets {
				leading[target]++
			}
		}
		apart := 0
		for _, c := range same {
			if slices.ContainsFunc(c.f.targets, func(target string) bool { return leading[target] == 1 || 3*leading[target] <= len(same) }) {
				apart++
			}
		}
		if apart < 2 || 2*apart <= len(same) {
			continue
		}
		own.grouped = true
		sign := n.Data + "." + attr(n, "class") + ">" + tag.String()
		g := f.groups[sign]
		if g == nil {
			g = &cardGroup{sign: sign}
			f.groups[sign] = g
			f.order = append(f.order, g)
		}
		for _, c := range same {
			g.cards = append(g.cards, c.n)
			g.text += c.f.text
		}
	}
	return own
}

// tells tells whether a short element is a price or says something of stock.
func (f *cardFinder) tells(n *html.Node) bool {
	t := text(n)
	if priceNamed(n) && strings.ContainsAny(t, "0123456789") {
		return true
	}
	if says, ok := labelSays(t); ok && says.Availability != checker.Unknown {
		return true
	}
	if !strings.ContainsAny(t, "0123456789") || len(t) > 60 {
		return false
	}
	p, ok := parsePrice(t, priceHint{Language: f.hint.Language, Host: f.hint.Host})
	return ok && p.Currency != ""
}
