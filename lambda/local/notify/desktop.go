package notify

import (
	"context"
	"fmt"

	"stockchecker/lambda/watch"
)

// desktop shows alerts where notifications of the desktop appear.
type desktop struct {
	name  string
	words Words
}

var _ watch.Notifier = (*desktop)(nil)

// Channel implements watch.Notifier.
func (d *desktop) Channel() string { return d.name }

// maxPopup is about what a notification shows.
const maxPopup = 300

// Send implements watch.Notifier.
func (d *desktop) Send(ctx context.Context, a watch.Alert) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	t := d.words.text(a)
	body := t.body(maxPopup)
	if d.words.short != nil {
		body = t.short
	}
	f := watch.NewFields(a)
	if err := popUp(ctx, popup{title: cutBytes(t.subject, maxPopup), body: cutBytes(body, maxPopup), link: f.Link, urgent: a.Status == watch.ItemsInStock}); err != nil {
		return fmt.Errorf("show on the desktop: %w", err)
	}
	return nil
}

// popup is a notification. Its texts come from a page: they are data for whatever
// shows them, never part of a command.
type popup struct {
	title, body, link string
	urgent            bool
}
