package watch

import (
	"strings"
	"testing"
)

func TestOneLine(t *testing.T) {
	for _, test := range []struct {
		name, in string
		max      int
		want     string
	}{
		{"plain", "Kestrel 9 Desk Lamp", 99, "Kestrel 9 Desk Lamp"},
		{"scraped white space", "\n Kestrel 9\n  Desk Lamp\t(2024) \r\n", 99, "Kestrel 9 Desk Lamp (2024)"},
		{"Unicode spaces", "49\u00a0€\u2028now\u3000!", 99, "49 € now !"},
		{"control characters", "a\x00b\x1b[31mc\x7fd\u0085e", 99, "ab[31mcd e"},
		{"bidi marks", "\u202egpj.exe\u202c \u2066x\u2069\u200f", 99, "gpj.exe x"},
		{"zero width", "La\u200bm\ufeffp\u00ade", 99, "Lampe"},
		{"joined emoji stay", "👩\u200d🚀 kit", 99, "👩\u200d🚀 kit"},
		{"invalid UTF-8", "a\xffb\xc3", 99, "ab"},
		{"a real replacement character", "a\ufffdb", 99, "a\ufffdb"},
		{"exactly max", "abcde", 5, "abcde"},
		{"cut", "abcdef", 5, "abcd…"},
		{"cut by characters", "üüüüüü", 5, "üüüü…"},
		{"cut at a space", "abc def", 5, "abc…"},
		{"only space after max", "abcde   ", 5, "abcde"},
		{"empty", " \t\u202e", 5, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := oneLine(test.in, test.max); got != test.want {
				t.Errorf("oneLine(%q, %d) = %q, want %q", test.in, test.max, got, test.want)
			}
		})
	}
}

func TestTransliteration(t *testing.T) {
	for _, test := range []struct{ in, ascii, gsm string }{
		{"Kestrel 9", "Kestrel 9", "Kestrel 9"},
		{"Lampe “Épervier” 49,90 € 🔥", `Lampe "Epervier" 49,90 EUR`, `Lampe "Épervier" 49,90 €`},
		{"édition limitée très", "edition limitee tres", "édition limitée très"},
		{"e\u0301dition", "edition", "édition"}, // decomposed
		{"fenêtre ça ô", "fenetre ca o", "fenetre ca o"},
		{"Schreibtischlämpchen Größe", "Schreibtischlampchen Grosse", "Schreibtischlämpchen Größe"},
		{"Ærø Łódź æther", "AEro Lodz aether", "Ærø Lodz æther"},
		{"…–—‘x’", "...--'x'", "...--'x'"},
		{"½ ™ ① ﬁ Ａ", "1/2 TM 1 fi A", "1/2 TM 1 fi A"},
		{"£20 ¥500 €3", "GBP 20 YEN 500 EUR 3", "£20 ¥500 €3"},
		{"Лампа «Ёлка» щётка", `Lampa "Yolka" shchyotka`, `Lampa "Yolka" shchyotka`},
		{"Йод й", "Yod y", "Yod y"},
		{"Київ Її", "Kiyiv Yiyi", "Kiyiv Yiyi"},
		{"λάμπα Ψ", "lampa Ps", "lampa Ψ"},
		{"索尼 PS5 主机", "PS5", "PS5"},
		{"ランプ", "", ""},
		{"a`b", "a`b", "a'b"},
		{"{x}[y]~^|\\", "{x}[y]~^|\\", "{x}[y]~^|\\"},
		{"Ω Δ", "O D", "Ω Δ"},
	} {
		if got := toASCII(test.in); got != test.ascii {
			t.Errorf("toASCII(%q) = %q, want %q", test.in, got, test.ascii)
		}
		if got := toGSM7(test.in); got != test.gsm {
			t.Errorf("toGSM7(%q) = %q, want %q", test.in, got, test.gsm)
		}
	}
}

// gsmBasic is the basic table of GSM 03.38 in the order of its codes 0x00 to
// 0x7f, written down apart from the code; code 0x1b is the escape.
var gsmBasic = []rune("@£$¥èéùìòÇ\nØø\rÅå" +
	"Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ" +
	" !\"#¤%&'()*+,-./" +
	"0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNO" +
	"PQRSTUVWXYZÄÖÑÜ§" +
	"¿abcdefghijklmno" +
	"pqrstuvwxyzäöñüà")

const gsmExtension = "\f^{}\\[~]|€"

func TestGSM7Table(t *testing.T) {
	if len(gsmBasic) != 128 {
		t.Fatalf("the test's table has %d codes, want 128", len(gsmBasic))
	}
	want := map[rune]int{}
	for _, r := range gsmBasic {
		want[r] = 1
	}
	delete(want, '\x1b')
	for _, r := range gsmExtension {
		want[r] = 2
	}
	for r := rune(0); r < 0x3000; r++ {
		if got := gsmSeptets(r); got != want[r] {
			t.Errorf("gsmSeptets(%q) = %d, want %d", r, got, want[r])
		}
	}
}

func TestSMSLength(t *testing.T) {
	for _, test := range []struct {
		text string
		n    int
		gsm7 bool
	}{
		{"", 0, true},
		{"Lampe é 5", 9, true},
		{"€ [x]~", 10, true},
		{"fenêtre", 7, false},
		{"Lampe 🔥", 8, false}, // a surrogate pair
	} {
		if n, gsm7 := SMSLength(test.text); n != test.n || gsm7 != test.gsm7 {
			t.Errorf("SMSLength(%q) = %d, %t; want %d, %t", test.text, n, gsm7, test.n, test.gsm7)
		}
	}
}

func TestTableIsASCII(t *testing.T) {
	for r, plain := range plainASCII {
		if strings.ContainsFunc(plain, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("the transliteration of %q is %q, not ASCII", r, plain)
		}
	}
}
