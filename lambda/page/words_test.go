package page

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rows reads a table of testdata/words: fields separated by tabs, a # begins a
// comment line.
func rows(t testing.TB, name string, fields int, row func(where string, f []string)) {
	t.Helper()
	file, err := os.Open("testdata/words/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := bufio.NewScanner(file)
	n := 0
	for line := 1; s.Scan(); line++ {
		if s.Text() == "" || strings.HasPrefix(s.Text(), "#") {
			continue
		}
		f := strings.Split(s.Text(), "\t")
		if len(f) != fields {
			t.Fatalf("%s:%d: %d fields, want %d", name, line, len(f), fields)
		}
		row(fmt.Sprintf("%s:%d", name, line), f)
		n++
	}
	if err := s.Err(); err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", name, n, err)
	}
}

// labelAnswer writes what labelSays says as the tables do: "limited 3", "-".
func labelAnswer(text string) string {
	s, ok := labelSays(text)
	if !ok {
		if s != (saying{}) {
			return fmt.Sprintf("nothing, and yet %+v", s)
		}
		return "-"
	}
	a := string(s.Availability)
	if s.Quantity != nil {
		a += " " + strconv.Itoa(*s.Quantity)
	}
	return a
}

func controlAnswer(label string) string {
	c, ok := controlSays(label)
	if !ok {
		return "-"
	}
	return string(c)
}

func TestLabelSays(t *testing.T) {
	rows(t, "labels.txt", 2, func(where string, f []string) {
		if got := labelAnswer(f[1]); got != f[0] {
			t.Errorf("%s: labelSays(%q) = %s, want %s", where, f[1], got, f[0])
		}
	})
}

func TestControlSays(t *testing.T) {
	rows(t, "controls.txt", 2, func(where string, f []string) {
		if got := controlAnswer(f[1]); got != f[0] {
			t.Errorf("%s: controlSays(%q) = %s, want %s", where, f[1], got, f[0])
		}
	})
}

func TestHeadsRelated(t *testing.T) {
	rows(t, "headings.txt", 2, func(where string, f []string) {
		if got := fmt.Sprint(headsRelated(f[1])); got != f[0] {
			t.Errorf("%s: headsRelated(%q) = %s, want %s", where, f[1], got, f[0])
		}
	})
}

func TestLabelSaysLongText(t *testing.T) {
	rest := strings.Repeat(" It is a lamp of brass and glass for a desk.", 4)
	for _, test := range []struct{ text, want string }{
		{"In stock, with you tomorrow.", "in_stock"},
		{"In stock." + rest, "in_stock"},
		{"In stock, with you tomorrow." + rest, "-"}, // not to the end, in a long text
		{"Sorry, this item is currently sold out." + rest, "sold_out"},
		{"Sold out." + strings.Repeat(rest, 5), "-"}, // a description
		{"Sold out." + strings.Repeat(" word", 5000), "-"},
		{strings.Repeat(" ", 100_000) + "Sold out" + strings.Repeat("\n", 100_000), "sold_out"},
	} {
		if got := labelAnswer(test.text); got != test.want {
			t.Errorf("labelSays(%.40q…, %d bytes) = %s, want %s", test.text, len(test.text), got, test.want)
		}
	}
}

// Every phrase of every language is found by its own function and says what its
// section says: none is hidden by another language's.
func TestEveryPhraseSaysItsSection(t *testing.T) {
	files, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{n}", "3", "{m}", "5", "*", "Kestrel 9")
	labels := map[section]string{
		saysSoldOut: "sold_out", saysOnlineOut: "sold_out", saysInStock: "in_stock", saysLimited: "limited", saysPreOrder: "preorder",
		saysPresale: "presale", saysBackOrder: "backorder", saysDiscontinued: "discontinued", saysInStoreOnly: "in_store_only",
		saysOnlineOnly: "online_only", saysNothing: "-", around: "-", takesBack: "-",
	}
	controls := map[section]string{
		saysBuy: "buy", saysNotify: "notify", saysInStoreOnly: "in_store_only", saysPreOrder: "preorder",
		saysBackOrder: "backorder", saysSoldOut: "sold_out", around: "-", takesBack: "-",
	}
	for tag, f := range files {
		for _, s := range f.labelSections() {
			for _, p := range s.phrases {
				want := labels[s.says]
				if strings.Contains(p, "{n}") {
					want += " 3"
				}
				if got := labelAnswer(fill.Replace(p)); got != want {
					t.Errorf("%s: label %q = %s, want %s", tag, p, got, want)
				}
				if s.says == saysInStock || s.says == saysLimited {
					if zero := strings.ReplaceAll(p, "{n}", "0"); zero != p {
						if got := labelAnswer(zero); got != "sold_out 0" {
							t.Errorf("%s: label %q = %s, want sold_out 0", tag, zero, got)
						}
					}
				}
			}
		}
		for _, s := range f.controlSections() {
			for _, p := range s.phrases {
				if got := controlAnswer(fill.Replace(p)); got != controls[s.says] {
					t.Errorf("%s: control %q = %s, want %s", tag, p, got, controls[s.says])
				}
			}
		}
		for _, p := range f.Related {
			if !headsRelated(fill.Replace(p)) {
				t.Errorf("%s: heading %q is not related", tag, p)
			}
		}
	}
}

// The files hold every language and section, sorted, with nothing twice: two
// spellings that fold to the same are one.
func TestWordFiles(t *testing.T) {
	files, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields("ar bg cs da de el en es et fa fi fr he hr hu id it ja ko lt lv nb nl pl pt ro ru sk sl sr sv th tr uk vi zh")
	for _, tag := range want {
		if _, ok := files[tag]; !ok {
			t.Errorf("words/%s.json is not there", tag)
		}
	}
	for tag, f := range files {
		for _, s := range slices.Concat(f.labelSections(), f.controlSections(), []phrases{{saysRelated, f.Related}}) {
			if !slices.IsSorted(s.phrases) {
				t.Errorf("words/%s.json: not sorted: %q", tag, s.phrases)
			}
		}
		for _, sections := range [][]phrases{f.labelSections(), f.controlSections(), {{saysRelated, f.Related}}} {
			numbers := map[string]int32{}
			learn := func(word []byte) int32 {
				n, ok := numbers[string(word)]
				if !ok {
					n = firstWord + int32(len(numbers))
					numbers[string(word)] = n
				}
				return n
			}
			seen := map[string]string{}
			for _, s := range sections {
				for _, p := range s.phrases {
					var words []string
					r := reader{lexicon: allWords().labels, learn: learn}
					for _, tok := range r.read(nil, p) {
						words = append(words, strconv.Itoa(int(tok.word)))
						if tok.word == unknown || isBreak(tok) && tok.word != aColon {
							t.Errorf("words/%s.json: %q: a phrase has words and numbers alone", tag, p)
						}
					}
					key := strings.Join(words, " ")
					if old, ok := seen[key]; ok || key == "" {
						t.Errorf("words/%s.json: %q is %q again", tag, p, old)
					}
					seen[key] = p
				}
			}
		}
		for section, phrases := range map[string][]string{
			"soldOut": f.SoldOut, "inStock": f.InStock, "limited": f.Limited, "preOrder": f.PreOrder, "presale": f.Presale,
			"backOrder": f.BackOrder, "discontinued": f.Discontinued, "inStoreOnly": f.InStoreOnly, "onlineOnly": f.OnlineOnly,
			"buy": f.Buy, "notify": f.Notify, "findStore": f.FindStore, "related": f.Related, "around": f.Around, "unless": f.Unless,
			"notBuying": f.NotBuying, "silent": f.Silent,
		} {
			if len(phrases) == 0 {
				t.Errorf("words/%s.json: %s has no phrase", tag, section)
			}
		}
	}
}

// padding changes nothing of what a text says.
func padding(before bool) *rapid.Generator[string] {
	marks := []string{" ", "  ", "\n", "\t", " ", ".", "!", ",", "(", ")", "\"", "*", "✓ ", "…", " - ", "«", "»"}
	if before {
		marks = append(marks, "¡", "¿")
	}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(marks), 0, 4).Draw(t, "marks"), "")
	})
}

func TestPaddingChangesNothing(t *testing.T) {
	var texts []string
	for _, name := range []string{"labels.txt", "controls.txt"} {
		rows(t, name, 2, func(_ string, f []string) { texts = append(texts, f[1]) })
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "text")
		padded := padding(true).Draw(t, "before") + " " + text + " " + padding(false).Draw(t, "after")
		if got, want := labelAnswer(padded), labelAnswer(text); got != want {
			t.Fatalf("labelSays(%q) = %s, and %s without padding", padded, got, want)
		}
		if got, want := controlAnswer(padded), controlAnswer(text); got != want {
			t.Fatalf("controlSays(%q) = %s, and %s without padding", padded, got, want)
		}
		if upper := strings.ToUpper(text); !strings.ContainsAny(text, "ıiŉ") && labelAnswer(upper) != labelAnswer(text) {
			t.Fatalf("labelSays(%q) = %s, and %s in lower case", upper, labelAnswer(upper), labelAnswer(text))
		}
	})
}

func FuzzWords(f *testing.F) {
	for _, name := range []string{"labels.txt", "controls.txt", "headings.txt"} {
		rows(f, name, 2, func(_ string, fields []string) { f.Add(fields[1]) })
	}
	f.Add("Only 3 left\xff")
	f.Add("0٣-3/4,5.6:7+ 1-2-3 ; Διαθέσιμο;")
	f.Fuzz(func(t *testing.T, text string) {
		label, control, related := labelAnswer(text), controlAnswer(text), headsRelated(text)
		// A lone accent before or after would join the padding.
		padded := " \t, " + text + " ! \n"
		if got := labelAnswer(padded); got != label && len(text) < maxBytes-16 {
			t.Errorf("labelSays(%q) = %s, and %s without padding", padded, got, label)
		}
		if got := controlAnswer(padded); got != control && len(text) < maxBytes-16 {
			t.Errorf("controlSays(%q) = %s, and %s without padding", padded, got, control)
		}
		if got := headsRelated(padded); got != related && len(text) < maxBytes-16 {
			t.Errorf("headsRelated(%q) = %t, and %t without padding", padded, got, related)
		}
	})
}

func BenchmarkLabelSays(b *testing.B) {
	texts := []string{
		"Only 3 left in stock - order soon", "Kestrel 9 Desk Lamp, brass", "$49.90", "Free returns within 30 days",
		"Derzeit nicht verfügbar", "この商品は現在在庫切れです", "Delivery Tuesday, 12 May to 12345 Springfield", "Нет в наличии",
		"The lamp has a heavy foot of brass, a shade of green glass and a switch that turns without a sound.",
	}
	labelSays("")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		labelSays(texts[n%len(texts)])
		n++
	}
}
