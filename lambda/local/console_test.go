package local

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

func lampAlert() watch.Alert {
	return watch.Alert{
		Checker: "lamp", URL: "https://shop.example/p/kestrel-9", Status: watch.ItemsInStock,
		At: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC), InStock: 1, Total: 1,
		Items: []watch.AlertItem{{
			Title: "Kestrel\x1b[2J 9 Desk Lamp", Link: "https://shop.example/p/kestrel-9", Availability: checker.InStock,
			Price: &checker.Price{Amount: decimal.RequireFromString("49.9"), Currency: "USD"},
		}},
	}
}

func TestConsole(t *testing.T) {
	const plain = `
━━━ Kestrel[2J 9 Desk Lamp in stock at $49.90 · shop.example
┃ https://shop.example/p/kestrel-9
┃
┃ Kestrel[2J 9 Desk Lamp
┃ in stock at $49.90
┃ Shop: shop.example
┃
┃ In stock now: 1 of 1 item
┃ Checker: lamp
┃ Page: https://shop.example/p/kestrel-9
┃ Checked: 2026-03-14 09:26:53 UTC
━━━ ITEMS_IN_STOCK

`
	const head = "━━━ Kestrel[2J 9 Desk Lamp in stock at $49.90 · shop.example"
	for _, test := range []struct {
		name   string
		colour bool
		want   string
	}{
		{"plain", false, plain},
		{"colour", true, strings.Replace(plain, head, "\x1b[1;32m"+head+"\x1b[0m", 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := NewConsole(&out, test.colour, false).Send(t.Context(), lampAlert()); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestConsoleKeepsAlertsApart(t *testing.T) {
	var out bytes.Buffer // the race detector sees writes that meet
	c := NewConsole(&out, false, false)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := c.Send(t.Context(), lampAlert()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	var one bytes.Buffer
	if err := NewConsole(&one, false, false).Send(t.Context(), lampAlert()); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), strings.Repeat(one.String(), 8); got != want {
		t.Errorf("8 alerts at once are not the same 8 in a row:\n%s", got)
	}
}

// The bell rings for news, and not for each product at the start.
func TestConsoleBell(t *testing.T) {
	for status, want := range map[watch.Status]bool{
		watch.Initialized: false, watch.ItemsInStock: true, watch.ItemsGone: true, watch.PriceDrop: true, watch.CheckFailed: true, watch.CheckRecovered: true,
	} {
		for _, bell := range []bool{true, false} {
			var out bytes.Buffer
			a := lampAlert()
			a.Status = status
			if err := NewConsole(&out, false, bell).Send(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(out.String(), "\a"); got != map[bool]int{true: 1}[want && bell] {
				t.Errorf("%s, bell %v: it rings %d times", status, bell, got)
			}
		}
	}
}

type brokenPipe struct{}

var errPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestConsoleErrors(t *testing.T) {
	if err := NewConsole(brokenPipe{}, false, false).Send(t.Context(), lampAlert()); !errors.Is(err, errPipe) {
		t.Errorf("got error %v, want that of the writer", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if err := NewConsole(&out, false, false).Send(ctx, lampAlert()); !errors.Is(err, context.Canceled) || out.Len() > 0 {
		t.Errorf("after its context ended: error %v, printed %q", err, out.String())
	}
	if got := NewConsole(&out, false, false).Channel(); got != "console" {
		t.Errorf("Channel() = %q", got)
	}
}
