package page

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"stockchecker/lambda/checker"
)

// saying is what words on a page say of stock.
type saying struct {
	Availability checker.Availability
	Quantity     *int // of "only 3 left", "0 in stock"; nil where no exact number is said
}

// labelSays reads a short text of the buy box or of a product card, such as
// "Only 3 left in stock", "Nicht verfügbar", "Pickup available at 3 stores".
//
// It reads as a careful person would: a clause counts only when one language
// explains every word of it, as a phrase of its file or as a word that may stand
// around one. "In stock" is read; "in stock soon", "stock photo" and "XL: sold
// out" hold a word too many, and say nothing. A question says nothing either.
func labelSays(text string) (saying, bool) {
	if marksOf(text)&labelMark == 0 {
		return saying{}, false
	}
	return allWords().labels.label(text)
}

// control is what a button or link does, by its words.
type control string

const (
	buy         control = "buy"           // add to cart, buy now: what it sells can be had
	preOrder    control = "preorder"      // pre-order now
	backOrder   control = "backorder"     // order on back-order
	notify      control = "notify"        // tell me when it is back: it can't be had
	soldOut     control = "sold_out"      // a button that reads "Sold out"
	inStoreOnly control = "in_store_only" // find a store, pick up only
)

// controlSays reads the label of a button or link, such as "Add to basket",
// "In den Warenkorb", "Notify me when available". Labels of other controls
// ("Add to wishlist", "Compare") say nothing.
func controlSays(label string) (control, bool) {
	if marksOf(label)&controlMark == 0 {
		return "", false
	}
	return allWords().controls.control(label)
}

// mentionsSoldOut tells whether a text has words for sold out in it, also where
// the text as a whole is not understood.
func mentionsSoldOut(text string) bool {
	return marksOf(text)&soldOutMark != 0 && allWords().labels.mentions(text, saysSoldOut|saysOnlineOut|saysDiscontinued)
}

// headsRelated tells whether a heading begins a part of the page that shows
// other products: "You may also like", "Kunden kauften auch", "Recently viewed".
func headsRelated(heading string) bool {
	return marksOf(heading)&relatedMark != 0 && allWords().related.heads(heading)
}

// section is what a phrase says; a set of them is what a text says.
type section uint16

const (
	saysSoldOut section = 1 << iota
	saysInStock
	saysLimited
	saysPreOrder
	saysPresale
	saysBackOrder
	saysDiscontinued
	saysInStoreOnly
	saysOnlineOnly
	saysBuy
	saysNotify
	saysRelated
	saysOnlineOut
	saysNothing
	around
	takesBack
)

const saysHave = saysInStock | saysLimited

// lexicon finds the phrases of one kind of text, in all languages at once.
type lexicon struct {
	*words
	reads       use
	gaps        []gap
	abbreviated bool // a full stop after a unit ends no sentence
}

// phrase is one phrase of one language.
type phrase struct {
	lang     int
	says     section
	quantity int  // which number of it, from 0, is the quantity; -1: none
	colon    bool // it needs a colon: "Stock: 12" is a count, "Stock 1234" may be anything
	use      use
}

// gap is a phrase with any words in the middle, before or after.
type gap struct {
	head, tail []int32
	says       section
}

// The words that every lexicon has first. The rest of a text's tokens are
// words of the lexicon, or unknown.
const (
	aNumber int32 = iota
	aColon
	moneySign
	anyWords  // the * of a phrase
	softBreak // a break between clauses: a comma, a dash, a parenthesis
	hardBreak // the end of a sentence
	question  // the end of a question
	firstWord
	unknown int32 = -1
)

// onControl is what a phrase says that stands on a button.
func onControl(says section) section {
	switch says {
	case saysOnlineOut, saysDiscontinued:
		return saysSoldOut
	case saysPresale:
		return saysPreOrder
	}
	return says
}

// match finds the longest phrase of the language that begins at the first token,
// and how many tokens it takes. A colon in the text may stand anywhere.
func (l *lexicon) match(ts []token, lang int) (p phrase, quantity *token, n int) {
	var numbers [8]*token
	node, seen, colon := 0, 0, false
	for i := range ts {
		t := &ts[i]
		if t.word == aColon && i > 0 {
			colon = true
			continue
		}
		if node = l.child(node, t.word); node == 0 {
			break
		}
		if t.word == aNumber && seen < len(numbers) {
			numbers[seen] = t
			seen++
		}
		for j, end := int(l.ends[node]), int(l.ends[node+1]); j < end; j++ {
			packed := l.phrases.at(j)
			if packed&maxLang != lang {
				continue
			}
			e := unpackPhrase(packed)
			if e.use&l.reads == 0 || e.colon && !colon || e.quantity >= 0 && numbers[e.quantity].odd {
				continue
			}
			// Of one language's sections for the same phrase the first counts;
			// the files have none twice.
			if l.reads == inControls {
				e.says = onControl(e.says)
			}
			p, n, quantity = e, i+1, nil
			if e.quantity >= 0 {
				quantity = numbers[e.quantity]
			}
			break
		}
	}
	return p, quantity, n
}

// found is what was found in a clause, or in several.
type found struct {
	says     section
	quantity int
	exact    bool // quantity is one
	many     bool // several quantities: none of them counts
	langs    uint64
	count    bool // nothing but a number
	pieces   int  // phrases and words around them that it took
}

func (f *found) add(g found) {
	if f.says&^saysNothing == 0 {
		f.langs = g.langs
	}
	f.says |= g.says
	f.pieces += g.pieces
	if g.exact && f.exact && f.quantity != g.quantity || g.many {
		f.many = true
	}
	if g.exact {
		f.quantity, f.exact = g.quantity, true
	}
}

// clause reads a clause as each language that knows all its words; ok means that
// one explains it. Where languages disagree, the one with the longer phrases is
// right ("sold out online" before "sold out" and "online"), else it says nothing.
func (l *lexicon) clause(ts []token, prices bool) (f found, ok bool) {
	langs := ^uint64(0)
	for _, t := range ts {
		switch {
		case t.word == moneySign && prices:
		case t.word == unknown:
			return found{}, false
		default:
			langs &= l.langs(t.word)
		}
		if langs == 0 {
			return found{}, false
		}
	}
	for ; langs != 0; langs &= langs - 1 {
		g, covered := l.cover(ts, bits.TrailingZeros64(langs), prices)
		if !covered {
			continue
		}
		switch {
		case !ok || f.says == 0 || g.says != 0 && g.pieces < f.pieces:
			f = g
		case g.says == 0 || g.pieces > f.pieces:
		case g.says != f.says:
			f.says = saysNothing
		default:
			f.langs |= g.langs
		}
		ok = true
	}
	return f, ok
}

// cover explains every token of a clause in one language.
func (l *lexicon) cover(ts []token, lang int, prices bool) (f found, ok bool) {
	f.langs = 1 << lang
	var loose *token // a number outside of any phrase
	bare, priced := false, false
	for i := 0; i < len(ts); {
		p, quantity, n := l.match(ts[i:], lang)
		switch {
		case n > 0 && p.says == takesBack:
			return found{}, false
		case n > 0 && p.says == around:
			priced = true
		case n > 0:
			g := found{says: p.says, langs: 1 << lang}
			if quantity != nil && quantity.exact {
				g.quantity, g.exact = quantity.value, true
				if quantity.value == 0 && p.says&saysHave != 0 {
					g.says = saysSoldOut
				}
			}
			f.add(g)
		case ts[i].word == aColon:
			n = 1
		case ts[i].word == moneySign:
			priced, n = true, 1
		case ts[i].word == aNumber && prices:
			bare = bare || !ts[i].odd
			n = 1
		case ts[i].word == aNumber && loose == nil && !ts[i].odd:
			loose, n = &ts[i], 1
		default:
			return found{}, false
		}
		i += n
		f.pieces++
	}
	if bare && !priced { // "Cart 0", "1448 sold" are no prices
		return found{}, false
	}
	if loose == nil {
		return f, true
	}
	// "5 in stock", "In stock: 5", "In stock, 5"; with anything else a number has a
	// meaning of its own, as in "1448 sold".
	if f.says != saysInStock && len(ts) > 1 || f.exact {
		return found{}, false
	}
	if loose.exact {
		f.quantity, f.exact = loose.value, true
		if loose.value == 0 {
			f.says = saysSoldOut
		}
	}
	f.count = len(ts) == 1
	return f, true
}

// Texts longer than this, in letters, are read more strictly, and not at all.
const (
	shortText = 120
	longText  = 400
	maxTokens = 420
)

// label reads a text sentence by sentence. In a short one the clauses before the
// first that isn't understood count ("In stock, with you tomorrow"), in a
// longer one only sentences that are understood to their end.
func (l *lexicon) label(text string) (saying, bool) {
	r := l.reader()
	defer readers.Put(r)
	ts := r.read(r.tokens[:0], text)
	if r.letters > longText || r.cut {
		return saying{}, false
	}
	var all found
	for len(ts) > 0 {
		end := slices.IndexFunc(ts, func(t token) bool { return t.word == hardBreak || t.word == question })
		if end < 0 {
			end = len(ts)
		}
		sentence := ts[:end]
		asked := end < len(ts) && ts[end].word == question
		ts = ts[min(end+1, len(ts)):]
		for len(sentence) > 0 && sentence[len(sentence)-1].word == softBreak {
			sentence = sentence[:len(sentence)-1]
		}
		// "In stock:" is the name of a value that stands elsewhere.
		if asked || len(sentence) > 0 && sentence[len(sentence)-1].word == aColon {
			continue
		}
		if f, ok := l.sentence(sentence, r.letters > shortText); ok {
			all.add(f)
		}
	}
	a := all.availability()
	if a == checker.Unknown {
		return saying{}, false
	}
	s := saying{Availability: a}
	if all.exact && !all.many {
		quantity := all.quantity
		s.Quantity = &quantity
	}
	return s, true
}

// mentions tells whether a phrase of one of the sections stands anywhere in a
// text.
func (l *lexicon) mentions(text string, says section) bool {
	r := l.reader()
	defer readers.Put(r)
	ts := r.read(r.tokens[:0], text)
	for i := range ts {
		if ts[i].word < firstWord {
			continue
		}
		for langs := l.langs(ts[i].word); langs != 0; langs &= langs - 1 {
			if p, _, n := l.match(ts[i:], bits.TrailingZeros64(langs)); n > 0 && p.says&says != 0 {
				return true
			}
		}
	}
	return false
}

func (l *lexicon) sentence(ts []token, whole bool) (found, bool) {
	var all found
	rest, opened := ts, false
	for len(rest) > 0 {
		end := slices.IndexFunc(rest, func(t token) bool { return t.word == softBreak })
		if end < 0 {
			end = len(rest)
		}
		if opened && isCount(rest[:end]) {
			return found{}, false
		}
		f, ok := l.clause(rest[:end], false)
		if ok && f.count && all.says != saysInStock {
			ok = false
		}
		if !ok {
			if whole {
				return found{}, false
			}
			break
		}
		all.add(f)
		opened = end > 0 && end < len(rest) && rest[end].opens
		rest = rest[min(end+1, len(rest)):]
	}
	if all.says&(saysHave|saysInStoreOnly|saysOnlineOnly) != 0 && l.takenBack(rest, all.langs) {
		return found{}, false
	}
	return all, all.says != 0
}

// isCount tells the parenthesis of a filter: "In stock (968)", "Sold out (16 lamps)".
func isCount(ts []token) bool {
	return len(ts) > 0 && len(ts) <= 2 && ts[0].word == aNumber && ts[0].exact && !ts[0].odd
}

// takenBack looks for a word such as "expected" in what was not understood.
func (l *lexicon) takenBack(ts []token, langs uint64) bool {
	for ; langs != 0; langs &= langs - 1 {
		for i := range ts {
			if p, _, n := l.match(ts[i:], bits.TrailingZeros64(langs)); n > 0 && p.says&(around|saysHave) == 0 {
				return true
			}
		}
	}
	return false
}

// availability is what all that was found says together. Yes and no at once are
// nothing.
func (f found) availability() checker.Availability {
	says := func(s section) bool { return f.says&s != 0 }
	switch {
	case says(saysNothing) && says(saysHave|saysInStoreOnly|saysOnlineOnly):
		return checker.Unknown
	case says(saysDiscontinued) && !says(saysHave):
		return checker.Discontinued
	case says(saysPresale):
		return checker.PreSale
	case says(saysPreOrder):
		return checker.PreOrder
	case says(saysHave) && says(saysSoldOut|saysOnlineOut|saysDiscontinued):
		return checker.Unknown
	case says(saysBackOrder) && !says(saysHave):
		return checker.BackOrder
	case says(saysSoldOut):
		return checker.SoldOut
	case says(saysInStoreOnly):
		return checker.InStoreOnly
	case says(saysOnlineOut):
		return checker.SoldOut
	case says(saysOnlineOnly):
		return checker.OnlineOnly
	case says(saysLimited):
		return checker.Limited
	case says(saysInStock):
		return checker.InStock
	}
	return checker.Unknown
}

// control reads a control's label: what it does comes first, and after a break
// or a colon anything may follow ("ADD TO CART - Item: Kestrel 9").
func (l *lexicon) control(label string) (control, bool) {
	r := l.reader()
	defer readers.Put(r)
	ts := r.read(r.tokens[:0], label)
	if r.letters > shortText || r.cut {
		return "", false
	}
	if slices.ContainsFunc(ts, func(t token) bool { return t.word == question }) {
		return "", false
	}
	var says section
	opened := false
	for rest := ts; len(rest) > 0; {
		end := slices.IndexFunc(rest, func(t token) bool { return t.word == softBreak || t.word == hardBreak || t.word == aColon })
		if end < 0 {
			end = len(rest)
		}
		if opened && isCount(rest[:end]) {
			return "", false
		}
		f, ok := l.clause(rest[:end], true)
		if !ok {
			if l.elsewhere(rest[:end]) { // "Buy now, pay later"
				return "", false
			}
			break
		}
		says |= f.says
		opened = end > 0 && end < len(rest) && rest[end].opens
		rest = rest[min(end+1, len(rest)):]
	}
	if says == 0 && !l.elsewhere(ts) {
		says = l.withGap(ts)
	}
	switch has := func(s section) bool { return says&s != 0 }; {
	case has(saysNothing), has(saysBuy) && has(saysSoldOut|saysNotify):
		return "", false
	case has(saysSoldOut):
		return soldOut, true
	case has(saysNotify):
		return notify, true
	case has(saysPreOrder):
		return preOrder, true
	case has(saysBackOrder):
		return backOrder, true
	case has(saysInStoreOnly):
		return inStoreOnly, true
	case has(saysBuy):
		return buy, true
	}
	return "", false
}

// elsewhere looks for a word of a control that does something else.
func (l *lexicon) elsewhere(ts []token) bool {
	for i := range ts {
		if ts[i].word < firstWord {
			continue
		}
		for langs := l.langs(ts[i].word); langs != 0; langs &= langs - 1 {
			if p, _, n := l.match(ts[i:], bits.TrailingZeros64(langs)); n > 0 && p.says == takesBack {
				return true
			}
		}
	}
	return false
}

// withGap reads "Add Kestrel 9 to cart".
func (l *lexicon) withGap(ts []token) section {
	for len(ts) > 0 && isBreak(ts[len(ts)-1]) {
		ts = ts[:len(ts)-1]
	}
	for len(ts) > 0 && isBreak(ts[0]) {
		ts = ts[1:]
	}
	for i := range l.gaps {
		g := &l.gaps[i]
		if len(ts) > len(g.head)+len(g.tail) && hasWords(ts, g.head) && hasWords(ts[len(ts)-len(g.tail):], g.tail) {
			return g.says
		}
	}
	return 0
}

func isBreak(t token) bool {
	return t.word == softBreak || t.word == hardBreak || t.word == aColon
}

func hasWords(ts []token, words []int32) bool {
	for i, w := range words {
		if ts[i].word != w {
			return false
		}
	}
	return true
}

// heads looks for a phrase in a heading that is short enough to be one. The title
// of a product may hold such words too, so a short phrase must be the whole of
// it, a longer one its begin or end, and only a long one may stand anywhere.
func (l *lexicon) heads(heading string) bool {
	r := l.reader()
	defer readers.Put(r)
	ts := r.read(r.tokens[:0], heading)
	if r.letters > shortText || r.cut {
		return false
	}
	ts = slices.DeleteFunc(ts, func(t token) bool { return isBreak(t) || t.word == question })
	for i := range ts {
		if ts[i].word < 0 {
			continue
		}
		for langs := l.langs(ts[i].word); langs != 0; langs &= langs - 1 {
			_, _, n := l.match(ts[i:], bits.TrailingZeros64(langs))
			if n == 0 {
				continue
			}
			weight := n
			if r.alone { // one character a token
				weight = n / 2
			}
			edge := i == 0 || i+n == len(ts)
			if len(ts) == n || weight >= 2 && edge || weight >= 3 {
				return true
			}
		}
	}
	for i := range l.gaps {
		if g := &l.gaps[i]; len(ts) > len(g.head) && hasWords(ts, g.head) {
			return true
		}
	}
	return false
}

// token is a word, a number or a break of a text.
type token struct {
	word  int32
	value int
	exact bool // of a number: neither "10+" nor "2-3"
	opens bool // of a break: a parenthesis
	odd   bool // of a number: no count, but a date, a time, a price, a part number
}

// reader makes tokens of a text: compatibility forms, case and accents folded,
// punctuation reduced to breaks.
type reader struct {
	*lexicon
	learn    func(word []byte) int32 // numbers the words of a phrase, in which {n}, {m} and * are read; nil for other texts
	quantity int                     // which number is {n}; -1: none
	letters  int                     // letters and digits read
	alone    bool                    // some are words of their own
	cut      bool                    // too long, the rest was not read
	word     []byte
	tokens   []token
	last     rune // script of the last word, to know the Greek question mark
}

// readers are to be used again: a page has thousands of texts.
var readers = sync.Pool{New: func() any { return &reader{tokens: make([]token, 0, maxTokens+1), word: make([]byte, 0, 64)} }}

// reader is one for texts of the lexicon.
func (l *lexicon) reader() *reader {
	r := readers.Get().(*reader)
	*r = reader{lexicon: l, tokens: r.tokens, word: r.word}
	return r
}

// maxBytes is more than a text of longText letters needs in any script.
const maxBytes = 8 << 10

func (r *reader) read(ts []token, text string) []token {
	r.quantity = -1
	text = strings.TrimSpace(text)
	if len(text) > maxBytes {
		r.cut = true
		return ts
	}
	if !ascii(text) && !norm.NFKC.IsNormalString(text) {
		text = norm.NFKC.String(text)
	}
	r.word = r.word[:0]
	inexact := false
	numbers := 0
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRuneInString(text[i:])
		if len(ts) >= maxTokens {
			r.cut = true
			return ts
		}
		switch {
		case r.learn != nil && (strings.HasPrefix(text[i:], "{n}") || strings.HasPrefix(text[i:], "{m}")):
			if text[i+1] == 'n' {
				r.quantity = numbers
			}
			numbers++
			ts, size = append(ts, token{word: aNumber}), 3
		case r.learn != nil && c == '*':
			ts = append(ts, token{word: anyWords})
		case digit(c) >= 0:
			t, n := r.number(text[i:])
			t.exact = t.exact && !inexact
			ts, size = append(ts, t), n
		case alone(c):
			r.letters++
			r.alone = true
			r.word = utf8.AppendRune(r.word[:0], c)
			ts = append(ts, token{word: r.lookup()})
			r.last = 0
		case unicode.IsLetter(c):
			n := r.letterWord(text[i:])
			ts, size = append(ts, token{word: r.lookup()}), n
		default:
			ts = r.mark(ts, c, text, i, size)
		}
		inexact = c == '>' || c == '<' || c == '≥' || c == '≤' || inexact && c == ' '
		i += size
	}
	return ts
}

// letterWord reads a word into r.word and returns its length in the text.
func (r *reader) letterWord(text string) int {
	r.word = r.word[:0]
	r.last = 0
	for i, c := range text {
		switch {
		case c < utf8.RuneSelf && (c|0x20 >= 'a' && c|0x20 <= 'z'):
			r.word = append(r.word, byte(c|0x20))
		case alone(c):
			return i
		case unicode.IsLetter(c), unicode.IsMark(c):
			if c >= 0x370 && c < 0x400 {
				r.last = c
			}
			r.word = r.fold(r.word, c)
		case c == 'ـ' || c == '\u00ad' || c == '\u200d': // tatweel, soft hyphen, joiner: within a word
			continue
		case digit(c) >= 0:
			r.word = append(r.word, byte('0'+digit(c)))
		default:
			return i
		}
		r.letters++
	}
	return len(text)
}

func (r *reader) lookup() int32 {
	if r.learn != nil {
		return r.learn(r.word)
	}
	return r.find(r.word)
}

// number reads "3", "1,204", "10+", "2-3", "2 – 3". Anything more is odd.
func (r *reader) number(text string) (token, int) {
	t := token{word: aNumber, exact: true}
	i, digits := 0, 0
	run := func() (n int) {
		for i < len(text) {
			c, size := utf8.DecodeRuneInString(text[i:])
			d := digit(c)
			if d < 0 {
				break
			}
			if t.value < 1e6 {
				t.value = t.value*10 + d
			}
			n++
			i += size
		}
		digits += n
		return n
	}
	after := func(skip int) bool { // a digit follows after skip bytes
		if i+skip > len(text) {
			return false
		}
		c, _ := utf8.DecodeRuneInString(text[i+skip:])
		return digit(c) >= 0
	}
	run()
	leading := digits > 1 && t.value < pow10(digits-1)
	for i < len(text) {
		c, size := utf8.DecodeRuneInString(text[i:])
		if strings.ContainsRune(".,'’٬٫/:", c) && after(size) {
			i += size
			if n := run(); n != 3 || c == '/' || c == ':' {
				t.odd = true
			}
			continue
		}
		skip := 0
		for skip < len(text)-i && text[i+skip] == ' ' {
			skip++
		}
		if c, size := utf8.DecodeRuneInString(text[i+skip:]); c == '-' || c == '–' || c == '—' || c == '~' {
			j := i + skip + size
			for j < len(text) && text[j] == ' ' {
				j++
			}
			if after(j - i) {
				// A date or a part number has more than one hyphen.
				t.odd = t.odd || !t.exact
				i, t.exact = j, false
				run()
				continue
			}
		}
		if c == '+' {
			t.exact = false
			i += size
		}
		break
	}
	if rest, ok := strings.CutPrefix(text[i:], "."); ok { // "5. Mai" is a day
		c, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " "))
		t.odd = t.odd || unicode.IsLetter(c)
	}
	r.letters += digits
	t.odd = t.odd || leading || t.value >= 100_000
	return t, i
}

func pow10(n int) int {
	p := 1
	for range min(n, 9) {
		p *= 10
	}
	return p
}

// mark reads one character that is neither letter nor digit.
func (r *reader) mark(ts []token, c rune, text string, i, size int) []token {
	add := func(word int32) []token { return append(ts, token{word: word}) }
	switch c {
	case '.', '。', '۔', '।', '!', '؛', ';':
		if c == ';' && r.last != 0 { // the Greek question mark
			return add(question)
		}
		if c == '.' && len(ts) > 0 && ts[len(ts)-1].word >= firstWord && r.abbreviated && mark(r.flags[ts[len(ts)-1].word])&unitFlag != 0 {
			return ts
		}
		return add(hardBreak)
	case '?', '؟':
		return add(question)
	case '(':
		return append(ts, token{word: softBreak, opens: true})
	case ',', '،', '、', ')', '/', '|', '•', '–', '—', '−':
		return add(softBreak)
	case '-', '‐', '‒', '·', '・':
		// Between letters it joins, between spaces it breaks.
		if i > 0 && text[i-1] == ' ' || i+size < len(text) && text[i+size] == ' ' {
			return add(softBreak)
		}
		return ts
	case ':', '：':
		return add(aColon)
	case '#', '%', '@', '=', '&', '✗', '✘', '❌', '✖', '✕', '×', '☒', '⛔', '🚫', '~', '≈', utf8.RuneError:
		return add(unknown)
	}
	if unicode.Is(unicode.Sc, c) {
		return add(moneySign)
	}
	return ts
}

// alone tells the characters that are words of their own.
func alone(c rune) bool {
	switch {
	case c < 0x0e00:
		return false
	case c <= 0x0e7f, // Thai
		c >= 0x3040 && c <= 0x30ff && c != '・', c == '々', // Kana
		c >= 0x3400 && c <= 0x9fff, c >= 0xf900 && c <= 0xfaff, c >= 0x20000 && c <= 0x3ffff, // Han
		c >= 0xac00 && c <= 0xd7af: // Hangul
		return unicode.IsLetter(c) || unicode.IsMark(c)
	}
	return false
}

// digit is the value of a decimal digit in the scripts of the languages, or -1.
func digit(c rune) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c < 0x660:
		return -1
	case c <= 0x669:
		return int(c - 0x660) // Arabic
	case c >= 0x6f0 && c <= 0x6f9:
		return int(c - 0x6f0) // Persian
	case c >= 0x966 && c <= 0x96f:
		return int(c - 0x966) // Devanagari
	case c >= 0xe50 && c <= 0xe59:
		return int(c - 0xe50) // Thai
	}
	return -1
}
