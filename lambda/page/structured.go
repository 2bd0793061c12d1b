package page

import (
	"net/url"

	"golang.org/x/net/html"

	"stockchecker/lambda/checker"
)

// product is one product of a page's structured data: JSON-LD, microdata, RDFa,
// or the OpenGraph and product meta elements.
type product struct {
	Source   string   // "json-ld", "microdata", "rdfa", "opengraph"
	Line     int      // of the page where it begins, 0: not known
	Name     string   // decoded, one line
	URL      string   // absolute
	IDs      []string // sku, productID, mpn, gtin…, the sku first
	SKU      string
	Offers   []offer
	Variants []product // of a ProductGroup
	InList   bool      // an element of an ItemList, or of a search result
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
}

// structuredData reads all products that the page's structured data has, in
// the order of the page. body is the page as UTF-8, for the line numbers.
func structuredData(doc *html.Node, body []byte, base *url.URL, hint priceHint) []product {
	return nil
}

// wanted is what tells the main product among several.
type wanted struct {
	Asked, Final, Canonical *url.URL // Canonical may be nil
	Heading                 string   // the page's main h1, "" if none
	Title                   string   // of the document
	SKU                     string   // the checker's, "" if none
}

// mainProduct picks the page's main product, or nil when none or no single one
// can be told for certain. A list's elements are main only when the URL, the
// sku or the heading says so.
func mainProduct(products []product, w wanted) *product { return nil }

// reading is what structured data says of one product.
type reading struct {
	Availability checker.Availability
	Price        *checker.Price
	Seller       string
	Condition    string
	Quantity     *int
	SKU          string
	Evidence     []Evidence // Won is not set
}

// read decides what the product's offers say together: those of the variant
// that the URL names, else any in stock counts.
func (p *product) read(w wanted) reading { return reading{} }
