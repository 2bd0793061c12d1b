package checker

import (
	"regexp"
	"strings"
)

// Store is a preset: how one shop's, or one shop software's, pages are read.
// Presets are data, one file each in stores/.
type Store struct {
	Name  string
	Hosts []string    // domains, each with all its subdomains
	Marks []*Selector // any of them on a page tells the shop software, whatever the host

	Blocked *BlockMarks
	Product *ProductRules // nil: product pages are read generically
	Listing *ListingRules // nil: listings are read generically

	ID       []*regexp.Regexp // on a page's URL: the group of the first that matches is the product's number
	Currency string           // ISO code of all its prices; "": as the page says
	Advice   string           // what its users can do where its pages can't be read; "": nothing

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
	Is     *Selector   // a page with it is a product page; nil: a page that is no listing
	Data   []DataRules // the first that finds a product
	Title  []*Selector
	Price  []*Selector // the first that gives a price
	Seller []*Selector
	Stock  []StockRule // the first that matches

	Condition []ConditionRule // the first that matches
}

// ListingRules read a page of many products: its data, its cards, or both.
type ListingRules struct {
	Data   []DataRules // the first that finds products
	Item   *Selector   // one product card; a page with one is a listing; nil: Data alone tells
	Skip   *Selector   // cards that match are no products (advertisements); nil: none
	Title  []*Selector
	Link   []*Selector
	Price  []*Selector
	Seller []*Selector
	SKU    string // attribute of the card that holds the sku; "": none
	Next   *Selector
	Stock  []StockRule

	Condition []ConditionRule
}

// StockRule says the availability of an item that has a matching element.
type StockRule struct {
	Select    *Selector      // inside the page, or inside or at the card
	ID        string         // what the element's id must be, with {id} for the product's number; "": any
	Text      *regexp.Regexp // nil: any text; its group named quantity is that
	Is        Availability   // "": what the element's own words say, in any language; Unknown: that nothing is certain, whatever else the page says
	Condition string         // "used" or "refurbished" where the rule finds only such; "": not said
}

// ConditionRule says whether an item that has a matching element is new.
type ConditionRule struct {
	Select *Selector
	Text   *regexp.Regexp // nil: any text
	Is     string         // "new", "used" or "refurbished"; "": what the element's own words say
}

// DataRules read products in JSON: that which a page carries for its own scripts,
// or a response that is JSON as a whole. What an offer has (price, seller, stock)
// is looked for in each of the product's variants first, then in the product.
type DataRules struct {
	Select *Selector      // the elements with the JSON; nil: the response is JSON
	Attr   string         // the attribute that holds it; "": the element's text
	URL    *regexp.Regexp // the addresses that the rules are for; nil: any

	At         Path // the product; on a listing, with [*], each of them; none: the JSON as a whole
	Variants   Path // of the product, with [*]; none: it has none
	Parameters Path // of a variant: an object of the parameters by which a URL names it; none: its sku and ids do

	Title     []Path // in each list the first with a value counts
	SKU       []Path
	IDs       []Path // further numbers by which a URL or a checker's sku names the product or the variant
	Link      string // with {path} for a value; "": the page's own
	Price     []Path
	Currency  []Path
	Cents     bool // prices are in the hundredth part of the currency
	Seller    []Path
	Shop      string // the seller where the data names none
	Condition []DataRule
	Stock     []DataRule
	Quantity  []Path
}

// String is the place in the page, for people.
func (d *DataRules) String() string {
	in := "JSON"
	if d.Select != nil {
		in = d.Select.String()
	}
	return strings.TrimSpace(in + " " + d.At.String())
}

// DataRule says what a value means.
type DataRule struct {
	Path Path
	Text *regexp.Regexp // nil: any value
	Is   string         // an Availability, or a condition; "": what a truth value, a count or a word says
}
