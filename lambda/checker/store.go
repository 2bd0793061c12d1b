package checker

import "regexp"

// Store is a preset: how one shop's, or one shop software's, pages are read.
// Presets are data, one file each in stores/.
type Store struct {
	Name  string
	Hosts []string    // domains, each with all its subdomains
	Marks []*Selector // any of them on a page tells the shop software, whatever the host

	Blocked *BlockMarks
	Product *ProductRules // nil: product pages are read generically
	Listing *ListingRules // nil: listings are read generically

	// OnlyStructured reads availability and price from the structured data
	// alone: for shops whose visible page says nothing.
	OnlyStructured bool
}

// BlockMarks tell a page that stands in the way of the one asked for.
type BlockMarks struct {
	URL    []*regexp.Regexp // on the final URL
	Title  []*regexp.Regexp // on the page's title
	Select []*Selector      // any match in the page
}

// ProductRules read a page of one product.
type ProductRules struct {
	Is     *Selector // a page with it is a product page; nil: a page that is no listing
	Title  []*Selector
	Price  []*Selector // the first that gives a price
	Seller []*Selector
	Stock  []StockRule // the first that matches
}

// ListingRules read a page of many products.
type ListingRules struct {
	Item   *Selector // one product card; a page with one is a listing
	Skip   *Selector // cards that match are no products (advertisements); nil: none
	Title  []*Selector
	Link   []*Selector
	Price  []*Selector
	Seller []*Selector
	SKU    string // attribute of the card that holds the sku; "": none
	Next   *Selector
	Stock  []StockRule
}

// StockRule says the availability of an item that has a matching element.
type StockRule struct {
	Select *Selector      // inside the page, or inside or at the card
	Text   *regexp.Regexp // nil: any text
	Is     Availability   // "": what the element's own words say, in any language
}
