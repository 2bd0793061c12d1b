package page

import (
	"cmp"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
)

// maxPresetData bounds the JSON, in bytes, that a preset's rules look into: a page
// has it once, beside all else.
const maxPresetData = 4 << 20

// dataReading is what a preset's rules find of the main product in the page's data.
type dataReading struct {
	reading
	title     string
	product   *product
	named     bool   // the URL names a variant, and this is of it
	uncertain bool   // the rules know the value, and that it is no answer
	where     string // the place in the data
}

// stock is the evidence of stock.
func (d *dataReading) stock() []Evidence {
	var all []Evidence
	for _, e := range d.Evidence {
		if !strings.HasPrefix(e.Says, "price ") && !strings.HasPrefix(e.Says, "seller ") && !strings.HasPrefix(e.Says, "condition ") {
			all = append(all, e)
		}
	}
	return all
}

// dataReading reads the page's product by the preset's rules for its data.
func (p *document) dataReading(list []checker.DataRules) dataReading {
	d := dataReading{reading: reading{Availability: checker.Unknown}}
	products, rules := p.dataProducts(list)
	if rules == nil {
		return d
	}
	all := make([]*product, len(products))
	for i := range products {
		all[i] = &products[i]
	}
	pick := newTies(p.wanted).pick(all)
	if len(pick.products) == 0 || pick.stranger || pick.score < tiedByHeading && p.elsewhere(pick.products[0]) {
		return d // data of another product
	}
	d.product = pick.products[0]
	for i := range d.product.Variants {
		// Made of the page's own address, so that it ties nothing to the page.
		if v := &d.product.Variants[i]; v.URL != "" {
			v.pages = []string{v.URL}
		}
	}
	candidates := d.product.candidates(nil, 0)
	_, named, missing := d.product.choose(candidates, p.wanted)
	d.reading = d.product.read(p.wanted)
	d.named = named && len(d.product.Variants) > 0
	d.title, d.where = d.product.Name, rules.String()
	d.uncertain = missing || d.Availability == checker.Unknown && slices.ContainsFunc(d.stock(), func(e Evidence) bool { return e.Says == string(checker.Unknown) })
	return d
}

// elsewhere tells whether the product gives itself another address than the page's,
// which may have a language or a category before its own.
func (p *document) elsewhere(pr *product) bool {
	u, err := url.Parse(pr.URL)
	return pr.URL != "" && (err != nil || p.json == "" && !strings.HasSuffix(p.final.Path, u.Path))
}

// dataProducts are the products that the first of the rules finds which finds any.
func (p *document) dataProducts(list []checker.DataRules) ([]product, *checker.DataRules) {
	for i := range list {
		rules := &list[i]
		if rules.URL != nil && !rules.URL.MatchString(p.response.Final) {
			continue
		}
		var products []product
		for _, data := range p.dataTexts(rules) {
			for _, v := range dataValues(data, rules.At) {
				if pr, ok := p.dataProduct(v, rules); ok && len(products) < maxItems {
					products = append(products, pr)
				}
			}
		}
		if len(products) > 0 {
			return products, rules
		}
	}
	return nil, nil
}

// dataTexts are the JSON values in the elements that the rules name.
func (p *document) dataTexts(rules *checker.DataRules) []*jsonValue {
	if rules.Select == nil {
		return parseJSON(p.json)
	}
	var values []*jsonValue
	room := maxPresetData
	for _, n := range rules.Select.MatchAll(p.doc.root) {
		s := scriptText(n)
		if rules.Attr != "" {
			s = attr(n, rules.Attr)
		}
		if room -= len(s); room < 0 {
			break
		}
		values = append(values, parseJSON(s)...)
	}
	return values
}

// dataValues are the values at a path. A text that is JSON itself, as JSON.parse
// takes it, counts as what it holds.
func dataValues(v *jsonValue, path checker.Path) []*jsonValue {
	values := []*jsonValue{v}
	for _, step := range path.Steps {
		for i, v := range values {
			if v.Kind == jsonString && (strings.HasPrefix(v.Text, "{") || strings.HasPrefix(v.Text, "[")) {
				if inner := parseJSON(v.Text); len(inner) > 0 {
					values[i] = inner[0]
				}
			}
		}
		var next []*jsonValue
		for _, v := range values {
			next = append(next, pathValues(v, checker.Path{Steps: []checker.Step{step}})...)
			if len(next) > maxItems {
				break
			}
		}
		values = next
	}
	return values
}

// dataText is the first text, number or truth value at the paths, "" where there
// is none.
func dataText(paths []checker.Path, v *jsonValue) (text string, at checker.Path) {
	for _, path := range paths {
		for _, v := range dataValues(v, path) {
			if v.Kind != jsonString && v.Kind != jsonNumber && v.Kind != jsonBool || v.Cut {
				continue
			}
			if s := oneLine(html.UnescapeString(v.Text)); s != "" {
				return s, path
			}
		}
	}
	return "", checker.Path{}
}

// dataProduct reads one product of the data. One of which the data has nothing to
// say of stock is none.
func (p *document) dataProduct(v *jsonValue, rules *checker.DataRules) (product, bool) {
	pr := product{Source: "store " + p.store.Name}
	if v.Kind != jsonObject && len(rules.Variants.Steps) == 0 || v.Cut {
		return pr, false
	}
	title, _ := dataText(rules.Title, v)
	pr.Name = oneLine(withoutTags(title))
	pr.SKU, _ = dataText(rules.SKU, v)
	pr.IDs = dataIDs(pr.SKU, rules.IDs, v)
	if pr.URL = p.dataLink(rules.Link, v); pr.URL != "" {
		pr.pages = append(pr.pages, pr.URL)
	}
	own := p.dataOffer(rules, v, offer{Availability: checker.Unknown})
	if len(rules.Variants.Steps) == 0 {
		pr.Offers = []offer{own}
		return pr, own.Says != ""
	}
	for _, variant := range dataValues(v, rules.Variants) {
		o := p.dataOffer(rules, variant, own)
		if o.Says == "" || variant.Cut {
			continue
		}
		one := product{Source: pr.Source, Offers: []offer{o}}
		one.SKU, _ = dataText(rules.SKU, variant)
		one.IDs = dataIDs(one.SKU, rules.IDs, variant)
		if len(rules.Parameters.Steps) > 0 {
			one.URL = p.namedBy(dataValues(variant, rules.Parameters))
		}
		pr.Variants = append(pr.Variants, one)
	}
	return pr, len(pr.Variants) > 0
}

func dataIDs(sku string, paths []checker.Path, v *jsonValue) []string {
	var ids []string
	if sku != "" {
		ids = append(ids, sku)
	}
	for _, path := range paths {
		if id, _ := dataText([]checker.Path{path}, v); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// namedBy is the page's address with the parameters that name a variant, "" where
// there are none. An empty one stands for any value, so for the one asked for.
func (p *document) namedBy(objects []*jsonValue) string {
	u := *p.final
	q := url.Values{}
	for _, o := range objects {
		for _, m := range o.Members {
			if m.Value.Kind == jsonString {
				q.Set(m.Key, cmp.Or(m.Value.Text, p.asking.Query().Get(m.Key)))
			}
		}
	}
	if len(q) == 0 {
		return ""
	}
	u.RawQuery, u.Fragment = q.Encode(), ""
	return u.String()
}

var linkValue = regexp.MustCompile(`\{([^{}]+)\}`)

// dataLink fills a link's template; "" where a value is missing.
func (p *document) dataLink(template string, v *jsonValue) string {
	missing := template == ""
	link := linkValue.ReplaceAllStringFunc(template, func(s string) string {
		path, err := checker.ParsePath(s[1 : len(s)-1])
		if err != nil {
			missing = true // the presets are part of the binary, and tested
			return ""
		}
		value, _ := dataText([]checker.Path{path}, v)
		missing = missing || value == ""
		return value
	})
	if missing {
		return ""
	}
	return p.link(link)
}

// dataOffer reads what can be bought, where o is what is known of it so far.
func (p *document) dataOffer(rules *checker.DataRules, v *jsonValue, o offer) offer {
	for _, r := range rules.Stock {
		is, text, ok := dataSays(r, v)
		if !ok {
			continue
		}
		o.Availability, o.Says, o.path = checker.Availability(is), text, rules.String()+" "+r.Path.Source
		break
	}
	for _, r := range rules.Condition {
		if is, _, ok := dataSays(r, v); ok {
			o.Condition = is
			break
		}
	}
	if currency, _ := dataText(rules.Currency, v); currency != "" {
		o.currency = currency
	}
	if amount, at := dataText(rules.Price, v); amount != "" {
		if price, ok := parseMachinePrice(amount, o.currency, p.hint); ok {
			if rules.Cents {
				price.Amount = price.Amount.Mul(decimal.New(1, -2))
			}
			o.Price, o.priceText, o.pricePath = &price, amount, rules.String()+" "+at.Source
		}
	}
	seller, _ := dataText(rules.Seller, v)
	o.Seller = cmp.Or(seller, o.Seller, rules.Shop)
	if count, _ := dataText(rules.Quantity, v); count != "" {
		o.Quantity = wholeNumber(count)
	}
	return o
}

// dataSays is what the rule's value means, if it is there and means something.
func dataSays(r checker.DataRule, v *jsonValue) (is, text string, ok bool) {
	for _, v := range dataValues(v, r.Path) {
		scalar := v.Kind == jsonString || v.Kind == jsonNumber || v.Kind == jsonBool
		if !scalar || v.Cut || r.Text != nil && !r.Text.MatchString(v.Text) {
			continue
		}
		is = r.Is
		if is == "" {
			if is = string(jsonAvailability(v)); is == string(checker.Unknown) {
				continue
			}
		}
		return is, v.Text, true
	}
	return "", "", false
}

// isJSON tells whether a response is JSON, not a page.
func isJSON(body []byte) bool {
	s := strings.TrimLeft(string(body[:min(len(body), 64)]), "\ufeff \t\r\n")
	return strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[")
}

// readJSON reads a response that is JSON by the rules of a preset; nil where no
// preset has rules for its address.
func (p *document) readJSON() (*Page, error) {
	if p.json == "" {
		return nil, nil
	}
	stores := []*checker.Store{p.store}
	if p.store == nil {
		var err error
		if stores, err = checker.StoresWithMarks(); err != nil {
			return nil, err
		}
	}
	known := p.store != nil
	for _, s := range stores {
		p.store = s
		var product, listing []checker.DataRules
		if s.Product != nil {
			product = p.responseRules(s.Product.Data)
		}
		if s.Listing != nil {
			listing = p.responseRules(s.Listing.Data)
		}
		if len(product)+len(listing) == 0 || !known && !p.holdsNames(append(product, listing...)) {
			continue
		}
		if items, rules := p.dataProducts(listing); rules != nil {
			page := &Page{URL: p.response.Final, Listing: true}
			readable := false
			for i := range items {
				if it := items[i].listItem(p.wanted); it.Title != "" {
					page.add(it)
					readable = readable || it.Availability != checker.Unknown
				}
			}
			if !readable {
				return nil, p.unsure(Layout, nil, "the answer lists %d products and says of none whether it is in stock: %s%s", len(page.Items), stockPaths(listing), advice(s))
			}
			return page, nil
		}
		data := p.dataReading(product)
		if data.product == nil {
			return nil, p.unsure(Layout, nil, "nothing of what %s answers have for stock is in this one: %s%s", s.Name, stockPaths(append(product, listing...)), advice(s))
		}
		a := &answer{availability: checker.Unknown, item: Item{Link: p.response.URL}}
		if data.product.URL != "" {
			a.item.Link = data.product.URL
		}
		if err := p.checkSKU(data.product); err != nil {
			return nil, err
		}
		p.preset(a, &checker.ProductRules{}, data)
		a.title(p.checker.Name, Evidence{Source: "checker"})
		if a.availability == checker.Unknown {
			return nil, p.unsure(Unsure, a.evidence, "%s", cmp.Or(a.uncertain, "the answer says nothing certain of stock: "+data.where))
		}
		return &Page{URL: p.response.Final, Items: []Item{a.done()}}, nil
	}
	p.store = nil
	return nil, nil
}

// holdsNames tells whether the response has a product's name where the rules have
// it: then it is an answer of that shop software.
func (p *document) holdsNames(list []checker.DataRules) bool {
	for i := range list {
		for _, v := range parseJSON(p.json) {
			for _, at := range dataValues(v, list[i].At) {
				if name, _ := dataText(list[i].Title, at); name != "" {
					return true
				}
			}
		}
	}
	return false
}

// stockPaths are the places of stock in a response, for people to compare with it.
func stockPaths(list []checker.DataRules) string {
	var names []string
	for i := range list {
		for _, r := range list[i].Stock {
			var steps []string
			for _, path := range []checker.Path{list[i].At, list[i].Variants, r.Path} {
				if path.Source != "" {
					steps = append(steps, path.Source)
				}
			}
			if name := strings.Join(steps, "."); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, ", ")
}

// responseRules are the rules for a response that is JSON as a whole, at this
// address.
func (p *document) responseRules(list []checker.DataRules) []checker.DataRules {
	return slices.DeleteFunc(slices.Clone(list), func(d checker.DataRules) bool {
		return d.Select != nil || !d.URL.MatchString(p.response.Final)
	})
}
