package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"stockchecker/lambda/checker"
)

// answer is what is known so far of one product: the first evidence that says
// something decides, in the order in which it is asked.
type answer struct {
	item         Item
	evidence     []Evidence
	availability checker.Availability
	read         []*html.Node // elements that are known to be the title or the price
	uncertain    string       // why what the page says of stock is no answer, whatever else it says
}

func (a *answer) note(e Evidence) { a.evidence = append(a.evidence, e) }

func (a *answer) say(av checker.Availability, e Evidence) {
	e.Says = string(av)
	if a.availability == checker.Unknown && av != checker.Unknown {
		a.availability, e.Won = av, true
	}
	a.note(e)
}

func (a *answer) price(p checker.Price, e Evidence) {
	e.Says = "price " + p.String()
	if a.item.Price == nil {
		a.item.Price, e.Won = &p, true
	}
	a.note(e)
}

func (a *answer) title(s string, e Evidence) {
	if s == "" {
		return
	}
	e.Text, e.Says = cut(s), "title"
	if a.item.Title == "" {
		a.item.Title, e.Won = s, true
		a.note(e)
	}
}

func (a *answer) seller(s string, e Evidence) {
	if s == "" {
		return
	}
	e.Says = "seller " + s
	if a.item.Seller == "" {
		a.item.Seller, e.Won = s, true
	}
	a.note(e)
}

// done gives the item with its evidence.
func (a *answer) done() Item {
	a.item.Availability = a.availability
	a.item.Evidence = won(a.evidence)
	a.item.Key = a.item.key()
	return a.item
}

// product reads a page of one product.
func (p *document) product() (*Page, error) {
	p.withoutCards()
	a := &answer{availability: checker.Unknown, item: Item{Link: p.response.URL}}
	mains := mainProducts(p.products, p.wanted)
	var main *product
	if len(mains) > 0 {
		main = mains[0]
	}
	state := stateProducts(p.doc, p.base, p.wanted)
	for i := range state {
		p.believePrices(&state[i])
		mains = append(mains, &state[i])
	}
	structured := p.readStructured(mains)
	if (structured.Condition == "used" || structured.Condition == "refurbished") && p.box.verdict.availability != checker.Unknown && !p.showsUsed() {
		structured.doubtCondition()
	}
	a.item.SKU, a.item.Condition, a.item.Quantity = structured.SKU, structured.Condition, structured.Quantity
	var rules *checker.ProductRules
	var data dataReading
	if p.store != nil && p.store.Product != nil {
		rules = p.store.Product
		data = p.dataReading(rules.Data)
	}
	if err := p.checkSKU(cmp.Or(main, data.product)); err != nil {
		return nil, err
	}

	if err := p.selected(a, p.body); err != nil {
		return nil, err
	}
	if err := p.embedded(a); err != nil {
		return nil, err
	}
	if rules != nil {
		p.preset(a, rules, data)
	}

	p.weigh(a, structured, p.store != nil && p.store.OnlyStructured)
	if main != nil {
		a.title(main.Name, Evidence{Source: main.Source, Line: main.Line})
	}
	if p.heading != nil {
		a.title(text(p.heading), Evidence{Source: "heading", Selector: "h1"})
	}
	a.title(p.wanted.Title, Evidence{Source: "title", Selector: "title"})
	a.title(p.checker.Name, Evidence{Source: "checker"}) // a page without any name

	overruled := p.overruled(structured)
	for _, e := range structured.Evidence {
		switch {
		case strings.HasPrefix(e.Says, "price ") && overruled:
			a.note(e)
		case strings.HasPrefix(e.Says, "price ") && structured.Price != nil:
			a.price(*structured.Price, e)
		case strings.HasPrefix(e.Says, "seller "):
			a.seller(structured.Seller, e)
		}
	}
	if b := p.box.seller; b != nil {
		a.seller(b.text, Evidence{Source: "buy-box", Selector: selectorOf(b.node), Text: cut(b.text)})
	}
	if b := p.box.price; b != nil && (a.availability != checker.Unknown && a.uncertain == "" || p.box.sure && b.alone && b.signed) {
		a.price(b.price, Evidence{Source: "buy-box", Selector: selectorOf(b.node), Text: cut(b.text)})
	}

	var e *Error
	switch {
	case a.uncertain != "":
		e = p.unsure(Unsure, a.evidence, "%s", a.uncertain)
	case a.availability == checker.Unknown:
		e = p.nothing(a, inHand(structured.Availability) && len(p.box.doubts) > 0)
	default:
		return &Page{URL: p.response.Final, Items: []Item{a.done()}}, nil
	}
	if a.item.Price != nil {
		a.availability = checker.Unknown
		it := a.done()
		it.Evidence = nil // the error has it
		e.Items = []Item{it}
	}
	return nil, e
}

// readStructured reads the descriptions of the main product together: of each
// fact, what the most trusted source that has it says. Where one source says
// that it can be had and another that it can't, neither is believed.
func (p *document) readStructured(mains []*product) reading {
	var all reading
	all.Availability = checker.Unknown
	conflict := false
	for _, m := range mains {
		r := m.read(p.wanted)
		switch {
		case r.Availability == checker.Unknown || r.Availability == "":
		case all.Availability == checker.Unknown:
			all.Availability = r.Availability
		case inHand(all.Availability) != inHand(r.Availability):
			conflict = true
		}
		if all.Price == nil {
			all.Price, all.PriceSource = r.Price, m.Source
		}
		all.Seller = cmp.Or(all.Seller, r.Seller)
		all.Condition = cmp.Or(all.Condition, r.Condition)
		all.SKU = cmp.Or(all.SKU, r.SKU)
		if all.Quantity == nil {
			all.Quantity = r.Quantity
		}
		all.Evidence = append(all.Evidence, r.Evidence...)
	}
	if conflict {
		all.Availability = checker.Unknown
	}
	return all
}

// doubtCondition takes back a condition that no word of a page that speaks of its
// stock agrees with: templates have it wrong, and who sells used things says so.
func (r *reading) doubtCondition() {
	for i := range r.Evidence {
		if e := &r.Evidence[i]; e.Says == "condition "+r.Condition {
			e.Says += ", of which the page itself says nothing"
		}
	}
	r.Condition = ""
}

// believePrices keeps of a product in the data of a script the prices that the
// page shows too: such data has them also in cents, without tax, or with the cost
// of sending.
func (p *document) believePrices(pr *product) {
	for i := range pr.Offers {
		o := &pr.Offers[i]
		if o.Price == nil {
			continue
		}
		shown := slices.IndexFunc(p.box.prices, func(c priceFound) bool {
			return c.as != formerly && c.as != otherwise && c.price.Amount.Equal(o.Price.Amount)
		})
		if shown < 0 {
			o.Price = nil
			continue
		}
		price := p.box.prices[shown].price
		o.Price = &price
	}
	for i := range pr.Variants {
		p.believePrices(&pr.Variants[i])
	}
}

// weigh decides between what the visible page says and what its structured data
// says. The visible buy box beats the metadata, in both directions, but for
// hints too weak for that.
func (p *document) weigh(a *answer, structured reading, onlyStructured bool) {
	v := p.box.verdict
	if onlyStructured || p.box.many || p.box.nameless {
		v = verdict{availability: checker.Unknown}
	}
	s := structured.Availability
	final, byBox := v.availability, true
	switch {
	case v.conflict:
		// Two against one, where the metadata takes a side.
		final, byBox = s, false
	case v.availability == checker.Unknown:
		final, byBox = s, false
	case v.weak && v.decisive.control == notify && inHand(s):
		// Who offers to tell when it is back does not sell it now, or the metadata
		// is right and the offer is for something else.
		final = checker.Unknown
	case v.weak && s != checker.Unknown:
		final, byBox = s, false
	case v.weak && v.decisive.off:
		final = checker.Unknown // it waits for a choice, perhaps
	case v.decisive != nil && v.decisive.off && (v.decisive.control == buy || v.decisive.control == preOrder) && inHand(s):
		// A script may switch the control on, or the metadata may lie.
		final = checker.Unknown
	case refines(v.availability, s):
		final, byBox = s, false
	}
	if !byBox && inHand(final) && !onlyStructured && len(p.box.doubts) > 0 {
		final = checker.Unknown
		for i := range p.box.doubts {
			e := p.box.doubts[i].evidence("buy-box")
			e.Says = "perhaps sold out"
			a.note(e)
		}
	}
	for _, e := range structured.Evidence {
		if strings.HasPrefix(e.Says, "price ") || strings.HasPrefix(e.Says, "seller ") {
			continue
		}
		e.Won = !byBox && a.availability == checker.Unknown && e.Says == string(final) && final != checker.Unknown
		a.note(e)
	}
	if !onlyStructured {
		for i := range p.box.signals {
			e := p.box.signals[i].evidence("buy-box")
			e.Won = byBox && a.availability == checker.Unknown && &p.box.signals[i] == v.decisive
			a.note(e)
		}
	}
	if a.availability == checker.Unknown {
		a.availability = final
		if byBox && v.quantity != nil {
			a.item.Quantity = v.quantity
		}
	}
}

// overruled tells whether the visible price is the one to pay and that of the
// structured data is not: the page shows it as the old one beside a lower price,
// or, where it is from a source that often lies, does not show it at all.
func (p *document) overruled(structured reading) bool {
	b, data := p.box.price, structured.Price
	if b == nil || data == nil || !p.box.sure || !b.alone || b.price.Currency != data.Currency || b.price.Amount.Equal(data.Amount) {
		return false
	}
	careful := structured.PriceSource == "json-ld"
	shown := false
	for i := range p.box.prices {
		c := &p.box.prices[i]
		if !c.price.Amount.Equal(data.Amount) {
			continue
		}
		if c.as != formerly || careful && !c.over {
			return false
		}
		shown = true
	}
	if shown {
		return b.price.Amount.LessThan(data.Amount)
	}
	return !careful && b.named && b.signed && !b.price.Amount.Floor().Equal(data.Amount.Floor())
}

// refines tells whether the metadata says the same as the visible page, and more.
func refines(visible, data checker.Availability) bool {
	switch visible {
	case checker.InStock:
		return data == checker.Limited || data == checker.OnlineOnly || data == checker.InStoreOnly || data == checker.PreOrder || data == checker.PreSale || data == checker.BackOrder
	case checker.SoldOut:
		return data == checker.Discontinued
	}
	return false
}

// nothing is the error of a product page that says nothing certain of stock.
func (p *document) nothing(a *answer, doubted bool) *Error {
	switch {
	case p.box.verdict.conflict:
		return p.unsure(Unsure, a.evidence, "the page says both: a control to buy, and %q; a selector for inStock or outOfStock would tell them apart", p.box.verdict.decisive.text)
	case p.box.nameless:
		return p.unsure(Unsure, a.evidence, "something can be had on the page (%q), but nothing on it repeats its title, so that it may be another product; a selector for title and inStock would tell", p.box.verdict.decisive.text)
	case p.box.many:
		return p.unsure(Unsure, a.evidence, "the page has several products to buy and none that is the main one; give the URL of one product, or a selector for item")
	case doubted:
		return p.unsure(Unsure, a.evidence, "the structured data says that it can be had, but the page has the words %q; a selector for inStock or outOfStock would tell", p.box.doubts[0].text)
	case p.box.verdict.weak && p.box.verdict.decisive.off:
		return p.unsure(Unsure, a.evidence, "the control %q can't be used, perhaps because something is to be chosen first; give the URL of one variant, or a selector for inStock or outOfStock", p.box.verdict.decisive.text)
	case p.box.verdict.decisive != nil:
		return p.unsure(Unsure, a.evidence, "the page's visible part and its structured data differ, and neither is certain: %q; a selector for inStock or outOfStock would tell", p.box.verdict.decisive.text)
	case p.store != nil:
		return p.unsure(Layout, a.evidence, "none of what %s pages have for stock is on this page: %s%s", p.store.Name, places(p.store), advice(p.store))
	}
	return p.unsure(Unsure, a.evidence, "the page says nothing of stock: no structured data, no control to buy and no words that tell; it may need a browser's scripts, or a selector for inStock and outOfStock")
}

// checkSKU tells whether the product is the one that the checker wants.
func (p *document) checkSKU(main *product) error {
	want := p.checker.SKU
	if want == "" {
		return nil
	}
	has := ""
	if main != nil {
		for _, id := range main.allIDs() {
			if strings.EqualFold(strings.TrimSpace(id), want) {
				return nil
			}
			if has == "" {
				has = id
			}
		}
	}
	if has == "" {
		// Without structured data the number must stand in the address or the
		// visible page.
		if containsWord(p.response.Final, want) || containsWord(visibleText(p.doc, 1<<20), want) {
			return nil
		}
		return &Error{Kind: SKU, Status: p.response.Status, Message: fmt.Sprintf("the page does not name the sku %q of the checker; look whether it is still the same product", want)}
	}
	return &Error{Kind: SKU, Status: p.response.Status, Message: fmt.Sprintf("the page is of the sku %q, not of %q as the checker wants", has, want)}
}

// allIDs are the product's numbers and those of its variants and offers.
func (pr *product) allIDs() []string {
	ids := append([]string(nil), pr.IDs...)
	for _, o := range pr.Offers {
		if o.SKU != "" {
			ids = append(ids, o.SKU)
		}
	}
	for i := range pr.Variants {
		ids = append(ids, pr.Variants[i].allIDs()...)
	}
	return ids
}

// selected reads what the user's own selectors find.
func (p *document) selected(a *answer, at *html.Node) error {
	sel := &p.checker.Select
	one := func(s *checker.Selector) *html.Node {
		if s == nil {
			return nil
		}
		return p.within(s, at)
	}
	if n := one(sel.Title); n != nil {
		a.title(spacedText(n), Evidence{Source: "select.title", Selector: sel.Title.String()})
		a.read = append(a.read, n)
	}
	if n := one(sel.Seller); n != nil {
		t := valueOf(n)
		a.seller(sellerName(t), Evidence{Source: "select.seller", Selector: sel.Seller.String(), Text: cut(t)})
	}
	if n := one(sel.Link); n != nil {
		if link := p.link(attr(n, "href")); link != "" {
			a.item.Link = link
		}
	}
	if sel.Price != nil {
		p.prices(a, []*checker.Selector{sel.Price}, at, "select.price")
	}
	in, out := one(sel.InStock), one(sel.OutOfStock)
	if in != nil && (isControl(in) && disabled(in) || !seen(in) && attr(in, "content")+attr(in, "href")+attr(in, "value") == "" && in.DataAtom != atom.Script) {
		a.note(Evidence{Source: "select.inStock", Selector: sel.InStock.String(), Text: cut(spacedText(in)), Says: "disabled or hidden, so it does not count"})
		in = nil
	}
	evidence := func(source string, s *checker.Selector, n *html.Node) Evidence {
		return Evidence{Source: source, Selector: s.String(), Text: cut(valueOf(n))}
	}
	switch {
	case in != nil && out != nil:
		return p.unsure(Layout, []Evidence{evidence("select.inStock", sel.InStock, in), evidence("select.outOfStock", sel.OutOfStock, out)},
			"both select.inStock (%s) and select.outOfStock (%s) are on the page; make one of them narrower", sel.InStock, sel.OutOfStock)
	case out != nil:
		a.say(checker.SoldOut, evidence("select.outOfStock", sel.OutOfStock, out))
	case in != nil:
		a.say(checker.InStock, evidence("select.inStock", sel.InStock, in))
	}
	return nil
}

// saysOf is what an element's own words say, as a control or as a label.
func saysOf(n *html.Node, label string) checker.Availability {
	does, isControl := controlSays(label)
	if !isControl {
		says, _ := labelSays(label)
		return cmp.Or(says.Availability, checker.Unknown)
	}
	return judge([]signal{{node: n, text: label, control: does, off: disabled(n)}}, false).availability
}

// prices reads the price by selectors: the first that gives one.
func (p *document) prices(a *answer, selectors []*checker.Selector, at *html.Node, source string) {
	for _, s := range selectors {
		for i, n := range p.allWithin(s, at) {
			if i == maxCandidates {
				break
			}
			for _, key := range [...]string{"content", "data-price-amount"} {
				content := attr(n, key)
				if price, ok := parseMachinePrice(content, currencyNear(n), p.hint); ok {
					if shown, ok := parsePrice(text(n), p.hint); ok && price.Currency == "" && shown.Amount.Equal(price.Amount) {
						price.Currency = shown.Currency
					}
					a.price(price, Evidence{Source: source, Selector: s.String(), Text: cut(content)})
					return
				}
			}
			for _, t := range [...]string{priceText(n), spacedText(n)} {
				if price, ok := parsePrice(t, p.hint); ok {
					a.price(price, Evidence{Source: source, Selector: s.String(), Text: cut(t)})
					a.read = append(a.read, n)
					return
				}
			}
		}
	}
}

// currencyNear is the currency that the microdata around a price names.
func currencyNear(n *html.Node) string {
	for up := 0; n != nil && up < 4; n, up = n.Parent, up+1 {
		if m := priceCurrency().MatchFirst(n); m != nil {
			return attr(m, "content")
		}
	}
	return ""
}

var priceCurrency = sync.OnceValue(func() cascadia.Selector { return cascadia.MustCompile("[itemprop=priceCurrency]") })

// maxCandidates bounds the elements of one selector that are tried for a price.
const maxCandidates = 20

// texts hands the first text that one of the selectors finds to use.
func (p *document) texts(selectors []*checker.Selector, at *html.Node, use func(string, Evidence), source string) {
	for _, s := range selectors {
		if n := p.within(s, at); n != nil {
			if t := spacedText(n); t != "" {
				use(t, Evidence{Source: source, Selector: s.String(), Text: cut(t)})
				return
			}
		}
	}
}

// within is the first match at or below a node.
func (p *document) within(s *checker.Selector, at *html.Node) *html.Node {
	if !p.doc.mayMatch(s) {
		return nil
	}
	if s.Match(at) {
		return at
	}
	return s.MatchFirst(at)
}

func (p *document) allWithin(s *checker.Selector, at *html.Node) []*html.Node {
	if !p.doc.mayMatch(s) {
		return nil
	}
	matches := s.MatchAll(at)
	if s.Match(at) && (len(matches) == 0 || matches[0] != at) {
		matches = append([]*html.Node{at}, matches...)
	}
	return matches
}

// valueOf is the text of an element, or what stands for it in one without text.
func valueOf(n *html.Node) string {
	if isControl(n) {
		return controlLabel(n)
	}
	if t := spacedText(n); t != "" {
		return t
	}
	for _, key := range [...]string{"content", "value", "href", "aria-label", "title", "alt"} {
		if v := oneLine(attr(n, key)); v != "" {
			return v
		}
	}
	return ""
}

// sellerWords lead to a seller's name; sellerEnds follow it.
var (
	sellerWords = []string{
		"ships from and sold by", "shipped and sold by", "sold and shipped by", "dispatched from and sold by", "sold and fulfilled by", "sold by",
		"verkauf und versand durch", "verkauf durch", "verkauft von", "verkauft durch", "verkäufer:", "vendu et expédié par", "expédié et vendu par", "vendu par",
		"vendido y enviado por", "vendido e entregue por", "vendido por", "venduto e spedito da", "venduto da", "verkocht en verzonden door", "verkocht door",
		"sprzedawca:", "säljs av", "sælges af", "selges av", "myyjä:", "prodejce:", "продавец:", "販売元:", "seller:",
	}
	sellerEnds = []string{" shipped by", " ships from", " and shipped by", " and fulfilled", " und versand", " et expédié", " y enviado", " e spedito", " e entregue"}
)

// sellerName is the seller that a text names, with the words around the name
// taken away.
func sellerName(s string) string {
	name, _ := namedSeller(s)
	return name
}

// namedSeller tells also whether words in the text led to the name.
func namedSeller(s string) (name string, led bool) {
	if i, end := leadsToSeller().find(s); i >= 0 {
		s, led = s[end:], true
	}
	for i := range sellerEnds {
		if at, _ := endsSeller().findOne(s, i); at > 0 {
			s = s[:at]
		}
	}
	return strings.Trim(s, " :.,|-–"), led
}

var (
	leadsToSeller = sync.OnceValue(func() *foldedWords { return newFoldedWords(sellerWords) })
	endsSeller    = sync.OnceValue(func() *foldedWords { return newFoldedWords(sellerEnds) })
)

// containsWord tells whether a word stands in a text, with no letter or digit
// beside it.
func containsWord(s, word string) bool {
	s, word = strings.ToLower(s), strings.ToLower(word)
	for i := 0; ; {
		j := strings.Index(s[i:], word)
		if j < 0 {
			return false
		}
		j += i
		end := j + len(word)
		if (j == 0 || !alnum(s[j-1])) && (end == len(s) || !alnum(s[end])) {
			return true
		}
		i = j + 1
	}
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
