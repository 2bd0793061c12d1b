package page

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"stockchecker/lambda/checker"
)

// metaProduct reads the product that the OpenGraph and product meta elements
// describe, if they describe one.
func metaProduct(doc *tree, base *url.URL, hint priceHint) (product, bool) {
	var m metas
	for n := range doc.all("meta") {
		key := attr(n, "property")
		if key == "" {
			key = attr(n, "name")
		}
		key = strings.ToLower(strings.TrimSpace(key))
		if !strings.HasPrefix(key, "og:") && !strings.HasPrefix(key, "product:") || len(m.all) >= maxProducts {
			continue
		}
		if v := strings.TrimSpace(attr(n, "content")); v != "" {
			m.all = append(m.all, meta{key, v, n})
		}
	}
	kind := strings.ToLower(m.first("og:type").value)
	priced := m.first("product:price:amount", "product:sale_price:amount", "og:price:amount", "product:price", "og:price").node != nil
	stocked := m.first("product:availability", "og:availability").node != nil
	// A product.group is what shop software calls a category.
	if (!strings.Contains(kind, "product") || strings.Contains(kind, "group")) && !priced && !stocked {
		return product{}, false
	}

	title := m.first("og:title")
	p := product{Source: "opengraph", Name: oneLine(title.value), URL: absolute(base, m.first("og:url").value)}
	if title.node != nil {
		p.Line = doc.lines.of(title.node)
	}
	if p.URL != "" {
		p.pages = []string{p.URL}
	}
	p.SKU = m.first("product:retailer_item_id", "product:sku").value
	for _, key := range []string{"product:retailer_item_id", "product:sku", "product:retailer_part_no", "product:mfr_part_no",
		"product:ean", "product:upc", "product:isbn", "product:gtin"} {
		if v := m.first(key).value; v != "" && !slices.Contains(p.IDs, v) {
			p.IDs = append(p.IDs, v)
		}
	}
	if !priced && !stocked {
		return p, true
	}

	o := offer{Availability: checker.Unknown, SKU: p.SKU, Condition: conditionOf([]string{m.first("product:condition", "og:condition").value})}
	// Both elements speak of the one offer, as do several values of one.
	var texts []string
	for _, e := range m.all {
		if e.key == "product:availability" || e.key == "og:availability" {
			if o.availabilityLine == 0 {
				o.availabilityLine, o.path = doc.lines.of(e.node), selectorOfMeta(e.key)
			}
			texts = append(texts, e.value)
		}
	}
	o.Availability, o.Says = availabilityOf(texts), strings.Join(texts, ", ")
	o.Line = o.availabilityLine
	prices := []string{"product:price", "og:price"}
	if m.first("product:sale_price_dates:start", "product:sale_price_dates:end").node == nil {
		// Whether one with dates holds today is not for a pure function to say.
		prices = append([]string{"product:sale_price"}, prices...)
	}
	for _, key := range prices {
		amount := m.first(key+":amount", key)
		if amount.node == nil {
			continue
		}
		if o.priceText == "" {
			o.priceText, o.pricePath, o.priceLine = amount.value, selectorOfMeta(amount.key), doc.lines.of(amount.node)
		}
		currency := m.first(key+":currency", "product:price:currency", "og:price:currency").value
		price, ok := parseMachinePrice(amount.value, currency, hint)
		if amount.key == key {
			price, ok = parsePrice(amount.value, hint) // of no standard: it is written for people
		}
		if ok && price.Amount.IsPositive() {
			o.Price = &price
			o.priceText, o.pricePath, o.priceLine = amount.value, selectorOfMeta(amount.key), doc.lines.of(amount.node)
			break
		}
	}
	p.Offers = []offer{o}
	return p, true
}

type meta struct {
	key, value string
	node       *html.Node
}

type metas struct{ all []meta }

// first is the first element of the first key that the page has.
func (m *metas) first(keys ...string) meta {
	for _, key := range keys {
		for _, e := range m.all {
			if e.key == key {
				return e
			}
		}
	}
	return meta{}
}

func selectorOfMeta(key string) string { return `meta[property="` + key + `"]` }
