package page

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"stockchecker/lambda/checker"
)

// Bounds on what one page may ask of the reader.
const (
	maxProducts = 500
	maxRead     = 20_000 // products, variants and offers together
)

// graph is the structured data of a page in one syntax: what JSON-LD,
// microdata and RDFa have in common.
type graph struct {
	source string
	things []*thing // all, in the order of the page
	roots  []*thing
	byID   map[string]*thing
}

// thing is one node of a graph.
type thing struct {
	Types []string // of schema.org, lower case
	ID    string
	Props []property
	Line  int
	Outer *thing // whose element is around this one's, though not as its property
}

// property is one value of a thing: a text, or another thing.
type property struct {
	Name  string // of schema.org, lower case
	Text  string
	Thing *thing
	Line  int
	Cut   bool // the data broke off inside it
	Seen  bool // written for people: the element's text, not an attribute
}

func (t *thing) add(p property) { t.Props = append(t.Props, p) }

// all is the values of the first of the names that has any.
func (t *thing) all(names ...string) []property {
	var all []property
	for _, name := range names {
		for _, p := range t.Props {
			if p.Name == name {
				all = append(all, p)
			}
		}
		if all != nil {
			break
		}
	}
	return all
}

func (t *thing) is(types map[string]bool) bool {
	return slices.ContainsFunc(t.Types, func(s string) bool { return types[s] })
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// The types and properties of schema.org that matter here. An app is no
// product: shops announce their own on each page.
var (
	productTypes = set(`product productgroup productmodel individualproduct someproducts productcollection dietarysupplement
		drug vehicle car motorcycle motorizedbicycle busorcoach`)
	// soldTypes are products when they have offers.
	soldTypes = set(`book audiobook movie musicalbum musicrelease musicrecording videogame game tvseries comicissue
		publicationissue visualartwork painting sculpture photograph event businessevent childrensevent comedyevent danceevent
		educationevent exhibitionevent festival foodevent literaryevent musicevent saleevent screeningevent socialevent
		sportsevent theaterevent visualartsevent course`)
	groupTypes = set(`productgroup`)
	offerTypes = set(`offer aggregateoffer offerforpurchase offerforlease demand`)
	listTypes  = set(`itemlist offercatalog searchresultspage collectionpage listitem`)

	offerProps = []string{"offers", "offer", "offerdetails", "offeraggregate", "aggregateoffer"}
	// otherProducts lead to what is not the product or the page's subject.
	otherProducts = set(`isrelatedto issimilarto isaccessoryorsparepartfor isconsumablefor review reviews breadcrumb
		isvariantof ispartof addon includesobject typeandquantitynode associatedproduct mentions recommendation
		relatedlink significantlink sponsor advertiser itemreviewed`)

	knownProps = set(`name title url sku productid mpn gtin gtin8 gtin12 gtin13 gtin14 ean isbn identifier
		offers offer offerdetails offeraggregate aggregateoffer hasvariant model isvariantof productgroupid inproductgroupwithid
		itemoffered availability price lowprice highprice minprice pricecurrency currency pricespecification pricecomponent pricetype
		referencequantity billingincrement billingduration eligiblequantity minvalue validformembertier
		itemcondition seller offeredby inventorylevel availabilitystarts eligibleregion ineligibleregion addresscountry value mainentity mainentityofpage itemlistelement item`)
)

// names of schema.org itself, and of the older vocabulary that it came from.
var vocabularies = []string{"https://schema.org/", "http://schema.org/", "https://www.schema.org/", "http://www.schema.org/",
	"//schema.org/", "schema.org/", "schema:", "http://data-vocabulary.org/", "http://www.data-vocabulary.org/", "https://data-vocabulary.org/"}

// schemaName is the local name, in lower case, of a type or property that is
// written with its vocabulary; "" if the vocabulary is another.
func schemaName(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, v := range vocabularies {
		if name, ok := strings.CutPrefix(s, v); ok {
			return strings.Trim(name, "/#")
		}
	}
	return ""
}

// bareName is schemaName for syntaxes in which the vocabulary may be left out.
func bareName(s string) string {
	if strings.ContainsAny(s, ":/") {
		return schemaName(s)
	}
	return strings.ToLower(strings.TrimSpace(s))
}

// availabilities is what the values of availability mean: those of schema.org,
// OpenGraph and the feeds of large marketplaces, by their letters alone.
var availabilities = map[string]checker.Availability{
	"available":                  checker.InStock,
	"availablefororder":          checker.BackOrder,
	"availableonorder":           checker.BackOrder,
	"availableonline":            checker.InStock,
	"availableonbackorder":       checker.BackOrder,
	"backorder":                  checker.BackOrder,
	"backordered":                checker.BackOrder,
	"comingsoon":                 checker.SoldOut,
	"currentlyunavailable":       checker.SoldOut,
	"discontinued":               checker.Discontinued,
	"instock":                    checker.InStock,
	"instockonline":              checker.InStock,
	"instoreonly":                checker.InStoreOnly,
	"limited":                    checker.Limited,
	"limitedavailability":        checker.Limited,
	"limitedstock":               checker.Limited,
	"lowstock":                   checker.Limited,
	"madetoorder":                checker.BackOrder,
	"notavailable":               checker.SoldOut,
	"notinstock":                 checker.SoldOut,
	"onbackorder":                checker.BackOrder,
	"onlineonly":                 checker.OnlineOnly,
	"oos":                        checker.SoldOut,
	"outofstock":                 checker.SoldOut,
	"outstock":                   checker.SoldOut,
	"pending":                    checker.SoldOut, // of OpenGraph: not there yet
	"preorder":                   checker.PreOrder,
	"presale":                    checker.PreSale,
	"reserved":                   checker.SoldOut,
	"soldout":                    checker.SoldOut,
	"temporarilyoutofstock":      checker.SoldOut,
	"temporarilyunavailable":     checker.SoldOut,
	"unavailable":                checker.SoldOut,
	"availableforpreorder":       checker.PreOrder,
	"preorderavailable":          checker.PreOrder,
	"outofstockbackorderallowed": checker.BackOrder,
}

// conditions is what the values of itemCondition mean, by their letters alone.
var conditions = map[string]string{
	"brandnew":             "new",
	"new":                  "new",
	"newcondition":         "new",
	"certifiedrefurbished": "refurbished",
	"manufacturerrenewed":  "refurbished",
	"refurbished":          "refurbished",
	"refurbishedcondition": "refurbished",
	"renewed":              "refurbished",
	"damaged":              "used",
	"damagedcondition":     "used",
	"openbox":              "used",
	"preowned":             "used",
	"secondhand":           "used",
	"used":                 "used",
	"usedcondition":        "used",
}

// notThePrice are the price types of a price that is not asked for now.
var notThePrice = set(`listprice srp msrp rrp suggestedretailprice strikethroughprice regularprice invoiceprice
	minimumadvertisedprice manufacturersuggestedretailprice`)

// letters is the last name of a URL, or the text, as letters and digits alone.
func letters(s string) string {
	s = strings.ToLower(html.UnescapeString(s))
	if i := strings.LastIndex(s, "schema.org"); i >= 0 {
		s = s[i+len("schema.org"):]
		s = s[strings.LastIndexByte(strings.TrimRight(s, "/# "), '/')+1:]
	}
	s = strings.TrimPrefix(strings.TrimSpace(s), "schema:")
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r >= 0x80:
			return r
		}
		return -1
	}, s)
}

// caution orders availabilities: of two that a page says of one offer, the one
// with less promise is believed.
var caution = []checker.Availability{checker.InStock, checker.Limited, checker.OnlineOnly, checker.InStoreOnly,
	checker.PreOrder, checker.PreSale, checker.BackOrder, checker.SoldOut, checker.Discontinued}

// inHand tells the availabilities that mean there is one to be had now.
func inHand(a checker.Availability) bool {
	return a == checker.InStock || a == checker.Limited || a == checker.OnlineOnly || a == checker.InStoreOnly
}

// availabilityOf is what one offer's values of availability mean together.
// Where one says that it can be had and another that it can't, neither is
// believed. A value that is not known says nothing.
func availabilityOf(texts []string) checker.Availability {
	said := checker.Unknown
	for _, s := range texts {
		a, ok := availabilities[letters(s)]
		switch {
		case !ok:
		case said == checker.Unknown:
			said = a
		case inHand(said) != inHand(a):
			return checker.Unknown
		case slices.Index(caution, a) > slices.Index(caution, said):
			said = a
		}
	}
	return said
}

// products are the products of a graph.
func (g *graph) products(base *url.URL, hint priceHint) []product {
	x := extraction{g: g, base: base, hint: hint,
		seen: map[*thing]bool{}, part: map[*thing]bool{}, extra: map[*thing][]property{}, variants: map[*thing][]property{}, budget: maxRead}
	x.relate()
	for _, t := range g.roots {
		x.walk(t, x.listed(t), false, 0)
	}
	return x.out
}

type extraction struct {
	g        *graph
	base     *url.URL
	hint     priceHint
	out      []product
	seen     map[*thing]bool
	part     map[*thing]bool       // things that only describe an offer or variant of a product
	extra    map[*thing][]property // offers that name the product, not the product them
	variants map[*thing][]property // variants that name their group
	budget   int                   // of products and offers still to be read: one may be named by many
}

// node is the thing that a value is or refers to.
func (x *extraction) node(p property) *thing {
	t := p.Thing
	if t == nil {
		return nil
	}
	if t.ID != "" && len(t.Props) == 0 {
		if whole := x.g.byID[t.ID]; whole != nil {
			return whole
		}
	}
	return t
}

func (x *extraction) isProduct(t *thing) bool {
	return t.is(productTypes) || t.is(soldTypes) && len(t.all(offerProps...)) > 0
}

// relate finds what belongs to what, before products are read.
func (x *extraction) relate() {
	claimed := map[*thing]bool{} // offers
	variant := map[*thing]bool{}
	var claim func(p property, depth int)
	claim = func(p property, depth int) {
		t := x.node(p)
		if t == nil || claimed[t] || depth > maxDepth {
			return
		}
		claimed[t] = true
		for _, q := range t.all("itemoffered") {
			if n := x.node(q); n != nil {
				x.part[n] = true
			}
		}
		for _, q := range t.all(offerProps...) {
			claim(q, depth+1)
		}
	}
	groups := map[string]*thing{}
	for _, t := range x.g.things {
		if !x.isProduct(t) {
			continue
		}
		for _, p := range t.all(offerProps...) {
			claim(p, 0)
		}
		for _, p := range append(t.all("hasvariant"), t.all("model")...) {
			if n := x.node(p); n != nil && n != t {
				x.part[n], variant[n] = true, true
			}
		}
		if t.is(groupTypes) {
			for _, p := range t.all("productgroupid") {
				if groups[p.Text] == nil {
					groups[p.Text] = t
				}
			}
		}
	}
	// A page's main product may also be what an offer of it says that it
	// offers: then it is no mere part.
	for _, t := range x.g.things {
		if x.part[t] && t.is(productTypes) && slices.ContainsFunc(t.all(offerProps...), func(p property) bool { return claimed[x.node(p)] }) &&
			!variant[t] {
			delete(x.part, t)
		}
	}
	x.adopt(claimed)
	for _, t := range x.g.things {
		if t.is(offerTypes) && !claimed[t] {
			for _, p := range t.all("itemoffered") {
				if n := x.node(p); n != nil && n != t {
					if len(n.Types) == 0 {
						n.Types = []string{"product"}
					}
					x.extra[n] = append(x.extra[n], property{Name: "offers", Thing: t, Line: t.Line})
				}
			}
		}
		if !t.is(productTypes) || t.is(groupTypes) || x.part[t] {
			continue
		}
		var group *thing
		for _, p := range t.all("isvariantof") {
			// Only a group that stands on the page by itself: one inside its
			// variant would be reached through it alone.
			if n := x.node(p); n != nil && n != p.Thing && n.is(groupTypes) {
				group = n
			}
		}
		for _, p := range t.all("inproductgroupwithid") {
			if group == nil {
				group = groups[p.Text]
			}
		}
		if group != nil && group != t {
			x.part[t] = true
			x.variants[group] = append(x.variants[group], property{Name: "hasvariant", Thing: t, Line: t.Line})
		}
	}
}

// adopt gives an offer that stands by itself to the product beside it, where the
// page has one product, without an offer, and one such offer.
func (x *extraction) adopt(claimed map[*thing]bool) {
	var product, lone *thing
	for _, t := range x.g.things {
		switch {
		case t.is(productTypes):
			if product != nil || len(t.all(offerProps...)) > 0 || len(t.all("availability", "price", "lowprice", "hasvariant", "isvariantof")) > 0 {
				return
			}
			product = t
		case t.is(offerTypes) && !claimed[t]:
			if lone != nil || len(t.all("itemoffered")) > 0 || len(t.all("availability", "price")) == 0 {
				return
			}
			lone = t
		}
	}
	if product != nil && lone != nil && slices.Contains(x.g.roots, lone) {
		x.extra[product] = append(x.extra[product], property{Name: "offers", Thing: lone, Line: lone.Line})
	}
}

// listed tells whether the thing's element stands in a list's, or in that of
// another product, which is where related products are.
func (x *extraction) listed(t *thing) bool {
	depth := 0
	for o := t.Outer; o != nil && depth < maxDepth; o = o.Outer {
		if o.is(listTypes) || o.is(productTypes) {
			return true
		}
		depth++
	}
	return false
}

// walk follows the graph to its products. Inside a product there are none.
func (x *extraction) walk(t *thing, inList, main bool, depth int) {
	if depth > maxDepth || x.seen[t] || len(x.out) >= maxProducts {
		return
	}
	x.seen[t] = true
	if x.isProduct(t) || x.extra[t] != nil {
		if !x.part[t] {
			p := x.product(t, typeName(t), 0)
			p.InList, p.Main = inList, main && !inList
			x.out = append(x.out, p)
		}
		return
	}
	inList = inList || t.is(listTypes)
	for _, p := range t.Props {
		if n := x.node(p); n != nil && !otherProducts[p.Name] {
			x.walk(n, inList || p.Name == "itemlistelement", main || p.Name == "mainentity", depth+1)
		}
	}
}

// typeName is how a path in the data begins.
func typeName(t *thing) string {
	if t.is(groupTypes) {
		return "ProductGroup"
	}
	for _, s := range t.Types {
		if s != "product" && (productTypes[s] || soldTypes[s]) && !slices.Contains(t.Types, "product") {
			return strings.ToUpper(s[:1]) + s[1:]
		}
	}
	return "Product"
}

func (x *extraction) product(t *thing, path string, depth int) product {
	x.budget--
	p := product{Source: x.g.source, Line: t.Line, Name: x.name(t)}
	for _, q := range t.all("url") {
		p.pages = append(p.pages, x.link(q))
	}
	if len(p.pages) > 0 {
		p.URL = p.pages[0]
	}
	for _, q := range t.all("mainentityofpage") {
		p.pages = append(p.pages, x.link(q))
	}
	if strings.HasPrefix(t.ID, "http") {
		p.pages = append(p.pages, t.ID)
	}
	p.pages = slices.DeleteFunc(p.pages, func(s string) bool { return s == "" })
	if p.URL == "" && len(p.pages) > 0 {
		p.URL, _, _ = strings.Cut(p.pages[0], "#")
	}
	p.SKU, p.IDs = x.ids(t)

	in := inherited{condition: conditionOf(x.texts(t.all("itemcondition")))}
	if c := x.texts(t.all("pricecurrency", "currency")); len(c) > 0 {
		in.currency = c[0]
	}
	offers := append(t.all(offerProps...), x.extra[t]...)
	switch {
	case slices.ContainsFunc(offers, func(q property) bool { return q.Cut }):
		// The rest of them might have said otherwise.
	case len(offers) > 0:
		p.Offers = x.offers(offers, path, in, 0)
	case slices.ContainsFunc(append(t.all("availability"), t.all("price", "lowprice")...), func(q property) bool { return q.Cut }):
	case len(t.all("availability", "price", "lowprice")) > 0:
		p.Offers = x.offer(t, path, in, 0)
	}
	if depth < 3 {
		variants := append(t.all("hasvariant"), x.variants[t]...)
		if len(variants) == 0 {
			variants = t.all("model")
		}
		for i, q := range variants {
			n := x.node(q)
			if n == nil || n == t || !n.is(productTypes) || x.budget <= 0 {
				continue
			}
			if q.Cut {
				p.Variants = nil
				break
			}
			v := x.product(n, step(path, "hasVariant", i, len(variants)), depth+1)
			p.Variants = append(p.Variants, v)
		}
	}
	return p
}

// step is the path to the i-th of n values of a property.
func step(path, name string, i, n int) string {
	if n > 1 {
		return fmt.Sprintf("%s.%s[%d]", path, name, i)
	}
	return path + "." + name
}

// inherited is what an offer has from what it is an offer of, where it does
// not say otherwise.
type inherited struct {
	currency, seller, condition, url string
}

func (x *extraction) offers(values []property, path string, in inherited, depth int) []offer {
	var all []offer
	for i, p := range values {
		if t := x.node(p); t != nil && x.budget > 0 {
			all = append(all, x.offer(t, step(path, "offers", i, len(values)), in, depth)...)
		}
	}
	return all
}

// offer is what one offer says, or, of an AggregateOffer that lists its
// offers, what each of them says.
func (x *extraction) offer(t *thing, path string, in inherited, depth int) []offer {
	x.budget--
	o := offer{Availability: checker.Unknown, Line: t.Line, path: path}
	if c := x.texts(t.all("pricecurrency", "currency")); len(c) > 0 {
		in.currency = c[0]
	}
	if c := conditionOf(x.texts(t.all("itemcondition"))); c != "" {
		in.condition = c
	}
	for _, p := range t.all("seller", "offeredby") {
		if s := x.sellerName(p); s != "" {
			in.seller = s
			break
		}
	}
	said := t.all("availability")
	texts := x.texts(said)
	o.Availability, o.Says = availabilityOf(texts), strings.Join(texts, ", ")
	if len(said) > 0 {
		o.availabilityLine = said[0].Line
	}

	if nested := t.all(offerProps...); len(nested) > 0 && depth < 3 && !t.is(productTypes) {
		all := x.offers(nested, path, in, depth+1)
		all = slices.DeleteFunc(all, func(n offer) bool { return n.Says == "" && n.Price == nil && n.priceText == "" })
		if len(all) > 0 {
			// What the whole says counts for its offers only if none of them
			// says anything.
			if !slices.ContainsFunc(all, func(n offer) bool { return n.Says != "" }) {
				for i := range all {
					all[i].Availability, all[i].Says, all[i].availabilityLine = o.Availability, o.Says, o.availabilityLine
				}
			}
			return all
		}
	}

	x.price(&o, t, in.currency, path, 0)
	o.Seller, o.Condition, o.URL = in.seller, in.condition, in.url
	for _, p := range t.all("url") {
		if u := x.link(p); u != "" {
			o.URL = u
		}
	}
	o.SKU, o.ids = x.ids(t)
	for _, p := range t.all("itemoffered") {
		n := x.node(p)
		if n == nil {
			continue
		}
		o.Name = x.name(n)
		sku, ids := x.ids(n)
		if o.SKU == "" {
			o.SKU = sku
		}
		o.ids = append(o.ids, ids...)
		for _, q := range n.all("url") {
			if o.URL == "" {
				o.URL = x.link(q)
			}
		}
		if c := conditionOf(x.texts(n.all("itemcondition"))); o.Condition == "" {
			o.Condition = c
		}
		break
	}
	o.Quantity = x.quantity(t)
	if o.Quantity != nil && *o.Quantity == 0 && inHand(o.Availability) {
		o.Availability = checker.Unknown // it says both
	}
	o.regions, o.notRegions = x.countries(t.all("eligibleregion")), x.countries(t.all("ineligibleregion"))
	for _, s := range x.texts(t.all("availabilitystarts")) {
		if o.starts.IsZero() {
			o.starts = dateOf(s)
		}
	}
	return []offer{o}
}

// price finds the price that is asked for now: not a list price, not one for
// a unit of measure, for members or for many.
func (x *extraction) price(o *offer, t *thing, currency, path string, depth int) bool {
	for _, name := range []string{"price", "lowprice", "minprice"} {
		for _, p := range t.all(name) {
			if x.setPrice(o, p, currency, path+"."+propName(name)) {
				return true
			}
		}
	}
	if depth > 3 {
		return false
	}
	for _, name := range []string{"pricespecification", "pricecomponent"} {
		specs := t.all(name)
		for _, sale := range []bool{true, false} {
			for i, p := range specs {
				n := x.node(p)
				if n == nil || slices.Contains(n.Types, "deliverychargespecification") || slices.Contains(n.Types, "paymentchargespecification") ||
					len(n.all("referencequantity", "billingincrement", "billingduration", "validformembertier")) > 0 || x.forMany(n) {
					continue
				}
				kind := ""
				if k := x.texts(n.all("pricetype")); len(k) > 0 {
					kind = letters(k[0])
				}
				if notThePrice[kind] || sale != (kind == "saleprice") {
					continue
				}
				c := currency
				if s := x.texts(n.all("pricecurrency", "currency")); len(s) > 0 {
					c = s[0]
				}
				if x.price(o, n, c, step(path, propName(name), i, len(specs)), depth+1) {
					return true
				}
			}
		}
	}
	return false
}

func propName(name string) string {
	switch name {
	case "lowprice":
		return "lowPrice"
	case "minprice":
		return "minPrice"
	case "pricespecification":
		return "priceSpecification"
	case "pricecomponent":
		return "priceComponent"
	}
	return name
}

// forMany tells whether a price holds only when more than one is bought.
func (x *extraction) forMany(t *thing) bool {
	for _, p := range t.all("eligiblequantity") {
		if n := x.node(p); n != nil {
			for _, s := range x.texts(n.all("minvalue", "value")) {
				if f, err := strconv.ParseFloat(s, 64); err == nil && f > 1 {
					return true
				}
			}
		}
	}
	return false
}

// setPrice takes a price. One of zero is a placeholder: nothing is sold for it.
func (x *extraction) setPrice(o *offer, p property, currency, path string) bool {
	s := x.text(p)
	if x.g.source == "json-ld" {
		s = oneLine(html.UnescapeString(s))
	}
	if s == "" {
		return false
	}
	if o.priceText == "" {
		o.priceText, o.pricePath, o.priceLine = s, path, p.Line
	}
	var price checker.Price
	var ok bool
	if p.Seen {
		h := x.hint
		if currency != "" {
			h.Currency = currency
		}
		price, ok = parsePrice(s, h)
	} else {
		price, ok = parseMachinePrice(s, currency, x.hint)
	}
	if !ok || !price.Amount.IsPositive() {
		return false
	}
	o.Price, o.priceText, o.pricePath, o.priceLine = &price, s, path, p.Line
	return true
}

// countries are the codes of countries that an offer holds for. Other names of regions
// are left out.
func (x *extraction) countries(values []property) []string {
	var all []string
	for _, p := range values {
		texts := []string{p.Text}
		if n := x.node(p); n != nil {
			texts = append(x.texts(n.all("addresscountry")), x.texts(n.all("name"))...)
		}
		for _, s := range texts {
			if s = strings.ToUpper(strings.TrimSpace(s)); len(s) == 2 && len(all) < maxCountries {
				all = append(all, s)
			}
		}
	}
	return all
}

// maxCountries is more than there are.
const maxCountries = 300

// dateOf reads a date as schema.org has it, the zero time if it is none. Without
// a zone it is taken in UTC.
func dateOf(s string) time.Time {
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

func (x *extraction) quantity(t *thing) *int {
	for _, p := range t.all("inventorylevel") {
		s := x.text(p)
		if n := x.node(p); n != nil {
			s = ""
			if v := x.texts(n.all("value")); len(v) > 0 {
				s = v[0]
			}
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && f >= 0 && f < 1e9 {
			n := int(f)
			return &n
		}
	}
	return nil
}

// sellerName is a seller's name, which is written as text or as a thing that
// has it.
func (x *extraction) sellerName(p property) string {
	if n := x.node(p); n != nil {
		return x.name(n)
	}
	s := x.plain(p.Text)
	if strings.Contains(s, "://") {
		return ""
	}
	return s
}

func (x *extraction) name(t *thing) string {
	for _, p := range t.all("name", "title") {
		if s := x.plain(x.text(p)); s != "" {
			return s
		}
	}
	return ""
}

// ids are the thing's identifiers, the sku first.
func (x *extraction) ids(t *thing) (sku string, ids []string) {
	for _, name := range []string{"sku", "productid", "mpn", "gtin", "gtin8", "gtin12", "gtin13", "gtin14", "ean", "isbn"} {
		for _, s := range x.texts(t.all(name)) {
			s = oneLine(s)
			if _, id, ok := strings.Cut(s, ":"); ok && name == "productid" {
				s = id
			}
			switch strings.ToLower(s) {
			case "", "0", "-", "null", "none", "n/a", "na", "undefined", "false", "true":
				continue
			}
			if sku == "" && (name == "sku" || name == "productid") {
				sku = s
			}
			if !slices.Contains(ids, s) && len(ids) < 50 {
				ids = append(ids, s)
			}
		}
	}
	return sku, ids
}

// text is a value as text: of a thing, its value or what it refers to.
func (x *extraction) text(p property) string {
	if p.Thing == nil {
		return strings.TrimSpace(p.Text)
	}
	for _, q := range p.Thing.all("value", "name") {
		if q.Thing == nil {
			return strings.TrimSpace(q.Text)
		}
	}
	return p.Thing.ID
}

func (x *extraction) texts(ps []property) []string {
	var all []string
	for _, p := range ps {
		if s := x.text(p); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// link is a value as an absolute URL, "" if it is none.
func (x *extraction) link(p property) string {
	s := strings.TrimSpace(p.Text)
	if n := x.node(p); n != nil {
		s = n.ID
		for _, q := range n.all("url") {
			if q.Thing == nil && q.Text != "" {
				s = strings.TrimSpace(q.Text)
				break
			}
		}
	}
	return absolute(x.base, s)
}

// urlEntities are the entities that templates write into URLs in JSON. To decode
// all would read the "&copy" of "?a=1&copy=2" as a sign.
var urlEntities = strings.NewReplacer("&amp;", "&", "&#38;", "&", "&#x2F;", "/", "&#x2f;", "/", "&#47;", "/", "&#x3D;", "=", "&#x3d;", "=", "&#61;", "=")

// absolute is a link of the page as a whole URL, "" if it leads to no page.
func absolute(base *url.URL, s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(urlEntities.Replace(s))
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// plain is a name as people read it: on one line, without markup. Only JSON
// has its entities still to be decoded; the parser did it elsewhere.
func (x *extraction) plain(s string) string {
	if x.g.source == "json-ld" {
		s = html.UnescapeString(s)
	}
	return oneLine(withoutTags(s))
}

// withoutTags takes inline markup out of a name.
func withoutTags(s string) string {
	const longest = 4096
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "")
	}
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 || open+1 >= len(s) {
			break
		}
		b.WriteString(s[:open])
		c := s[open+1]
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			s = s[open:]
			break
		}
		if c == '/' || c == '!' || c|0x20 >= 'a' && c|0x20 <= 'z' {
			if len(s) > open+3 && strings.EqualFold(s[open:open+3], "<br") {
				b.WriteByte(' ')
			}
			s = s[open+end+1:]
		} else {
			b.WriteByte('<')
			s = s[open+1:]
		}
	}
	b.WriteString(s)
	return b.String()
}

func conditionOf(texts []string) string {
	for _, s := range texts {
		if c := conditions[letters(s)]; c != "" {
			return c
		}
	}
	return ""
}
