package page

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"stockchecker/lambda/checker"
)

// Read reads what a page says for a checker. Where it says nothing certain the
// error is an *Error.
func Read(r *Response, c *checker.Checker) (*Page, error) {
	page, err := answerOf(r, c)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			detach(e.Items, e.Evidence)
		}
		return nil, err
	}
	detach(page.Items, nil)
	return page, nil
}

// detach makes the texts of items and evidence independent of the page that they are
// pieces of, so that who keeps them doesn't keep the page.
func detach(items []Item, evidence []Evidence) {
	var texts []*string
	note := func(evidence []Evidence) {
		for i := range evidence {
			e := &evidence[i]
			texts = append(texts, &e.Source, &e.Selector, &e.Text, &e.Says)
		}
	}
	note(evidence)
	for i := range items {
		it := &items[i]
		texts = append(texts, &it.Key, &it.SKU, &it.Title, &it.Link, &it.Seller, &it.Condition)
		note(it.Evidence)
	}
	n := 0
	for _, t := range texts {
		n += len(*t)
	}
	var b strings.Builder
	b.Grow(n)
	for _, t := range texts {
		b.WriteString(*t)
	}
	all := b.String()
	for _, t := range texts {
		*t, all = all[:len(*t)], all[len(*t):]
	}
}

func answerOf(r *Response, c *checker.Checker) (*Page, error) {
	p, err := open(r, c)
	if err != nil {
		return nil, err
	}
	defer p.doc.release()
	if err := p.asked(); err != nil {
		return nil, err
	}
	if page, err := p.readJSON(); page != nil || err != nil {
		return page, err
	}
	if e := p.unknownLayout(); e != nil {
		return nil, e
	}
	if p.isListing() {
		return p.listing()
	}
	return p.product()
}

// unknownLayout is the error of a page of a shop with a preset on which nothing
// of the preset is: neither a product's place nor a listing's.
func (p *document) unknownLayout() *Error {
	s := p.checker.Store
	if s == nil || s.Product == nil || s.Product.Is == nil || s.Listing == nil || p.checker.Select.Item != nil || p.checker.Select.InStock != nil || p.checker.Select.OutOfStock != nil || p.checker.JSON != nil {
		return nil
	}
	if main := mainProduct(p.products, p.wanted); main != nil && len(main.candidates(nil, 0)) > 0 {
		return nil // a product described as well as in any other shop
	}
	if p.doc.find(s.Product.Is, p.body) != nil || s.Listing.Item != nil && p.doc.find(s.Listing.Item, p.body) != nil || len(p.listedData()) > 0 {
		return nil
	}
	listing := "in its data"
	if s.Listing.Item != nil {
		listing = s.Listing.Item.String()
	}
	return p.unsure(Layout, nil, "nothing of what %s pages have is on this page: no product (%s), no listing (%s)%s", s.Name, s.Product.Is, listing, advice(s))
}

// document is a page while it is read.
type document struct {
	response *Response
	checker  *checker.Checker
	store    *checker.Store // nil: none known
	doc      *tree
	body     *html.Node
	base     *url.URL // what relative links start from
	final    *url.URL
	asking   *url.URL
	ends     [2]string // of the paths of the page's addresses
	hint     priceHint
	products []product // of the structured data
	wanted   wanted
	heading  *html.Node // the main h1, nil if none
	box      buyBox

	json string // the response, where it is JSON

	cards          []*html.Node // of a listing that no rule knows
	lookedForCards bool
	inData         []product // of a listing, in the page's data
	lookedForData  bool
}

// open decodes and parses a page, and tells what is no page at all.
func open(r *Response, c *checker.Checker) (*document, error) {
	p := &document{response: r, checker: c, store: c.Store}
	var err error
	if p.asking, err = url.Parse(r.URL); err != nil {
		return nil, fmt.Errorf("parse URL %q: %w", r.URL, err)
	}
	if p.final, err = url.Parse(r.Final); err != nil {
		return nil, fmt.Errorf("parse final URL %q: %w", r.Final, err)
	}
	p.ends = [2]string{pathEnd(r.Final), pathEnd(r.URL)}
	good := r.Status >= 200 && r.Status < 300
	if media := foreignType(r); good && media != "" {
		return nil, &Error{Kind: Unsupported, Message: fmt.Sprintf("the URL leads to %s, not to a web page", cut(media))}
	}
	body, err := decode(r.Body, r.Header)
	if err != nil {
		return nil, &Error{Kind: Unsupported, Message: "the page's text can't be decoded: " + err.Error()}
	}
	p.doc, err = parse(body)
	if err != nil {
		if good {
			return nil, err
		}
		return nil, statusError(r)
	}
	p.body = p.doc.body
	if isJSON(body) {
		p.json = string(body)
	}
	if p.store == nil {
		p.store = storeByMarks(p.doc)
	}
	if !good {
		e := blockedBy(r, p.doc, c, p.store, showsNothing)
		if e == nil || e.Kind == Moved {
			e = statusError(r)
		}
		e.Status, e.RetryAfter = r.Status, retryAfter(r.Header, serverTime(r))
		return nil, e
	}
	if len(bytes.TrimSpace(body[:min(len(body), 4096)])) == 0 {
		return nil, &Error{Kind: Unsure, Status: r.Status, Message: "the shop answered with an empty page; it is tried again at the next check"}
	}

	p.gather()
	return p, nil
}

// gather finds out what the page says by itself: its structured data, its
// heading, and its buy box.
func (p *document) gather() {
	p.base = p.final
	if href := baseHref(p.doc); href != "" {
		if u, err := p.final.Parse(strings.TrimSpace(href)); err == nil {
			p.base = u
		}
	}
	p.hint = priceHint{Language: pageLanguage(p.doc), Host: p.final.Hostname()}
	p.products = structuredData(p.doc, p.base, p.hint)
	if now := serverTime(p.response); !now.IsZero() {
		notYet(p.products, now)
	}
	p.hint.Currency = onlyCurrency(p.products)
	if p.hint.Currency == "" && p.store != nil {
		p.hint.Currency = p.store.Currency
	}
	p.wanted = wanted{Asked: p.asking, Final: p.final, Title: docTitle(p.doc),
		SKU: p.checker.SKU, Country: p.hint.country(), Sellers: p.checker.Sellers, AnyCondition: p.checker.Condition == "any"}
	if href := canonicalHref(p.doc); href != "" {
		if u, err := p.base.Parse(strings.TrimSpace(href)); err == nil {
			p.wanted.Canonical = u
		}
	}
	p.heading = mainHeading(p.doc, p.wanted.Title)
	if p.heading != nil {
		p.wanted.Heading = text(p.heading)
	}
	p.box = readBuyBox(p.body, p.heading, p.hint, p.leadsHere, p.leadsAbroad)
	// What can be had on a page whose product nothing names may be anything.
	p.box.nameless = p.heading == nil && inHand(p.box.verdict.availability) && mainProduct(p.products, p.wanted) == nil
	if p.heading != nil && p.heading.DataAtom == atom.H1 && oneOfMany(p.doc, p.heading) {
		// What it costs there is what that card's product costs.
		p.box.price, p.box.prices = nil, nil
	}
}

// onlyCurrency is the currency of all prices of the structured data, "" where
// there is none, or more than one.
func onlyCurrency(products []product) string {
	currency := ""
	for i := range products {
		for _, o := range products[i].Offers {
			switch {
			case o.Price == nil || o.Price.Currency == "" || o.Price.Currency == currency:
			case currency == "":
				currency = o.Price.Currency
			default:
				return ""
			}
		}
	}
	return currency
}

// foreignType is the media type of a response that is surely no page, else "".
func foreignType(r *Response) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "html+xml") || strings.HasSuffix(t, "/xml") || strings.HasSuffix(t, "json") {
		return ""
	}
	return t
}

func serverTime(r *Response) time.Time {
	t, err := time.Parse(time.RFC1123, r.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t
}

// statusError is the error of a status that is no page.
func statusError(r *Response) *Error {
	e := &Error{Kind: HTTP, Status: r.Status, RetryAfter: retryAfter(r.Header, serverTime(r))}
	switch {
	case r.Status == 429:
		e.Kind = Blocked
		e.Message = "the shop answered with status 429, too many requests; a longer \"every\" helps"
	case r.Status == 404 || r.Status == 410:
		e.Message = fmt.Sprintf("the shop answered with status %d: the page is not there (any more); look at the URL in a browser, and correct it in checkers.json", r.Status)
	case r.Status == 401 || r.Status == 403 || r.Status == 407:
		e.Message = fmt.Sprintf("the shop answered with status %d: it refuses the request; look at the URL in a browser", r.Status)
	case r.Status >= 500:
		e.Message = fmt.Sprintf("the shop answered with status %d: it has a fault of its own; it is tried again at the next check", r.Status)
	default:
		e.Message = fmt.Sprintf("the shop answered with status %d, which is no page; look at the URL in a browser", r.Status)
	}
	return e
}

// baseHref is what the page says its relative links start from.
func baseHref(doc *tree) string {
	for n := range doc.all("base") {
		if hasAttr(n, "href") {
			return attr(n, "href")
		}
	}
	return ""
}

// canonicalHref is the address that the page gives as its own.
func canonicalHref(doc *tree) string {
	for n := range doc.all("link") {
		if attr(n, "rel") == "canonical" {
			return attr(n, "href")
		}
	}
	return ""
}

// pageLanguage is the language that the page says it is in, with its region where it
// names one.
func pageLanguage(doc *tree) string {
	lang := ""
	if n := doc.first("html"); n != nil {
		lang = attr(n, "lang")
	}
	if strings.ContainsAny(lang, "-_") {
		return lang
	}
	for n := range doc.all("meta") {
		if attr(n, "property") != "og:locale" {
			continue
		}
		if locale := attr(n, "content"); lang == "" || len(locale) > len(lang) && strings.EqualFold(locale[:len(lang)], lang) {
			return cmp.Or(locale, lang)
		}
	}
	return lang
}

// storeByMarks knows a shop software by its marks in the page.
func storeByMarks(doc *tree) *checker.Store {
	stores, err := checker.StoresWithMarks()
	if err != nil {
		return nil // the presets are part of the binary, and tested
	}
	for _, s := range stores {
		for _, mark := range s.Marks {
			if doc.find(mark, doc.root) != nil {
				return s
			}
		}
	}
	return nil
}

// maxHeadings is how many h1 are looked at for the main one.
const maxHeadings = 50

// mainHeading is the heading of the main product: of the visible h1 the one that the
// document's title repeats most of, else the first. Where there is none, or only such
// as name the products of cards, it is what else the title repeats.
func mainHeading(doc *tree, title string) *html.Node {
	var first, best *html.Node
	folded, length := foldName(title), 0
	left := maxHeadings
	for n := range doc.all("h1") {
		if left--; left < 0 {
			break
		}
		t := text(n)
		if t == "" || !seen(n) || leadsHome(n) {
			continue
		}
		if f := foldName(t); len(f) > length && strings.Contains(folded, f) {
			best, length = n, len(f)
		}
		if first == nil && !inElsewhere(n) {
			first = n
		}
	}
	switch {
	case best != nil:
		return best
	case first == nil || oneOfMany(doc, first):
		return cmp.Or(repeatedByTitle(doc, folded), first)
	}
	return first
}

// leadsHome tells whether a heading is the shop's own name, which leads to its first
// page.
func leadsHome(h *html.Node) bool {
	link := linkIn(h)
	if link == nil && h.Parent != nil && h.Parent.DataAtom == atom.A {
		link = h.Parent
	}
	if link == nil {
		return false
	}
	u, err := url.Parse(strings.TrimSpace(attr(link, "href")))
	return err == nil && (u.Host != "" || u.Path != "") && strings.Trim(u.Path, "/") == "" && u.RawQuery == ""
}

// leastRepeated is how much of the title, in bytes, a text must repeat to be a
// heading.
const leastRepeated = 6

// repeatedByTitle is the text that repeats most of the document's title, though no
// heading of the first rank.
func repeatedByTitle(doc *tree, folded string) *html.Node {
	var best *html.Node
	length := leastRepeated - 1
	budget := maxRuns
	for _, n := range doc.elements {
		c := n.FirstChild
		if c == nil || c.Type != html.TextNode || len(c.Data) > maxNamedTitle || n.DataAtom == atom.Title || n.DataAtom == atom.Script || n.DataAtom == atom.Option {
			continue
		}
		if budget--; budget < 0 {
			break
		}
		f := foldName(c.Data)
		if len(f) > length && strings.Contains(folded, f) && seen(n) && !inElsewhere(n) {
			best, length = n, len(f)
		}
	}
	return best
}

// oneOfMany tells whether a heading is like those of other parts of the page: then
// it names the product of a card.
func oneOfMany(doc *tree, heading *html.Node) bool {
	alike := 0
	left := maxHeadings
	for n := range doc.all("h1") {
		if left--; left < 0 {
			break
		}
		if n.Parent.Data == heading.Parent.Data && attr(n, "class") == attr(heading, "class") && n.Parent != heading.Parent &&
			attr(n.Parent, "class") == attr(heading.Parent, "class") && text(n) != text(heading) {
			alike++
		}
	}
	return alike >= 2
}

// inElsewhere tells whether a node stands in a part with something else than the
// main product. The header of a page may hold its heading.
func inElsewhere(n *html.Node) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.DataAtom != atom.Header && elsewhere(n) {
			return true
		}
	}
	return false
}

// asked tells whether the page is the one that was asked for.
func (p *document) asked() error {
	shows := p.showsProduct()
	if e := blockedBy(p.response, p.doc, p.checker, p.store, shows); e != nil {
		e.Status = p.response.Status
		return e
	}
	moved := func(to, how string) error {
		return &Error{Kind: Moved, Status: p.response.Status,
			Message:  fmt.Sprintf("the shop %s %s, which is not the page asked for; look at it, and if it is right, put it into checkers.json", how, to),
			Evidence: []Evidence{{Source: "address", Text: cut(to), Says: string(Moved), Won: true}}}
	}
	if !sameDestination(p.response.URL, p.response.Final) && !p.namesAsked() {
		return moved(p.response.Final, "redirected to")
	}
	if sameAddress(p.response.URL, p.response.Final) && !p.isListing() &&
		(otherByCanonical(p.asking, p.wanted.Canonical) || mainProduct(p.products, p.wanted) == nil && aboveProduct(p.asking, p.wanted.Canonical)) {
		return moved(p.wanted.Canonical.String(), "gives the page as")
	}
	return nil
}

// namesAsked tells whether the page itself names the URL asked for as its own.
func (p *document) namesAsked() bool {
	if c := p.wanted.Canonical; c != nil && sameAddress(c.String(), p.response.URL) {
		return true
	}
	return false
}

// showing is how certain it is that a page shows a product of its own: then words of a
// block page on it are something else's.
type showing byte

const (
	showsNothing showing = iota
	showsVisibly         // one can be bought in the heading's own box
	showsInData          // its structured data describes one
)

// showsProduct tells what the page shows. Its visible part shows a product if it can
// be bought in the heading's own box, and the title has the heading too.
func (p *document) showsProduct() showing {
	for _, m := range mainProducts(p.products, p.wanted) {
		if len(m.Offers) > 0 || len(m.Variants) > 0 {
			return showsInData
		}
	}
	if p.heading == nil || !strings.Contains(foldName(p.wanted.Title), foldName(p.wanted.Heading)) {
		return showsNothing
	}
	if len(p.listed()) > 0 {
		return showsInData
	}
	for i := range p.box.signals {
		if c := p.box.signals[i].control; c == buy || c == preOrder {
			return showsVisibly
		}
	}
	return showsNothing
}

// isListing tells whether the page has many products that are each read.
func (p *document) isListing() bool {
	if p.checker.Select.Item != nil {
		return true
	}
	if s := p.store; s != nil {
		if s.Product != nil && s.Product.Is != nil && p.doc.find(s.Product.Is, p.body) != nil {
			return false
		}
		if s.Listing != nil && (s.Listing.Item != nil && p.doc.find(s.Listing.Item, p.body) != nil || len(p.listedData()) > 0) {
			return mainProduct(p.products, p.wanted) == nil
		}
	}
	if mainProduct(p.products, p.wanted) != nil {
		return false
	}
	return len(p.listed()) >= 2 || len(p.foundCards()) > 0
}

// foundCards are the cards of a listing that no rule knows. A page on which one
// product itself can be bought, or is sold out, is none: it has such a control
// beside the cards.
func (p *document) foundCards() []*html.Node {
	if p.lookedForCards {
		return p.cards
	}
	p.lookedForCards = true
	found := findCards(p.body, p.hint)
	cards := cardSetOf(found)
	bought, said := false, false
	for i := range p.box.signals {
		switch p.box.signals[i].control {
		case "":
			said = said || !cards.has(p.box.signals[i].node)
		case buy, preOrder, backOrder, soldOut:
			if !cards.has(p.box.signals[i].node) {
				return nil
			}
			bought = true
		}
	}
	if len(found) < fewestCards {
		p.box.many = p.box.many || bought && !said && p.sold(cards) > 1 // whichever of them it is
		return nil
	}
	p.cards = found
	return p.cards
}

// cardSet is the cards of a page for looking up.
type cardSet map[*html.Node]bool

func cardSetOf(cards []*html.Node) cardSet {
	set := make(cardSet, len(cards))
	for _, card := range cards {
		set[card] = true
	}
	return set
}

// has tells whether a node stands in one of the cards.
func (set cardSet) has(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if set[n] {
			return true
		}
	}
	return false
}

// sold counts the cards in which something can be bought.
func (p *document) sold(cards cardSet) int {
	in := cardSet{}
	for i := range p.box.signals {
		if p.box.signals[i].control != buy {
			continue
		}
		for n := p.box.signals[i].node; n != nil; n = n.Parent {
			if cards[n] {
				in[n] = true
			}
		}
	}
	return len(in)
}

// withoutCards takes out of the buy box what is said in cards of products that stand
// side by side, where the page has a product of its own besides.
func (p *document) withoutCards() {
	v := &p.box.verdict
	if v.decisive == nil || p.box.many {
		return
	}
	cards := cardSetOf(findCards(p.body, p.hint))
	if len(cards) == 0 || cards.has(p.heading) || len(cards) < fewestCards && p.sold(cards) < 2 {
		return // parts of one product, perhaps
	}
	if p.box.price != nil && cards.has(p.box.price.node) {
		p.box.prices = slices.DeleteFunc(p.box.prices, func(f priceFound) bool { return cards.has(f.node) })
		p.box.price, p.box.sure = bestPrice(p.box.prices)
	}
	if !cards.has(v.decisive.node) && !v.conflict {
		return
	}
	p.box.signals = slices.DeleteFunc(p.box.signals, func(s signal) bool { return cards.has(s.node) })
	p.box.verdict = judge(p.box.signals, true)
}

// listed are the products of the structured data that are elements of a list,
// have a name, and say something of stock.
func (p *document) listed() []product {
	var listed []product
	for i := range p.products {
		if p.products[i].InList && p.products[i].Name != "" && len(p.products[i].Offers) > 0 {
			listed = append(listed, p.products[i])
		}
	}
	return listed
}

// link makes a link of the page absolute; "" if it is none to follow.
func (p *document) link(href string) string {
	href = strings.TrimSpace(href)
	if href == "" || href[0] == '#' {
		return ""
	}
	u, err := p.base.Parse(href)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// mayLeadHere tells whether a link's text has the end of the page's path, where both
// are written as they are compared. Most have not.
func (p *document) mayLeadHere(href string) bool {
	if href == "" || href[0] == '?' || href[0] == '#' || href[len(href)-1] == '.' || !plainPath(href) {
		return true
	}
	for _, end := range p.ends {
		if !plainPath(end) || indexFold(href, end) >= 0 {
			return true
		}
	}
	return false
}

// pathEnd is the last part of an address's path.
func pathEnd(address string) string {
	path, _, _ := strings.Cut(Address(address), "?")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// plainPath tells whether an address is written without escapes and dot segments.
func plainPath(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`%"<>\^{|};`+"`", c) >= 0 || c == '.' && i > 0 && s[i-1] == '.' {
			return false
		}
	}
	return true
}

// indexFold is where an ASCII text stands in another, whatever their case; -1:
// nowhere.
func indexFold(s, text string) int {
	for i := 0; i+len(text) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(text)], text) {
			return i
		}
	}
	return -1
}

// leadsHere tells whether a link leads to the page itself.
func (p *document) leadsHere(href string) bool {
	if !p.mayLeadHere(href) {
		return false
	}
	link := p.link(href)
	return link != "" && (sameAddress(link, p.response.Final) || sameAddress(link, p.response.URL))
}

// leadsAbroad tells whether a link leads to another site than the page's, as the
// shops' buttons in an article do.
func (p *document) leadsAbroad(href string) bool {
	if !strings.Contains(href, "//") {
		return false
	}
	u, err := url.Parse(p.link(href))
	return err == nil && u.Hostname() != "" && p.base != nil && !sameSite(u.Hostname(), p.base.Hostname())
}

// key is the item's key, as the state knows it.
func (it *Item) key() string {
	switch {
	case it.SKU != "":
		return "sku:" + it.SKU
	case it.Link != "":
		return cleanLink(it.Link)
	}
	return "title:" + foldName(it.Title)
}

// unsure is the error of a page that says nothing certain.
func (p *document) unsure(kind Kind, evidence []Evidence, format string, args ...any) *Error {
	for i := range evidence {
		evidence[i].Won = false
	}
	return &Error{Kind: kind, Status: p.response.Status, Message: fmt.Sprintf(format, args...), Evidence: evidence}
}

// won moves the decisive evidence to the front.
func won(evidence []Evidence) []Evidence {
	slices.SortStableFunc(evidence, func(a, b Evidence) int {
		switch {
		case a.Won == b.Won:
			return 0
		case a.Won:
			return -1
		}
		return 1
	})
	return evidence
}
