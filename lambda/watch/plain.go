package watch

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// oneLine folds text to one line of at most max characters: white space to
// single spaces, and out with what a title must not have: control characters,
// marks that turn the reading direction, other invisible characters, invalid
// UTF-8. What is cut off is marked by "…".
func oneLine(s string, max int) string {
	var b strings.Builder
	n, gap := 0, false
	for i, r := range s {
		if r == utf8.RuneError {
			if _, width := utf8.DecodeRuneInString(s[i:]); width == 1 {
				continue
			}
		}
		if unicode.IsSpace(r) {
			gap = true
			continue
		}
		if !visible(r) {
			continue
		}
		if gap && n > 0 {
			b.WriteByte(' ')
			n++
		}
		gap = false
		if n >= max {
			return cutRunes(b.String(), max-1) + "…"
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// visible tells whether a rune may stand in a message. Of the format characters
// only the joiners may: scripts and emoji need them.
func visible(r rune) bool {
	const joiner, nonJoiner = '\u200d', '\u200c'
	if r == joiner || r == nonJoiner {
		return true
	}
	nonCharacter := r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef
	return !nonCharacter && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// cutRunes is the first n characters of s, without white space at the end.
func cutRunes(s string, n int) string {
	for i := range s {
		if n <= 0 {
			return strings.TrimRightFunc(s[:i], unicode.IsSpace)
		}
		n--
	}
	return s
}

// toASCII transliterates one line of text to ASCII. What has no
// transliteration is dropped.
func toASCII(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		writeASCII(&b, r)
	}
	return squeeze(b.String())
}

// toGSM7 transliterates one line of text to the alphabet of GSM 03.38.
func toGSM7(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if gsmSeptets(r) > 0 {
			b.WriteRune(r)
			continue
		}
		var plain strings.Builder
		writeASCII(&plain, r)
		for _, r := range plain.String() {
			if gsmSeptets(r) == 0 { // of ASCII only the backtick
				r = '\''
			}
			b.WriteRune(r)
		}
	}
	return squeeze(b.String())
}

// writeASCII writes a rune's transliteration: its own, else that of the parts
// that it decomposes to.
func writeASCII(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf {
		b.WriteByte(byte(r))
		return
	}
	if plain, ok := plainASCII[r]; ok {
		b.WriteString(plain)
		return
	}
	for _, part := range norm.NFKD.String(string(r)) {
		if part < utf8.RuneSelf {
			b.WriteByte(byte(part))
		} else {
			b.WriteString(plainASCII[part]) // "" for accents, and for what is not known
		}
	}
}

// squeeze makes runs of spaces one, and trims them at both ends.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// gsmSeptets is how much of a GSM-7 text message a rune takes: 1 in the basic
// table of GSM 03.38, 2 in its extension, 0 if it is in neither.
func gsmSeptets(r rune) int {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return 1
	case strings.ContainsRune("\n\r !\"#$%&'()*+,-./:;<=>?@_¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ", r):
		return 1
	case strings.ContainsRune("\f[\\]^{|}~€", r):
		return 2
	}
	return 0
}

// SMSLength is the length of a text message in the units that it is sent in: the
// septets of GSM-7, or, if a character is not in GSM-7, those of UTF-16. One part
// holds 160 or 70 of them.
func SMSLength(text string) (n int, gsm7 bool) {
	for _, r := range text {
		if gsmSeptets(r) == 0 {
			return len(utf16.Encode([]rune(text))), false
		}
	}
	return septets(text), true
}

// septets is the length of a GSM-7 text.
func septets(s string) int {
	n := 0
	for _, r := range s {
		n += gsmSeptets(r)
	}
	return n
}

// cutSeptets is the beginning of a GSM-7 text, of at most max septets and
// without a space at the end.
func cutSeptets(s string, max int) string {
	for i, r := range s {
		if max -= gsmSeptets(r); max < 0 {
			return strings.TrimRight(s[:i], " ")
		}
	}
	return s
}

// plainASCII has the runes that do not decompose to their ASCII writing. The
// Cyrillic is that of the common passport spelling, the Greek that of ELOT 743,
// letter by letter.
var plainASCII = map[rune]string{
	// Signs.
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '‹': "'", '›': "'", '′': "'", '´': "'", 'ʼ': "'",
	'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '«': `"`, '»': `"`, '″': `"`,
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-", '·': "-", '•': "*",
	'…': "...", '⁄': "/", '×': "x", '÷': "/", '±': "+/-", '°': "deg", '©': "(c)", '®': "(R)",
	'¡': "!", '¿': "?", '§': "S.", '¶': "P.", '†': "+", '、': ", ", '。': ". ", '「': `"`, '」': `"`,
	// Currencies.
	'€': "EUR ", '£': "GBP ", '¥': "YEN ", '₹': "INR ", '₩': "KRW ", '₽': "RUB ", '₺': "TRY ",
	'₴': "UAH ", '₫': "VND ", '₪': "ILS ", '₱': "PHP ", '฿': "THB ", '₦': "NGN ", '₸': "KZT ", '¢': "c",
	// Latin.
	'ß': "ss", 'ẞ': "SS", 'æ': "ae", 'Æ': "AE", 'œ': "oe", 'Œ': "OE", 'ø': "o", 'Ø': "O",
	'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th", 'ı': "i",
	'ħ': "h", 'Ħ': "H", 'ŋ': "ng", 'Ŋ': "NG", 'ŧ': "t", 'Ŧ': "T", 'ĸ': "k", 'ə': "e", 'Ə': "E", 'ƒ': "f",
	// Cyrillic.
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "yo", 'ж': "zh", 'з': "z", 'и': "i",
	'й': "y", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t",
	'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "",
	'э': "e", 'ю': "yu", 'я': "ya", 'і': "i", 'ї': "yi", 'є': "ye", 'ґ': "g", 'ў': "u", 'ј': "j", 'љ': "lj",
	'њ': "nj", 'ћ': "c", 'ђ': "dj", 'џ': "dz",
	'А': "A", 'Б': "B", 'В': "V", 'Г': "G", 'Д': "D", 'Е': "E", 'Ё': "Yo", 'Ж': "Zh", 'З': "Z", 'И': "I",
	'Й': "Y", 'К': "K", 'Л': "L", 'М': "M", 'Н': "N", 'О': "O", 'П': "P", 'Р': "R", 'С': "S", 'Т': "T",
	'У': "U", 'Ф': "F", 'Х': "Kh", 'Ц': "Ts", 'Ч': "Ch", 'Ш': "Sh", 'Щ': "Shch", 'Ъ': "", 'Ы': "Y", 'Ь': "",
	'Э': "E", 'Ю': "Yu", 'Я': "Ya", 'І': "I", 'Ї': "Yi", 'Є': "Ye", 'Ґ': "G", 'Ў': "U", 'Ј': "J", 'Љ': "Lj",
	'Њ': "Nj", 'Ћ': "C", 'Ђ': "Dj", 'Џ': "Dz",
	// Greek.
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k",
	'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t",
	'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o", 'µ': "u",
	'Α': "A", 'Β': "V", 'Γ': "G", 'Δ': "D", 'Ε': "E", 'Ζ': "Z", 'Η': "I", 'Θ': "Th", 'Ι': "I", 'Κ': "K",
	'Λ': "L", 'Μ': "M", 'Ν': "N", 'Ξ': "X", 'Ο': "O", 'Π': "P", 'Ρ': "R", 'Σ': "S", 'Τ': "T", 'Υ': "Y",
	'Φ': "F", 'Χ': "Ch", 'Ψ': "Ps", 'Ω': "O",
}
