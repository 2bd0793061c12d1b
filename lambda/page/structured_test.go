package page

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"stockchecker/lambda/checker"
)

const lampURL = "https://shop.example/p/kestrel-9"

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// productsOf reads the structured data of a page at asked.
func productsOf(t testing.TB, page, asked string) []product {
	t.Helper()
	doc, err := parse([]byte(page))
	if err != nil {
		t.Fatal(err)
	}
	return structuredData(doc, mustURL(t, asked), priceHint{})
}

// lampPage is what tells the main product on the page of these tests.
func lampPage(t testing.TB, asked string) wanted {
	return wanted{Asked: mustURL(t, asked), Final: mustURL(t, asked), Heading: "Kestrel 9 Desk Lamp", Title: "Kestrel 9 Desk Lamp - Example Shop"}
}

// brief is a reading in one line.
func brief(r reading) string {
	parts := []string{string(r.Availability)}
	if r.Price != nil {
		parts = append(parts, r.Price.Amount.String(), r.Price.Currency)
	}
	if r.Seller != "" {
		parts = append(parts, "by "+r.Seller)
	}
	if r.Condition != "" {
		parts = append(parts, r.Condition)
	}
	if r.Quantity != nil {
		parts = append(parts, fmt.Sprintf("%d left", *r.Quantity))
	}
	if r.SKU != "" {
		parts = append(parts, "#"+r.SKU)
	}
	return strings.Join(parts, " ")
}

// outline is a product and what is in it, for comparing.
func outline(p product) string {
	s := fmt.Sprintf("%s %q", p.Source, p.Name)
	if p.InList {
		s += " in list"
	}
	for _, o := range p.Offers {
		s += " " + string(o.Availability)
	}
	for _, v := range p.Variants {
		s += " (" + outline(v) + ")"
	}
	return s
}

func ld(s string) string { return `<script type="application/ld+json">` + s + `</script>` }

// lamp is JSON-LD of a product with these members besides its name.
func lamp(members string) string {
	return ld(`{"@context":"https://schema.org","@type":"Product","name":"Kestrel 9 Desk Lamp",` + members + `}`)
}

func offerOf(members string) string { return lamp(`"offers":{"@type":"Offer",` + members + `}`) }

const inStock = `"availability":"https://schema.org/InStock"`
const isSoldOut = `"availability":"https://schema.org/OutOfStock"`

func TestReadStructured(t *testing.T) {
	tests := []struct {
		name, page, asked, want string
	}{
		// JSON-LD: where the product is.
		{"plain", offerOf(inStock + `,"price":"49.90","priceCurrency":"USD"`), "", "in_stock 49.9 USD"},
		{"number", offerOf(inStock + `,"price":49.90,"priceCurrency":"USD"`), "", "in_stock 49.9 USD"},
		{"type in capitals with a parameter", `<script type="Application/LD+JSON; charset=utf-8">{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{` + isSoldOut + `}}</script>`, "", "sold_out"},
		{"type that only begins so", `<script type="application/ld+jsonp">{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{` + isSoldOut + `}}</script>`, "", "none"},
		{"graph", ld(`{"@graph":[{"@type":"WebPage","name":"x"},{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{` + isSoldOut + `}}]}`), "", "sold_out"},
		{"array at the top", ld(`[{"@type":"Organization"},{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{` + isSoldOut + `}}]`), "", "sold_out"},
		{"list of types", ld(`{"@type":["Thing","Product"],"name":"Kestrel 9 Desk Lamp","offers":{` + inStock + `}}`), "", "in_stock"},
		{"type by prefix", ld(`{"@type":"schema:Product","schema:name":"Kestrel 9 Desk Lamp","schema:offers":{"schema:availability":{"@id":"schema:InStock"}}}`), "", "in_stock"},
		{"prefix of its own", ld(`{"@context":{"s":"http://schema.org/"},"@type":"s:Product","s:name":"Kestrel 9 Desk Lamp","s:offers":{"s:availability":"s:InStock"}}`), "", "in_stock"},
		{"type by URL", ld(`{"@type":"http://schema.org/Product","http://schema.org/offers":{` + isSoldOut + `}}`), "", "sold_out"},
		{"lower case", ld(`{"@type":"product","name":"Kestrel 9 Desk Lamp","offers":{` + isSoldOut + `}}`), "", "sold_out"},
		{"other vocabulary", ld(`{"@type":"https://other.example/Product","name":"Kestrel 9 Desk Lamp","offers":{` + isSoldOut + `}}`), "", "none"},
		{"main entity", ld(`{"@type":"ItemPage","mainEntity":{"@type":"Product","name":"A lamp","offers":{`+inStock+`}}}`) +
			ld(`{"@type":"Product","name":"A bulb","offers":{`+isSoldOut+`}}`), "", "in_stock"},
		{"individual product", ld(`{"@type":"IndividualProduct","name":"Kestrel 9 Desk Lamp","offers":{` + inStock + `}}`), "", "in_stock"},
		{"product model", ld(`{"@type":"ProductModel","name":"Kestrel 9 Desk Lamp","offers":{` + inStock + `}}`), "", "in_stock"},
		{"car", ld(`{"@type":"Car","name":"Kestrel 9 Desk Lamp","offers":{` + inStock + `}}`), "", "in_stock"},
		{"book", ld(`{"@type":"Book","name":"Kestrel 9 Desk Lamp","offers":{` + inStock + `}}`), "", "in_stock"},
		{"book without offers", ld(`{"@type":"Book","name":"Kestrel 9 Desk Lamp"}`), "", "none"},
		{"event", ld(`{"@type":"MusicEvent","name":"Kestrel 9 Desk Lamp","offers":[{"availability":"SoldOut"},{"availability":"InStock"}]}`), "", "in_stock"},
		{"the shop's app", ld(`{"@type":"MobileApplication","name":"Kestrel 9 Desk Lamp","offers":{` + inStock + `}}`), "", "none"},
		{"empty block first", ld(``) + offerOf(isSoldOut), "", "sold_out"},
		{"broken block first", ld(`{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{"availability":"InSt`) + offerOf(isSoldOut), "", "sold_out"},
		{"no product", ld(`{"@type":"Organization","name":"Kestrel 9 Desk Lamp"}`), "", "none"},
		{"no offers", lamp(`"sku":"KD-9"`), "", "unknown #KD-9"},

		// References.
		{"offer by reference", ld(`{"@graph":[{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{"@id":"#offer"}},{"@id":"#offer","@type":"Offer",` + isSoldOut + `}]}`), "", "sold_out"},
		{"reference to another block", lamp(`"offers":[{"@id":"`+lampURL+`#o"}]`) + ld(`{"@id":"#o","@type":"Offer",`+isSoldOut+`}`), "", "sold_out"},
		{"seller by reference", offerOf(inStock+`,"seller":{"@id":"#s"}`) + ld(`{"@id":"#s","@type":"Organization","name":"Example &amp; Sons"}`), "", "in_stock by Example & Sons"},
		{"product told twice", ld(`{"@id":"#p","@type":"Product","name":"Kestrel 9 Desk Lamp"}`) + ld(`{"@id":"#p","@type":"Product","offers":{`+isSoldOut+`}}`), "", "sold_out"},
		{"reference to itself", ld(`{"@id":"#p","@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{"@id":"#o","offers":{"@id":"#o"},` + inStock + `},"isVariantOf":{"@id":"#p"},"hasVariant":{"@id":"#p"}}`), "", "in_stock"},
		{"offer that names its product", ld(`{"@type":"Offer",` + isSoldOut + `,"price":"5","priceCurrency":"EUR","itemOffered":{"@type":"Product","name":"Kestrel 9 Desk Lamp"}}`), "", "sold_out 5 EUR"},
		{"offer that refers to its product", ld(`{"@graph":[{"@id":"#p","@type":"Product","name":"Kestrel 9 Desk Lamp"},{"@type":"Offer",` + isSoldOut + `,"itemOffered":{"@id":"#p"}}]}`), "", "sold_out"},
		{"offer and product that name each other", ld(`{"@id":"#p","@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{"@type":"Offer",` + isSoldOut + `,"itemOffered":{"@id":"#p"}}}`), "", "sold_out"},

		// What does not count.
		{"related products", lamp(`"isRelatedTo":[{"@type":"Product","name":"B","offers":{` + inStock + `}}],"isSimilarTo":{"@type":"Product","name":"C","offers":{` + inStock + `}},"offers":{` + isSoldOut + `}`), "", "sold_out"},
		{"accessory of another", ld(`{"@type":"WebPage","isRelatedTo":{"@type":"Product","name":"Bulb","offers":{` + inStock + `}}}`), "", "none"},
		{"review", ld(`{"@type":"Review","itemReviewed":{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{` + inStock + `}}}`), "", "none"},
		{"list", ld(`{"@type":"ItemList","itemListElement":[{"@type":"ListItem","item":{"@type":"Product","name":"A","offers":{` + inStock + `}}}]}`), "", "none"},
		{"list beside the product", ld(`{"@type":"ItemList","itemListElement":[{"@type":"Product","name":"A","offers":{`+inStock+`}},{"@type":"Product","name":"B","offers":{`+inStock+`}}]}`) + offerOf(isSoldOut), "", "sold_out"},
		{"list with the page's product", ld(`{"@type":"ItemList","itemListElement":[{"@type":"Product","name":"Lamp","url":"/p/kestrel-9/?utm_source=x","offers":{` + isSoldOut + `}},{"@type":"Product","name":"B","offers":{` + inStock + `}}]}`), "", "sold_out"},

		// Offers.
		{"any in stock counts", lamp(`"offers":[{` + isSoldOut + `,"price":"10","priceCurrency":"EUR"},{` + inStock + `,"price":"30","priceCurrency":"EUR"},{` + inStock + `,"price":"20","priceCurrency":"EUR"}]`), "", "in_stock 20 EUR"},
		{"one that says nothing may be the one", lamp(`"offers":[{` + isSoldOut + `,"price":"10"},{"price":"30"}]`), "", "unknown 30 "},
		{"online before in store", lamp(`"offers":[{"availability":"InStoreOnly"},{"availability":"OnlineOnly"}]`), "", "online_only"},
		{"preorder before sold out", lamp(`"offers":[{"availability":"SoldOut"},{"availability":"PreOrder"}]`), "", "preorder"},
		{"new before used", lamp(`"offers":[{` + isSoldOut + `,"itemCondition":"https://schema.org/NewCondition"},{` + inStock + `,"itemCondition":"UsedCondition"}]`), "", "sold_out new"},
		{"only used", lamp(`"offers":[{` + inStock + `,"itemCondition":"http://schema.org/UsedCondition"}]`), "", "in_stock used"},
		{"condition of the product", lamp(`"itemCondition":"RefurbishedCondition","offers":{` + inStock + `}`), "", "in_stock refurbished"},
		{"seller's name", offerOf(inStock + `,"seller":"Quick Bazaar 77"`), "", "in_stock by Quick Bazaar 77"},
		{"seller's address is no name", offerOf(inStock + `,"seller":"https://shop.example/"`), "", "in_stock"},
		{"the seller goes with the offer", lamp(`"offers":[{` + isSoldOut + `,"seller":{"name":"A"}},{` + inStock + `,"seller":{"name":"B"}}]`), "", "in_stock by B"},
		{"quantity", offerOf(inStock + `,"inventoryLevel":{"@type":"QuantitativeValue","value":3}`), "", "in_stock 3 left"},
		{"quantity as a number", offerOf(inStock + `,"inventoryLevel":"4"`), "", "in_stock 4 left"},
		{"quantity of none", offerOf(inStock + `,"inventoryLevel":{"value":0}`), "", "unknown 0 left"},
		{"quantity of none and sold out", offerOf(isSoldOut + `,"inventoryLevel":0`), "", "sold_out 0 left"},
		{"an offer beside its product", lamp(`"sku":"KD-9"`) + ld(`{"@type":"Offer",`+isSoldOut+`,"price":"5","priceCurrency":"EUR"}`), "", "sold_out 5 EUR #KD-9"},
		{"an offer beside two products", lamp(`"sku":"KD-9"`) + ld(`{"@type":"Product","name":"Bulb"}`) + ld(`{"@type":"Offer",`+isSoldOut+`}`), "", "unknown #KD-9"},
		{"two offers beside a product", lamp(`"sku":"KD-9"`) + ld(`{"@type":"Offer",`+isSoldOut+`}`) + ld(`{"@type":"Offer",`+inStock+`}`), "", "unknown #KD-9"},
		{"a price that was valid until a day long past", offerOf(inStock + `,"price":"5","priceCurrency":"EUR","priceValidUntil":"2001-01-01"`), "", "in_stock 5 EUR"},
		{"availability of the product itself", lamp(inStock + `,"price":"12.50","priceCurrency":"EUR"`), "", "in_stock 12.5 EUR"},
		{"ids", lamp(`"sku":"null","productID":"sku:KD-9","gtin13":"4006381333931","offers":{` + inStock + `}`), "", "in_stock #KD-9"},

		// Aggregates.
		{"aggregate", lamp(`"offers":{"@type":"AggregateOffer","lowPrice":13,"highPrice":15,"priceCurrency":"USD",` + inStock + `}`), "", "in_stock 13 USD"},
		{"aggregate of offers", lamp(`"offers":{"@type":"AggregateOffer","lowPrice":5,"priceCurrency":"USD","offers":[{"price":5,` + isSoldOut + `},{"price":13,` + inStock + `}]}`), "", "in_stock 13 USD"},
		{"aggregate alone says it", lamp(`"offers":{"@type":"AggregateOffer","priceCurrency":"USD",` + isSoldOut + `,"offers":[{"price":5},{"price":13}]}`), "", "sold_out 5 USD"},
		{"price of zero", lamp(`"offers":{"@type":"AggregateOffer","availability":"InStock","highPrice":"49.00","lowPrice":"0.00","price":"0.00","priceCurrency":"EUR"}`), "", "in_stock"},

		// Prices.
		{"price specification", offerOf(inStock + `,"priceSpecification":{"@type":"UnitPriceSpecification","price":"19.00","priceCurrency":"EUR"}`), "", "in_stock 19 EUR"},
		{"list price", offerOf(inStock + `,"priceSpecification":[{"price":"29","priceCurrency":"EUR","priceType":"https://schema.org/ListPrice"},{"price":"19","priceCurrency":"EUR"}]`), "", "in_stock 19 EUR"},
		{"list price only", offerOf(inStock + `,"priceSpecification":{"price":"29","priceCurrency":"EUR","priceType":"SRP"}`), "", "in_stock"},
		{"sale price", offerOf(inStock + `,"priceSpecification":[{"price":"29","priceCurrency":"EUR"},{"price":"19","priceCurrency":"EUR","priceType":"https://schema.org/SalePrice"}]`), "", "in_stock 19 EUR"},
		{"price for a litre", offerOf(inStock + `,"priceSpecification":[{"price":"2","priceCurrency":"EUR","referenceQuantity":{"value":1,"unitCode":"LTR"}},{"price":"19","priceCurrency":"EUR"}]`), "", "in_stock 19 EUR"},
		{"price for many", offerOf(inStock + `,"priceSpecification":[{"price":"9","priceCurrency":"EUR","eligibleQuantity":{"minValue":10}},{"price":"19","priceCurrency":"EUR","eligibleQuantity":{"minValue":1}}]`), "", "in_stock 19 EUR"},
		{"delivery charge", offerOf(inStock + `,"priceSpecification":[{"@type":"DeliveryChargeSpecification","price":"4","priceCurrency":"EUR"}]`), "", "in_stock"},
		{"three decimals", offerOf(inStock + `,"price":"140.000","priceCurrency":"EUR"`), "", "in_stock 140 EUR"},
		{"European price", offerOf(inStock + `,"price":"1.199,99","priceCurrency":"EUR"`), "", "in_stock 1199.99 EUR"},
		{"grouped price without quotes", offerOf(inStock + `,"price":1,199.99,"priceCurrency":"USD"`), "", "in_stock 1199.99 USD"},
		{"value object", offerOf(inStock + `,"price":{"@value":"49.90"},"priceCurrency":["USD"]`), "", "in_stock 49.9 USD"},
		{"currency of the product", lamp(`"priceCurrency":"SEK","offers":{` + inStock + `,"price":"99"}`), "", "in_stock 99 SEK"},

		// Variants.
		{"variant in the URL", variants, "?variant=111", "sold_out 24.99 USD #KD-9-R"},
		{"other variant in the URL", variants, "?utm_source=mail&variant=222", "in_stock 29.99 USD #KD-9-B"},
		{"variant that is not there", variants, "?variant=333", "unknown"},
		{"no variant in the URL", variants, "", "in_stock 29.99 USD"},
		{"variant by its sku", variants, "?sku=KD-9-R", "sold_out 24.99 USD #KD-9-R"},
		{"variant by its sku in the path", variants, "/KD-9-R", "sold_out 24.99 USD #KD-9-R"},
		{"offers by their URL", lamp(`"offers":[{` + inStock + `,"url":"` + lampURL + `?color=red"},{` + isSoldOut + `,"url":"` + lampURL + `?color=blue"}]`), "?color=blue", "sold_out"},
		{"offers by a fragment", lamp(`"offers":[{` + inStock + `,"url":"` + lampURL + `#/1-red"},{` + isSoldOut + `,"url":"` + lampURL + `#/2-blue"}]`), "#/2-blue", "sold_out"},
		{"one offer of another variant", lamp(`"offers":[{` + inStock + `,"url":"` + lampURL + `?variant=222"}]`), "?variant=111", "unknown"},
		{"variants that can't be told apart", lamp(`"offers":[{` + inStock + `},{` + isSoldOut + `}]`), "?variant=111", "unknown"},
		{"variants that agree", lamp(`"offers":[{` + isSoldOut + `},{` + isSoldOut + `}]`), "?variant=111", "sold_out"},
		{"parameter that names no variant", lamp(`"offers":[{` + isSoldOut + `},{` + inStock + `}]`), "?page=2", "in_stock"},
		{"variants that name their group", ld(`[{"@type":"ProductGroup","@id":"#g","name":"Kestrel 9 Desk Lamp"},{"@type":"Product","name":"red","isVariantOf":{"@id":"#g"},"offers":{` + inStock + `}},{"@type":"Product","name":"blue","isVariantOf":{"@id":"#g"},"offers":{` + isSoldOut + `}}]`), "", "in_stock"},
		{"variants by the group's number", ld(`[{"@type":"ProductGroup","productGroupID":"g1","name":"Kestrel 9 Desk Lamp"},{"@type":"Product","name":"red","inProductGroupWithID":"g1","offers":{` + isSoldOut + `}}]`), "", "sold_out"},
		{"variants by reference", ld(`[{"@type":"ProductGroup","name":"Kestrel 9 Desk Lamp","hasVariant":[{"@id":"#r"}]},{"@id":"#r","@type":"Product","name":"red","offers":{` + isSoldOut + `}}]`), "", "sold_out"},

		// Broken blocks.
		{"trailing commas", offerOf(inStock + `,"price":"49.90","priceCurrency":"KRW",`), "", "in_stock 49.9 KRW"},
		{"whole offers of a cut block", ld(`{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":[{` + isSoldOut + `}],"description":"It is`), "", "sold_out"},
		{"cut in the offers", ld(`{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":[{` + isSoldOut + `},{"availability":"In`), "", "unknown"},
		{"cut between the offers", ld(`{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":[{` + isSoldOut + `},`), "", "unknown"},

		// Microdata.
		{"microdata", `<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Kestrel 9 Desk Lamp</h1><meta itemprop="sku" content="KD-9"><div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><meta itemprop="price" content="49.90"><meta itemprop="priceCurrency" content="USD"><link itemprop="availability" href="https://schema.org/OutOfStock"></div></div>`, "", "sold_out 49.9 USD #KD-9"},
		{"offer not named as property", `<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Kestrel 9 Desk Lamp</b><div itemscope itemtype="http://schema.org/Offer"><meta itemprop="availability" content="in_stock"></div></div>`, "", "in_stock"},
		{"offer's properties on the product", `<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Kestrel 9 Desk Lamp</b><span itemprop="price" content="5">x</span><span itemprop="priceCurrency">EUR</span><span itemprop="availability">In Stock</span></div>`, "", "in_stock 5 EUR"},
		{"itemref", `<div itemscope itemtype="http://schema.org/Product" itemref="o no"><b itemprop="name">Kestrel 9 Desk Lamp</b></div><div id="o"><div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><link itemprop="availability" href="http://schema.org/SoldOut"></div></div>`, "", "sold_out"},
		{"an offer beside its product", `<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Kestrel 9 Desk Lamp</b></div><div itemscope itemtype="http://schema.org/Offer"><link itemprop="availability" href="http://schema.org/SoldOut"></div>`, "", "sold_out"},
		{"itemref to itself", `<div id="a" itemscope itemtype="http://schema.org/Product" itemref="a"><b itemprop="name">Kestrel 9 Desk Lamp</b><link itemprop="availability" href="http://schema.org/SoldOut"></div>`, "", "sold_out"},
		{"several types", `<div itemscope itemtype="http://schema.org/Product http://schema.org/Car"><b itemprop="name">Kestrel 9 Desk Lamp</b><link itemprop="availability" href="http://schema.org/SoldOut"></div>`, "", "sold_out"},
		{"seller", `<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Kestrel 9 Desk Lamp</b><div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><link itemprop="availability" href="http://schema.org/InStock"><span itemprop="seller" itemscope itemtype="http://schema.org/Organization"><b itemprop="name">Example Shop</b></span></div></div>`, "", "in_stock by Example Shop"},
		{"price as people read it", `<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Kestrel 9 Desk Lamp</b><span itemprop="price">1.015 €</span><i itemprop="availability" content="InStock"></i></div>`, "", "in_stock 1015 EUR"},
		{"values that disagree", `<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Kestrel 9 Desk Lamp</b><meta itemprop="availability" content="InStock"><meta itemprop="availability" content="OutOfStock"></div>`, "", "unknown"},
		{"older vocabulary", `<div itemscope itemtype="http://data-vocabulary.org/Product"><b itemprop="name">Kestrel 9 Desk Lamp</b><div itemprop="offerDetails" itemscope itemtype="http://data-vocabulary.org/Offer"><meta itemprop="currency" content="EUR"><span itemprop="price" content="7">7</span><span itemprop="availability" content="in_stock">x</span></div></div>`, "", "in_stock 7 EUR"},
		{"related product inside", `<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Kestrel 9 Desk Lamp</b><div itemprop="offers" itemscope><link itemprop="availability" href="http://schema.org/SoldOut"></div><div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Bulb</b><link itemprop="availability" href="http://schema.org/InStock"></div></div>`, "", "sold_out"},

		// RDFa.
		{"RDFa Lite", `<div vocab="http://schema.org/" typeof="Product"><h1 property="name">Kestrel 9 Desk Lamp</h1><div property="offers" typeof="Offer"><meta property="priceCurrency" content="EUR"><span property="price" content="5.00">5</span><link property="availability" href="http://schema.org/OutOfStock"></div></div>`, "", "sold_out 5 EUR"},
		{"prefix", `<div prefix="s: https://schema.org/" typeof="s:Product"><h1 property="s:name">Kestrel 9 Desk Lamp</h1><div rel="s:offers"><div typeof="s:Offer"><span property="s:availability" content="InStock"></span></div></div></div>`, "", "in_stock"},
		{"initial prefix", `<div typeof="schema:Product"><h1 property="schema:name">Kestrel 9 Desk Lamp</h1><div rel="schema:offers" typeof="schema:Offer"><a property="schema:availability" resource="http://schema.org/PreOrder">x</a></div></div>`, "", "preorder"},
		{"xmlns", `<div xmlns:x="http://schema.org/" typeof="x:Product"><h1 property="x:name">Kestrel 9 Desk Lamp</h1><span property="x:availability" content="InStock"></span></div>`, "", "in_stock"},
		{"resource", `<div vocab="https://schema.org/" typeof="Product"><h1 property="name">Kestrel 9 Desk Lamp</h1><span property="offers" resource="#o"></span></div><div vocab="https://schema.org/" resource="#o" typeof="Offer"><link property="availability" href="SoldOut"></div>`, "", "sold_out"},
		{"another vocabulary", `<div vocab="http://purl.org/goodrelations/v1#" typeof="Product"><h1 property="name">Kestrel 9 Desk Lamp</h1><span property="availability" content="InStock"></span></div>`, "", "none"},

		// Meta elements.
		{"OpenGraph", `<meta property="og:type" content="product"><meta property="og:title" content="Kestrel 9 Desk Lamp"><meta property="product:price:amount" content="49.90"><meta property="product:price:currency" content="EUR"><meta property="product:availability" content="oos"><meta property="product:retailer_item_id" content="KD-9"><meta property="product:condition" content="new">`, "", "sold_out 49.9 EUR new #KD-9"},
		{"both availabilities", `<meta property="og:type" content="product"><meta property="product:availability" content="available for order"><meta property="og:availability" content="preorder">`, "", "backorder"},
		{"availabilities that disagree", `<meta property="og:type" content="product"><meta property="product:availability" content="in stock"><meta property="og:availability" content="out of stock">`, "", "unknown"},
		{"sale price with no dates", `<meta name="product:price:amount" content="50"><meta name="product:price:currency" content="EUR"><meta name="product:sale_price:amount" content="40"><meta name="product:sale_price:currency" content="EUR">`, "", "unknown 40 EUR"},
		{"sale price with dates", `<meta property="product:price:amount" content="50"><meta property="product:price:currency" content="EUR"><meta property="product:sale_price:amount" content="40"><meta property="product:sale_price_dates:end" content="2020-01-01">`, "", "unknown 50 EUR"},
		{"a category", `<meta property="og:type" content="product.group"><meta property="og:title" content="Lamps">`, "", "none"},
		{"an article", `<meta property="og:type" content="article"><meta property="og:title" content="Kestrel 9 Desk Lamp">`, "", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := lampURL + tt.asked
			got := "none"
			w := lampPage(t, asked)
			if p := mainProduct(productsOf(t, tt.page, asked), w); p != nil {
				got = brief(p.read(w))
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

var variants = ld(`{"@type":"ProductGroup","name":"Kestrel 9 Desk Lamp","hasVariant":[` +
	`{"@type":"Product","sku":"KD-9-B","name":"blue","offers":{"@type":"Offer","url":"` + lampURL + `?variant=222","price":"29.99","priceCurrency":"USD",` + inStock + `}},` +
	`{"@type":"Product","sku":"KD-9-R","name":"red","offers":{"@type":"Offer","url":"` + lampURL + `?variant=111","price":"24.99","priceCurrency":"USD",` + isSoldOut + `}}]}`)

func TestAvailabilityOf(t *testing.T) {
	values := map[string]checker.Availability{
		"BackOrder": checker.BackOrder, "Discontinued": checker.Discontinued, "InStock": checker.InStock, "InStoreOnly": checker.InStoreOnly,
		"LimitedAvailability": checker.Limited, "MadeToOrder": checker.BackOrder, "OnlineOnly": checker.OnlineOnly, "OutOfStock": checker.SoldOut,
		"PreOrder": checker.PreOrder, "PreSale": checker.PreSale, "Reserved": checker.SoldOut, "SoldOut": checker.SoldOut,
	}
	for value, want := range values {
		spaced := strings.TrimSpace(strings.Join(splitCapitals(value), " "))
		for _, s := range []string{
			"https://schema.org/" + value, "http://schema.org/" + value, "http://www.schema.org/" + value, "//schema.org/" + value, "schema.org/" + value,
			"schema:" + value, value, "https://schema.org/" + value + "/", " http://schema.org/" + value + "\n", "https://schema.org/ItemAvailability/" + value,
			"HTTPS://SCHEMA.ORG/" + strings.ToUpper(value), strings.ToLower(value), strings.ToUpper(value), spaced, strings.ToLower(spaced),
			strings.ReplaceAll(spaced, " ", "_"), strings.ToLower(strings.ReplaceAll(spaced, " ", "-")), "https:&#x2F;&#x2F;schema.org&#x2F;" + value,
		} {
			if got := availabilityOf([]string{s}); got != want {
				t.Errorf("%q means %s, not %s", s, got, want)
			}
		}
	}
	for s, want := range map[string]checker.Availability{
		"oos": checker.SoldOut, "pending": checker.SoldOut, "available for order": checker.BackOrder, "in stock": checker.InStock,
		"": checker.Unknown, "NOT SOLD": checker.Unknown, "true": checker.Unknown, "https://schema.org/": checker.Unknown,
		"In stock in 3 weeks": checker.Unknown, "0": checker.Unknown, "http://schema.org/OfferItemCondition": checker.Unknown,
	} {
		if got := availabilityOf([]string{s}); got != want {
			t.Errorf("%q means %s, not %s", s, got, want)
		}
	}
	for _, tt := range []struct {
		texts []string
		want  checker.Availability
	}{
		{[]string{"InStock", "InStoreOnly"}, checker.InStoreOnly},
		{[]string{"InStoreOnly", "InStock"}, checker.InStoreOnly},
		{[]string{"InStock", "InStock"}, checker.InStock},
		{[]string{"InStock", "OutOfStock"}, checker.Unknown},
		{[]string{"PreOrder", "SoldOut"}, checker.SoldOut},
		{[]string{"InStock", "whatever"}, checker.InStock},
		{nil, checker.Unknown},
	} {
		if got := availabilityOf(tt.texts); got != tt.want {
			t.Errorf("%q mean %s, not %s", tt.texts, got, tt.want)
		}
	}
}

func splitCapitals(s string) []string {
	var words []string
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			words = append(words, "")
		}
		words[len(words)-1] += string(r)
	}
	return words
}

func TestStructuredData(t *testing.T) {
	page := ld(`[{"@type":"ItemList","itemListElement":[{"@type":"ListItem","item":{"@type":"Product","name":"A <b>bold</b> &amp; &quot;bright&quot; lamp","offers":{`+inStock+`}}}]},
		{"@type":"ProductGroup","name":"Lamps","hasVariant":[{"@type":"Product","name":"red","offers":{`+isSoldOut+`}}]}]`) +
		`<div itemscope itemtype="http://schema.org/ItemList"><div itemscope itemtype="http://schema.org/Product"><a itemprop="url" href="/p/2"><b itemprop="name">C &amp;amp; D</b></a></div></div>` +
		`<div vocab="http://schema.org/"><div typeof="Product"><b property="name">E</b></div></div>` +
		`<meta property="og:type" content="og:product"><meta property="og:title" content="F">`
	var got []string
	for _, p := range productsOf(t, page, lampURL) {
		got = append(got, outline(p))
	}
	want := []string{
		`json-ld "A bold & \"bright\" lamp" in list in_stock`,
		`json-ld "Lamps" (json-ld "red" sold_out)`,
		`microdata "C &amp; D" in list`,
		`rdfa "E"`,
		`opengraph "F"`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestElementValue(t *testing.T) {
	for _, tt := range []struct {
		name, element, want string
		seen                bool
	}{
		{"price", `<meta content=" 5 ">`, "5", false},
		{"price", `<span content="5">6</span>`, "5", false},
		{"price", `<span>6<style>7</style><b> €</b><script>8</script></span>`, "6 €", true},
		{"price", `<span style="display:none">6</span>`, "6", true},
		{"price", `<data value="5">6</data>`, "5", false},
		{"price", `<input value="5">`, "5", false},
		{"name", `<a href="/x">A<br>B</a>`, "A B", true},
		{"url", `<a href="/x">A</a>`, "/x", false},
		{"url", `<link href="/x">`, "/x", false},
		{"availability", `<link content="InStock">`, "InStock", false},
		{"availability", `<span href="http://schema.org/InStock">x</span>`, "http://schema.org/InStock", false},
		{"name", `<img src="/x.png">`, "/x.png", false},
		{"name", `<object data="/x"></object>`, "/x", false},
		{"name", `<time datetime="2026">x</time>`, "2026", false},
		{"name", `<time>x</time>`, "x", true},
		{"name", `<b>` + strings.Repeat("x", 5000) + `</b>`, strings.Repeat("x", 2000), true},
	} {
		doc, err := html.Parse(strings.NewReader("<body>" + tt.element))
		if err != nil {
			t.Fatal(err)
		}
		n := doc.FirstChild.LastChild.FirstChild
		if n == nil { // the parser puts it into the head
			n = doc.FirstChild.FirstChild.FirstChild
		}
		got := elementValue(n, tt.name, 0)
		if got.Text != tt.want || got.Seen != tt.seen {
			t.Errorf("%s of %s is %q, seen %v", tt.name, tt.element, got.Text, got.Seen)
		}
	}
}

func TestMainProducts(t *testing.T) {
	of := func(name, members string) string { return `{"@type":"Product","name":"` + name + `"` + members + `}` }
	same := `<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Kestrel 9 Desk Lamp</b><link itemprop="availability" href="http://schema.org/OutOfStock"></div>`
	tests := []struct {
		name, page string
		change     func(*wanted)
		want       []string
	}{
		{"by the heading", ld(of("Bulb", "")) + ld(of("KESTREL 9 desk-lamp", "")), nil, []string{"json-ld KESTREL 9 desk-lamp"}},
		{"by a part of the heading", ld(of("Bulb", "")) + ld(of("Kestrel 9", "")), nil, []string{"json-ld Kestrel 9"}},
		{"by the URL rather than the heading", ld(of("Kestrel 9 Desk Lamp", "")) + ld(of("Lampe", `,"url":"http://www.shop.example/p/kestrel-9/"`)), nil, []string{"json-ld Lampe"}},
		{"by the canonical URL", ld(of("A", `,"@id":"https://shop.example/lamp"`)) + ld(of("B", "")), func(w *wanted) { w.Canonical, _ = url.Parse("https://shop.example/lamp") }, []string{"json-ld A"}},
		{"by the page that it is the subject of", ld(of("A", `,"mainEntityOfPage":{"@id":"`+lampURL+`"}`)) + ld(of("B", "")), nil, []string{"json-ld A"}},
		{"by an offer's URL", ld(of("A", `,"offers":{"url":"/p/kestrel-9"}`)) + ld(of("B", "")), nil, []string{"json-ld A"}},
		{"by the checker's sku", ld(of("Kestrel 9 Desk Lamp", "")) + ld(of("A", `,"gtin13":"4006381333931"`)), func(w *wanted) { w.SKU = "4006381333931" }, []string{"json-ld A"}},
		{"by a sku in the URL", ld(of("A", `,"sku":"N82E168"`)) + ld(of("B", `,"sku":"2E168"`)), func(w *wanted) { w.Asked, _ = url.Parse("https://shop.example/p/n82e168.html") }, []string{"json-ld A"}},
		{"the only one", ld(of("Kestrel desk light", "")), nil, []string{"json-ld Kestrel desk light"}},
		{"the only one, which is a stranger", ld(of("Garden hose", "")), nil, nil},
		{"several and no tie", ld(of("Kestrel A", "")) + ld(of("Kestrel B", "")), nil, nil},
		{"an element of a list", ld(`{"@type":"ItemList","itemListElement":[` + of("Kestrel 9 Desk Lamp black", "") + `]}`), nil, nil},
		{"an element of a list with the heading's name", ld(`{"@type":"ItemList","itemListElement":[` + of("Kestrel 9 Desk Lamp", "") + `]}`), nil, []string{"json-ld Kestrel 9 Desk Lamp"}},
		{"one of each source", same + ld(of("Kestrel 9 Desk Lamp", "")) + `<meta property="og:type" content="product"><meta property="og:title" content="Kestrel 9 Desk Lamp">`, nil,
			[]string{"json-ld Kestrel 9 Desk Lamp", "microdata Kestrel 9 Desk Lamp", "opengraph Kestrel 9 Desk Lamp"}},
		{"not what another source says of another", same + ld(of("Kestrel bulb", "")), nil, []string{"microdata Kestrel 9 Desk Lamp"}},
		{"one in two languages at one address", ld(of("Lampe", `,"sku":"L","offers":{"url":"/kestrel"}`)) + `<meta property="og:type" content="product"><meta property="og:title" content="Kestrel 9 Desk Lamp"><meta property="og:url" content="https://shop.example/kestrel">`, nil,
			[]string{"json-ld Lampe", "opengraph Kestrel 9 Desk Lamp"}},
		{"told twice, the one with offers first", ld(of("Kestrel 9 Desk Lamp", "")) + ld(of("Kestrel 9 Desk Lamp", `,"sku":"X","offers":{`+inStock+`}`)), nil,
			[]string{"json-ld Kestrel 9 Desk Lamp", "json-ld Kestrel 9 Desk Lamp"}},
		{"nothing", "", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := lampPage(t, lampURL)
			if tt.change != nil {
				tt.change(&w)
			}
			var got []string
			for _, p := range mainProducts(productsOf(t, tt.page, lampURL), w) {
				got = append(got, p.Source+" "+p.Name)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Several nodes of one URL are the variants of the product there.
func TestMainProductOfVariantsAlone(t *testing.T) {
	page := ld(`[{"@type":"Product","sku":"S","name":"Kestrel 9 Desk Lamp S","url":"/p/kestrel-9","offers":{` + isSoldOut + `}},
		{"@type":"Product","sku":"L","name":"Kestrel 9 Desk Lamp L","url":"/p/kestrel-9","offers":{` + inStock + `}}]`)
	w := lampPage(t, lampURL)
	p := mainProduct(productsOf(t, page, lampURL), w)
	if p == nil {
		t.Fatal("none")
	}
	if got := brief(p.read(w)); got != "in_stock" || len(p.Variants) != 2 {
		t.Errorf("got %s of %s", got, outline(*p))
	}
}

// So are nodes that differ in the query alone and are named after the page.
func TestMainProductOfVariantsByQuery(t *testing.T) {
	page := ld(`[{"@type":"Product","sku":"S","name":"Kestrel 9 Desk Lamp S","url":"/p/kestrel-9?v=1","offers":{` + isSoldOut + `}},
		{"@type":"Product","sku":"L","name":"Kestrel 9 Desk Lamp L","url":"/p/kestrel-9?v=2","offers":{` + inStock + `}},
		{"@type":"Product","sku":"B","name":"Bulb","url":"/p/kestrel-9?v=3","offers":{` + inStock + `}}]`)
	for asked, want := range map[string]string{"": "in_stock", "?v=1": "sold_out #S", "?v=2": "in_stock #L"} {
		w := lampPage(t, lampURL+asked)
		p := mainProduct(productsOf(t, page, lampURL+asked), w)
		if p == nil {
			t.Fatalf("%q: none", asked)
		}
		if got := brief(p.read(w)); got != want {
			t.Errorf("%q: got %s, want %s", asked, got, want)
		}
	}
	elsewhere := strings.ReplaceAll(page, "/p/kestrel-9?", "/p/other?")
	if p := mainProduct(productsOf(t, elsewhere, lampURL), lampPage(t, lampURL)); p != nil {
		t.Errorf("of products on other pages it is %s", outline(*p))
	}
}

func TestReadForTheChecker(t *testing.T) {
	page := lamp(`"offers":[{"price":"20","priceCurrency":"EUR",` + inStock + `,"itemCondition":"UsedCondition","seller":{"name":"Quick Bazaar 77"}},
		{"price":"40","priceCurrency":"EUR",` + inStock + `,"seller":{"name":"Example Shop"}},{"price":"30","priceCurrency":"EUR",` + inStock + `,"seller":{"name":"Third"}}]`)
	for _, tt := range []struct {
		name   string
		change func(*wanted)
		want   string
	}{
		{"as it is", func(*wanted) {}, "in_stock 30 EUR by Third"},
		{"any condition", func(w *wanted) { w.AnyCondition = true }, "in_stock 20 EUR by Quick Bazaar 77 used"},
		{"a seller", func(w *wanted) { w.Sellers = []string{"example shop"} }, "in_stock 40 EUR by Example Shop"},
		{"a seller that has none", func(w *wanted) { w.Sellers = []string{"Nobody"} }, "in_stock 30 EUR by Third"},
	} {
		w := lampPage(t, lampURL)
		tt.change(&w)
		p := mainProduct(productsOf(t, page, lampURL), w)
		if got := brief(p.read(w)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestStructuredEvidence(t *testing.T) {
	page := "<html>\n<head>\n<script type=\"application/ld+json\">\n{\"@type\":\"Product\",\"name\":\"Kestrel 9 Desk Lamp\",\n\"offers\":[{\"availability\":\"SoldOut\"},\n{\"price\":\"49.90\",\"priceCurrency\":\"USD\",\n\"seller\":\"Example Shop\",\"inventoryLevel\":2,\n\"availability\":\"http://schema.org/InStock\"}]}</script>\n</head>"
	w := lampPage(t, lampURL)
	got := mainProduct(productsOf(t, page, lampURL), w).read(w).Evidence
	want := []Evidence{
		{Source: "json-ld", Selector: "Product.offers[1].availability", Line: 8, Text: "http://schema.org/InStock", Says: "in_stock"},
		{Source: "json-ld", Selector: "Product.offers[1].price", Line: 6, Text: "49.90", Says: "price 49.90 USD"},
		{Source: "json-ld", Selector: "Product.offers[1].seller", Line: 6, Text: "Example Shop", Says: "seller Example Shop"},
		{Source: "json-ld", Selector: "Product.offers[1].inventoryLevel", Line: 6, Text: "2", Says: "quantity 2"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("JSON-LD (-want +got):\n%s", d)
	}

	page = "<div itemscope itemtype='http://schema.org/Product'>\n<h1 itemprop=name>Kestrel 9 Desk Lamp</h1>\n<link itemprop=availability href='http://schema.org/OutOfStock'>\n</div>"
	got = mainProduct(productsOf(t, page, lampURL), w).read(w).Evidence
	want = []Evidence{{Source: "microdata", Selector: "Product.availability", Line: 3, Text: "http://schema.org/OutOfStock", Says: "sold_out"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("microdata (-want +got):\n%s", d)
	}

	page = "<meta property=og:type content=product>\n\n<meta property=product:availability content='in stock'>"
	got = mainProduct(productsOf(t, page, lampURL), w).read(w).Evidence
	want = []Evidence{{Source: "opengraph", Selector: `meta[property="product:availability"]`, Line: 3, Text: "in stock", Says: "in_stock"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("meta (-want +got):\n%s", d)
	}

	page = offerOf(`"availability":"` + strings.Repeat("é", 300) + `"`)
	got = mainProduct(productsOf(t, page, lampURL), w).read(w).Evidence
	if len(got) != 1 || len([]rune(got[0].Text)) > 201 || got[0].Says != "unknown" {
		t.Errorf("a long text is not cut: %v", got)
	}
}

// One product, written in JSON-LD, microdata and RDFa, is read alike.
func TestSyntaxesAgree(t *testing.T) {
	values := slices.Sorted(func(yield func(string) bool) {
		for v := range availabilities {
			if !yield(v) {
				return
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		w := wanted{Heading: "Kestrel 9 Desk Lamp"}
		var json, micro, rdf strings.Builder
		for i := range rapid.IntRange(1, 4).Draw(t, "offers") {
			value := rapid.SampledFrom(values).Draw(t, "availability")
			price := fmt.Sprintf("%d.%02d", rapid.IntRange(1, 5000).Draw(t, "units"), rapid.IntRange(0, 99).Draw(t, "cents"))
			seller := rapid.SampledFrom([]string{"Example Shop", "Quick & Bright", "Ünder <3"}).Draw(t, "seller")
			condition := rapid.SampledFrom([]string{"NewCondition", "UsedCondition"}).Draw(t, "condition")
			esc := html.EscapeString(seller)
			if i > 0 {
				json.WriteByte(',')
			}
			fmt.Fprintf(&json, `{"@type":"Offer","availability":%q,"price":%q,"priceCurrency":"EUR","seller":{"@type":"Organization","name":%q},"itemCondition":"https://schema.org/%s"}`, value, price, seller, condition)
			fmt.Fprintf(&micro, `<p itemprop=offers itemscope itemtype="https://schema.org/Offer"><meta itemprop=availability content="%s"><data itemprop=price value="%s">x</data><i itemprop=priceCurrency>EUR</i><span itemprop=seller itemscope itemtype="https://schema.org/Organization"><b itemprop=name>%s</b></span><link itemprop=itemCondition href="https://schema.org/%s"></p>`, value, price, esc, condition)
			fmt.Fprintf(&rdf, `<p property=offers typeof=Offer><meta property=availability content="%s"><data property=price value="%s">x</data><i property=priceCurrency>EUR</i><span property=seller typeof=Organization><b property=name>%s</b></span><link property=itemCondition href="https://schema.org/%s"></p>`, value, price, esc, condition)
		}
		pages := []string{
			ld(`{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":[` + json.String() + `]}`),
			`<div itemscope itemtype="https://schema.org/Product"><h1 itemprop=name>Kestrel 9 Desk Lamp</h1>` + micro.String() + `</div>`,
			`<div vocab="https://schema.org/" typeof=Product><h1 property=name>Kestrel 9 Desk Lamp</h1>` + rdf.String() + `</div>`,
		}
		var first string
		for i, page := range pages {
			doc, err := parse([]byte(page))
			if err != nil {
				t.Fatal(err)
			}
			p := mainProduct(structuredData(doc, nil, priceHint{}), w)
			if p == nil {
				t.Fatalf("no product in %s", page)
			}
			got := brief(p.read(w))
			if i == 0 {
				first = got
			} else if got != first {
				t.Fatalf("JSON-LD says %s, %s says %s\n%s", first, p.Source, got, page)
			}
		}
	})
}

// Hostile pages are read in linear time and end.
func TestStructuredIsBounded(t *testing.T) {
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	item := `<div itemscope itemtype="http://schema.org/Product" itemref="x">`
	pages := map[string]string{
		"many products": ld(`[` + many(5000, func(i int) string { return fmt.Sprintf(`{"@type":"Product","name":"P %d","offers":{%s}},`, i, inStock) }) + `]`),
		"many blocks":   many(5000, func(i int) string { return ld(fmt.Sprintf(`{"@type":"Product","name":"P %d"}`, i)) }),
		"nested items": many(400, func(int) string {
			return `<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">x</b>`
		}),
		"itemref":        many(3000, func(int) string { return item + `</div>` }) + `<div id="x">` + many(3000, func(int) string { return `<b itemprop="name">x</b>` }) + `</div>`,
		"itemref to all": `<div id="x">` + many(2000, func(int) string { return item + `</div>` }) + `</div>`,
		"one id for all": ld(`[` + many(5000, func(i int) string { return fmt.Sprintf(`{"@id":"#p","@type":"Product","p%d":1},`, i) }) + `]`),
		"shared offers": ld(`[{"@id":"#o","@type":"AggregateOffer","offers":[` + many(2000, func(int) string { return `{"price":"1"},` }) + `]},` +
			many(2000, func(i int) string { return fmt.Sprintf(`{"@type":"Product","name":"P %d","offers":{"@id":"#o"}},`, i) }) + `]`),
		"variants of each other": ld(`[` + many(500, func(i int) string {
			return fmt.Sprintf(`{"@id":"#%d","@type":"ProductGroup","hasVariant":[`, i) + many(100, func(k int) string { return fmt.Sprintf(`{"@id":"#%d"},`, k) }) + `]},`
		}) + `]`),
		"deep references": ld(`[` + many(5000, func(i int) string {
			return fmt.Sprintf(`{"@id":"#%d","@type":"WebPage","about":{"@id":"#%d"}},`, i, i+1)
		}) + `]`),
		"long names": ld(`{"@type":"Product","name":"` + strings.Repeat("<1", 200_000) + `"}`),
		"nested RDFa": many(400, func(i int) string {
			return fmt.Sprintf(`<div prefix="a%d: http://schema.org/" typeof="schema:Product">`, i)
		}),
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			w := lampPage(t, lampURL)
			products := productsOf(t, page, lampURL)
			if p := mainProduct(products, w); p != nil {
				p.read(w)
			}
			if d := time.Since(begin); d > 10*time.Second {
				t.Errorf("takes %v", d)
			}
			if len(products) > 4*maxProducts {
				t.Errorf("%d products", len(products))
			}
		})
	}
}

func FuzzStructured(f *testing.F) {
	files, err := filepath.Glob("testdata/structured/*.html")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, page string) {
		doc, err := parse([]byte(page))
		if err != nil {
			return
		}
		base := mustURL(t, lampURL+"?variant=111")
		w := lampPage(t, base.String())
		products := structuredData(doc, base, priceHint{})
		for i := range products {
			r := products[i].read(w)
			if r.Price != nil && !r.Price.Amount.IsPositive() {
				t.Errorf("a price of %s", r.Price.Amount)
			}
			if r.Availability == "" {
				t.Error("no availability, not even unknown")
			}
		}
		first := mainProduct(products, w)
		if all := mainProducts(products, w); (first == nil) != (len(all) == 0) {
			t.Error("mainProduct and mainProducts disagree")
		}
	})
}
