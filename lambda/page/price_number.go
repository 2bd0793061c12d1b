package page

import (
	"html"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"golang.org/x/text/unicode/norm"
)

const (
	maxNumber   = 64 // bytes of one number, longer ones are none
	maxWhole    = 15 // digits before the decimal mark
	maxFraction = 20 // and after it
	maxBare     = 10 // digits of an amount without sign or mark: more are an EAN or a phone number
)

// decimalMark stands in folded text for the marks that are never anything else:
// the Arabic decimal separator, and the middle dot of older British prices.
const decimalMark = '\x1f'

// foldPrice brings the text to one form: digits, spaces, dashes and quotes of all
// scripts to their ASCII counterpart, control and format characters away. A
// narrow dash stays apart from the minus sign, as '–'.
func foldPrice(text string) string {
	plain := true
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || c == '&' || c == '`' || c == 0x7f || c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	if strings.IndexByte(text, '&') >= 0 {
		text = html.UnescapeString(text) // text that was escaped twice
	}
	b := make([]byte, 0, len(text))
	combining := false
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		rest := text[i+n:]
		i += n
		if r >= 0xff01 && r <= 0xff5e {
			r -= 0xff01 - '!'
		}
		switch {
		case r == '`', r == '’', r == '‘', r == 'ʼ', r == '′', r == '´', r == '‛', r == '٬':
			b = append(b, '\'')
		case r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f:
			b = append(b, '\n')
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		case r == '٫', r == '·':
			b = append(b, decimalMark)
		case r == '،':
			b = append(b, ',')
		case r == '”', r == '“', r == '״', r == '″':
			b = append(b, '"')
		case r == '−', r == '‐', r == '‑', r == '﹣':
			b = append(b, '-')
		case r == '‒', r == '—', r == '―':
			b = append(b, "–"...)
		case r == '〜':
			b = append(b, '~')
		case r == '٪':
			b = append(b, '%')
		case r == '￥':
			b = append(b, "¥"...)
		case r == '￡':
			b = append(b, "£"...)
		case r == '￦':
			b = append(b, "₩"...)
		case r == '﹩':
			b = append(b, '$')
		case superscript(r) >= 0:
			// Two raised digits behind an amount are its cents; others are footnotes.
			next, m := utf8.DecodeRuneInString(rest)
			after, _ := utf8.DecodeRuneInString(rest[m:])
			if len(b) > 0 && isDigit(b[len(b)-1]) && superscript(next) >= 0 && superscript(after) < 0 {
				b = append(b, '.', byte('0'+superscript(r)), byte('0'+superscript(next)))
				i += m
			}
		case unicode.Is(unicode.Zs, r):
			b = append(b, ' ')
		case r == 0x85, r == 0x2028, r == 0x2029:
			b = append(b, '\n')
		case unicode.Is(unicode.Cf, r), r >= 0xfe00 && r <= 0xfe0f:
		default:
			if d := digitValue(r); d >= 0 {
				b = append(b, byte('0'+d))
				continue
			}
			combining = combining || r >= 0x300 && r <= 0x36f
			b = utf8.AppendRune(b, r)
		}
	}
	if combining {
		return norm.NFC.String(string(b))
	}
	return string(b)
}

func superscript(r rune) int {
	switch {
	case r == '¹':
		return 1
	case r == '²', r == '³':
		return int(r - '²' + 2)
	case r == '⁰', r >= '⁴' && r <= '⁹':
		return int(r - '⁰')
	}
	return -1
}

// digitZeros are the zeros of the scripts whose digits shops write.
var digitZeros = [...]rune{0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810}

func digitValue(r rune) int {
	for _, zero := range digitZeros {
		if r >= zero && r < zero+10 {
			return int(r - zero)
		}
	}
	return -1
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
func isMark(c byte) bool  { return c == '.' || c == ',' || c == '\'' || c == decimalMark }

// isLetter is true also of the marks that belong to letters.
func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.M, r) }

// unspaced tells the scripts that write words with no space between.
func unspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer) || r == 'ー'
}

type tokenKind uint8

const (
	noToken tokenKind = iota
	numberToken
	signToken
	wordToken
	markToken // any other character
)

// priceToken is a piece of folded text. A text that could be several kinds is a
// number before a sign before a word.
type priceToken struct {
	kind       tokenKind
	start, end int
	number     priceNumber // of a numberToken
	sign       sign        // of a signToken
}

// priceNumber is a number as it is written.
type priceNumber struct {
	text   string
	dashed bool   // ends like a price: 49,- or 1.299.–
	shift  int32  // of 万 and the like behind it, 0: none
	tail   string // the digits behind that, as in 1万2800
}

// value reads the number.
func (n priceNumber) value(currency string, machine bool) (decimal.Decimal, bool) {
	d, ok := exactAmount(n.text, currency, machine)
	if !ok || n.shift == 0 {
		return d, ok
	}
	d = d.Shift(n.shift)
	if n.tail != "" {
		tail, ok := exactAmount(n.tail, currency, machine)
		if !ok || tail.GreaterThanOrEqual(decimal.New(1, n.shift)) {
			return decimal.Decimal{}, false
		}
		d = d.Add(tail)
	}
	return d, true
}

// priceReader reads one text.
type priceReader struct {
	text    string
	hint    priceHint
	machine bool
	zero    bool // an amount of zero is a price
	tokens  []priceToken

	// Of what read has picked:
	rank   priceRank
	signed bool // it has a currency's sign, which is more than a word
}

// priceTokens are lists of tokens to be used again: a page has thousands of texts
// with numbers.
var priceTokens = sync.Pool{New: func() any { list := make([]priceToken, 0, 64); return &list }}

// borrow takes such a list for the text.
func (p *priceReader) borrow() *[]priceToken {
	list := priceTokens.Get().(*[]priceToken)
	p.tokens = (*list)[:0]
	return list
}

// giveBack puts it back, without the pieces of the text.
func (p *priceReader) giveBack(list *[]priceToken) {
	if cap(p.tokens) > 1024 {
		return
	}
	clear(p.tokens)
	*list = p.tokens[:0]
	priceTokens.Put(list)
}

// maxPriceTokens bounds the memory that a text takes; a longer one is read up to there.
const maxPriceTokens = 4096

// scan cuts the text into tokens.
func (p *priceReader) scan() {
	s := p.text
	for i := 0; i < len(s) && len(p.tokens) < maxPriceTokens; {
		c := s[i]
		if isSpace(c) {
			i++
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		if p.numberBegins(i, before) {
			end, dashed := scanNumber(s, i)
			t := priceToken{kind: numberToken, start: i, end: end, number: priceNumber{text: s[i:end], dashed: dashed}}
			if shift, n := myriadAt(s, end); shift > 0 {
				from := end + n
				t.end = from
				if digitsAt(s, from) > 0 {
					t.end, _ = scanNumber(s, from)
				}
				t.number.shift, t.number.tail = shift, s[from:t.end]
			}
			p.tokens = append(p.tokens, t)
			i = t.end
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if sg, end, ok := signAt(s, i, before); ok && (end-i > 1 || !isLetter(r) || numberAfter(s, end)) {
			t := priceToken{kind: signToken, start: i, end: end, sign: sg}
			if country, ok := p.country(t); ok {
				p.tokens[len(p.tokens)-1] = country
			} else {
				p.tokens = append(p.tokens, t)
			}
			i = end
			continue
		}
		end := i + n
		kind := markToken
		if isLetter(r) {
			kind = wordToken
			for end < len(s) {
				next, m := utf8.DecodeRuneInString(s[end:])
				if !isLetter(next) || unspaced(next) != unspaced(r) && unicode.IsLetter(next) {
					break
				}
				end += m
			}
		}
		p.tokens = append(p.tokens, priceToken{kind: kind, start: i, end: end})
		i = end
	}
}

// country joins a dollar sign and the country before it: "US $12".
func (p *priceReader) country(dollar priceToken) (priceToken, bool) {
	if len(p.tokens) == 0 || p.text[dollar.start:dollar.end] != "$" {
		return priceToken{}, false
	}
	last := p.tokens[len(p.tokens)-1]
	name := p.text[last.start:last.end]
	if last.kind != wordToken || last.end+1 != dollar.start || len(name) > 3 || len(name) < 2 && name != "R" {
		return priceToken{}, false
	}
	s, ok := signTable()[name+"$"]
	return priceToken{kind: signToken, start: last.start, end: dollar.end, sign: s}, ok
}

// numberBegins tells whether a number begins at i: with a digit, or with up to
// two decimal marks as in ".75" that do not end a word or an ellipsis.
func (p *priceReader) numberBegins(i int, before rune) bool {
	s := p.text
	if isDigit(s[i]) {
		return true
	}
	if s[i] != '.' && s[i] != ',' || isLetter(before) || before == '.' || before == ',' {
		return false
	}
	j := i + 1
	if j < len(s) && s[j] == s[i] {
		j++
	}
	return j < len(s) && isDigit(s[j])
}

// scanNumber gives the end of the number that begins at i. It decides what
// belongs to the number, and exactAmount what it means.
func scanNumber(s string, i int) (end int, dashed bool) {
	for i < len(s) && !isDigit(s[i]) {
		i++
	}
	first, marked := -1, false // digits before the first mark; a dot or comma was seen
	for {
		from := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		if first < 0 {
			first = i - from
		}
		if i == len(s) {
			return i, false
		}
		if j, ok := scanDash(s, i); ok {
			return j, true
		}
		switch c := s[i]; {
		case isMark(c) && i+1 < len(s) && isDigit(s[i+1]):
			marked = marked || c != '\''
			i++
		case (c == '.' || c == ',') && !marked && i+1 < len(s) && s[i+1] == ' ' && digitsAt(s, i+2) == 2 && !markAt(s, i+4):
			return i + 4, false // 392. 00
		case c == ':' && !marked && digitsAt(s, i+1) == 2 && !markAt(s, i+3):
			return i + 3, false // 12:50, a price in crowns or a time
		case c == ' ' && !marked && first <= 3 && digitsAt(s, i+1) == 3 && !percentAt(s, i+4):
			i++
		case c == ' ' && !marked && i+1 < len(s) && (s[i+1] == '.' || s[i+1] == ',') && digitsAt(s, i+2) == 2 && !markAt(s, i+4):
			return i + 4, false // 541 .98
		default:
			return i, false
		}
	}
}

// scanDash reads the dash that stands for no cents: ",-", ".–", ":-", ",--", "/-".
func scanDash(s string, i int) (int, bool) {
	if i < len(s) && s[i] == ' ' {
		i++
	}
	if i >= len(s) || s[i] != ',' && s[i] != '.' && s[i] != ':' && s[i] != '/' {
		return 0, false
	}
	i++
	n := 0
	for n < 2 {
		if strings.HasPrefix(s[i:], "-") {
			i++
		} else if strings.HasPrefix(s[i:], "–") {
			i += len("–")
		} else {
			break
		}
		n++
	}
	return i, n > 0 && (i == len(s) || !isDigit(s[i]))
}

// digitsAt counts the digits that begin at i, up to 4.
func digitsAt(s string, i int) int {
	n := 0
	for n < 4 && i+n < len(s) && isDigit(s[i+n]) {
		n++
	}
	return n
}

// markAt tells whether a mark that is followed by something stands at i.
func markAt(s string, i int) bool {
	return i+1 < len(s) && (isMark(s[i]) || s[i] == ':') && !isSpace(s[i+1])
}

func percentAt(s string, i int) bool {
	if i < len(s) && s[i] == ' ' {
		i++
	}
	return i < len(s) && s[i] == '%'
}

// numberAfter tells whether a digit follows, with no more than a space between.
func numberAfter(s string, i int) bool {
	if i < len(s) && isSpace(s[i]) {
		i++
	}
	return i < len(s) && isDigit(s[i])
}

// myriadAt reads the sign for ten thousand or a hundred million at i.
func myriadAt(s string, i int) (shift int32, size int) {
	r, n := utf8.DecodeRuneInString(s[i:])
	switch r {
	case '万', '萬', '만':
		return 4, n
	case '億', '亿', '억':
		return 8, n
	}
	return 0, 0
}

// maySign tells whether the Latin letters at i may begin a sign: as one, or before a
// mark or a letter of another script that belongs to one, as in "US$".
func maySign(s string, i int) bool {
	h := hashSeed
	for ; i < len(s) && isLetterByte(s[i]); i++ {
		h = (h ^ uint32(s[i]|0x20)) * hashPrime
	}
	return i < len(s) && (s[i] == '$' || s[i] == '.' || s[i] == '-' || s[i] >= utf8.RuneSelf) || allWords().labels.marksOfHash(h)&moneyMark != 0
}

// signAt finds the longest sign that begins at i.
func signAt(s string, i int, before rune) (sign, int, bool) {
	first, _ := utf8.DecodeRuneInString(s[i:])
	if first < utf8.RuneSelf && isLetterByte(byte(first)) && !maySign(s, i) {
		return sign{}, 0, false
	}
	joined := func(a, b rune) bool { return isLetter(a) && isLetter(b) && !unspaced(a) && !unspaced(b) }
	if joined(before, first) {
		return sign{}, 0, false
	}
	var ends [signLongest]int
	n := 0
	for j := i; n < signLongest && j < len(s) && !isDigit(s[j]) && !isSpace(s[j]); n++ {
		_, size := utf8.DecodeRuneInString(s[j:])
		j += size
		ends[n] = j
	}
	for ; n > 0; n-- {
		end := ends[n-1]
		last, _ := utf8.DecodeLastRuneInString(s[i:end])
		next, _ := utf8.DecodeRuneInString(s[end:])
		if joined(last, next) {
			continue
		}
		sg, ok := signOf(s[i:end])
		if !ok {
			continue
		}
		if isLetter(last) && !unspaced(last) && next == '.' {
			end++ // an abbreviation: "kr.", "руб."
		}
		return sg, end, true
	}
	if unicode.Is(unicode.Sc, first) && first != '¢' {
		return sign{}, ends[0], true // a currency of which we know no code
	}
	return sign{}, 0, false
}

// exactAmount reads a number's text: which marks group and which one is the decimal
// mark. The currency matters where three digits follow the only mark.
func exactAmount(text, currency string, machine bool) (decimal.Decimal, bool) {
	if len(text) > maxNumber {
		return decimal.Decimal{}, false
	}
	var (
		digits [maxNumber]byte
		size   [maxNumber]int  // of each group of digits
		marks  [maxNumber]byte // before each group
		n      int             // the last group
		total  int
	)
	for i := 0; i < len(text); i++ {
		c := text[i]
		if isDigit(c) {
			digits[total] = c
			total++
			size[n]++
			continue
		}
		if i+1 < len(text) && strings.ContainsAny(text[i:], "0123456789") {
			if i == 0 || isDigit(text[i-1]) {
				n++
				marks[n] = c
			} else if c != ' ' {
				marks[n] = c // "541 .98", "..75"
			}
		}
	}
	if total == 0 {
		return decimal.Decimal{}, false
	}
	point := decimalGroup(size[:n+1], marks[:n+1], digits[0] == '0', currency, machine)
	if point < 0 || !grouped(size[:point]) {
		return decimal.Decimal{}, false
	}
	fraction := 0
	if point <= n {
		fraction = size[n]
	}
	if fraction > maxFraction || len(strings.TrimLeft(string(digits[:total-fraction]), "0")) > maxWhole {
		return decimal.Decimal{}, false
	}
	if total <= 18 {
		var v int64
		for _, c := range digits[:total] {
			v = v*10 + int64(c-'0')
		}
		return decimal.New(v, -int32(fraction)), true
	}
	d, err := decimal.NewFromString(string(digits[:total]))
	if err != nil {
		return decimal.Decimal{}, false
	}
	return d.Shift(-int32(fraction)), true
}

// decimalGroup gives the group that is the fraction: the last one, or, where
// there is none, the one after it; -1 for a text that is no number.
func decimalGroup(size []int, marks []byte, zero bool, currency string, machine bool) int {
	n := len(size) - 1
	if n == 0 {
		return 1
	}
	last, same, other := marks[n], 0, 0
	for _, m := range marks[1:] {
		switch {
		case m == last:
			same++
		case m != ' ' && m != '\'':
			other++
		}
	}
	switch last {
	case decimalMark, ':':
		if same > 1 {
			return -1
		}
		return n
	case ' ':
		return n + 1
	case '\'':
		if n == 1 && size[1] == 2 {
			return n // 12'50, as in Spain
		}
		return n + 1
	}
	switch {
	case same == 1 && n > 1:
		return n // 1.299,00 or 1 299,000 or ..75,333
	case same > 1 && other > 0:
		return -1
	case same > 1 && size[n] == 3:
		return n + 1 // 1.299.000 or 1,29,999
	case same > 1:
		return n // 1.299.00
	case size[1] != 3, size[0] == 0, size[0] > 3, zero:
		return n
	case machine && last == '.':
		return n
	case threeDecimals(currency) && (last == '.' || currency == "TND"):
		return n // Tunisia writes the comma, the others the dot
	}
	return n + 1
}

// grouped tells whether groups of digits are those of one number: of three, or
// as in India of two and three at the end. The first is free where it is alone
// or empty (".750.30").
func grouped(size []int) bool {
	n := len(size) - 1
	if n <= 0 || size[0] == 0 && n == 1 {
		return true
	}
	if size[0] > 3 || size[n] != 3 {
		return false
	}
	three, two := true, size[0] <= 2
	for _, k := range size[1:n] {
		three, two = three && k == 3, two && k == 2
	}
	return three || two
}

func threeDecimals(currency string) bool {
	switch currency {
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return true
	}
	return false
}
