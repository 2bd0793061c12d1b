package page

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
)

// priceHint is what the page tells of its currency and writing besides the
// price's own text; each may be "".
type priceHint struct {
	Currency string // ISO code that the page names as its own (priceCurrency, og)
	Language string // of the page, BCP 47
	Host     string // of the page: a .ca shop's "$" is CAD
}

// parsePrice reads a price as people write it, in any of the world's usual
// writings, from text that may have words around it.
//
// Of several prices it gives the one that holds now: not the old one, not the
// saving, an instalment or the price of a kilogram, and the low end of a range.
// An amount with no sign of a currency counts only where the text has nothing
// else. Zero is a placeholder and no price.
func parsePrice(text string, hint priceHint) (checker.Price, bool) {
	w, ok := readWritten(text, hint)
	return w.price, ok
}

// writtenPrice is a price with what the text around it makes of it.
type writtenPrice struct {
	price  checker.Price
	rank   priceRank
	alone  bool // the text is a price and nothing else
	signed bool // with its currency's sign
}

func readWritten(text string, hint priceHint) (writtenPrice, bool) {
	p := priceReader{text: foldPrice(text), hint: hint}
	defer p.giveBack(p.borrow())
	price, ok := p.read()
	return writtenPrice{price: price, rank: p.rank, alone: ok && p.allKnown(), signed: p.signed}, ok
}

// mayBeAlone tells whether a text may be a price and nothing else: all its words are
// such as stand beside prices.
func mayBeAlone(text string) bool {
	var space [32]byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf || c == '&' {
			return true
		}
		if !isLetterByte(c) {
			continue
		}
		word := space[:0]
		from := i
		for ; i < len(text) && isLetterByte(text[i]); i++ {
			if len(word) == len(space) {
				return false
			}
			word = append(word, text[i]|0x20)
		}
		if _, ok := priceWordTable()[string(word)]; !ok && !maySign(text, from) {
			return i < len(text) && text[i] >= utf8.RuneSelf // more of the word
		}
	}
	return true
}

// parseMachinePrice reads a price of structured data, where a lone dot is always
// the decimal mark: 140.000 is 140. The currency is an ISO code or a sign.
//
// A lone comma before exactly three digits groups thousands, as it does in every
// locale that would write such data.
func parseMachinePrice(text, currency string, hint priceHint) (checker.Price, bool) {
	given := strings.TrimSpace(currency)
	code := ""
	if given != "" {
		given = foldPrice(given)
		code, _ = isoCode(given)
		if s, ok := signOf(strings.TrimRight(given, ".")); ok && code == "" {
			code = hint.currencyOf(s)
		}
		// The data names a currency, known or not: that of the page is not it.
		hint.Currency, hint.Host = code, ""
	}
	text = foldPrice(text)
	price := checker.Price{}
	ok := false
	if price.Amount, ok = scientific(strings.TrimSpace(text)); ok {
		price.Currency = hint.code()
	} else {
		p := priceReader{text: text, hint: hint, machine: true}
		defer p.giveBack(p.borrow())
		if price, ok = p.read(); !ok {
			return checker.Price{}, false
		}
	}
	if code != "" {
		price.Currency = code
	}
	// So many decimals are a binary float's noise, 19.989999999999998, not a price.
	if price.Amount.Exponent() < -8 {
		price.Amount = price.Amount.Round(4)
	}
	if !price.Amount.IsPositive() {
		return checker.Price{}, false
	}
	return price, true
}

// scientific reads 1.299e3, and nothing without an exponent.
func scientific(text string) (decimal.Decimal, bool) {
	mantissa, exponent, found := strings.Cut(text, "e")
	if !found {
		mantissa, exponent, found = strings.Cut(text, "E")
	}
	if !found || mantissa == "" || len(exponent) > 3 || strings.Trim(mantissa, "0123456789.") != "" {
		return decimal.Decimal{}, false
	}
	e, err := strconv.Atoi(exponent)
	if err != nil || e < -maxWhole || e > maxWhole {
		return decimal.Decimal{}, false
	}
	d, ok := exactAmount(mantissa, "", true)
	if !ok {
		return decimal.Decimal{}, false
	}
	d = d.Shift(int32(e))
	return d, d.IsPositive() && d.LessThan(decimal.New(1, maxWhole))
}

// priceCandidate is a number that may be the price, with the signs beside it.
type priceCandidate struct {
	from, at, to int // tokens: the first of it, the number, the first behind it
	amount       decimal.Decimal
	currency     string
	weak         bool // its sign is a word of its own
	rank         priceRank
}

// priceRank says how well a candidate answers "what does it cost now"; the lowest
// wins, of equals the first.
type priceRank uint8

const (
	currentPrice priceRank = iota
	plainPrice
	untaxedPrice  // one to which tax is added
	outdatedPrice // or for another measure, or on top of the price
	droppedPrice  // a saving, an instalment, a negative: never a price
)

const (
	lookBack = 24 // tokens before a number that may say something of it
	maxKnown = 48 // tokens of a text that is a price and nothing else
)

// read picks the price among the numbers of the text.
func (p *priceReader) read() (checker.Price, bool) {
	p.scan()
	p.joinCents()

	var best *priceCandidate
	signed := false
	better := func(c *priceCandidate) bool {
		if c.weak != best.weak {
			return best.weak
		}
		return c.rank < best.rank || c.rank == best.rank && best.amount.IsZero()
	}
	var list [4]priceCandidate
	found := p.candidates(list[:0])
	for i := range found {
		c := &found[i]
		signed = true
		if c.rank != droppedPrice && (best == nil || better(c)) {
			best = c
		}
	}
	if !signed {
		return p.bare()
	}
	if best == nil || !best.amount.IsPositive() && !p.zero {
		return checker.Price{}, false
	}
	if c := p.reduced(best, found); c != nil {
		best = c
	}
	p.rank, p.signed = best.rank, !best.weak
	return checker.Price{Amount: best.amount, Currency: best.currency}, true
}

// reduced is the candidate that a percentage in the text says is left of the
// best: of "64.27 € 43.97 € (-32 %)" the second.
func (p *priceReader) reduced(best *priceCandidate, found []priceCandidate) *priceCandidate {
	for i := range p.tokens[:min(len(p.tokens), maxKnown)] {
		if p.tokens[i].kind != numberToken || !p.percent(i) {
			continue
		}
		off, ok := p.tokens[i].number.value("", true)
		if !ok || !off.IsPositive() || off.GreaterThanOrEqual(hundred) {
			continue
		}
		left := best.amount.Mul(hundred.Sub(off)).Div(hundred)
		for j := range found {
			c := &found[j]
			// The percentage is rounded to a whole one.
			if c.rank != droppedPrice && c.currency == best.currency && c.amount.LessThan(best.amount) && c.amount.Sub(left).Abs().LessThan(best.amount.Div(hundred)) {
				return c
			}
		}
	}
	return nil
}

var hundred = decimal.NewFromInt(100)

// candidates appends the numbers that have a currency's sign, or end in a dash
// as only prices do.
func (p *priceReader) candidates(list []priceCandidate) []priceCandidate {
	free := 0      // the first token that belongs to no number yet
	since := 0     // the first token behind the last candidate
	previous := -1 // the last number, and where it ends
	end := 0
	ranged := false // the last candidate is the high end of a range
	for at := range p.tokens {
		if p.tokens[at].kind != numberToken {
			continue
		}
		from, to := p.owned(at, free)
		free = to
		high := previous >= 0 && from == end+1 && p.isRange(end)
		low, lowEnd := previous, end
		previous, end = at, to
		since = max(since, from-lookBack)
		c, ok := p.candidate(from, at, to, since)
		if !ok {
			continue
		}
		lastSigned := len(list) > 0 && list[len(list)-1].at == low
		switch {
		case !high || c.rank == droppedPrice || ranged && !lastSigned:
			ranged = false
			list = append(list, c)
		case lastSigned:
			last := &list[len(list)-1]
			if last.rank != droppedPrice && c.amount.IsPositive() && c.amount.LessThan(last.amount) {
				last.amount = c.amount
			}
			last.to = c.to
			ranged = true
		default:
			// "10 – 20 €": the low end has the sign of the high one, unless a title
			// stands before it: "Phone 15 - 799 €".
			number := p.tokens[low].number
			d, ok := number.value(c.currency, p.machine)
			if ok && d.LessThan(c.amount) && lowEnd == low+1 && p.known(p.tokens[since:low], false) {
				c.amount, c.from = d, low
				c.rank = min(c.rank, p.rankBefore(since, low))
			}
			list = append(list, c)
			ranged = true
		}
		since = to
	}
	return list
}

// owned gives the tokens of the number at the index: itself and the signs that
// belong to it.
func (p *priceReader) owned(at, free int) (from, to int) {
	from = at
	if at-2 >= free && p.is(at-1, ":") && p.tokens[at-2].kind == signToken {
		from--
	}
	for from > free && at-from < 4 && p.tokens[from-1].kind == signToken {
		from--
	}
	if from < at && p.tokens[from].kind != signToken {
		from = at
	}
	to = at + 1
	for to < len(p.tokens) && to-at < 4 && p.tokens[to].kind == signToken {
		to++
	}
	between := to - at - 1
	if between == 0 || to == len(p.tokens) || p.tokens[to].kind != numberToken {
		return from, to
	}
	if between > 1 {
		return from, at + 2
	}
	// One sign between two numbers.
	s, next := p.tokens[at+1], p.tokens[to]
	text := p.text[s.start:s.end]
	var after priceToken
	if to+1 < len(p.tokens) {
		after = p.tokens[to+1]
	}
	gluedLeft, gluedRight := s.start == p.tokens[at].end, s.end == next.start
	mine := !strings.ContainsAny(text, "$£¥₹")
	switch {
	case from == at && after.kind == signToken && p.text[after.start:after.end] == text:
		mine = true // 79,99 €59,99 €
	case gluedLeft != gluedRight:
		mine = gluedLeft
	case from < at:
		mine = false // $59.99$59.99
	case after.kind == signToken:
		mine = true
	}
	if mine {
		return from, to
	}
	return from, at + 1
}

// candidate reads the number with the signs around it. since is the first token
// that may say something of it.
func (p *priceReader) candidate(from, at, to, since int) (priceCandidate, bool) {
	t := p.tokens[at]
	c := priceCandidate{from: from, at: at, to: to}
	if from == at && to == at+1 && !t.number.dashed || p.unfit(from, at, to) {
		return c, false
	}
	s, signed := p.signOf(from, at, to)
	c.currency = p.hint.code()
	switch {
	case signed:
		c.currency = p.hint.currencyOf(s)
	case c.currency == "" && t.number.dashed:
		language, _, _ := strings.Cut(p.hint.Language, "-")
		c.currency = byKey(languageCurrency, language) // crowns are written so
	}
	if strings.IndexByte(t.number.text, ':') >= 0 && !t.number.dashed && !strings.Contains(crowns, c.currency) {
		return c, false // a time
	}
	var ok bool
	if c.amount, ok = t.number.value(c.currency, p.machine); !ok {
		return c, false
	}
	if signed && s.least > 0 && c.amount.LessThan(decimal.New(s.least, 0)) {
		c.weak = true
		if !cented(t.number.text) && !p.allKnown() {
			return c, false
		}
	}
	c.rank = p.rankBefore(since, from)
	if p.negative(from, at, since) {
		c.rank = droppedPrice
	}
	if after := p.rankAfter(to); after > c.rank {
		c.rank = after
	}
	if c.rank < untaxedPrice && p.untaxed(since, from, to) {
		c.rank = untaxedPrice
	}
	return c, true
}

// signOf merges the signs beside a number: the nearest counts, and one that is
// more precise than it ("US$ 12", "$12 CAD", "CLP $19.990").
func (p *priceReader) signOf(from, at, to int) (sign, bool) {
	var nearest sign
	have := false
	for i := from; i < to; i++ {
		// from the number to the left, then to the right of it
		j := i
		if i < at {
			j = at - 1 - (i - from)
		}
		t := p.tokens[j]
		if t.kind != signToken {
			continue
		}
		switch {
		case !have:
			nearest, have = t.sign, true
		case t.sign.least < nearest.least && !(t.sign.may(nearest.currency) || nearest.may(t.sign.currency)):
			nearest = t.sign // the letter is a word's: "P.V.P. 4,56 €"
		case nearest.others != "" && t.sign.others == "" && nearest.may(t.sign.currency),
			nearest.currency == "" && nearest.others == "":
			least := min(nearest.least, t.sign.least)
			nearest = t.sign
			nearest.least = least
		}
	}
	return nearest, have
}

// unfit tells a number that is something else in spite of a sign: a percentage,
// a part of a word, of a date or of an article number, or of a larger amount.
func (p *priceReader) unfit(from, at, to int) bool {
	t := p.tokens[at]
	if p.percent(at) {
		return true
	}
	if at > 0 && from == at {
		b := p.tokens[at-1]
		text := p.text[b.start:b.end]
		glued := b.end == t.start
		switch {
		case glued && b.kind == wordToken:
			r, _ := utf8.DecodeLastRuneInString(text)
			if !unspaced(r) && priceWordSays(text, plainWord, priceWord, nowWord, oldWord, perWord) == unknownWord {
				return true
			}
		case glued && (text == "#" || text == "№" || text == "@" || text == "_"):
			return true
		case text == "/" && at > 1 && p.tokens[at-2].kind == numberToken:
			return true
		}
	}
	if to == at+1 && to < len(p.tokens) {
		a := p.tokens[to]
		text := p.text[a.start:a.end]
		if text == "¢" {
			return true
		}
		if a.kind == wordToken {
			if priceWordSays(text, scaleWord) == scaleWord {
				return true
			}
			r, _ := utf8.DecodeRuneInString(text)
			if from == at && a.start == t.end && !unspaced(r) {
				return true
			}
		}
	}
	return false
}

func (p *priceReader) percent(at int) bool {
	return p.is(at+1, "%") || p.is(at-1, "%") && p.tokens[at-1].end == p.tokens[at].start && (at < 2 || p.tokens[at-2].kind != numberToken)
}

// negative tells an amount with a minus sign, which a dash between words or
// prices is not.
func (p *priceReader) negative(from, at, since int) bool {
	dash := func(i int) bool { return i >= 0 && (p.is(i, "-") || p.is(i, "–")) }
	if dash(at-1) && at-1 >= since && p.tokens[at-1].end == p.tokens[at].start && at-2 >= since && p.tokens[at-2].kind == signToken {
		return true // €-5
	}
	i := from - 1
	if !dash(i) {
		return false
	}
	if i == 0 && p.is(0, "-") {
		return true
	}
	return p.tokens[i].end == p.tokens[from].start && (i == 0 || p.is(i-1, "(") || p.tokens[i-1].end < p.tokens[i].start)
}

// rankBefore says what the tokens before a number make of it.
func (p *priceReader) rankBefore(since, from int) priceRank {
	said, times := plainWord, false
	for i := since; i < from; i++ {
		t := p.tokens[i]
		text := p.text[t.start:t.end]
		switch {
		case t.kind == numberToken:
			times = false
			if said == savingWord && p.percent(i) {
				said = plainWord
			}
		case text == "×" || text == "x" || text == "X" || text == "х":
			times = i > 0 && p.tokens[i-1].kind == numberToken && p.tokens[i-1].number.text != "1"
		case t.kind == wordToken:
			switch c := priceWordSays(text, priceWord, nowWord, oldWord, savingWord, paymentWord, shippingWord); c {
			case unknownWord:
			case priceWord:
				if said != oldWord && said != nowWord {
					said = plainWord
				}
			case savingWord:
				if !p.is(i-1, "%") { // "50 % off" is said of no amount
					said = c
				}
			default:
				said = c
			}
		}
	}
	forAmount := from > since && forWords[strings.ToLower(p.text[p.tokens[from-1].start:p.tokens[from-1].end])]
	switch {
	case times, said == savingWord, said == paymentWord, said == shippingWord:
		return droppedPrice
	case forAmount && from-2 >= since && p.tokens[from-2].kind == numberToken:
		return droppedPrice // "3 for £10"
	case forAmount && since > 0 && p.is(from-1, "por"):
		return currentPrice // "De R$ 249,90 por R$ 189,90"
	case from > since && (p.is(from-1, "+") || p.is(from-1, "=")), said == oldWord:
		return outdatedPrice
	case said == nowWord:
		return currentPrice
	}
	return plainPrice
}

// rankAfter says what the tokens behind a number and its signs make of it.
func (p *priceReader) rankAfter(to int) priceRank {
	word := func(i int, wanted ...priceWordClass) bool {
		if i >= len(p.tokens) || p.tokens[i].kind != wordToken {
			return false
		}
		return priceWordSays(p.text[p.tokens[i].start:p.tokens[i].end], wanted...) != unknownWord
	}
	i := to
	if p.is(i, "/") || word(i, perWord) {
		if i++; i < len(p.tokens) && p.tokens[i].kind == numberToken {
			i++
		}
		switch {
		case word(i, monthWord) && !word(i, unitWord):
			return droppedPrice
		case word(i, unitWord):
			return outdatedPrice
		}
		return currentPrice
	}
	if i < len(p.tokens) && word(i, monthWord) && p.tokens[i].end-p.tokens[i].start >= len("month") {
		return droppedPrice
	}
	if p.is(i, "de") || p.is(i, "di") {
		i++
	}
	if word(i, offWord) && (p.is(i, "off") || i+1 == len(p.tokens) || p.tokens[i+1].kind != numberToken && p.tokens[i+1].kind != signToken && !p.is(i+1, ":")) {
		return droppedPrice
	}
	return currentPrice
}

// untaxed tells whether words say that tax is not in the price: before it, where the
// text begins with words of tax, else behind it.
func (p *priceReader) untaxed(since, from, to int) bool {
	first := 0
	for first < len(p.tokens) && p.tokens[first].kind != numberToken {
		first++
	}
	_, leads := p.taxWords(0, first)
	if leads {
		without, _ := p.taxWords(since, from)
		return without
	}
	end := to
	for end < len(p.tokens) && p.tokens[end].kind != numberToken && p.tokens[end].kind != signToken {
		end++
	}
	without, _ := p.taxWords(to, end)
	return without
}

// taxWords tells whether words name a tax, and whether they say that it is not
// included.
func (p *priceReader) taxWords(from, to int) (without, any bool) {
	excluded := false
	for _, t := range p.tokens[from:min(max(from, to), len(p.tokens))] {
		if t.kind != wordToken {
			continue
		}
		switch word := strings.ToLower(strings.TrimSuffix(p.text[t.start:t.end], ".")); {
		case untaxedWords[word]:
			excluded, any = true, true
			without = true
		case taxNames[word]:
			any = true
			without = without || excluded
		case excludingWords[word]:
			excluded = true
		}
	}
	return without, any
}

// forWords stand between how many are bought together and what they cost.
var forWords = set("for für pour por voor za за")

var (
	untaxedWords   = set("ht exvat netto")
	excludingWords = set("ex exc excl exkl excluding exclusief exklusive without w/o hors ohne zzgl plus sans sin senza zonder bez uten utan uden eks sem без")
	taxNames       = set("vat tax taxes btw mwst mehrwertsteuer ust moms mva iva tva gst hst dph ddv pdv kdv áfa ндс пдв φπα ttc")
)

// allKnown is known for the whole text; a long one is more than a price.
func (p *priceReader) allKnown() bool {
	return len(p.tokens) <= maxKnown && p.known(p.tokens, true)
}

// isRange tells whether the token stands between the ends of a range.
func (p *priceReader) isRange(i int) bool {
	t := p.tokens[i]
	text := p.text[t.start:t.end]
	switch t.kind {
	case markToken:
		return text == "-" || text == "–" || text == "~" || text == "…"
	case wordToken:
		return priceWordSays(text, rangeWord) == rangeWord
	}
	return false
}

// is tells whether the token is there and reads so.
func (p *priceReader) is(i int, text string) bool {
	return i >= 0 && i < len(p.tokens) && p.text[p.tokens[i].start:p.tokens[i].end] == text
}

// known tells whether all words are those that stand beside prices, so that the
// text is a price and nothing else. Words of pieces and measures are among them
// where the amount has a sign.
func (p *priceReader) known(tokens []priceToken, signed bool) bool {
	for _, t := range tokens {
		text := p.text[t.start:t.end]
		switch t.kind {
		case wordToken:
			ok := priceWordSays(text, plainWord, priceWord, nowWord, oldWord, rangeWord, perWord) != unknownWord ||
				signed && priceWordSays(text, pieceWord, unitWord, monthWord, shippingWord, savingWord) != unknownWord
			if !ok {
				return false
			}
		case markToken:
			if strings.Contains("#№@%=/+?<>{}[]_&\\¢°", text) && !signed {
				return false
			}
		}
	}
	return true
}

// bare reads a price without a currency's sign beside it: the text must be
// nothing else, and have one amount, a range, or the same amount again.
func (p *priceReader) bare() (checker.Price, bool) {
	none := checker.Price{}
	if len(p.tokens) > maxKnown || !p.known(p.tokens, false) {
		return none, false
	}
	price := checker.Price{Currency: p.hint.code()}
	for _, t := range p.tokens {
		if t.kind == signToken {
			price.Currency = p.hint.currencyOf(t.sign) // "Price (EUR): 12.99"
		}
	}
	previous := -1
	for i, t := range p.tokens {
		if t.kind != numberToken {
			continue
		}
		if !p.machine && len(t.number.text) > maxBare && strings.Trim(t.number.text, "0123456789") == "" || strings.IndexByte(t.number.text, ':') >= 0 || p.unfit(i, i, i+1) {
			return none, false
		}
		d, ok := t.number.value(price.Currency, p.machine)
		if !ok || p.negative(i, i, 0) {
			return none, false
		}
		switch {
		case previous < 0:
			if p.is(i-1, "(") && p.is(i+1, ")") {
				return none, false // a count of reviews
			}
			if p.rank = p.rankBefore(0, i); p.rank == droppedPrice {
				return none, false
			}
			price.Amount = d
		case i == previous+2 && p.isRange(previous+1) && (p.tokens[previous].end < p.tokens[previous+1].start || strings.ContainsAny(t.number.text, ".,")):
			if d.LessThan(price.Amount) {
				return none, false
			}
		case !d.Equal(price.Amount):
			return none, false
		}
		previous = i
	}
	if previous < 0 || !price.Amount.IsPositive() && !p.zero {
		return none, false
	}
	return price, true
}

// joinCents puts cents that stand apart to their amount: "499€99", "$499 99"
// and "499 € 99", as shops write them in smaller type.
func (p *priceReader) joinCents() {
	kept := p.tokens[:0]
	skip := -1
	for i, t := range p.tokens {
		if i == skip {
			continue
		}
		kept = append(kept, t)
		if t.kind != numberToken || !whole(t.number) {
			continue
		}
		last := &kept[len(kept)-1]
		signedBefore := i > 0 && p.tokens[i-1].kind == signToken
		switch {
		case p.cents(i+1) && signedBefore && p.tokens[i+1].start == t.end+1 && p.ends(i+2):
			last.end = p.tokens[i+1].end
			last.number.text += "." + p.tokens[i+1].number.text
			skip = i + 1
		case p.cents(i+2) && p.tokens[i+1].kind == signToken && !signedBefore:
			left, right := p.tokens[i+1].start-t.end, p.tokens[i+2].start-p.tokens[i+1].end
			if left != right || left > 1 || left == 1 && i+3 < len(p.tokens) || !p.ends(i+3) {
				continue
			}
			last.number.text += "." + p.tokens[i+2].number.text
			skip = i + 2
		}
	}
	clear(p.tokens[len(kept):])
	p.tokens = kept
}

// cents tells whether the token is two digits.
func (p *priceReader) cents(i int) bool {
	return i < len(p.tokens) && p.tokens[i].kind == numberToken && len(p.tokens[i].number.text) == 2 && digitsAt(p.tokens[i].number.text, 0) == 2
}

// ends tells whether an amount can end before the token: it is none, begins the
// next price, or is no measure, multiplier or percent sign.
func (p *priceReader) ends(i int) bool {
	if i >= len(p.tokens) {
		return true
	}
	t := p.tokens[i]
	text := p.text[t.start:t.end]
	switch t.kind {
	case signToken:
		return i+1 < len(p.tokens) && p.tokens[i+1].kind == numberToken && p.tokens[i+1].start == t.end
	case wordToken:
		return priceWordSays(text, plainWord, priceWord, nowWord, oldWord, pieceWord, rangeWord) != unknownWord
	case markToken:
		return text != "%" && text != "×" && text != "\""
	}
	return false
}

// cented tells a number with two decimals, as prices have and sizes rarely.
func cented(text string) bool {
	n := len(text)
	return n > 3 && isMark(text[n-3]) && digitsAt(text, n-2) == 2
}

// whole tells a number that has no fraction and could have one.
func whole(n priceNumber) bool {
	if n.dashed || n.shift != 0 {
		return false
	}
	i := strings.LastIndexAny(n.text, "., '\x1f:")
	return i < 0 || i > 0 && len(n.text)-i-1 == 3
}
