package watch

import (
	"time"

	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
)

// Fields is an alert as templates of a user's own see it: texts that are safe on
// one line, "" where nothing is known.
type Fields struct {
	// The built-in texts, to fall back on.
	Subject, Body, Short string

	Status  string // such as ITEMS_IN_STOCK
	Checker string
	Page    string // the checker's url
	// Of the first item, or of the page where there is none.
	Title, Link, Shop       string
	Price, WasPrice, Seller string
	Availability            string // such as in_stock
	Items, Others           []ItemFields
	InStock, Total          int       // items in stock, and all that the page lists
	Reason, Advice          string    // of CHECK_FAILED: what is wrong, and what to do
	Failures                int       // in a row
	Time, Since             time.Time // when the page was read; blind since
	Late                    int       // how many messages this one stands for, if not one
}

// ItemFields is an item of Fields.
type ItemFields struct {
	Title, Link, Shop       string
	Price, WasPrice, Seller string
	Availability            string
	Change                  string // in_stock, gone or price_drop
	Says                    string // the change in words, such as "in stock at $49.90"
	Quantity                int    // 0: not known
	Notes                   []string
}

// NewFields are the fields of an alert.
func NewFields(a Alert) Fields {
	m := NewMessage(a)
	a = cleaned(a)
	f := Fields{
		Subject: m.Headline, Body: m.Body, Short: m.SMS,
		Status: string(a.Status), Checker: a.Checker, Page: a.URL, Title: a.Checker, Link: mainLink(a), Shop: shop(mainLink(a)),
		InStock: a.InStock, Total: a.Total, Reason: a.Reason, Failures: a.Failures, Time: a.At,
	}
	for _, item := range a.Items {
		f.Items = append(f.Items, fieldsOf(item, a.Status.kind()))
	}
	for _, item := range a.Others {
		f.Others = append(f.Others, fieldsOf(item, item.Change))
	}
	if len(f.Items) > 0 {
		first := f.Items[0]
		f.Title, f.Price, f.WasPrice, f.Seller, f.Availability = first.Title, first.Price, first.WasPrice, first.Seller, first.Availability
	}
	if a.Status == CheckFailed {
		f.Advice = adviceFor(a)
	}
	if a.Since != nil {
		f.Since = *a.Since
	}
	if a.Late != nil {
		f.Late = a.Late.Messages
	}
	return f
}

func fieldsOf(item AlertItem, kind string) ItemFields {
	if item.Change != "" {
		kind = item.Change
	}
	item.Change = kind
	f := ItemFields{
		Title: titleOf(item), Link: item.Link, Shop: shop(item.Link), Price: money(item.Price), WasPrice: money(item.WasPrice), Seller: item.Seller,
		Availability: string(item.Availability), Change: kind, Says: change(item), Notes: item.Notes,
	}
	if item.Quantity != nil {
		f.Quantity = *item.Quantity
	}
	return f
}

// Examples are alerts of every status, for trying templates and channels.
func Examples(at time.Time) []Alert {
	link := "https://shop.example/p/kestrel-9"
	since := at.Add(-10 * time.Minute)
	lamp := AlertItem{Title: "Kestrel 9 Desk Lamp", Link: link, Availability: "in_stock", Price: &checker.Price{Amount: decimal.New(4990, -2), Currency: "USD"}}
	heron := AlertItem{Title: "Heron Floor Lamp", Link: "https://shop.example/p/heron", Availability: "sold_out", Change: wentGone}
	alert := func(status Status, items ...AlertItem) Alert {
		return Alert{ID: "example", Checker: "lamp", URL: link, Status: status, At: seconds(at), Items: items, InStock: len(items), Total: 2}
	}
	cheaper := lamp
	cheaper.Price, cheaper.WasPrice = &checker.Price{Amount: decimal.New(3990, -2), Currency: "USD"}, lamp.Price
	inStock := alert(ItemsInStock, lamp)
	inStock.Others = []AlertItem{heron}
	gone, someGone := alert(ItemsGone, heron), alert(ItemsSomeGone, heron)
	gone.InStock = 0
	failed, recovered := alert(CheckFailed), alert(CheckRecovered)
	failed.Kind, failed.Reason, failed.Failures, failed.Since = "blocked", "the shop shows a captcha instead of the page", 3, &since
	recovered.Failures, recovered.Since = 3, &since
	return []Alert{inStock, alert(Initialized), alert(Initialized, lamp), gone, someGone, alert(PriceDrop, cheaper), failed, recovered}
}
