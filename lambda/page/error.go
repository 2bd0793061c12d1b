package page

import "time"

// Kind says why a page gives no answer.
type Kind string

// The kinds of Error.
const (
	Network     Kind = "network"     // not reached
	HTTP        Kind = "http"        // a status that is no page
	Blocked     Kind = "blocked"     // captcha, bot rule, login or consent wall
	Queue       Kind = "queue"       // a waiting room
	Moved       Kind = "moved"       // another page than the one asked for
	SKU         Kind = "sku"         // another product than the checker's sku
	Layout      Kind = "layout"      // a known page in which the known places are empty
	Unsupported Kind = "unsupported" // no page: a content type or encoding that can't be read
	TooLarge    Kind = "too_large"
	Unsure      Kind = "unknown" // readable, and says nothing certain of stock
)

// Error is why a page gives no answer. Its message is one line for a person:
// what was found, and what to do.
type Error struct {
	Kind       Kind
	Message    string
	Status     int           // HTTP status, 0 where there was none
	RetryAfter time.Duration // what the shop asked for, 0: nothing
	Evidence   []Evidence
	Items      []Item `json:",omitempty"` // those of which all but the availability could be read
}

func (e *Error) Error() string { return e.Message }
