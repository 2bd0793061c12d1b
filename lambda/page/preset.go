package page

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"stockchecker/lambda/checker"
)

// preset reads what the store's rules find of the page's product, in its data and
// in its elements. Where the two disagree on whether it can be had, neither is
// believed.
func (p *document) preset(a *answer, rules *checker.ProductRules, data dataReading) {
	source := "store " + p.store.Name
	seen := answer{availability: checker.Unknown}
	p.stockRules(&seen, p.body, rules.Stock, source)
	p.conditions(&seen, rules.Condition, p.body, source)

	says, shown := data.Availability, seen.availability
	if v := p.box.verdict; shown == checker.Unknown && negative(v.availability) && !v.weak && !v.conflict && !p.box.many {
		shown = v.availability // no rule knows the place, and yet it can be seen
	}
	switch {
	case data.uncertain:
		a.uncertain = fmt.Sprintf("of what the URL names, the page's data (%s) says nothing certain of stock", data.where)
	case data.named && says != checker.Unknown:
		// What can be seen is of the variant that is shown at first.
	case seen.uncertain != "":
		a.uncertain = seen.uncertain
	case says == checker.Unknown || refines(says, seen.availability):
		says = seen.availability
	case shown != checker.Unknown && inHand(says) != inHand(shown) && !refines(shown, says):
		a.uncertain = fmt.Sprintf("the page's data (%s) says %s, and what can be seen says %s: one of them is not up to date", data.where, says, shown)
	}
	if a.uncertain != "" {
		says = checker.Unknown
	}
	for _, e := range append(data.stock(), seen.evidence...) {
		e.Won = a.availability == checker.Unknown && says != checker.Unknown && e.Says == string(says) && a.uncertain == ""
		a.note(e)
	}
	if a.availability == checker.Unknown {
		a.availability = says
	} else {
		a.uncertain = "" // the user's own selectors know better
	}
	a.item.Condition = cmp.Or(seen.item.Condition, data.Condition, a.item.Condition)
	a.item.SKU = cmp.Or(a.item.SKU, data.SKU)
	for _, quantity := range []*int{data.Quantity, seen.item.Quantity} {
		if quantity != nil {
			a.item.Quantity = quantity
		}
	}

	if data.Price != nil && data.Price.Currency == "" {
		// The data has the amount alone; the page has its sign.
		priced := answer{}
		if p.prices(&priced, rules.Price, p.body, source); priced.item.Price != nil {
			data.Price.Currency = priced.item.Price.Currency
		} else if p.box.price != nil {
			data.Price.Currency = p.box.price.price.Currency
		}
	}
	a.title(data.title, Evidence{Source: source, Selector: data.where})
	for _, e := range data.Evidence {
		switch {
		case strings.HasPrefix(e.Says, "price ") && data.Price != nil:
			a.price(*data.Price, e)
		case strings.HasPrefix(e.Says, "seller "):
			a.seller(data.Seller, e)
		case strings.HasPrefix(e.Says, "condition "):
			a.note(e)
		}
	}
	p.texts(rules.Title, p.body, a.title, source)
	p.prices(a, rules.Price, p.body, source)
	p.texts(rules.Seller, p.body, func(s string, e Evidence) { a.seller(sellerName(s), e) }, source)
}

// stockRules reads the availability by a preset: the first rule that matches.
func (p *document) stockRules(a *answer, at *html.Node, rules []checker.StockRule, source string) {
	for i := range rules {
		r := &rules[i]
		for _, n := range p.allWithin(r.Select, at) {
			t := valueOf(n)
			if r.Text != nil && !r.Text.MatchString(t) || r.ID != "" && !p.own(n, r.ID) {
				continue
			}
			is := r.Is
			switch {
			case is == "":
				if !seen(n) {
					continue
				}
				if is = saysOf(n, t); is == checker.Unknown {
					continue
				}
			case is != checker.SoldOut && isControl(n) && (disabled(n) || !seen(n)):
				continue
			}
			e := Evidence{Source: source, Selector: r.Select.String(), Text: cut(t)}
			if is == checker.Unknown {
				if a.availability == checker.Unknown {
					a.uncertain = fmt.Sprintf("where %s pages tell stock this one says %q (%s), which is no answer%s", p.store.Name, cut(t), r.Select, advice(p.store))
					if t == "" {
						a.uncertain = fmt.Sprintf("what %s pages say of stock is not in this one, only a place for it (%s)%s", p.store.Name, r.Select, advice(p.store))
					}
				}
				a.say(is, e)
				return
			}
			if a.availability == checker.Unknown {
				a.item.Quantity = quantityIn(r.Text, t)
				a.item.Condition = r.Condition
			}
			a.say(is, e)
			return
		}
	}
}

// own tells whether an element is the page's product's own, by its id: others of its
// kind sell other products.
func (p *document) own(n *html.Node, id string) bool {
	for _, x := range p.store.ID {
		if m := x.FindStringSubmatch(p.final.String()); len(m) > 1 {
			return attr(n, "id") == strings.ReplaceAll(id, "{id}", m[1])
		}
	}
	return false
}

// quantityIn is the number that a rule's group of that name matches, or that the
// words say.
func quantityIn(rule *regexp.Regexp, text string) *int {
	if rule != nil {
		if i := rule.SubexpIndex("quantity"); i > 0 {
			return wholeNumber(rule.FindStringSubmatch(text)[i])
		}
	}
	says, _ := labelSays(text)
	return says.Quantity
}

var thousands = regexp.MustCompile(`^[0-9]{1,3}(?:[.,' \x{a0}\x{202f}][0-9]{3})+$`)

// wholeNumber reads a count, with or without signs between the thousands.
func wholeNumber(s string) *int {
	if s = strings.TrimSpace(s); thousands.MatchString(s) {
		s = strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f >= 0 && f < 1e9 {
		n := int(f)
		return &n
	}
	return nil
}

// conditions reads new or used by a preset: the first rule that says either.
func (p *document) conditions(a *answer, rules []checker.ConditionRule, at *html.Node, source string) {
	for _, r := range rules {
		for _, n := range p.allWithin(r.Select, at) {
			t := valueOf(n)
			says := r.Is
			switch {
			case r.Text != nil && !r.Text.MatchString(t):
				continue
			case says != "":
			case saysUsed(t, false):
				says = "used"
			case saysNew.MatchString(t):
				says = "new"
			default:
				continue
			}
			a.item.Condition = says
			a.note(Evidence{Source: source, Selector: r.Select.String(), Text: cut(t), Says: "condition " + says})
			return
		}
	}
}

var saysNew = regexp.MustCompile(`(?i)^(?:brand new|new|neu|neuf|nuevo|nuovo|novo|nieuw|nowy|ny|新品)\b`)

// listItems reads a listing by the preset: the cards, each with what the page's
// data has of it, and the products of the data that have no card.
func (p *document) listItems(page *Page, rules *checker.ListingRules) error {
	if rules.Item != nil {
		cards := rules.Item.MatchAll(p.body)
		names := newCardNames(cards)
		for _, card := range cards {
			if rules.Skip == nil || !rules.Skip.Match(card) {
				p.card(page, card, rules, names)
			}
		}
		if len(cards) > 0 && len(page.Items) == 0 && len(p.listedData()) == 0 {
			return p.unsure(Layout, nil, "the product cards of the page (%s) have no title where %s pages have it", rules.Item, p.store.Name)
		}
	}
	known := map[string]int{} // where each card is, by what it can be known by
	name := func(it *Item) []string {
		names := []string{"title " + foldName(it.Title)}
		if it.SKU != "" {
			names = append(names, "sku "+strings.ToLower(it.SKU))
		}
		if it.Link != "" {
			names = append(names, "link "+cleanLink(it.Link))
		}
		return names
	}
	for i := range page.Items {
		for _, n := range name(&page.Items[i]) {
			if _, twice := known[n]; twice {
				known[n] = -1
			} else {
				known[n] = i
			}
		}
	}
	for i := range p.listedData() {
		it := p.listedData()[i].listItem(p.wanted)
		if it.Title == "" {
			continue
		}
		at := -1
		for _, n := range name(&it) {
			if j, ok := known[n]; ok && j >= 0 {
				at = j
			}
		}
		switch {
		case at >= 0:
			page.Items[at].complete(&it)
		case len(page.Items) < maxItems && (it.SKU != "" || it.Link != ""):
			page.add(it)
		}
	}
	return nil
}

// complete adds to a card what the page's data has of its product. Where the two
// disagree on whether it can be had, neither is believed.
func (it *Item) complete(data *Item) {
	told := slices.ContainsFunc(it.Evidence, func(e Evidence) bool { return e.Says == string(checker.Unknown) })
	won := false
	switch {
	case data.Availability == checker.Unknown || told:
	case it.Availability == checker.Unknown, refines(it.Availability, data.Availability):
		it.Availability, won = data.Availability, true
	case inHand(it.Availability) != inHand(data.Availability) && !refines(data.Availability, it.Availability):
		it.Availability = checker.Unknown
		for i := range it.Evidence {
			it.Evidence[i].Won = false
		}
	}
	for _, e := range data.Evidence {
		e.Won = won && e.Says == string(data.Availability) ||
			it.Price == nil && strings.HasPrefix(e.Says, "price ") || it.Seller == "" && strings.HasPrefix(e.Says, "seller ")
		it.Evidence = append(it.Evidence, e)
	}
	if it.Price == nil {
		it.Price = data.Price
	}
	if it.Quantity == nil {
		it.Quantity = data.Quantity
	}
	it.Seller, it.Condition = cmp.Or(it.Seller, data.Seller), cmp.Or(it.Condition, data.Condition)
	it.SKU, it.Link = cmp.Or(it.SKU, data.SKU), cmp.Or(it.Link, data.Link)
	it.Key = it.key()
}

// listedData are the products of a listing that the preset's rules find in the
// page's data.
func (p *document) listedData() []product {
	if !p.lookedForData {
		p.lookedForData = true
		if p.store != nil && p.store.Listing != nil {
			p.inData, _ = p.dataProducts(p.store.Listing.Data)
		}
	}
	return p.inData
}

// advice is what a shop's users can do where its pages can't be read, as the end of
// a message.
func advice(s *checker.Store) string {
	if s == nil || s.Advice == "" {
		return ""
	}
	return "; " + s.Advice
}

// places are the places where a preset looks for stock, for people to compare with
// the page.
func places(s *checker.Store) string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if r := s.Product; r != nil {
		for i := range r.Data {
			add(r.Data[i].String())
		}
		for _, stock := range r.Stock {
			add(stock.Select.String())
		}
	}
	if r := s.Listing; r != nil && len(names) == 0 {
		for i := range r.Data {
			add(r.Data[i].String())
		}
		if r.Item != nil {
			add(r.Item.String())
		}
	}
	if len(names) == 0 {
		return `the structured data (script[type="application/ld+json"], [itemprop="availability"])`
	}
	return strings.Join(names, ", ")
}
