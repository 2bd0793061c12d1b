package watch

import (
	"time"

	"stockchecker/lambda/checker"
)

// Alert is one thing to tell people. It is made when the change is recorded and
// stands in the state until it is sent, so it holds all that a message needs.
type Alert struct {
	// ID is the same each time the alert is sent, on every channel: a receiver
	// can know by it what it has had already.
	ID       string      `json:"id"`
	Checker  string      `json:"checker"`
	URL      string      `json:"url"`
	Status   Status      `json:"status"`
	At       time.Time   `json:"at"`               // when the page was read
	Items    []AlertItem `json:"items,omitempty"`  // newly in stock, gone, or dropped, as Status says
	Others   []AlertItem `json:"others,omitempty"` // what changed besides: each says how in Change
	Reason   string      `json:"reason,omitempty"` // of CHECK_FAILED: what is wrong, for a person; of INITIALIZED: why the checker began anew
	Kind     string      `json:"kind,omitempty"`   // of CHECK_FAILED: the page.Kind
	Failures int         `json:"failures,omitempty"`
	Since    *time.Time  `json:"since,omitempty"` // of CHECK_FAILED and CHECK_RECOVERED: failing since
	InStock  int         `json:"inStock"`         // items in stock after the change
	Total    int         `json:"total"`           // items known
	// Late is set where the alert stands for earlier ones too, which the channel
	// did not take.
	Late *Late `json:"late,omitempty"`
}

// AlertItem is an item as it is told.
type AlertItem struct {
	Key          string               `json:"key,omitempty"` // in State.Items, as long as it is there
	Title        string               `json:"title"`
	Link         string               `json:"link"`
	Availability checker.Availability `json:"availability"`
	Price        *checker.Price       `json:"price,omitempty"`
	WasPrice     *checker.Price       `json:"wasPrice,omitempty"` // of a price drop
	Seller       string               `json:"seller,omitempty"`
	Quantity     *int                 `json:"quantity,omitempty"`
	Change       string               `json:"change,omitempty"` // "in_stock", "gone", "price_drop"
	// Notes is what could not be compared, in words for the message, such as
	// "price unknown", "price in EUR, not compared", "seller unknown".
	Notes []string `json:"notes,omitempty"`
}
