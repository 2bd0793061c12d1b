package page

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"stockchecker/lambda/checker"
)

// FuzzRead holds what is true of every page: it is read without a panic, an
// error is an *Error with a message, and an answer has evidence that won.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"testdata/stores/*/*.html", "../cases/testdata/*/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, file := range files {
			if body, err := os.ReadFile(file); err == nil && len(body) < 64<<10 {
				f.Add(body, "text/html; charset=utf-8")
			}
		}
	}
	for _, body := range []string{
		`<script id="__NEXT_DATA__" type="application/json">{"product":{"name":"Kestrel 9 Desk Lamp","url":"/p/kestrel-9","stock":{"level":4},"variants":[{"id":1,"available":true}],"price":{"value":49.9}}}</script>`,
		`<script>dataLayer.push({'items':[{'name':'Kestrel 9 Desk Lamp','inStock':!0}]}); window.__NUXT__=JSON.parse("{\"soldOut\":true}")</script>`,
	} {
		f.Add([]byte(productPage(body)), "text/html")
	}
	checkers := []*checker.Checker{
		resolve(f, plain),
		resolve(f, `{"name": "cards", "url": "https://shop.example/c/lamps", "select": {"item": ".card, li, div", "inStock": ".yes", "outOfStock": ".no"}, "sku": "KD-9"}`),
		resolve(f, `{"name": "data", "url": "https://www.walmart.com/search?q=kestrel", "condition": "any"}`),
		resolve(f, `{"name": "cards-and-data", "url": "https://www.newegg.com/p/pl?d=kestrel"}`),
		resolve(f, `{"name": "answer", "url": "https://kestrel-lamps.example/products/kestrel-lamp.js?variant=9001"}`),
		resolve(f, `{"name": "answers", "url": "https://kestrel-lamps.example/products.json"}`),
		resolve(f, with(`"json": {"script": "script", "inStock": "[*].a", "price": "a.b[0]"}`)),
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		for _, c := range checkers {
			readSoundly(t, c, body, contentType)
		}
	})
}

// FuzzReadByPreset is the same of what a preset reads: its own shop's pages, and the
// others' too.
func FuzzReadByPreset(f *testing.F) {
	files, err := filepath.Glob("testdata/stores/*/*.html")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	var checkers []*checker.Checker
	for i, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		c := map[string]string{"name": "saved"}
		for _, m := range note.FindAllSubmatch(body[:min(len(body), 500)], -1) {
			c[string(m[1])] = string(m[2])
		}
		def, err := json.Marshal(c)
		if err != nil {
			f.Fatal(err)
		}
		checkers = append(checkers, resolve(f, string(def)))
		if len(body) < 64<<10 {
			f.Add(body, uint16(i))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, which uint16) {
		c := checkers[int(which)%len(checkers)]
		readSoundly(t, c, body, "text/html; charset=utf-8")
		readSoundly(t, c, body, "application/json")
	})
}

func readSoundly(t *testing.T, c *checker.Checker, body []byte, contentType string) {
	t.Helper()
	p, err := Read(&Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{"Content-Type": {contentType}}, Body: body}, c)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Kind == "" || e.Message == "" || strings.Contains(e.Message, "\n") {
			t.Fatalf("not a good error: %v", err)
		}
		return
	}
	if len(p.Items) == 0 || !p.Listing && len(p.Items) != 1 {
		t.Fatalf("%d items", len(p.Items))
	}
	known := false
	for _, it := range p.Items {
		if it.Title == "" || it.Key == "" || !utf8.ValidString(it.Title) {
			t.Fatalf("item %+v", it)
		}
		if it.Availability == checker.Unknown {
			continue
		}
		known = true
		if len(it.Evidence) == 0 || !it.Evidence[0].Won {
			t.Fatalf("no evidence won: %+v", it)
		}
	}
	if !known {
		t.Fatal("a page of which nothing is known, and no error")
	}
}
