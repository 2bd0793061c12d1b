package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCases(t *testing.T) {
	cases, err := load("testdata")
	if err != nil {
		t.Fatal(err)
	}
	shop, err := newShop()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shop.close)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, fault := range c.run(shop) {
				t.Error(fault)
			}
		})
	}
}

// A runner that lets a wrong expectation pass would prove nothing.
func TestFailuresAreFound(t *testing.T) {
	tests := []struct{ name, file, from, to, want string }{
		{"11-related-products-add-to-cart", "expect.json", `"in_stock": false`, `"in_stock": true`, "in_stock: expected true, got false"},
		{"11-related-products-add-to-cart", "expect.json", `"price": 49.9`, `"price": 49.8`, "price: expected 49.8, got 49.90 USD"},
		{"11-related-products-add-to-cart", "expect.json", `"currency": "USD"`, `"currency": "EUR"`, `currency: expected "EUR", got "USD"`},
		{"01-captcha-200-robot-form", "expect.json", `"availability": "blocked"`, `"availability": "gone"`, "availability: expected gone, got error blocked"},
		{"74-listing-basic-out-of-stock", "expect.json", `"Falcon RTX 9070 8GB": false`, `"Falcon RTX 9070 8GB": true`, `"Falcon RTX 9070 8GB": expected true, got false`},
		{"84-seq-three-errors-in-a-row", "expect.json", `"checker_error"`, `"gone"`, "step 4: expected alerts [gone], got [checker_error]"},
		{"85-seq-duplicate-delivery", "expect.json", `"in_stock": true`, `"in_stock": false`, "in_stock at the end: expected false, got true"},
		{"89-notify-subject-newline", "notify.json", `Kestrel`, "\\u00e9\\u00e9 Kestrel", ""},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, tt.name), os.DirFS(filepath.Join("testdata", tt.name))); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, tt.name, tt.file)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), tt.from) {
			t.Fatalf("%s: no %q in %s", tt.name, tt.from, tt.file)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(data), tt.from, tt.to, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		failed, err := run(&out, dir)
		if err != nil {
			t.Fatal(err)
		}
		if (failed == 1) != (tt.want != "") || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s with %s: %d failed, want %q; output:\n%s", tt.name, tt.to, failed, tt.want, out.String())
		}
		last := strings.Split(strings.TrimSpace(out.String()), "\n")
		if got, want := last[len(last)-1], map[bool]string{true: "0 passed, 1 failed", false: "1 passed, 0 failed"}[tt.want != ""]; got != want {
			t.Errorf("last line is %q, want %q", got, want)
		}
	}
}

func TestNoCases(t *testing.T) {
	if _, err := run(&bytes.Buffer{}, t.TempDir()); err == nil || !strings.Contains(err.Error(), "no cases in") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := run(&bytes.Buffer{}, "not-there"); err == nil {
		t.Error("a folder that is not there: no error")
	}
}
