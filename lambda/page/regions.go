package page

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// aside are words in the class or id of an element that holds something else
// than the main product.
var aside = map[string]bool{
	"related": true, "recommend": true, "recommended": true, "recommendation": true, "recommendations": true, "recommender": true, "similar": true,
	"upsell": true, "upsells": true, "crosssell": true, "crosssells": true, "sponsored": true,
	"review": true, "reviews": true, "comments": true, "questions": true, "faq": true, "breadcrumb": true, "breadcrumbs": true,
	"newsletter": true, "minicart": true, "megamenu": true,
	"cookie": true, "cookies": true, "bestsellers": true,
}

// perhapsAside are such words that also name what holds the main product.
var perhapsAside = map[string]bool{"carousel": true, "accessories": true, "advert": true, "ads": true, "popup": true, "modal": true, "compare": true}

// perhapsElsewhere tells whether the element may hold something else than the
// main product, and may not.
func perhapsElsewhere(n *html.Node) bool {
	if n.Type != html.ElementNode || n.DataAtom == atom.Body || n.DataAtom == atom.Main || n.DataAtom == atom.Form {
		return false
	}
	for i := range n.Attr {
		if key := n.Attr[i].Key; key == "class" || key == "id" {
			for name := range strings.FieldsSeq(n.Attr[i].Val) {
				for word := range nameWords(name) {
					if perhapsAside[word] {
						return true
					}
				}
			}
		}
	}
	return false
}

// asidePairs are two such words that tell only together.
var asidePairs = map[string]bool{
	"cross sell": true, "cross sells": true, "up sell": true, "up sells": true, "also like": true, "also bought": true, "also viewed": true, "recently viewed": true,
	"last viewed": true, "mini cart": true, "cart drawer": true, "side cart": true, "other products": true, "more products": true, "best sellers": true,
	"people also": true, "customers also": true, "bought together": true, "you may": true, "site header": true, "page header": true,
}

// elsewhere tells whether the element holds something else than the main
// product: the menu, the footer, other products, opinions.
func elsewhere(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.Nav, atom.Footer:
		return true
	case atom.Header:
		return !inMain(n) // a product's own header is part of it
	case atom.Body, atom.Html, atom.Main, atom.Button, atom.Input, atom.A, atom.Form:
		return false
	}
	switch attr(n, "role") {
	case "navigation", "contentinfo", "dialog", "alertdialog", "search", "banner":
		return true
	}
	for i := range n.Attr {
		switch n.Attr[i].Key {
		case "class", "id":
			if asideName(n.Attr[i].Val) {
				return true
			}
		}
	}
	return false
}

// inMain tells whether a node stands in the main part of the page, or in an
// article.
func inMain(n *html.Node) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.DataAtom == atom.Main || n.DataAtom == atom.Article || n.DataAtom == atom.Section || n.Type == html.ElementNode && attr(n, "role") == "main" {
			return true
		}
	}
	return false
}

func asideName(names string) bool {
	for name := range strings.FieldsSeq(names) {
		previous, first := "", true
		for word := range nameWords(name) {
			last := strings.HasSuffix(strings.ToLower(name), word)
			if asideFirst[word] && (first || wholePage[previous]) || aside[word] && (first || last) || asidePairs[previous+" "+word] {
				return true
			}
			previous, first = word, false
		}
	}
	return false
}

// asideFirst are words that tell only at the beginning of a name, or of the
// whole page: a card may have a footer too.
var asideFirst = map[string]bool{"footer": true, "nav": true, "navigation": true, "navbar": true, "menu": true, "crosssell": true, "upsell": true}

var wholePage = map[string]bool{"site": true, "page": true, "main": true, "global": true, "shop": true, "store": true, "top": true, "mega": true, "mobile": true, "side": true, "header": true}

// nameWords are the words of a class or id, lower-cased: of "you-may_alsoLike"
// you, may, also and like.
func nameWords(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(name); i++ {
			boundary := i == len(name)
			if !boundary {
				c := rune(name[i])
				if !unicode.IsLetter(c) && !unicode.IsDigit(c) && c < 0x80 {
					boundary = true
				} else if i > start && unicode.IsUpper(c) && unicode.IsLower(rune(name[i-1])) {
					if !yield(strings.ToLower(name[start:i])) {
						return
					}
					start = i
				}
			}
			if boundary {
				if i > start && !yield(strings.ToLower(name[start:i])) {
					return
				}
				start = i + 1
			}
		}
	}
}

// headedAsRelated tells whether the element begins with a heading that
// announces other products.
func headedAsRelated(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Section, atom.Div, atom.Aside, atom.Article, atom.Ul:
	default:
		return false
	}
	depth := 0
	for c := n.FirstChild; c != nil && depth < 5; {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" || hidden(c) {
			c = c.NextSibling
			continue
		}
		switch c.DataAtom {
		case atom.H2, atom.H3, atom.H4, atom.H5, atom.P, atom.Strong:
			return headsRelated(text(c))
		case atom.Div, atom.Header, atom.Span:
			if c.FirstChild == nil {
				c = c.NextSibling
				continue
			}
			c = c.FirstChild
			depth++
			continue
		}
		if c.Type == html.TextNode {
			return headsRelated(oneLine(c.Data))
		}
		return false
	}
	return false
}

// cards tells the cards of other products, with what it has found out kept: each
// node is looked at once.
type cards struct {
	above map[*html.Node]int // the ancestors of the main heading
	known map[*html.Node]linked
	self  func(href string) bool // tells links to the page itself, which are no other product's
}

// linked is how a part of the page links to another product.
type linked byte

const (
	notLinked linked = iota
	byPicture        // a picture that is a link: it may be a brand's
	byName           // a heading, or a picture with a text: a product's
)

// at is the strongest link near around a node, within what is apart from the
// main heading.
func (c *cards) at(n *html.Node) linked {
	best := notLinked
	for up := 0; n != nil && up < 6; n, up = n.Parent, up+1 {
		if _, ok := c.above[n]; ok || n.DataAtom == atom.Body || n.DataAtom == atom.Main {
			break
		}
		best = max(best, c.within(n))
	}
	return best
}

// within is the strongest link at or below a node.
func (c *cards) within(n *html.Node) linked {
	if l, ok := c.known[n]; ok {
		return l
	}
	best, leaf := notLinked, true
	for child := n.FirstChild; child != nil && best < byName; child = child.NextSibling {
		if child.Type == html.ElementNode {
			leaf = false
			best = max(best, c.within(child))
		}
	}
	switch n.DataAtom {
	case atom.A:
		href := attr(n, "href")
		if href != "" && href[0] != '#' && !strings.HasPrefix(strings.ToLower(href), "javascript:") && !picture(href) && !c.self(href) {
			switch {
			case contains(n, atom.H2, atom.H3, atom.H4, atom.H5):
				best = byName
			case contains(n, atom.Img) && len(text(n)) >= 3:
				best = byName
			case contains(n, atom.Img):
				best = max(best, byPicture)
			}
		}
	case atom.H2, atom.H3, atom.H4, atom.H5:
		if contains(n, atom.A) {
			best = byName
		}
	}
	if !leaf {
		c.known[n] = best
	}
	return best
}

// picture tells whether a link leads to a larger picture.
func picture(href string) bool {
	href, _, _ = strings.Cut(strings.ToLower(href), "?")
	for _, ext := range [...]string{".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"} {
		if strings.HasSuffix(href, ext) {
			return true
		}
	}
	return false
}

// contains tells whether one of the elements is below the node.
func contains(n *html.Node, tags ...atom.Atom) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if slices.Contains(tags, c.DataAtom) && c.Type == html.ElementNode || contains(c, tags...) {
			return true
		}
	}
	return false
}
