package page

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"stockchecker/lambda/checker"
)

// priceCase is a line of testdata/prices.
type priceCase struct {
	line        int
	text, given string
	want        checker.Price // of the Currency "open" or a code
	none        bool
	hint        priceHint
}

func priceCases(t testing.TB, name string) []priceCase {
	t.Helper()
	data, err := os.ReadFile("testdata/prices/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var cases []priceCase
	for i, line := range strings.Split(string(data), "\n") {
		if line == "" || strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "#1") {
			continue
		}
		fields := strings.Split(line, " | ")
		if len(fields) < 2 {
			t.Fatalf("%s:%d: want text | price", name, i+1)
		}
		c := priceCase{line: i + 1, text: fields[0], none: fields[1] == "-"}
		if !c.none {
			amount, currency, _ := strings.Cut(fields[1], " ")
			c.want = checker.Price{Amount: decimal.RequireFromString(amount), Currency: strings.TrimPrefix(currency, "open")}
		}
		for _, f := range fields[2:] {
			key, value, _ := strings.Cut(f, "=")
			switch key {
			case "currency":
				c.hint.Currency = value
			case "language":
				c.hint.Language = value
			case "host":
				c.hint.Host = value
			case "given":
				c.given = value
			default:
				t.Fatalf("%s:%d: unknown key %q", name, i+1, key)
			}
		}
		cases = append(cases, c)
	}
	return cases
}

func (c priceCase) check(t *testing.T, name string, got checker.Price, ok bool) {
	t.Helper()
	switch {
	case ok == c.none:
		t.Errorf("%s:%d: %q: got %v %q, %t", name, c.line, c.text, got.Amount, got.Currency, ok)
	case ok && (!got.Amount.Equal(c.want.Amount) || got.Currency != c.want.Currency):
		t.Errorf("%s:%d: %q: got %v %q, want %v %q", name, c.line, c.text, got.Amount, got.Currency, c.want.Amount, c.want.Currency)
	}
}

func TestParsePrice(t *testing.T) {
	for _, c := range priceCases(t, "written.txt") {
		got, ok := parsePrice(c.text, c.hint)
		c.check(t, "written.txt", got, ok)
	}
}

func TestParseMachinePrice(t *testing.T) {
	for _, c := range priceCases(t, "machine.txt") {
		got, ok := parseMachinePrice(c.text, c.given, c.hint)
		c.check(t, "machine.txt", got, ok)
	}
}

// Every sign reads on the side of the amount where it stands, alone.
func TestEverySign(t *testing.T) {
	for text := range signTable() {
		text = strings.TrimPrefix(text, "~")
		s, ok := signOf(text)
		if !ok {
			t.Fatalf("sign %q is not found", text)
		}
		got, ok := parsePrice(text+" 250", priceHint{})
		if !ok || !got.Amount.Equal(decimal.New(250, 0)) || got.Currency != s.currency {
			t.Errorf("%q: got %v %q, %t, want 250 %q", text+" 250", got.Amount, got.Currency, ok, s.currency)
		}
		if len(text) == 1 && text != "$" {
			continue // a letter is a sign only before the amount
		}
		got, ok = parsePrice("250 "+text, priceHint{})
		if !ok || !got.Amount.Equal(decimal.New(250, 0)) || got.Currency != s.currency {
			t.Errorf("%q: got %v %q, %t, want 250 %q", "250 "+text, got.Amount, got.Currency, ok, s.currency)
		}
	}
}

func TestSignsNameKnownCurrencies(t *testing.T) {
	for _, row := range signs {
		for _, code := range append(strings.Fields(row.others), row.currency) {
			if _, ok := isoCode(code); !ok && code != "" {
				t.Errorf("%s: %q is no ISO code", row.texts, code)
			}
		}
	}
	for _, list := range []string{regionCurrency, languageCurrency} {
		for _, pair := range strings.Fields(list) {
			if _, ok := isoCode(pair[3:]); !ok || len(pair) != 6 || pair[2] != '=' {
				t.Errorf("%q is not XX=CODE", pair)
			}
		}
	}
}

// group writes whole units with a mark between groups of the given sizes, the
// last size over and over.
func group(digits, mark string, sizes ...int) string {
	for i := 0; ; i++ {
		size := sizes[min(i, len(sizes)-1)]
		end := len(digits)
		if i > 0 {
			end = strings.Index(digits, mark)
		}
		if end < 0 {
			end = len(digits)
		}
		if end <= size {
			return digits
		}
		digits = digits[:end-size] + mark + digits[end-size:]
	}
}

// priceStyles are the ways in which the world writes whole units and cents.
var priceStyles = []struct {
	name  string
	write func(whole, cents string) string
}{
	{"English", func(w, c string) string { return "$" + group(w, ",", 3) + "." + c }},
	{"English code", func(w, c string) string { return "USD " + group(w, ",", 3) + "." + c }},
	{"German", func(w, c string) string { return group(w, ".", 3) + "," + c + " €" }},
	{"Dutch", func(w, c string) string { return "€ " + group(w, ".", 3) + "," + c }},
	{"French", func(w, c string) string { return group(w, "\u202f", 3) + "," + c + "\u00a0€" }},
	{"French cents", func(w, c string) string { return group(w, "\u202f", 3) + "€" + c }},
	{"Czech", func(w, c string) string { return group(w, " ", 3) + "," + c + " Kč" }},
	{"Russian", func(w, c string) string { return group(w, "\u2009", 3) + "." + c + " руб." }},
	{"Swiss", func(w, c string) string { return "CHF " + group(w, "’", 3) + "." + c }},
	{"Indian", func(w, c string) string { return "₹" + group(w, ",", 3, 2) + "." + c }},
	{"Brazilian", func(w, c string) string { return "R$ " + group(w, ".", 3) + "," + c }},
	{"Swedish", func(w, c string) string { return group(w, " ", 3) + ":" + c + " kr" }},
	{"ungrouped dot", func(w, c string) string { return w + "." + c + " EUR" }},
	{"ungrouped comma", func(w, c string) string { return w + "," + c + "zł" }},
	{"Arabic", func(w, c string) string { return script(group(w, "٬", 3)+"٫"+c, '٠') + " ر.س" }},
	{"Persian", func(w, c string) string { return script(group(w, "٬", 3)+"٫"+c, '۰') + " ریال" }},
	{"Devanagari", func(w, c string) string { return "₹ " + script(group(w, ",", 3, 2)+"."+c, '०') }},
	{"full width", func(w, c string) string { return "￥" + script(group(w, "，", 3)+"．"+c, '０') }},
	{"English words", func(w, c string) string {
		return "Now only £" + group(w, ",", 3) + "." + c + " (was £9,999,999,999.00)"
	}},
	{"German words", func(w, c string) string { return "ab " + group(w, ".", 3) + "," + c + " € inkl. MwSt." }},
	{"superscript", func(w, c string) string { return "$" + group(w, ",", 3) + superscripts.Replace(c) }},
	{"bare", func(w, c string) string { return w + "." + c }},
}

var superscripts = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

func script(s string, zero rune) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return zero + r - '0'
		}
		return r
	}, s)
}

// Any amount reads back exactly from each of the world's styles.
func TestStylesReadBack(t *testing.T) {
	for _, style := range priceStyles {
		t.Run(style.name, rapid.MakeCheck(func(t *rapid.T) {
			amount := decimal.New(rapid.Int64Range(1, 999_999_999_99).Draw(t, "cents"), -2)
			whole, cents, _ := strings.Cut(amount.StringFixed(2), ".")
			text := style.write(whole, cents)
			got, ok := parsePrice(text, priceHint{})
			if !ok || !got.Amount.Equal(amount) {
				t.Fatalf("%q: got %v, %t, want %v", text, got.Amount, ok, amount)
			}
		}))
	}
}

// Amounts without cents read back from every grouping.
func TestWholeStylesReadBack(t *testing.T) {
	styles := map[string]func(string) string{
		"Indonesian": func(w string) string { return "Rp " + group(w, ".", 3) },
		"Japanese":   func(w string) string { return group(w, ",", 3) + "円" },
		"dash":       func(w string) string { return group(w, ".", 3) + ",-" },
		"Swiss dash": func(w string) string { return "CHF " + group(w, "'", 3) + ".–" },
		"Hungarian":  func(w string) string { return group(w, " ", 3) + " Ft" },
		"Indian":     func(w string) string { return "Rs. " + group(w, ",", 3, 2) },
		"Chilean":    func(w string) string { return "CLP $" + group(w, ".", 3) },
		"plain":      func(w string) string { return w + " EUR" },
	}
	for name, write := range styles {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			amount := decimal.New(rapid.Int64Range(1, 99_999_999_999).Draw(t, "amount"), 0)
			text := write(amount.String())
			got, ok := parsePrice(text, priceHint{})
			if !ok || !got.Amount.Equal(amount) {
				t.Fatalf("%q: got %v, %t, want %v", text, got.Amount, ok, amount)
			}
		}))
	}
}

// A decimal as any program prints it is read as it is.
func TestMachineReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := decimal.New(rapid.Int64Range(1, 999_999_999_999).Draw(t, "amount"), -rapid.Int32Range(0, 6).Draw(t, "decimals"))
		got, ok := parseMachinePrice(want.StringFixed(-want.Exponent()), "EUR", priceHint{})
		if !ok || !got.Amount.Equal(want) || got.Currency != "EUR" {
			t.Fatalf("%v: got %v %q, %t", want, got.Amount, got.Currency, ok)
		}
	})
}

// A long text takes time in proportion to its length, whatever it repeats: what
// is quadratic anywhere takes minutes here, and what is linear a moment.
func TestPriceReaderIsLinear(t *testing.T) {
	for _, unit := range []string{
		"1", "1,", "1.1 ", "$", "$ ", "$1", "1€11 ", "x", "a ", "kr.", "kr ", "1 x ", "1 x $1 ", "- ", "1 - ", "$0 ", "(", "/1", "円", "1万", ".", "AMD 7 ", "7 KM 8 ", "R",
		"was ", "save $1 ", "1 111 ", "$1 - ", "1 bis ", "&amp;", "1\u0301", "¹", "價", "$1.1.11 ", "€12:50 ", "1%",
	} {
		text := strings.Repeat(unit, 200_000/len(unit))
		done := make(chan struct{})
		go func() {
			defer close(done)
			parsePrice(text, priceHint{})
			parseMachinePrice(text, "USD", priceHint{})
		}()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatalf("%q repeated takes too long", unit)
		}
	}
}

func BenchmarkParsePrice(b *testing.B) {
	for _, text := range []string{"$1,299.00", "1 299,00 €", "Now £9.99 (was £12.99)", "iPhone 15 Pro"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				parsePrice(text, priceHint{})
			}
		})
	}
}

func BenchmarkParseMachinePrice(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		parseMachinePrice("1299.00", "USD", priceHint{})
	}
}
