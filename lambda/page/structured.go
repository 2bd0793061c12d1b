package page

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"stockchecker/lambda/checker"
)

// product is one product of a page's structured data: JSON-LD, microdata, RDFa,
// or the OpenGraph and product meta elements.
type product struct {
	Source   string   // "json-ld", "microdata", "rdfa", "opengraph", "embedded"
	Line     int      // of the page where it begins, 0: not known
	Name     string   // decoded, one line
	URL      string   // absolute
	IDs      []string // sku, productID, mpn, gtin…, the sku first
	SKU      string
	Offers   []offer
	Variants []product // of a ProductGroup
	InList   bool      // an element of an ItemList, or of a search result
	Main     bool      // the mainEntity of its page

	pages []string // all URLs that it gives itself
}

// offer is one offer of a product.
type offer struct {
	Availability checker.Availability // Unknown where it says none
	Says         string               // the availability as the page writes it
	Price        *checker.Price
	Name         string // of itemOffered
	URL          string // absolute
	SKU          string
	Seller       string
	Condition    string // "new", "used", "refurbished", "": not said
	Quantity     *int
	Line         int

	starts           time.Time // when it can first be had, zero: not said
	regions          []string  // codes of the countries that it is for; none: not said
	notRegions       []string  // ... and that it is not for
	ids              []string
	path             string // in the data
	currency         string // as the data names it, where the price is still to come
	availabilityLine int
	priceText        string // as the page writes it
	pricePath        string
	priceLine        int
}

// structuredData reads all products that the page's structured data has: those
// of JSON-LD, of microdata, of RDFa and of the meta elements, each in the order
// of the page.
func structuredData(doc *tree, base *url.URL, hint priceHint) []product {
	all := jsonLD(doc, base).products(base, hint)
	all = append(all, microdata(doc).products(base, hint)...)
	all = append(all, rdfa(doc).products(base, hint)...)
	if p, ok := metaProduct(doc, base, hint); ok {
		all = append(all, p)
	}
	return all
}

// notYet makes of offers that begin later than now such as can be ordered ahead.
func notYet(products []product, now time.Time) {
	for i := range products {
		for j := range products[i].Offers {
			if o := &products[i].Offers[j]; inHand(o.Availability) && o.starts.After(now) {
				o.Availability = checker.PreOrder
				o.Says += ", from " + o.starts.Format(time.DateOnly)
			}
		}
		notYet(products[i].Variants, now)
	}
}

// reading is what structured data says of one product.
type reading struct {
	Availability checker.Availability
	Price        *checker.Price
	PriceSource  string // of a reading of several sources
	Seller       string
	Condition    string
	Quantity     *int
	SKU          string
	Evidence     []Evidence // Won is not set
}

// candidate is one offer that may be the one asked for.
type candidate struct {
	*offer
	variant *product // that it is of; nil: of the product itself
}

// read decides what the product's offers say together: those of the variant
// that the URL names, else any in stock counts. Where the URL names a variant
// that the data doesn't have, what they say of others is no answer.
func (p *product) read(w wanted) reading {
	all := p.candidates(nil, 0)
	if len(all) == 0 {
		return reading{Availability: checker.Unknown, SKU: p.SKU}
	}
	some, named, missing := p.choose(all, w)
	if missing {
		return reading{Availability: checker.Unknown, SKU: p.SKU, Evidence: []Evidence{{
			Source: p.Source, Selector: all[0].path, Line: p.Line, Text: cut(w.Asked.String()),
			Says: "unknown: the data has no offer of the variant that the URL names",
		}}}
	}
	if w.Country != "" {
		some = prefer(some, func(c candidate) bool {
			return !slices.Contains(c.notRegions, w.Country) && (len(c.regions) == 0 || slices.Contains(c.regions, w.Country))
		})
	}
	if len(w.Sellers) > 0 {
		some = prefer(some, func(c candidate) bool { return sellerIn(c.Seller, w.Sellers) })
	}
	if !w.AnyCondition {
		some = prefer(some, func(c candidate) bool { return c.Condition == "" || c.Condition == "new" })
	}
	best := some[0]
	for _, c := range some[1:] {
		if better(c.offer, best.offer) {
			best = c
		}
	}
	r := reading{
		Availability: best.Availability,
		Price:        best.Price,
		Seller:       best.Seller,
		Condition:    best.Condition,
		Quantity:     best.Quantity,
		SKU:          p.SKU,
		Evidence:     best.evidence(p.Source),
	}
	// The sku is what an item is known by, so it must not change with which
	// offer happens to be the best one.
	if named || len(all) == 1 && r.SKU == "" {
		switch {
		case best.variant != nil && best.variant.SKU != "":
			r.SKU = best.variant.SKU
		case best.SKU != "":
			r.SKU = best.SKU
		}
	}
	return r
}

// candidates are the offers of the product's variants, or, if those have none,
// its own.
func (p *product) candidates(variant *product, depth int) []candidate {
	var all []candidate
	if depth < maxDepth {
		for i := range p.Variants {
			all = append(all, p.Variants[i].candidates(&p.Variants[i], depth+1)...)
		}
	}
	if len(all) == 0 {
		for i := range p.Offers {
			all = append(all, candidate{&p.Offers[i], variant})
		}
	}
	return all
}

func prefer(all []candidate, good func(candidate) bool) []candidate {
	var some []candidate
	for _, c := range all {
		if good(c) {
			some = append(some, c)
		}
	}
	if some == nil {
		return all
	}
	return some
}

func sellerIn(seller string, sellers []string) bool {
	return seller != "" && slices.ContainsFunc(sellers, func(s string) bool { return strings.EqualFold(oneLine(s), seller) })
}

// better tells whether a is the offer to tell of rather than b: one in stock
// before any other, and of those the cheapest. One that says nothing comes
// before one that is sold out, since it may be the one that is there.
func better(a, b *offer) bool {
	if x, y := standing(a.Availability), standing(b.Availability); x != y {
		return x < y
	}
	switch {
	case a.Price == nil:
		return false
	case b.Price == nil:
		return true
	}
	return a.Price.Currency == b.Price.Currency && a.Price.Amount.LessThan(b.Price.Amount)
}

func standing(a checker.Availability) int {
	switch a {
	case checker.InStock, checker.Limited, checker.OnlineOnly:
		return 0
	case checker.InStoreOnly:
		return 1
	case checker.Unknown:
		return 2
	}
	return 3 + slices.Index(caution, a)
}

// evidence is what the offer says, piece by piece.
func (o *offer) evidence(source string) []Evidence {
	var all []Evidence
	add := func(selector string, line int, text, says string) {
		if line == 0 {
			line = o.Line
		}
		all = append(all, Evidence{Source: source, Selector: selector, Line: line, Text: cut(oneLine(text)), Says: says})
	}
	at := func(name string) string {
		if source == "opengraph" || source == "embedded" || strings.HasPrefix(source, "store ") {
			return o.path
		}
		return o.path + "." + name
	}
	if o.Says != "" {
		add(at("availability"), o.availabilityLine, o.Says, string(o.Availability))
	}
	if o.Price != nil {
		add(o.pricePath, o.priceLine, o.priceText, "price "+o.Price.String())
	}
	if o.Seller != "" {
		add(at("seller"), 0, o.Seller, "seller "+cut(o.Seller))
	}
	if o.Condition != "" && o.Condition != "new" {
		add(at("itemCondition"), 0, o.Condition, "condition "+o.Condition)
	}
	if o.Quantity != nil {
		add(at("inventoryLevel"), 0, fmt.Sprint(*o.Quantity), fmt.Sprintf("quantity %d", *o.Quantity))
	}
	return all
}
