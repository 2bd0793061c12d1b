package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrices(t *testing.T) {
	var out bytes.Buffer
	if failed, err := runPrices(&out, "testdata/prices.jsonl"); err != nil || failed > 0 {
		t.Errorf("%d failed, error %v; output:\n%s", failed, err, out.String())
	}
	if want := "17 passed, 0 failed\n"; out.String() != want {
		t.Errorf("output is %q, want %q", out.String(), want)
	}
}

func TestPriceMissesAreFound(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{`{"text":"$49.90","currency":"$","amount":49.91}`, `FAIL  line 1: "$49.90" beside "": expected 49.91 $, got 49.9 USD`},
		{`{"text":"$49.90","currency":"€","amount":49.9}`, `expected 49.9 €, got 49.9 USD`},
		{`{"text":"49.90","currency":"€","amount":49.9}`, `expected 49.9 €, got 49.9`},
		{`{"text":"$49.90","currency":null,"amount":49.9}`, `expected 49.9, got 49.9 USD`},
		{`{"text":"Sold out","currency":"$","amount":49.9}`, `expected 49.9 $, got no price`},
		{`{"text":"$49.90","currency":"$","amount":null}`, `expected no price, got 49.90 USD`},
		{`{"text":"49 ¤¤","currency":"¤¤","amount":49}`, `expected 49 ¤¤, got `},
	} {
		file := filepath.Join(t.TempDir(), "prices.jsonl")
		if err := os.WriteFile(file, []byte(tt.line+"\n\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		failed, err := runPrices(&out, file)
		if err != nil || failed != 1 || !strings.Contains(out.String(), tt.want) || !strings.HasSuffix(out.String(), "\n0 passed, 1 failed\n") {
			t.Errorf("%s: %d failed, error %v, output %q, want %q", tt.line, failed, err, out.String(), tt.want)
		}
	}
}

func TestPriceFilesThatCannotBeRead(t *testing.T) {
	for content, want := range map[string]string{"": "no price in", "{": "line 1", "\n{\"amount\":\"x\"}": "line 2"} {
		file := filepath.Join(t.TempDir(), "prices.jsonl")
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := runPrices(&bytes.Buffer{}, file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", content, err, want)
		}
	}
	if _, err := runPrices(&bytes.Buffer{}, "not-there"); err == nil {
		t.Error("a file that is not there: no error")
	}
}
