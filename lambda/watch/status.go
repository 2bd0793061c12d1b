package watch

// Status is the outcome of a check, and the kind of an alert.
type Status string

// The outcomes of a check.
const (
	Initialized    Status = "INITIALIZED"
	ItemsInStock   Status = "ITEMS_IN_STOCK"
	ItemsGone      Status = "ITEMS_GONE"
	ItemsSomeGone  Status = "ITEMS_SOME_GONE"
	PriceDrop      Status = "PRICE_DROP"
	CheckFailed    Status = "CHECK_FAILED"
	CheckRecovered Status = "CHECK_RECOVERED"
	NoChange       Status = "NO_CHANGE"
)
