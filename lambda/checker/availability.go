package checker

// Availability is what a page says of an item. Whether that means "in stock" is
// decided for each checker, by its countAsInStock.
type Availability string

// The availabilities that a page can say. Their meaning is that of schema.org's
// ItemAvailability of the same name.
const (
	Unknown      Availability = "unknown"
	InStock      Availability = "in_stock"
	Limited      Availability = "limited"
	InStoreOnly  Availability = "in_store_only"
	OnlineOnly   Availability = "online_only"
	PreOrder     Availability = "preorder"
	PreSale      Availability = "presale"
	BackOrder    Availability = "backorder" // also MadeToOrder
	SoldOut      Availability = "sold_out"  // also Reserved
	Discontinued Availability = "discontinued"
)

func (a Availability) known() bool {
	switch a {
	case Unknown, InStock, Limited, InStoreOnly, OnlineOnly, PreOrder, PreSale, BackOrder, SoldOut, Discontinued:
		return true
	}
	return false
}
