package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"stockchecker/lambda/checker"
)

// maxItems bounds the items of one page.
const maxItems = 2000

// listing reads a page of many products.
func (p *document) listing() (*Page, error) {
	page := &Page{URL: p.response.Final, Listing: true}
	var next *checker.Selector
	switch {
	case p.checker.Select.Item != nil:
		cards := p.checker.Select.Item.MatchAll(p.body)
		if len(cards) == 0 {
			return nil, p.unsure(Layout, nil, "nothing on the page matches select.item (%s)", p.checker.Select.Item)
		}
		names := newCardNames(cards)
		for _, card := range cards {
			p.card(page, card, nil, names)
		}
	case p.store != nil && p.store.Listing != nil && (p.store.Listing.Item != nil && p.doc.find(p.store.Listing.Item, p.body) != nil || len(p.listedData()) > 0):
		next = p.store.Listing.Next
		if err := p.listItems(page, p.store.Listing); err != nil {
			return nil, err
		}
	case len(p.listed()) >= 2:
		for _, pr := range p.listed() {
			page.add(pr.listItem(p.wanted))
		}
	default:
		names := newCardNames(p.foundCards())
		for _, card := range p.foundCards() {
			p.card(page, card, nil, names)
		}
	}
	readable := false
	for i := range page.Items {
		readable = readable || page.Items[i].Availability != checker.Unknown
	}
	if !readable {
		var evidence []Evidence
		for i := range page.Items {
			evidence = append(evidence, page.Items[i].Evidence...)
		}
		e := p.unsure(Layout, evidence, "the page lists %d products and says of none whether it is in stock%s", len(page.Items), advice(p.store))
		for i := range page.Items {
			page.Items[i].Evidence = nil // the error has it
		}
		e.Items = page.Items
		return nil, e
	}
	page.Next = p.next(next)
	return page, nil
}

// card reads one product card. A card without a title is no product.
func (p *document) card(page *Page, card *html.Node, rules *checker.ListingRules, names *cardNames) {
	if len(page.Items) >= maxItems || !seen(card) {
		return
	}
	a := &answer{availability: checker.Unknown}
	if p.selected(a, card) != nil {
		// Both words at one card: of this item nothing is known.
		a.uncertain = "both"
	} else if rules != nil {
		source := "store " + p.store.Name
		p.stockRules(a, card, rules.Stock, source)
		p.texts(rules.Title, card, a.title, source)
		p.conditions(a, rules.Condition, card, source)
		p.prices(a, rules.Price, card, source)
		p.texts(rules.Seller, card, func(s string, e Evidence) { a.seller(sellerName(s), e) }, source)
		if rules.SKU != "" {
			a.item.SKU = strings.TrimSpace(attr(card, rules.SKU))
		}
		for _, s := range rules.Link {
			if n := p.within(s, card); n != nil && a.item.Link == "" {
				a.item.Link = p.link(attr(n, "href"))
			}
		}
	}
	p.genericCard(a, card, names)
	if a.uncertain != "" {
		a.availability, a.item.Quantity = checker.Unknown, nil
		for i := range a.evidence {
			says := a.evidence[i].Says
			a.evidence[i].Won = a.evidence[i].Won && (says == "title" || strings.HasPrefix(says, "price ") || strings.HasPrefix(says, "seller "))
		}
	}
	if a.item.Title == "" {
		return
	}
	if a.item.Link == "" && a.item.SKU == "" && foldName(a.item.Title) == "" {
		return
	}
	page.add(a.done())
}

// genericCard reads what no rule has told.
func (p *document) genericCard(a *answer, card *html.Node, names *cardNames) {
	if a.item.Title == "" || a.item.Link == "" {
		name, link := names.of(card)
		if a.item.Link == "" && link != nil {
			a.item.Link = p.link(attr(link, "href"))
		}
		if name.text != "" {
			a.title(name.text, Evidence{Source: "card", Selector: selectorOf(name.node)})
			if name.alone(card) {
				a.read = append(a.read, name.node)
			}
		}
	}
	s := scan{hint: p.hint, cards: true, budget: 200, heading: map[*html.Node]int{}, skip: a.read}
	s.walk(card, 0)
	v := judge(s.signals, false)
	for i := range s.signals {
		e := s.signals[i].evidence("card")
		e.Won = a.availability == checker.Unknown && !v.conflict && !v.weak && &s.signals[i] == v.decisive
		a.note(e)
	}
	if a.availability == checker.Unknown && !v.conflict && !v.weak {
		a.availability = v.availability
		a.item.Quantity = v.quantity
	}
	if a.item.Price == nil {
		if b, _ := bestPrice(s.prices); b != nil {
			a.price(b.price, Evidence{Source: "card", Selector: selectorOf(b.node), Text: cut(b.text)})
		}
	}
}

// listItem is a product of a list in the structured data.
func (pr *product) listItem(w wanted) Item {
	r := pr.read(w)
	it := Item{SKU: r.SKU, Title: pr.Name, Link: pr.URL, Availability: r.Availability, Price: r.Price, Seller: r.Seller, Condition: r.Condition, Quantity: r.Quantity, Evidence: r.Evidence}
	if it.Availability == "" {
		it.Availability = checker.Unknown
	}
	for i := range it.Evidence {
		it.Evidence[i].Won = it.Evidence[i].Says == string(it.Availability)
	}
	it.Key = it.key()
	return it
}

// add adds an item. The same item may stand on a page twice; where its two
// cards differ, it is not known.
func (page *Page) add(it Item) {
	for i := range page.Items {
		if old := &page.Items[i]; old.Key == it.Key {
			if old.Availability == checker.Unknown {
				*old = it
			} else if it.Availability != checker.Unknown && it.Availability != old.Availability {
				old.Availability = checker.Unknown
				old.Evidence = append(old.Evidence, it.Evidence...)
				for j := range old.Evidence {
					old.Evidence[j].Won = false
				}
			}
			return
		}
	}
	page.Items = append(page.Items, it)
}

// next is the address of the listing's next page.
func (p *document) next(s *checker.Selector) string {
	if s != nil {
		if n := p.doc.find(s, p.body); n != nil && !disabled(n) {
			return p.link(attr(n, "href"))
		}
	}
	for n := range p.doc.all("link", "a") {
		if !slices.Contains(strings.Fields(attr(n, "rel")), "next") {
			continue
		}
		if link := p.link(attr(n, "href")); link != "" && !disabled(n) {
			return link
		}
	}
	return ""
}
