package page

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFoldedWords(t *testing.T) {
	words := []string{"sold by", "vendu par", "verkäufer:", "продавец:", "säljs av", "sold by us"}
	f := newFoldedWords(words)
	for text, want := range map[string]string{
		"":                             "-",
		"sol":                          "-",
		"Lamp":                         "-",
		"sold by":                      "sold by",
		"Shipped and SOLD BY Example":  "SOLD BY",
		"vendu par A, sold by B":       "sold by", // the first of the words, not of the text
		"sold by A, sold by B":         "sold by",
		"Verkäufer: A":                 "Verkäufer:",
		"VERKÄUFER: A":                 "VERKÄUFER:",
		"Продавец: А":                  "Продавец:",
		"ПРОДАВЕЦ: А":                  "ПРОДАВЕЦ:",
		"Säljs av A":                   "Säljs av",
		"SÄLJS AV A":                   "SÄLJS AV",
		"sold  by A":                   "-",
		"unsold by A":                  "sold by",
		strings.Repeat("sold b", 1000): "-",
	} {
		got := "-"
		if start, end := f.find(text); start >= 0 {
			got = text[start:end]
		}
		if got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
		if got != "-" && !(may(f, text) && may(f, []byte(text))) {
			t.Errorf("%.40q may not have %q", text, got)
		}
	}
}

// One look finds what looking for each word in turn finds.
func TestFoldedWordsFindTheFirst(t *testing.T) {
	f := newFoldedWords(sellerWords)
	pieces := slices.Concat(sellerWords, []string{" ", "Shop", "sold", "by ", "ver", "é"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, "text"), "")
		if rapid.Bool().Draw(t, "upper") {
			text = strings.ToUpper(text)
		}
		start, end := f.find(text)
		for _, w := range sellerWords {
			if i := indexFold(text, w); i >= 0 {
				if i != start || i+len(w) != end {
					t.Fatalf("%q: %d to %d, want %d to %d", text, start, end, i, i+len(w))
				}
				return
			}
		}
		if start >= 0 {
			t.Fatalf("%q: %d to %d, want none", text, start, end)
		}
	})
}
