package watch

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// maxTitle bounds what a hostile page can put into the state and into messages.
const maxTitle = 300

// fold is text for comparing: without case, width and surplus white space.
func fold(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(s))), " ")
		}
	}
	return strings.Join(strings.Fields(strings.ToLower(s)), " ")
}

// identity is what tells one item from another: any of the three. An empty one
// tells nothing.
type identity [3]string

func itemIdentity(sku, link, title string) identity {
	return identity{fold(sku), page.Address(link), fold(title)}
}

// match pairs the items of the state with those of the page: those that agree in
// everything, then by sku, then by link, then by title, and by each only where a
// single candidate on both sides is left. The result has the index of the page's
// item for each key.
func match(known map[string]Item, shown []Judged) map[string]int {
	m := matching{
		pairs: make(map[string]int, len(known)),
		shown: make([]identity, len(shown)),
		taken: make([]bool, len(shown)),
	}
	for i, j := range shown {
		m.shown[i] = itemIdentity(j.SKU, j.Link, j.Title)
	}
	// What is not listed any more is only a memory, and must not stand between
	// an item that was listed and its card.
	listed, former := map[string]identity{}, map[string]identity{}
	for key, item := range known {
		ids := listed
		if item.Availability == checker.Unknown {
			ids = former
		}
		ids[key] = itemIdentity(item.SKU, item.Link, item.Title)
	}
	for _, ids := range []map[string]identity{listed, former} {
		m.by(ids, func(id identity) identity { return id })
		for part := range len(identity{}) {
			m.by(ids, func(id identity) (only identity) {
				only[part] = id[part]
				return only
			})
		}
	}
	return m.pairs
}

type matching struct {
	pairs map[string]int
	shown []identity // by index on the page
	taken []bool
}

// by pairs the items that alone have a certain part of their identity.
func (m *matching) by(known map[string]identity, part func(identity) identity) {
	type candidates struct {
		key         string
		index       int
		known, page int
	}
	found := make(map[identity]*candidates)
	for key, id := range known {
		p := part(id)
		if _, done := m.pairs[key]; done || p == (identity{}) {
			continue
		}
		if found[p] == nil {
			found[p] = new(candidates)
		}
		found[p].key = key
		found[p].known++
	}
	for i, id := range m.shown {
		if c := found[part(id)]; c != nil && !m.taken[i] {
			c.index = i
			c.page++
		}
	}
	for _, c := range found {
		if c.known == 1 && c.page == 1 {
			m.pairs[c.key] = c.index
			m.taken[c.index] = true
		}
	}
}

// unreadable are the identities of items that a page shows and that cannot be
// read, by part.
type unreadable [len(identity{})]map[string]bool

func unreadableOn(shown []Judged) unreadable {
	u := unreadable{{}, {}, {}}
	for _, j := range shown {
		if j.Verdict != Unknown {
			continue
		}
		for part, text := range itemIdentity(j.SKU, j.Link, j.Title) {
			u[part][text] = text != ""
		}
	}
	return u
}

// mayHave tells whether the item may be one of them.
func (u unreadable) mayHave(item Item) bool {
	for part, text := range itemIdentity(item.SKU, item.Link, item.Title) {
		if u[part][text] {
			return true
		}
	}
	return false
}

// merge makes one item of those that are the same: a card that a listing shows
// twice, or on two of its pages. Two certain answers that differ leave the item
// unknown; a certain one outweighs an unknown one. The result is in an order
// that does not depend on that of the page.
func merge(items []Judged) []Judged {
	sorted := make([]Judged, len(items))
	for i, j := range items {
		sorted[i] = storableItem(j)
	}
	slices.SortStableFunc(sorted, compareJudged)

	var merged []Judged
	// Where each identity is in merged. Several have the same link or title when
	// they are told apart by something stronger, and then it tells nothing; same
	// has those that are told apart by nothing stronger.
	found := [len(identity{})]map[string][]int{{}, {}, {}}
	same := [len(identity{})]map[string]int{{}, {}, {}}
	for strongest := range len(identity{}) {
		for _, j := range sorted {
			id := itemIdentity(j.SKU, j.Link, j.Title)
			if id.strongest() != strongest {
				continue
			}
			at := found[strongest][id[strongest]]
			if i, there := same[strongest][id[strongest]]; there {
				at = []int{i}
			}
			if len(at) == 1 {
				merged[at[0]] = unite(merged[at[0]], j)
				continue
			}
			same[strongest][id[strongest]] = len(merged)
			for by := strongest; by < len(id); by++ {
				found[by][id[by]] = append(found[by][id[by]], len(merged))
			}
			merged = append(merged, j)
		}
	}
	slices.SortFunc(merged, compareJudged)
	return merged
}

// strongest is the index of the first that is not empty, the last if all are.
func (id identity) strongest() int {
	for by := range len(id) - 1 {
		if id[by] != "" {
			return by
		}
	}
	return len(id) - 1
}

// unite is one item of two that are the same, the first the better offer.
func unite(a, b Judged) Judged {
	switch {
	case a.Verdict == b.Verdict || a.conflict || b.Verdict == Unknown:
		return a
	case a.Verdict == Unknown:
		return b
	}
	a.Verdict, a.conflict = Unknown, true
	return a
}

// storableItem makes what a page says fit for the state, whatever it says.
func storableItem(j Judged) Judged {
	j.Title = oneLine(j.Title, maxTitle)
	j.SKU, j.Link, j.Key = validText(j.SKU), validText(j.Link), validText(j.Key)
	j.Title = cmp.Or(j.Title, oneLine(j.Key, maxTitle), j.SKU, j.Link, "item without a title")
	j.Key = cmp.Or(j.Key, j.SKU, j.Link, fold(j.Title))
	if j.Price != nil && !storablePrice(*j.Price) {
		j.Price = nil
	}
	return j
}

// compareJudged orders items by key, and those of one key with the best offer
// first.
func compareJudged(a, b Judged) int {
	return cmp.Or(
		cmp.Compare(a.Key, b.Key),
		comparePrices(a.Price, b.Price),
		cmp.Compare(a.Title, b.Title),
		cmp.Compare(a.Link, b.Link),
		cmp.Compare(a.SKU, b.SKU),
		cmp.Compare(a.Verdict, b.Verdict),
		cmp.Compare(a.Availability, b.Availability),
		cmp.Compare(a.Seller, b.Seller),
	)
}

// comparePrices puts an item without a price last.
func comparePrices(a, b *checker.Price) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return cmp.Or(cmp.Compare(a.Currency, b.Currency), a.Amount.Cmp(b.Amount))
}

func validText(s string) string { return strings.ToValidUTF8(s, "") }

// storablePrice tells whether the price can be read again from the state: what a
// hostile page calls a price must not make the state unreadable.
func storablePrice(p checker.Price) bool {
	exponent := p.Amount.Exponent()
	return p.Amount.NumDigits() <= 20 && exponent >= -8 && exponent <= 8 &&
		(p.Currency == "" || len(p.Currency) == 3 && strings.Trim(p.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "")
}

// sameHost tells whether two URLs are of one shop.
func sameHost(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && strings.EqualFold(ua.Host, ub.Host) && (ub.Scheme == "http" || ub.Scheme == "https")
}
