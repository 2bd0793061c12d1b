package page

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wanted is what tells the main product among several, and the offer that
// counts among its offers.
type wanted struct {
	Asked, Final, Canonical *url.URL // each may be nil
	Heading                 string   // the page's main h1, "" if none
	Title                   string   // of the document
	SKU                     string   // the checker's, "" if none
	Country                 string   // of the page, by its code; "" if none

	Sellers      []string // the checker's; their offers are taken before others
	AnyCondition bool     // a used one is as good as a new one
}

// How a product is tied to the page, each tie outweighing all below it.
const (
	tiedByContainment = 1 << iota // the heading or the title has its name, or its name the heading
	tiedByEntity                  // it is the page's mainEntity
	tiedByHeading
	tiedBySKUInURL
	tiedByURL
	tiedBySKU
)

// trust orders the sources: who describes its products in JSON-LD takes more
// care of it than who still has microdata in a theme.
var trust = []string{"json-ld", "microdata", "rdfa", "opengraph"}

// mainProduct picks the page's main product, or nil when none or no single one
// can be told for certain. A list's elements are main only when the URL, the
// sku or the heading says so.
func mainProduct(products []product, w wanted) *product {
	if all := mainProducts(products, w); len(all) > 0 {
		return all[0]
	}
	return nil
}

// mainProducts are all descriptions of the page's main product, the most
// trusted source first; where they say different things of it, whoever asks
// can see that. There may be several of one source.
func mainProducts(products []product, w wanted) []*product {
	t := newTies(w)
	var picks []pick
	var best pick
	for _, source := range trust {
		var own []*product
		for i := range products {
			if products[i].Source == source {
				own = append(own, &products[i])
			}
		}
		p := t.pick(own)
		if len(p.products) == 0 {
			continue
		}
		picks = append(picks, p)
		if !p.stranger && (len(best.products) == 0 || p.score > best.score) {
			best = p
		}
	}
	var all []*product
	if len(best.products) == 0 {
		return nil
	}
	for _, p := range picks {
		if p.products[0].Source == "opengraph" && p.products[0].Name == "" && p.products[0].URL == "" {
			all = append(all, p.products...) // it has no other page to be of
			continue
		}
		if p.score >= tiedByHeading || p.products[0] == best.products[0] || sameProduct(p.products[0], best.products[0]) {
			all = append(all, p.products...)
		}
	}
	// Of one source, what has something to say first.
	slices.SortStableFunc(all, func(a, b *product) int {
		if d := slices.Index(trust, a.Source) - slices.Index(trust, b.Source); d != 0 {
			return d
		}
		return len(b.candidates(nil, 0)) - len(a.candidates(nil, 0))
	})
	return all
}

// pick is what one source says is the main product, and how well it is tied.
type pick struct {
	products []*product // descriptions of one product
	score    int
	stranger bool // nothing on the page speaks for it: it counts only beside another source that agrees
}

// ties is wanted, prepared for comparing.
type ties struct {
	wanted
	keys    []string // of the page's URLs
	paths   []string // the same without their queries
	address string   // path and query, in lower case
	heading string
	title   string
}

func newTies(w wanted) *ties {
	t := &ties{wanted: w, heading: foldName(w.Heading), title: foldName(w.Title)}
	for _, u := range []*url.URL{w.Canonical, w.Final, w.Asked} {
		if u == nil {
			continue
		}
		if k := urlKey(u, false); !slices.Contains(t.keys, k) {
			t.keys = append(t.keys, k)
			path, _, _ := strings.Cut(k, "?")
			t.paths = append(t.paths, path)
		}
		t.address += " " + strings.ToLower(u.Path) + "?" + strings.ToLower(u.RawQuery)
	}
	return t
}

func (t *ties) score(p *product) int {
	score := 0
	all := p.candidates(nil, 0)
	if t.SKU != "" && (hasID(p.IDs, t.SKU) || slices.ContainsFunc(all, func(c candidate) bool { return c.hasID(t.SKU) })) {
		score |= tiedBySKU
	}
	if slices.ContainsFunc(p.addresses(), func(k string) bool { return slices.Contains(t.keys, k) }) {
		score |= tiedByURL
	}
	if slices.ContainsFunc(p.IDs, func(id string) bool { return containsToken(t.address, id) }) {
		score |= tiedBySKUInURL
	}
	if p.Main {
		score |= tiedByEntity
	}
	name := foldName(p.Name)
	if name != "" && (name == t.heading || t.heading == "" && name == t.title) {
		score |= tiedByHeading
	}
	if !p.InList && holdsName(t.heading, name) || !p.InList && (holdsName(name, t.heading) || holdsName(t.title, name)) {
		score |= tiedByContainment
	}
	return score
}

// pick finds the main one among the products of one source.
func (t *ties) pick(products []*product) pick {
	var top []*product
	best := 0
	for _, p := range products {
		s := t.score(p)
		if p.InList && s < tiedByHeading {
			continue
		}
		if top == nil || s > best {
			top, best = nil, s
		}
		if s == best {
			top = append(top, p)
		}
	}
	if len(top) == 0 {
		return pick{}
	}
	// Several that are tied alike are descriptions of one product, or its
	// variants, or nothing is certain.
	if i := slices.IndexFunc(top, func(p *product) bool { return !sameProduct(p, top[0]) }); i < 0 {
		return pick{top, best, best == 0 && t.stranger(top[0])}
	}
	group := &product{Source: top[0].Source, Line: top[0].Line, Name: t.Heading, URL: top[0].URL, pages: top[0].pages}
	for _, p := range top {
		name := foldName(p.Name)
		if p.InList || best < tiedByURL && !t.onThisPath(p) || t.heading == "" || !strings.Contains(name, t.heading) && !strings.Contains(t.heading, name) {
			return pick{}
		}
		group.Variants = append(group.Variants, *p)
	}
	return pick{products: []*product{group}, score: best}
}

// onThisPath tells whether the product is at the page's URL but for the query.
func (t *ties) onThisPath(p *product) bool {
	return slices.ContainsFunc(p.pages, func(s string) bool {
		u, err := url.Parse(s)
		if err != nil {
			return false
		}
		u.RawQuery = ""
		return slices.Contains(t.paths, urlKey(u, false))
	})
}

// stranger tells whether a product that nothing ties to the page has nothing
// in common with it either: the page is another one then.
func (t *ties) stranger(p *product) bool {
	if t.heading == "" && t.title == "" || p.Name == "" {
		return false
	}
	about := t.heading + " " + t.title + " " + t.address
	for word := range strings.FieldsSeq(foldName(p.Name)) {
		if n := utf8.RuneCountInString(word); n >= 3 && strings.Contains(about, word) {
			return false
		}
		// Scripts without spaces between words.
		runes := []rune(word)
		for i := 0; i+1 < len(runes) && i < 100; i++ {
			if runes[i] >= 0x2E80 && strings.Contains(about, string(runes[i:i+2])) {
				return false
			}
		}
	}
	return true
}

// sameProduct tells whether two descriptions are of one product.
func sameProduct(a, b *product) bool {
	if a == b {
		return true
	}
	for _, id := range a.IDs {
		if hasID(b.IDs, id) {
			return true
		}
	}
	// Sources may name it in different languages, at one address.
	if a.Source != b.Source {
		at := map[string]bool{}
		for _, k := range a.addresses() {
			at[k] = true
		}
		if slices.ContainsFunc(b.addresses(), func(k string) bool { return at[k] }) {
			return true
		}
	}
	x, y := foldName(a.Name), foldName(b.Name)
	if a.SKU != "" && b.SKU != "" && a.Source == b.Source {
		return false // one source uses one kind of number
	}
	if x != "" && y != "" {
		return x == y || a.Source != b.Source && (holdsName(x, y) || holdsName(y, x))
	}
	return a.URL != "" && a.URL == b.URL
}

// addresses are the keys of all URLs of the product and its offers.
func (p *product) addresses() []string {
	pages := slices.Clone(p.pages)
	for _, c := range p.candidates(nil, 0) {
		pages = append(pages, c.pages()...)
	}
	var keys []string
	for _, s := range pages {
		if u, err := url.Parse(s); err == nil {
			keys = append(keys, urlKey(u, false))
		}
	}
	return keys
}

func hasID(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(s string) bool { return strings.EqualFold(s, strings.TrimSpace(id)) })
}

func (c candidate) hasID(id string) bool {
	return strings.EqualFold(c.SKU, id) || hasID(c.ids, id) || c.variant != nil && hasID(c.variant.IDs, id)
}

// pages are the URLs of the candidate and its variant.
func (c candidate) pages() []string {
	var all []string
	if c.URL != "" {
		all = append(all, c.URL)
	}
	if c.variant != nil {
		all = append(all, c.variant.pages...)
	}
	return all
}

// choose finds the candidates that the sku or the URL names; where it names
// none, all. missing tells that it names one that is not among them.
func (p *product) choose(all []candidate, w wanted) (some []candidate, named, missing bool) {
	if w.SKU != "" {
		if some = filter(all, func(c candidate) bool { return c.hasID(w.SKU) }); some != nil {
			return some, true, false
		}
	}
	queries := make([][]url.Values, len(all)) // of each candidate's URLs
	for i, c := range all {
		for _, s := range c.pages() {
			if u, err := url.Parse(s); err == nil {
				queries[i] = append(queries[i], u.Query())
			}
		}
	}
	for _, u := range []*url.URL{w.Asked, w.Final} {
		if u == nil {
			continue
		}
		for _, fragment := range []bool{true, false} {
			if fragment && u.Fragment == "" {
				continue
			}
			key := urlKey(u, fragment)
			some = filter(all, func(c candidate) bool {
				return slices.ContainsFunc(c.pages(), func(s string) bool {
					v, err := url.Parse(s)
					return err == nil && urlKey(v, fragment) == key
				})
			})
			if some != nil && len(some) < len(all) {
				return some, true, false
			}
		}
		if some, other := p.byQuery(all, queries, u.Query()); some != nil {
			return some, len(some) < len(all), false
		} else if other {
			return nil, false, true
		}
		address := strings.ToLower(u.Path)
		some = filter(all, func(c candidate) bool {
			return containsToken(address, c.SKU) || c.variant != nil && containsToken(address, c.variant.SKU)
		})
		if some != nil && len(some) < len(all) {
			return some, true, false
		}
	}
	return all, false, false
}

// variantKeys are the parameters of a URL that name a variant.
var variantKeys = set(`variant variantid variant_id variation variationid variation_id sku skuid sku_id vid
	size color colour selectedvariant selected_variant itemvariant`)

// byQuery finds the candidates that the parameters of the asked URL name.
// other tells that they name one that none of the candidates is.
func (p *product) byQuery(all []candidate, queries [][]url.Values, asked url.Values) (some []candidate, other bool) {
	keys := map[string]string{}
	known := false // the candidates' URLs tell the variants by such a key
	for key, values := range asked {
		if trackingParam(key) || len(values) == 0 || values[0] == "" || hasID(p.IDs, values[0]) {
			continue
		}
		lower := strings.ToLower(key)
		differ := tellsApart(queries, key)
		if variantKeys[lower] || strings.HasPrefix(lower, "attribute_") || differ {
			keys[key] = values[0]
			known = known || differ || len(all) == 1 && len(queries[0]) > 0 && queries[0][0].Has(key)
		}
	}
	if len(keys) == 0 {
		return nil, false
	}
	for i, c := range all {
		ok := true
		for key, value := range keys {
			ok = ok && (c.hasID(value) || slices.ContainsFunc(queries[i], func(q url.Values) bool { return q.Get(key) == value }))
		}
		if ok {
			some = append(some, c)
		}
	}
	if some != nil {
		return some, false
	}
	// Without a way to tell them apart they answer only when they agree.
	for _, c := range all[1:] {
		if c.Availability != all[0].Availability {
			return nil, true
		}
	}
	return nil, known
}

// tellsApart tells whether the candidates' URLs have different values for a
// parameter.
func tellsApart(queries [][]url.Values, key string) bool {
	first, any := "", false
	for _, qs := range queries {
		for _, q := range qs {
			if !q.Has(key) {
				continue
			}
			if any && q.Get(key) != first {
				return true
			}
			first, any = q.Get(key), true
		}
	}
	return false
}

func filter(all []candidate, good func(candidate) bool) []candidate {
	var some []candidate
	for _, c := range all {
		if good(c) {
			some = append(some, c)
		}
	}
	return some
}

// urlKey is what two URLs of one page have in common: no scheme, no www, no
// tracking parameters, the others in order.
func urlKey(u *url.URL, fragment bool) string {
	q := u.Query()
	for key := range q {
		if trackingParam(key) {
			q.Del(key)
		}
	}
	s := strings.TrimPrefix(strings.ToLower(u.Host), "www.") + strings.TrimRight(u.Path, "/")
	if len(q) > 0 {
		s += "?" + q.Encode()
	}
	if fragment {
		s += "#" + u.Fragment
	}
	return s
}

// foldName is a name for comparing: letters and digits in lower case, with
// single spaces between.
func foldName(s string) string {
	if isFolded(s) {
		return s
	}
	return string(appendFolded(make([]byte, 0, len(s)), s))
}

// hasName tells whether anything of a text is left in foldName.
func hasName(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) })
}

func appendFolded(b []byte, s string) []byte {
	begin, space := len(b), false
	for _, r := range s {
		var c byte
		if r < utf8.RuneSelf {
			c = asciiWord[r]
		} else if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			c = 1
		}
		if c == 0 {
			space = true
			continue
		}
		if space && len(b) > begin {
			b = append(b, ' ')
		}
		space = false
		if c > 1 {
			b = append(b, c)
		} else {
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
	}
	return b
}

// isFolded tells whether a name is words of small Latin letters and digits already.
func isFolded(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c != ' ' && (c >= utf8.RuneSelf || asciiWord[c] != c) || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return s == "" || before != ' '
}

// holdsName tells whether a longer name has a shorter one in it, which is long
// enough to tell something.
func holdsName(long, short string) bool {
	const least = 6
	return utf8.RuneCountInString(short) >= least && strings.Contains(" "+long+" ", " "+short+" ") ||
		strings.IndexFunc(short, func(r rune) bool { return r >= 0x2E80 }) >= 0 && utf8.RuneCountInString(short) >= 3 && strings.Contains(long, short)
}

// containsToken tells whether an address has an identifier in it, with none of
// its characters going on at either side. Short ones and words are no proof.
func containsToken(address, id string) bool {
	if len(id) < 4 || !strings.ContainsAny(id, "0123456789") {
		return false
	}
	id = strings.ToLower(id)
	for i := 0; i < len(address); {
		n := strings.Index(address[i:], id)
		if n < 0 {
			return false
		}
		begin := i + n
		end := begin + len(id)
		if (begin == 0 || !wordByte(address[begin-1]) || address[begin-1] == '_') && (end == len(address) || !wordByte(address[end]) || address[end] == '_') {
			return true
		}
		i = begin + 1
	}
	return false
}
