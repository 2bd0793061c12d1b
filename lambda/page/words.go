package page

import "stockchecker/lambda/checker"

// saying is what words on a page say of stock.
type saying struct {
	Availability checker.Availability
	Phrase       string // the phrase that was found, as it stands in the data
	Quantity     *int   // of "only 3 left", "0 in stock"
}

// labelSays reads a short text of the buy box or of a product card, such as
// "Only 3 left in stock", "Nicht verfügbar", "Pickup available at 3 stores".
func labelSays(text string) (saying, bool) { return saying{}, false }

// control is what a button or link does, by its words.
type control string

const (
	buy         control = "buy"           // add to cart, buy now: what it sells can be had
	preOrder    control = "preorder"      // pre-order now
	backOrder   control = "backorder"     // order on back-order
	notify      control = "notify"        // tell me when it is back: it can't be had
	soldOut     control = "sold_out"      // a button that reads "Sold out"
	inStoreOnly control = "in_store_only" // find a store, pick up only
)

// controlSays reads the label of a button or link, such as "Add to basket",
// "In den Warenkorb", "Notify me when available". Labels of other controls
// ("Add to wishlist", "Compare") say nothing.
func controlSays(label string) (control, bool) { return "", false }

// headsRelated tells whether a heading begins a part of the page that shows
// other products: "You may also like", "Kunden kauften auch", "Recently viewed".
func headsRelated(heading string) bool { return false }
