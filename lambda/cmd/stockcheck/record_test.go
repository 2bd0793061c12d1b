package main

import (
	"testing"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

func TestWithoutPersonal(t *testing.T) {
	for _, tt := range []struct{ page, want string }{
		{`<meta name="csrf-token" content="a1b2c3">`, `<meta name="csrf-token" content="removed">`},
		{`<meta content="a1b2c3" name="csrf-token">`, `<meta content="removed" name="csrf-token">`},
		{`<input type=hidden name=authenticity_token value="a1b2c3">`, `<input type=hidden name=authenticity_token value="removed">`},
		{`{"accessToken":"a1b2c3d4","sku":"KD-9"}`, `{"accessToken":"removed","sku":"KD-9"}`},
		{`data-session-id='a1b2c3d4'`, `data-session-id='removed'`},
		{`href="/cart?sku=1&token=a1b2"`, `href="/cart?sku=1&token=removed"`},
		{`Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl`, `Bearer removed`},
		{`Write to ann.lee+shop@mail.example.`, `Write to someone@example.com.`},
		{`<b>203.0.113.7</b>`, `<b>192.0.2.1</b>`},

		// What is no secret stays.
		{`<meta name="description" content="a1b2c3">`, `<meta name="description" content="a1b2c3">`},
		{`<input name="quantity" value="1">`, `<input name="quantity" value="1">`},
		{`{"sku":"KD-9-0123456789"}`, `{"sku":"KD-9-0123456789"}`},
		{`<p>Version 1.2.3.4 of it, 49.90 USD</p>`, `<p>Version 1.2.3.4 of it, 49.90 USD</p>`},
		{"caf\xe9 49,90 \x80", "caf\xe9 49,90 \x80"},
	} {
		if got := string(withoutPersonal([]byte(tt.page))); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.page, got, tt.want)
		}
	}
}

func TestWithoutTokens(t *testing.T) {
	for _, tt := range []struct{ address, want string }{
		{"https://shop.example/p/kestrel-9?variant=111", "https://shop.example/p/kestrel-9?variant=111"},
		{"https://ann:hunter2@shop.example/p?b=2&access_token=x&a=1", "https://shop.example/p?b=2&access_token=removed&a=1"},
		{"https://shop.example/p?SessionID=x#red", "https://shop.example/p?SessionID=removed#red"},
	} {
		if got := withoutTokens(tt.address); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.address, got, tt.want)
		}
	}
}

// Each kind of error has its word in the corpus.
func TestExpectedOfErrors(t *testing.T) {
	for kind, want := range map[page.Kind]string{
		page.Blocked: "blocked", page.Queue: "blocked", page.HTTP: "error", page.Unsupported: "error", page.TooLarge: "error",
		page.Moved: "gone", page.Layout: "unknown", page.Unsure: "unknown", page.SKU: "unknown",
	} {
		got := expected(watch.Answer{Availability: checker.Unknown, Error: &watch.AnswerError{Kind: kind}})
		if got.Availability != want || got.InStock != nil || got.Price != nil {
			t.Errorf("%s: %+v, want %s", kind, got, want)
		}
	}
}
