// Package watch is the core: it compares what a page says with what people were
// told, and tells them what changed, at least once and without false alarms.
//
// Watcher.Check is its one entry, one check of one checker. The core has no
// clock, network or storage of its own; they are the ports of this file.
package watch

import (
	"context"
	"errors"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// Limits that hold on every platform. A lease must outlive the check that took
// it, or two runs would send the same entry.
const (
	CheckTimeout = 28 * time.Second
	Lease        = 45 * time.Second
)

// ErrConflict is what Store.Save returns, wrapped, when the version does not
// hold any more (or the object is there, where none was expected).
var ErrConflict = errors.New("changed by another run")

// AsideTime is how the time stands in the name of what was set aside.
const AsideTime = "20060102T150405.000Z"

// Store keeps one object a checker. Implementations pass the suite of package
// storetest.
type Store interface {
	// Load returns the object and its version, or nil and "" if there is none.
	Load(ctx context.Context, name string) (data []byte, version string, err error)
	// Save replaces the object if its version is still the given one; version
	// "" means that there must be none. It returns the new version. When the
	// version does not hold, the error wraps ErrConflict and nothing is changed.
	// Any other error leaves open whether the object was replaced.
	Save(ctx context.Context, name string, data []byte, version string) (newVersion string, err error)
	// SetAside keeps a copy of an object that cannot be read, beside the object and
	// where no Load finds it, and returns that place. The object stays as it is.
	SetAside(ctx context.Context, name string, data []byte, at time.Time) (place string, err error)
}

// Lister is a Store that can say what it holds.
type Lister interface {
	Store
	// Versions gives the names of all objects, each with a text that differs
	// after the object was saved. It is not the version that Save takes. It reads
	// no object, so that it may be asked often.
	Versions(ctx context.Context) (map[string]string, error)
}

// Fetcher gets pages.
type Fetcher interface {
	// Fetch gets the checker's page at the given URL (that of the checker, or a
	// further page of its listing), and ends when ctx does. An error is a
	// *page.Error, or the context's.
	Fetch(ctx context.Context, c *checker.Checker, url string) (*page.Response, error)
}

// Revisitor is a Fetcher that can ask whether a page has changed.
type Revisitor interface {
	Fetcher
	// Revisit is Fetch for a page of which the last response is known, its body
	// apart. An answer with status 304 says that the page is still that one.
	Revisit(ctx context.Context, c *checker.Checker, url string, last *page.Response) (*page.Response, error)
}

// Notifier is one channel to people.
type Notifier interface {
	// Channel is its name, unique and stable: it stands in the state.
	Channel() string
	// Send delivers one alert, and ends when ctx does. After an error it is sent
	// again by a later check, with the same Alert.ID.
	Send(ctx context.Context, a Alert) error
}

// EvidenceKeeper keeps the page that was read with an alert or a first failure.
type EvidenceKeeper interface {
	// Keep stores the page under the checker's name. It is best effort: an error
	// is reported and changes nothing else.
	Keep(ctx context.Context, name string, at time.Time, why Status, body []byte) error
}
