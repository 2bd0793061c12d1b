package notify

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// Every field that the README names, as a template sees it.
func TestFields(t *testing.T) {
	const all = `{{.Subject}}|{{.Status}}|{{.Checker}}|{{.Page}}|{{.Title}}|{{.Link}}|{{.Shop}}|{{.Price}}|{{.WasPrice}}|{{.Seller}}|{{.Availability}}|{{.InStock}}|{{.Total}}|` +
		`{{.Reason}}|{{.Advice}}|{{.Failures}}|{{.Time.Format "15:04"}}|{{if not .Since.IsZero}}{{.Since.Format "15:04"}}{{end}}|{{.Late}}|{{.Short}}|` +
		`{{range .Items}}[{{.Title}}|{{.Link}}|{{.Shop}}|{{.Price}}|{{.WasPrice}}|{{.Seller}}|{{.Availability}}|{{.Change}}|{{.Says}}|{{.Quantity}}|{{.Notes}}]{{end}}` +
		`{{range .Others}}<{{.Title}} {{.Says}}>{{end}}`
	words, faults := NewWords(checker.Messages{Body: all})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	lampLink := "https://shop.example/p/kestrel-9"
	tail := "|lamp|" + lampLink + "|"
	want := []string{
		"Kestrel 9 Desk Lamp in stock at $49.90 · shop.example|ITEMS_IN_STOCK" + tail + "Kestrel 9 Desk Lamp|" + lampLink + "|shop.example|$49.90|||in_stock|1|2|||0|09:26||0|Kestrel 9 Desk Lamp in stock at $49.90 " + lampLink +
			"|[Kestrel 9 Desk Lamp|" + lampLink + "|shop.example|$49.90|||in_stock|in_stock|in stock at $49.90|0|[]]<Heron Floor Lamp no longer in stock>",
		"lamp works: nothing in stock yet|INITIALIZED" + tail + "lamp|" + lampLink + "|shop.example|||||0|2|||0|09:26||0|lamp works: nothing in stock yet " + lampLink + "|",
		"", "", "",
		"Kestrel 9 Desk Lamp now $39.90, was $49.90 · shop.example|PRICE_DROP" + tail + "Kestrel 9 Desk Lamp|" + lampLink + "|shop.example|$39.90|$49.90||in_stock|1|2|||0|09:26||0|Kestrel 9 Desk Lamp now $39.90, was $49.90 " + lampLink +
			"|[Kestrel 9 Desk Lamp|" + lampLink + "|shop.example|$39.90|$49.90||in_stock|price_drop|now $39.90, was $49.90|0|[]]",
		"lamp is blind: blocked by the shop (3 failed checks in a row)|CHECK_FAILED" + tail + "lamp|" + lampLink + "|shop.example|||||0|2|the shop shows a captcha instead of the page|" +
			`mostly nothing: the checker waits longer after each block. If it stays blocked, set a longer "every", or watch the product at another shop.` +
			"|3|09:26|09:16|0|lamp is blind: blocked by the shop (3 failed checks in a row) " + lampLink + "|",
		"",
	}
	for i, a := range watch.Examples(time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)) {
		if got := words.text(a).body(0); want[i] != "" && got != want[i] {
			t.Errorf("%s:\n%s", a.Status, cmp.Diff(want[i], got))
		}
	}
}

// What cannot be used is known before there is an alert.
func TestTemplateFaults(t *testing.T) {
	for text, want := range map[string]string{
		"{{.Title}}": "",
		"{{if eq .Status `ITEMS_IN_STOCK`}}GO {{.Title}}{{else}}{{.Subject}}{{end}}": "",
		"{{.Titel}}":                           "with ITEMS_IN_STOCK it fails: line 1:2: at <.Titel>: can't evaluate field Titel; the README lists the fields",
		"a\n{{range .Items}}{{.Prise}}{{end}}": "with ITEMS_IN_STOCK it fails: line 2:18: at <.Prise>: can't evaluate field Prise in type ItemFields",
		"{{(index .Items 0).Title}}":           "with INITIALIZED it fails: line 1:3: at <index .Items 0>: error calling index: reflect: slice index out of range",
		"{{.Title":                             "line 1: unclosed action",
		`{{range .Items}}{{printf "%100000d" 1}}{{end}}{{printf "%100000d" 1}}`: "with ITEMS_IN_STOCK it fails: it gives more than 64 KB",
	} {
		_, faults := NewWords(checker.Messages{Subject: text})
		got := ""
		if len(faults) > 0 {
			got = faults[0].Message
			if faults[0].Key != "subject" || len(faults) > 1 {
				t.Errorf("%s: faults %v", text, faults)
			}
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// A template that fails with an alert, or gives nothing, never costs the alert.
func TestTemplatesFallBack(t *testing.T) {
	usual := Words{}.text(lamp())
	for name, m := range map[string]checker.Messages{
		"nothing": {Subject: "{{if eq .Status `CHECK_FAILED`}}blind{{end}}", Body: " \n ", Short: "\x1b"},
		"fails": {
			Subject: "{{if .Others}}x{{else if eq .Checker `lamp`}}{{if eq .Shop `shop.example`}}{{if gt (len .Price) 6}}{{index .Items 5}}{{end}}{{end}}{{end}}",
			Body:    "{{if gt (len .Title) 25}}{{slice .Title 0 1000}}{{end}}", Short: "{{if gt (len .Title) 25}}{{slice .Title 0 1000}}{{end}}",
		},
	} {
		words, faults := NewWords(m)
		if len(faults) > 0 {
			t.Fatalf("%s: %v", name, faults)
		}
		got := words.text(lamp())
		if got.subject != usual.subject || got.short != usual.short || got.body(0) != usual.body(0) || got.body(200) != usual.body(200) {
			t.Errorf("%s: subject %q, short %q, body %q", name, got.subject, got.short, got.body(0))
		}
	}
}

// The subject is one line whatever the template says, and texts fit.
func TestTemplateTexts(t *testing.T) {
	words, faults := NewWords(checker.Messages{Subject: "{{.Title}}\r\nBcc: x@example.com", Body: strings.Repeat("é", 200), Short: "{{.Price}}"})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	got := words.text(lamp())
	if want := "Kestrel <!channel> & 9 X-Key: evil Bcc: x@example.com"; got.subject != want || got.short != "€49.90" {
		t.Errorf("subject %q, short %q", got.subject, got.short)
	}
	for limit, want := range map[int]string{0: strings.Repeat("é", 200), 400: strings.Repeat("é", 200), 399: strings.Repeat("é", 198) + "…", 10: "ééé…"} {
		if text := got.body(limit); text != want {
			t.Errorf("in %d bytes: %q", limit, text)
		}
	}
}
