package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"stockchecker/lambda/checker"
)

// cardNames finds the names of the products of a listing's cards. What most of
// the cards have alike, such as "More information", is no product's name, and no
// link to one.
type cardNames struct {
	cards int
	have  map[string]had // which of the cards have this text, or this link
	found map[*html.Node][]nameFound
}

// had is in how many cards something is.
type had struct{ cards, last int }

// fewestAlike is how many cards must have a text alike before it says nothing of
// any of them.
const fewestAlike = 3

func newCardNames(cards []*html.Node) *cardNames {
	names := &cardNames{cards: len(cards), have: map[string]had{}, found: map[*html.Node][]nameFound{}}
	var key []byte
	for i, card := range cards[:min(len(cards), maxItems)] {
		has := func() {
			h := names.have[string(key)]
			if h.last == i+1 {
				return
			}
			h.cards, h.last = h.cards+1, i+1
			names.have[string(key)] = h
		}
		found := make([]nameFound, 0, 16)
		eachName(card, func(f nameFound) {
			found = append(found, f)
			key = appendFolded(key[:0], f.text)
			has()
			if f.link != nil {
				key = append(append(key[:0], linkMark...), attr(f.link, "href")...)
				has()
			}
		})
		names.found[card] = found
	}
	return names
}

func (c *cardNames) alike(s string) bool {
	n := c.have[s].cards
	return n >= fewestAlike && 2*n >= c.cards
}

// linkMark begins what a link is noted as, which no text is.
const linkMark = "link: "

func linkKey(n *html.Node) string { return linkMark + attr(n, "href") }

// of is the name of a card's product, and the link to it.
func (c *cardNames) of(card *html.Node) (name nameFound, link *html.Node) {
	for _, f := range c.found[card] {
		if link == nil && f.link != nil && !c.alike(linkKey(f.link)) {
			link = f.link
		}
		if f.rank > name.rank && !c.alike(foldName(f.text)) {
			name = f
		}
	}
	if name.link != nil && !c.alike(linkKey(name.link)) {
		link = name.link
	}
	return name, link
}

// nameFound is a text that may be the name of a card's product.
type nameFound struct {
	node *html.Node
	text string
	link *html.Node // that it stands in, or that stands in it; nil: none
	rank int        // higher is better, 0: only its link counts
}

// The ranks of names: by what the page calls them, by how they are set, and last
// by their length.
const (
	rankText      = 1   // text that nothing sets apart
	rankShortened = 2   // the beginning of a description
	rankPicture   = 3   // what a picture shows
	rankLink      = 10  // the text of a link, and its length
	rankLinked    = 500 // on top, of a name that is a link
	rankNamed     = 1000
	rankHeading   = 200 // on top, of a name that is a heading
)

const (
	maxTitle      = 150 // bytes of a name that nothing marks as one
	maxNamedTitle = 300
)

// eachName hands all texts of a card that may be its product's name to use, in
// the order of the page, with its links.
func eachName(card *html.Node, use func(nameFound)) {
	var walk func(n, link *html.Node, named bool)
	walk = func(n, link *html.Node, named bool) {
		if n.Type == html.TextNode {
			if t := oneLine(n.Data); len(t) <= maxNamedTitle && nameLike(t) {
				use(nameFound{node: n.Parent, text: t, link: link, rank: rankText})
			}
			return
		}
		if hidden(n) {
			return
		}
		switch n.DataAtom {
		case atom.A:
			if href := attr(n, "href"); href != "" && href[0] != '#' && !strings.HasPrefix(strings.ToLower(href), "javascript:") {
				link = n
				use(nameFound{node: n, link: n})
			}
		case atom.Img:
			if t := oneLine(attr(n, "alt")); link != nil && len(t) <= maxNamedTitle && nameLike(t) {
				use(nameFound{node: n, text: t, link: link, rank: rankPicture})
			}
			return
		}
		if isControl(n) {
			if _, ok := controlSays(controlLabel(n)); ok {
				return
			}
		}
		is := namesProduct(n)
		if is == otherName {
			return
		}
		if is == productName || n == link {
			t, whole := beginning(n, maxNamedTitle)
			f := nameFound{node: n, text: t, link: link}
			if f.link == nil {
				f.link = linkIn(n)
			}
			switch {
			case !whole || !nameLike(t):
			case is == productName || named:
				f.rank = rankNamed + min(len(t), maxTitle)
				if f.link != nil {
					f.rank += rankLinked
				}
				if isHeading(n) {
					f.rank += rankHeading
				}
			case len(t) > maxTitle || strings.HasSuffix(t, "...") || strings.HasSuffix(t, "…"):
				f.rank = rankShortened
			case !holdsPrice(t):
				f.rank = rankLink + len(t)
			}
			if f.rank > 0 {
				use(f)
				if f.rank >= rankNamed && (isHeading(n) || n == link) {
					return // its parts are parts of the name
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, link, named || is == productName)
		}
	}
	walk(card, nil, false)
}

// nameLike tells whether a text can be a name: it is no price, no word of stock,
// and not what a control does.
func nameLike(t string) bool {
	if len(t) < 2 || !hasName(t) {
		return false
	}
	marks := marksOf(t)
	if marks&digitMark != 0 && mayBeAlone(t) {
		if w, ok := readWritten(t, priceHint{}); ok && w.alone {
			return false
		}
	}
	if marks&(labelMark|controlMark) == 0 {
		return true
	}
	if says, ok := labelSays(t); ok && says.Availability != checker.Unknown {
		return false
	}
	does, ok := controlSays(t)
	return !ok || does == ""
}

func holdsPrice(t string) bool {
	if marksOf(t)&moneyMark == 0 {
		return false
	}
	w, ok := readWritten(t, priceHint{})
	return ok && w.signed
}

func isHeading(n *html.Node) bool {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// nameKind is what the name of an element says of the name in it.
type nameKind byte

const (
	notName nameKind = iota
	productName
	otherName // of a brand, a seller, a category
)

// otherNamed are the words before "name" or "title", or at the end of the name of a
// heading, that make it another than the product's.
var otherNamed = set(`brand vendor seller store shop merchant category type color colour size author artist manufacturer maker marke marque marca
	sub subtitle tag badge label price availability stock rating review reviews count collection section filter option user file`)

// namesProduct tells it by the element's class and the attributes that pages have
// for tests, and by its being a heading.
func namesProduct(n *html.Node) nameKind {
	is := notName
	if isHeading(n) {
		is = productName
	}
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "itemprop":
			if otherNamed[strings.ToLower(a.Val)] {
				return otherName
			}
			fallthrough
		case "class", "data-testid", "data-test", "data-qa", "data-hook":
			for name := range strings.FieldsSeq(a.Val) {
				previous, last := "", ""
				for word := range nameWords(name) {
					previous, last = last, word
				}
				switch {
				case last != "title" && last != "name":
					if isHeading(n) && otherNamed[last] {
						return otherName
					}
				case otherNamed[previous]:
					return otherName
				default:
					is = productName
				}
			}
		}
	}
	return is
}

// linkIn is the first link below a node.
func linkIn(n *html.Node) *html.Node {
	for c := range n.Descendants() {
		if c.DataAtom == atom.A && attr(c, "href") != "" && attr(c, "href")[0] != '#' {
			return c
		}
	}
	return nil
}

// beginning is the visible text of a node, with spaces between its elements; whole
// tells that it is no longer than limit, in bytes.
func beginning(n *html.Node, limit int) (t string, whole bool) {
	var b strings.Builder
	nodes := 0
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if nodes++; nodes > limit || b.Len() > 4*limit || hidden(n) {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data[:min(len(n.Data), 8*limit)])
			return
		}
		b.WriteByte(' ')
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		b.WriteByte(' ')
	}
	walk(n)
	t = oneLine(strings.ToValidUTF8(b.String(), ""))
	return t, nodes <= limit && len(t) <= limit
}

// alone tells whether the name has an element of its own, so that what says of
// stock need not be looked for in it.
func (f *nameFound) alone(card *html.Node) bool {
	return f.node != card && f.node.DataAtom != atom.Img && f.rank >= rankLink
}
