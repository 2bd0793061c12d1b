package foreign

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/document"
)

func TestEvery(t *testing.T) {
	for _, tt := range []struct {
		d             time.Duration
		text, changed string
	}{
		{time.Second, "10s", "it was checked every 1s, and is now every 10s"},
		{10 * time.Second, "10s", ""},
		{12 * time.Second, "15s", "it was checked every 12s, and is now every 15s"},
		{45 * time.Second, "1m", "it was checked every 45s, and is now every 1m"},
		{90 * time.Second, "2m", "it was checked every 1m30s, and is now every 2m"},
		{90 * time.Minute, "90m", ""},
		{3 * time.Hour, "3h", ""},
		{24 * time.Hour, "24h", ""},
		{7 * 24 * time.Hour, "24h", "it was checked every 168h, and is now every 24h"},
		{1510 * time.Minute, "24h", "it was checked every 25h10m, and is now every 24h"},
	} {
		text, changed := every(tt.d)
		if text != tt.text || changed != tt.changed {
			t.Errorf("%s: %q, %q; want %q, %q", tt.d, text, changed, tt.text, tt.changed)
		}
	}
}

func zipped(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		in, err := w.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shown is a list on lines.
func shown(t *testing.T, list *List) string {
	t.Helper()
	var b strings.Builder
	for _, e := range list.Entries {
		keys, err := document.Entry(e.Keys).JSON()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %s\n", e.Title, e.URL, keys)
	}
	return b.String()
}

// TestBackup reads both forms of a backup of changedetection.io: all in one file,
// and a file for each watch, with that of the re-stock settings beside it.
func TestBackup(t *testing.T) {
	const settings = `"settings": {"requests": {"time_between_check": {"hours": 1}}, "application": {}}`
	const want = `Lamp https://shop.example/lamp {"every": "1h", "maxPrice": 50, "alertOn": ["inStock", "gone", "priceDrop"]}` + "\n"
	for name, data := range map[string][]byte{
		"one file": zipped(t, [2]string{"url-list.txt", "https://shop.example/lamp\n"},
			[2]string{"url-watches.json", `{` + settings + `, "watching": {"a": {"title": "Lamp", "url": "https://shop.example/lamp", "processor": "restock_diff",
				"restock_settings": {"in_stock_processing": "all_changes", "price_change_min": 50}}}}`}),
		"a file a watch": zipped(t, [2]string{"a/restock_diff.json", `{"restock_diff": {"in_stock_processing": "all_changes", "price_change_min": 50}}`},
			[2]string{"changedetection.json", `{` + settings + `}`},
			[2]string{"a/watch.json", `{"title": "Lamp", "url": "https://shop.example/lamp", "processor": "restock_diff"}`}),
	} {
		list, err := Read(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, shown(t, list)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, err := Read(zipped(t, [2]string{"x.txt", "x"})); err == nil || err.Error() != "the zip is no backup of changedetection.io: it has neither url-watches.json nor changedetection.json" {
		t.Errorf("a zip of something else: %v", err)
	}
	if _, err := Read([]byte("PK\x03\x04 broken")); err == nil || !strings.HasPrefix(err.Error(), "open the zip: ") {
		t.Errorf("a broken zip: %v", err)
	}
}

func TestRestock(t *testing.T) {
	for _, tt := range []struct{ watch, keys, notes string }{
		{`{}`, `{"alertOn": ["inStock", "priceDrop"]}`, ``},
		{`{"in_stock_only": false, "follow_price_changes": false}`, `{"alertOn": ["inStock", "gone"]}`, ``},
		{`{"restock_settings": {"in_stock_processing": "off", "follow_price_changes": true}}`, `{"alertOn": ["priceDrop"]}`, ``},
		{`{"restock_settings": {"in_stock_processing": "off", "follow_price_changes": false}}`, `{}`, `it told neither stock nor prices; it tells what comes in stock now`},
		{`{"restock_settings": {"price_change_threshold_percent": 5}}`, `{"alertOn": ["inStock", "priceDrop"]}`, `price_change_threshold_percent is not carried over; each lower price is told`},
	} {
		var w map[string]any
		if err := json.Unmarshal([]byte(tt.watch), &w); err != nil {
			t.Fatal(err)
		}
		w["processor"] = "restock_diff"
		e := watch(w, 0)
		keys, err := document.Entry(e.Keys).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if string(keys) != tt.keys || strings.Join(e.Notes, "\n") != tt.notes {
			t.Errorf("%s: %s, %q; want %s, %q", tt.watch, keys, e.Notes, tt.keys, tt.notes)
		}
	}
}

// Each key that a user has set is mapped or noted, also one that is new.
func TestNothingIsDroppedSilently(t *testing.T) {
	e := watch(map[string]any{"url": "https://shop.example/a", "processor": "restock_diff", "brand_new": "x", "proxy": "p", "browser_steps": []any{map[string]any{"op": "click"}}, "ignore_text": []any{}}, 0)
	if diff := cmp.Diff([]string{"brand_new is not carried over", "browser_steps is not carried over", "proxy is not carried over"}, e.Notes); diff != "" {
		t.Error(diff)
	}
}

func TestDotenv(t *testing.T) {
	got := dotenv([]byte("// a = b\n#C=1\nA=1\n export B = \"x # y\" # z\nD='it'\nE=a b # c\nF=\nG=\"open\n"))
	if diff := cmp.Diff(map[string]string{"A": "1", "B": "x # y", "D": "it", "E": "a b", "F": "", "G": `"open`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSeries(t *testing.T) {
	for name, want := range map[string]series{
		"5090":        {"rtx 5090", `rtx\s*5090\b`, `5090\s*(ti|super)`},
		"3060ti":      {"rtx 3060 ti", `rtx\s*3060\s*ti\b`, ""},
		"4070super":   {"rtx 4070 super", `rtx\s*4070\s*super\b`, ""},
		"4070tisuper": {"rtx 4070 ti super", `rtx\s*4070\s*ti\s*super\b`, ""},
	} {
		if got, ok := seriesOf(nil, name); !ok || got != want {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
	if _, ok := seriesOf(nil, "mystery"); ok {
		t.Error("mystery is known")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"watching": {"a": {"url": "https://shop.example/a", "headers": {"a": 1}, "time_between_check": {"hours": "3"}}}, "settings": {"application": {"notification_urls": [1]}}}`))
	f.Add([]byte("url: https://shop.example/a\nfilter: [css: x, 1]\n---\ncommand: ls\n"))
	f.Add([]byte("STORES=newegg:1:2\nSHOW_ONLY_SERIES=3080\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := Read(data)
		if err != nil {
			if list != nil || strings.TrimSpace(err.Error()) == "" {
				t.Errorf("%v with %v", err, list)
			}
			return
		}
		for _, e := range list.Entries {
			if _, err := document.Entry(e.Keys).JSON(); err != nil {
				t.Error(err)
			}
		}
	})
}
