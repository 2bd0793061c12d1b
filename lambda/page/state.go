package page

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"stockchecker/lambda/checker"
)

// Bounds on the data of scripts that is looked at, which is the rest of a page's
// and as large as its shop likes.
const (
	maxStateText   = 3 << 19 // bytes of scripts, together
	maxStateValues = 100_000
	maxStateFound  = 50
)

// stateMarks are the names by which scripts that carry a page's data are known.
var stateMarks = []string{"__NEXT_DATA__", "__NUXT__", "__INITIAL_STATE__", "__initialState__", "__PRELOADED_STATE__", "__APOLLO_STATE__", "__INITIAL_DATA__",
	"__STATE__", "dataLayer", "ShopifyAnalytics", "utag_data", "digitalData"}

// The names of fields that tell a product, by their letters alone.
var (
	stateNames    = strings.Fields("name title productname producttitle displayname itemname")
	stateIDs      = strings.Fields("sku id productid itemid usitemid skuid mpn gtin ean partnumber articlenumber variantid code")
	statePages    = strings.Fields("url canonicalurl producturl link href seourl pdpurl")
	stateWords    = set("availability availabilitystatus stockstatus stocklevelstatus inventorystatus stockstate availabilitystate")
	stateYes      = set("available isavailable instock isinstock availableforsale hasstock")
	stateNo       = set("soldout issoldout outofstock isoutofstock")
	stateCounts   = set("stock stocklevel stockquantity stockcount inventoryquantity availablequantity quantityavailable availablestock inventory inventorylevel qtyavailable")
	stateVariants = strings.Fields("variants skus variations hasvariant children")
	stateNested   = strings.Fields("offers offer stock availability inventory stockinfo availabilityinfo")
	statePrices   = strings.Fields("specialprice saleprice finalprice currentprice sellingprice offerprice price priceinfo prices pricing offers offer")
	stateAmounts  = strings.Fields("specialprice saleprice finalprice currentprice sellingprice current sale final now value amount price")
	stateMoney    = strings.Fields("currency currencycode pricecurrency currencyiso currencyid")
	// stateOthers lead to other products than the page's.
	stateOthers = []string{"related", "recommend", "similar", "upsell", "crosssell", "alsobought", "alsoviewed", "sponsored", "accessor", "cart", "wishlist", "recently", "bundle"}
)

// stateProducts are the products in the data of the page's scripts that are tied
// to the page: by the sku, its URL, an identifier in the URL, or the heading.
// What else is in the data may be anything.
func stateProducts(doc *tree, base *url.URL, w wanted) []product {
	w.Title, w.Heading = w.Title[:min(len(w.Title), maxRun)], w.Heading[:min(len(w.Heading), maxRun)]
	r := stateReader{ties: newTies(w), base: base, values: maxStateValues}
	text := maxStateText
	for n := range doc.all("script") {
		if isJSONLD(attr(n, "type")) || hasAttr(n, "src") {
			continue
		}
		s := scriptText(n)
		name := stateMark(n, s)
		if name == "" || !mayTellStock(s) {
			continue
		}
		if text -= len(s); text < 0 {
			break
		}
		values := called(s)
		if values == nil {
			values = parseJSON(s)
		}
		for _, v := range values {
			if attr(n, "id") == nuxtListID {
				v = unshared(v)
			}
			if v.Kind == jsonString && (strings.HasPrefix(v.Text, "{") || strings.HasPrefix(v.Text, "[")) {
				for _, inner := range parseJSON(v.Text) { // JSON.parse("…")
					r.walk(inner, name, 0)
				}
				continue
			}
			r.walk(v, name, 0)
		}
	}
	return r.out
}

// stateMark is what a script that carries data is called, "" if it carries none.
func stateMark(n *html.Node, s string) string {
	if id := attr(n, "id"); id != "" && strings.Contains(strings.ToLower(attr(n, "type")), "json") {
		return "script#" + id
	}
	if strings.Contains(strings.ToLower(attr(n, "type")), "json") {
		return "script"
	}
	head := s[:min(len(s), 4<<10)]
	for _, mark := range stateMarks {
		if strings.Contains(head, mark) {
			return mark
		}
	}
	return ""
}

func mayTellStock(s string) bool {
	return strings.Contains(s, "tock") || strings.Contains(s, "vailab") || strings.Contains(s, "oldOut") || strings.Contains(s, "old_out") || strings.Contains(s, "nventory")
}

type stateReader struct {
	ties   *ties
	base   *url.URL
	values int // that are still looked at
	out    []product
}

func (r *stateReader) walk(v *jsonValue, path string, depth int) {
	if r.values--; r.values < 0 || depth > maxDepth || len(r.out) >= maxStateFound {
		return
	}
	for _, e := range v.Elems {
		r.walk(e, path+"[]", depth+1)
	}
	if v.Kind != jsonObject {
		return
	}
	if p, ok := r.product(v, path); ok {
		r.out = append(r.out, p)
		return
	}
	for _, m := range v.Members {
		if m.Value.Kind != jsonObject && m.Value.Kind != jsonArray {
			continue
		}
		key := letters(m.Key)
		if slices.ContainsFunc(stateOthers, func(s string) bool { return strings.Contains(key, s) }) {
			continue
		}
		next := path
		if len(path) < 120 {
			next = path + "." + m.Key
		}
		r.walk(m.Value, next, depth+1)
	}
}

// fields are an object's members by the letters of their names.
func fields(v *jsonValue) map[string]*jsonValue {
	m := make(map[string]*jsonValue, len(v.Members))
	for _, f := range v.Members {
		if key := letters(f.Key); m[key] == nil {
			m[key] = f.Value
		}
	}
	return m
}

// product reads an object that has a name, and says something of stock, as the
// page's own product.
func (r *stateReader) product(v *jsonValue, path string) (product, bool) {
	f := fields(v)
	p := product{Source: "embedded"}
	for _, key := range stateNames {
		if n := f[key]; n != nil && n.Kind == jsonString && p.Name == "" {
			p.Name = oneLine(withoutTags(html.UnescapeString(n.Text)))
		}
	}
	if p.Name == "" || v.Cut {
		return p, false
	}
	p.identify(f, r.base)
	p.Offers = stateOffers(f, path)
	for _, key := range stateVariants {
		list := f[key]
		if list == nil || len(p.Variants) > 0 {
			continue
		}
		for _, e := range list.Elems {
			if e.Kind != jsonObject || e.Cut {
				continue
			}
			variant := product{Source: p.Source}
			vf := fields(e)
			variant.identify(vf, r.base)
			if variant.Offers = stateOffers(vf, path+"."+key+"[]"); len(variant.Offers) > 0 {
				p.Variants = append(p.Variants, variant)
			}
		}
	}
	if len(p.Offers) == 0 && len(p.Variants) == 0 {
		return p, false
	}
	if score := r.ties.score(&p); score < tiedByHeading || score < tiedByURL && r.ties.stranger(&p) {
		return p, false
	}
	return p, true
}

// identify reads the product's numbers and addresses.
func (p *product) identify(f map[string]*jsonValue, base *url.URL) {
	for _, key := range stateIDs {
		if n := f[key]; n != nil && (n.Kind == jsonString || n.Kind == jsonNumber) && n.Text != "" {
			p.IDs = append(p.IDs, strings.TrimSpace(n.Text))
		}
	}
	for _, key := range statePages {
		if n := f[key]; n != nil && n.Kind == jsonString && (strings.HasPrefix(n.Text, "/") || strings.HasPrefix(n.Text, "http")) {
			if u := absolute(base, n.Text); u != "" {
				p.pages = append(p.pages, u)
			}
		}
	}
}

// stateOffers is what an object says of stock, with its price, as one offer;
// none where it says nothing of stock.
func stateOffers(f map[string]*jsonValue, path string) []offer {
	var s stateStock
	s.read(f, 0)
	if s.key == "" {
		return nil
	}
	o := offer{Availability: s.says(), Says: cut(s.text), path: path + "." + s.key}
	if amount, currency := statePrice(f, statePrices, "", 0); amount != "" {
		if price, ok := parseMachinePrice(amount, currency, priceHint{}); ok {
			o.Price, o.priceText, o.pricePath = &price, amount, path+".price"
		}
	}
	return []offer{o}
}

// stateStock gathers what an object says of stock.
type stateStock struct {
	told      []checker.Availability // by words and truth values
	count     *bool
	key, text string // the first that told
}

func (s *stateStock) read(f map[string]*jsonValue, depth int) {
	tell := func(key string, v *jsonValue, av checker.Availability) {
		if av == checker.Unknown {
			return
		}
		s.told = append(s.told, av)
		if s.key == "" {
			s.key, s.text = key, v.Text
		}
	}
	// In a fixed order, so that the same page gives the same evidence.
	keys := make([]string, 0, len(f))
	for key := range f {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		v := f[key]
		scalar := v.Kind == jsonString || v.Kind == jsonNumber || v.Kind == jsonBool
		switch {
		case !scalar:
		case stateWords[key]:
			// A number may be a code of the shop's own.
			if v.Kind != jsonNumber && strings.Trim(v.Text, "0123456789") != "" {
				tell(key, v, jsonAvailability(v))
			}
		case stateYes[key] && v.Kind != jsonNumber:
			tell(key, v, jsonAvailability(v))
		case stateNo[key] && v.Kind == jsonBool:
			if v.Text == "true" {
				tell(key, v, checker.SoldOut)
			} else {
				tell(key, v, checker.InStock)
			}
		case stateCounts[key] || stateYes[key]:
			av := jsonAvailability(v)
			if av == checker.Unknown || v.Kind == jsonString && !strings.ContainsAny(v.Text, "0123456789") {
				tell(key, v, av)
				break
			}
			there := inHand(av)
			if s.count != nil {
				there = there || *s.count
			}
			s.count = &there
			if s.key == "" {
				s.key, s.text = key, v.Text
			}
		}
	}
	if depth > 1 {
		return
	}
	for _, key := range stateNested {
		v := f[key]
		switch {
		case v == nil:
		case v.Kind == jsonObject && !v.Cut:
			s.read(fields(v), depth+1)
		case v.Kind == jsonArray && len(v.Elems) == 1 && v.Elems[0].Kind == jsonObject && !v.Cut:
			s.read(fields(v.Elems[0]), depth+1)
		}
	}
}

// says is what all that was told comes to: where one says that it can be had and
// another that it can't, nothing.
func (s *stateStock) says() checker.Availability {
	said := checker.Unknown
	for _, a := range s.told {
		switch {
		case said == checker.Unknown:
			said = a
		case inHand(said) != inHand(a):
			return checker.Unknown
		case slices.Index(caution, a) > slices.Index(caution, said):
			said = a
		}
	}
	switch {
	case s.count == nil:
	case said == checker.Unknown && len(s.told) == 0 && *s.count:
		return checker.InStock
	case said == checker.Unknown && len(s.told) == 0:
		return checker.SoldOut
	case inHand(said) != *s.count && said != checker.PreOrder && said != checker.PreSale && said != checker.BackOrder:
		return checker.Unknown
	}
	return said
}

// statePrice is the amount that the first of the keys leads to.
func statePrice(f map[string]*jsonValue, keys []string, currency string, depth int) (amount, code string) {
	for _, key := range stateMoney {
		if v := f[key]; v != nil && v.Kind == jsonString {
			currency = v.Text
			break
		}
	}
	for _, key := range keys {
		v := f[key]
		if v != nil && v.Kind == jsonArray && len(v.Elems) == 1 {
			v = v.Elems[0]
		}
		switch {
		case v == nil:
		case v.Kind == jsonNumber, v.Kind == jsonString && strings.ContainsAny(v.Text, "0123456789"):
			return v.Text, currency
		case v.Kind == jsonObject && depth < 3:
			if amount, code = statePrice(fields(v), stateAmounts, currency, depth+1); amount != "" {
				return amount, code
			}
		}
	}
	return "", currency
}
