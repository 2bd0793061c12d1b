package main

import (
	"strings"
	"testing"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

func TestName(t *testing.T) {
	item := func(title string) watch.Answer { return watch.Answer{Items: []watch.AnswerItem{{Title: title}}} }
	listing := watch.Answer{Listing: true, Items: []watch.AnswerItem{{Title: "Kestrel 9"}}}
	tests := []struct {
		answer    watch.Answer
		url, want string
	}{
		{item("Kestrel 9 Desk Lamp"), "https://shop.example/x", "kestrel-9-desk-lamp"},
		{item("  Crème Brûlée — Größe XL (2024) "), "https://shop.example/x", "creme-brulee-grosse-xl-2024"},
		{item("L'Oréal Men's Ørsted"), "https://shop.example/x", "loreal-mens-orsted"},
		{item("NVIDIA GeForce RTX 5090 Founders Edition 32 GB"), "https://shop.example/x", "nvidia-geforce-rtx-5090-founders-edition"},
		{item(strings.Repeat("x", 50)), "https://shop.example/x", strings.Repeat("x", 40)},
		{item("プレイステーション"), "https://shop.example/goods/ps5-slim.html", "ps5-slim"},
		{item("商品 PS5"), "https://shop.example/x", "ps5"},
		{listing, "https://www.newegg.com/p/pl?d=rtx+5090", "rtx-5090"},
		{listing, "https://shop.example/c/desk-lamps/12345/", "desk-lamps"},
		{watch.Answer{}, "https://shop.example/dp/B0CL61F39H", "b0cl61f39h"},
		{watch.Answer{}, "https://www.shop.example/", "shop-example"},
		{watch.Answer{}, "https://www.shop.example/123/4", "shop-example"},
		{watch.Answer{}, "https://xn--fiqs8s/", "xn-fiqs8s"},
		{watch.Answer{}, "https://商店.example/", "example"},
	}
	for _, tt := range tests {
		got := nameFor(tt.answer, tt.url)
		if got != tt.want {
			t.Errorf("name for %+v at %s: %q, want %q", tt.answer.Items, tt.url, got, tt.want)
		}
		if _, err := checker.ParseDefinition([]byte(`{"name": "` + got + `", "url": "https://shop.example/"}`)); err != nil {
			t.Error(err)
		}
	}
}

func TestFreeName(t *testing.T) {
	long := strings.Repeat("x", 38) + "-y"
	for _, tt := range []struct {
		taken      []string
		name, want string
	}{
		{nil, "lamp", "lamp"},
		{[]string{"lamp"}, "lamp", "lamp-2"},
		{[]string{"lamp", "lamp-2", "lamp-3"}, "lamp", "lamp-4"},
		{[]string{long}, long, strings.Repeat("x", 38) + "-2"},
	} {
		if got := freeName(tt.taken, tt.name); got != tt.want {
			t.Errorf("%q beside %q: %q, want %q", tt.name, tt.taken, got, tt.want)
		}
	}
}
