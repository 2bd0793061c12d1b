package main

import (
	"bytes"
	"fmt"
	"regexp"
	"testing"

	"stockchecker/lambda/checker"
)

// What is measured is the reading of these very items.
func TestSamplesAreRead(t *testing.T) {
	pages, err := samples("../" + corpus)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct{ size, items, inStock int }{
		"listing": {386_000, 96, 32},
		"big":     {1_900_000, 1, 1},
		"product": {60_000, 1, 1},
		"scripts": {300_000, 1, 1},
		"state":   {2_600_000, 60, 20},
	}
	for _, p := range pages {
		w := want[p.name]
		if n := len(p.body); n < w.size*95/100 || n > w.size*105/100 {
			t.Errorf("%s has %d bytes, not about %d", p.name, n, w.size)
		}
		read, err := p.reading()
		if err != nil {
			t.Fatal(err)
		}
		got, err := read()
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		inStock := 0
		for _, it := range got.Items {
			if it.Availability == checker.InStock && it.Price != nil {
				inStock++
			}
		}
		if len(got.Items) != w.items || inStock != w.inStock {
			t.Errorf("%s: %d items, %d of them in stock with a price; want %d and %d", p.name, len(got.Items), inStock, w.items, w.inStock)
		}
	}
	if len(pages) != len(want) {
		t.Errorf("%d pages, want %d", len(pages), len(want))
	}
}

// The figures are read by programs, so their lines come last and have one form.
func TestFiguresComeLast(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, []string{"none"}); err == nil {
		t.Error("an unknown section is no error")
	}
	r := &report{w: &out}
	r.figure("reader/listing/ms", 3.14159)
	r.figure("zip-mb", 4.62)
	r.end()
	if want := regexp.MustCompile(`(?s)^\nfigure reader/listing/ms 3\.14\nfigure zip-mb 4\.62\n$`); !want.Match(out.Bytes()) {
		t.Errorf("%q", out.String())
	}
}

func BenchmarkRead(b *testing.B) {
	pages, err := samples("../" + corpus)
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range pages {
		read, err := p.reading()
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%s/%dKB", p.name, len(p.body)>>10), func(b *testing.B) {
			b.SetBytes(int64(len(p.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
