package watch_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
	"stockchecker/lambda/watch/storetest"
)

// shop is a Fetcher of a shop with one product.
type shop struct{ availability string }

func (s *shop) Fetch(_ context.Context, _ *checker.Checker, url string) (*page.Response, error) {
	body := `<!DOCTYPE html><title>Kestrel 9</title><h1>Kestrel 9</h1><script type="application/ld+json">
		{"@context": "https://schema.org", "@type": "Product", "name": "Kestrel 9", "sku": "k9", "url": "` + url + `",
		 "offers": {"@type": "Offer", "price": "49.90", "priceCurrency": "USD", "availability": "https://schema.org/` + s.availability + `"}}</script>`
	return &page.Response{URL: url, Final: url, Status: 200, Body: []byte(body)}, nil
}

// printer is a Notifier that prints.
type printer struct{}

func (printer) Channel() string { return "print" }

func (printer) Send(_ context.Context, a watch.Alert) error {
	fmt.Println(a.Status)
	for _, item := range a.Items {
		fmt.Println(" ", item.Title, item.Price)
	}
	return nil
}

func Example() {
	definition, err := checker.ParseDefinition([]byte(`{"name": "kestrel-9", "url": "https://shop.example/p/kestrel-9"}`))
	if err != nil {
		log.Fatal(err)
	}
	c, err := checker.Resolve(definition)
	if err != nil {
		log.Fatal(err)
	}
	s, ids := &shop{"OutOfStock"}, 0
	w := &watch.Watcher{
		Store: new(storetest.Memory), Fetcher: s, Notifiers: []watch.Notifier{printer{}}, Now: time.Now,
		NewID: func() string { ids++; return fmt.Sprint("id-", ids) },
	}
	for _, s.availability = range []string{"OutOfStock", "InStock", "InStock", "SoldOut"} {
		if _, err := w.Check(context.Background(), c); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// INITIALIZED
	// ITEMS_IN_STOCK
	//   Kestrel 9 49.90 USD
	// ITEMS_GONE
	//   Kestrel 9 49.90 USD
}
