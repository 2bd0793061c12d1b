package local_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local"
	"stockchecker/lambda/watch"
)

func ExampleLoop_Once() {
	lamp := &checker.Checker{Name: "lamp", URL: "https://shop.example/p/kestrel-9", Every: time.Minute, Enabled: true}

	loop := local.NewLoop(local.Limits{Concurrent: 4})
	// In place of a watcher's Check.
	check := func(ctx context.Context, c *checker.Checker) (watch.Report, error) {
		return watch.Report{Checker: c.Name, Status: watch.NoChange}, nil
	}
	err := loop.Once(context.Background(), []*checker.Checker{lamp}, check, func(c *checker.Checker, r watch.Report, err error) {
		fmt.Println(c.Name, r.Status, err)
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// lamp NO_CHANGE <nil>
}

func ExampleConsole() {
	console := local.NewConsole(os.Stdout, false, false)
	err := console.Send(context.Background(), watch.Alert{
		Checker: "lamp", URL: "https://shop.example/p/kestrel-9", Status: watch.ItemsGone,
		Items: []watch.AlertItem{{Title: "Kestrel 9 Desk Lamp", Link: "https://shop.example/p/kestrel-9"}},
		At:    time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC), Total: 1,
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// ━━━ Kestrel 9 Desk Lamp no longer in stock · shop.example
	// ┃ https://shop.example/p/kestrel-9
	// ┃
	// ┃ Kestrel 9 Desk Lamp
	// ┃ no longer in stock
	// ┃ Shop: shop.example
	// ┃
	// ┃ In stock now: 0 of 1 item
	// ┃ Checker: lamp
	// ┃ Page: https://shop.example/p/kestrel-9
	// ┃ Checked: 2026-03-14 09:26:53 UTC
	// ━━━ ITEMS_GONE
}
