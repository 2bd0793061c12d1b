// Package page reads shop pages: bytes in, items with evidence out.
//
// Read is its one entry. It is pure: what it answers depends on nothing but the
// response and the checker, it keeps nothing and changes nothing. It reads
// facts; what they mean for a checker is decided by package watch. A page that
// cannot be read for certain is an *Error, never a guess.
package page

import (
	"net/http"

	"stockchecker/lambda/checker"
)

// Response is a page as the shop sent it.
type Response struct {
	URL    string // as asked for
	Final  string // after redirects
	Status int
	Header http.Header
	Body   []byte // without content encoding, in the charset of the page
}

// Page is what a page says.
type Page struct {
	URL     string // the final one
	Listing bool   // many products; otherwise Items is the main product alone
	Items   []Item // never empty
	Next    string // URL of the listing's next page, "" at the last
}

// Item is one product on a page.
type Item struct {
	Key          string // sku, else link without tracking parameters, else normalised title
	SKU          string // "" where the page has none
	Title        string
	Link         string // absolute
	Availability checker.Availability
	Price        *checker.Price // nil: not read
	Seller       string         // "": not read
	Condition    string         // "new", "used" or "refurbished"; "": not read
	Quantity     *int           // nil: not read
	Evidence     []Evidence     // what made us say so, the decisive first
}

// Evidence is one thing on the page that says something of an item.
type Evidence struct {
	Source   string `json:"source"`             // such as "json-ld", "buy-box", "select.price", "store newegg"
	Selector string `json:"selector,omitempty"` // of the element, or the path in the data
	Line     int    `json:"line,omitempty"`     // of the page, from 1
	Text     string `json:"text"`               // as the page has it, cut at 200 characters
	Says     string `json:"says"`               // such as "sold_out", "price 49.90 USD", "seller Example Shop"
	Won      bool   `json:"won"`
}
