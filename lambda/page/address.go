package page

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
)

// trackingParam tells whether a query parameter says where a visitor came from
// and nothing of the page.
func trackingParam(key string) bool {
	key = strings.ToLower(key)
	switch key {
	case "gclid", "gclsrc", "dclid", "fbclid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "mc_cid", "mc_eid", "_ga", "_gl", "ref", "ref_", "referrer",
		"source", "src", "cmp", "cmpid", "icid", "irclickid", "irgwc", "clickid", "affid", "aff", "affiliate", "campaign", "campaignid", "trk", "tracking",
		"srsltid", "wickedid", "pf_rd_p", "pf_rd_r", "pd_rd_r", "pd_rd_w", "pd_rd_wg", "qid", "sr", "keywords", "crid", "sprefix", "tag", "linkcode", "smid",
		"psc", "th", "_pos", "_sid", "_ss", "_psq", "_fid", "pr_prod_strat", "pr_rec_id", "pr_ref_pid", "pr_rec_pid", "pr_seq", "sessionid", "sid", "phpsessid", "jsessionid",
		"soldbynewegg", "recommendationid", "cm_mmc", "cm_sp", "ei", "gad_source", "gbraid", "wbraid", "scid", "epik", "vero_id", "nm_mc":
		return true
	}
	return strings.HasPrefix(key, "utm_") || strings.HasPrefix(key, "pf_rd_") || strings.HasPrefix(key, "pd_rd_") || strings.HasPrefix(key, "mtm_") || strings.HasPrefix(key, "hsa_") || strings.HasPrefix(key, "matomo_")
}

// cleanLink is the link without fragment and tracking parameters, so that the
// same product has the same link at each check.
func cleanLink(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return link
	}
	u.Fragment, u.RawFragment = "", ""
	u.Host = strings.ToLower(u.Host)
	if u.RawQuery != "" {
		var kept []string
		for part := range strings.SplitSeq(u.RawQuery, "&") {
			key, _, _ := strings.Cut(part, "=")
			if part != "" && !trackingParam(key) {
				kept = append(kept, part)
			}
		}
		u.RawQuery = strings.Join(kept, "&")
	}
	if i := strings.Index(strings.ToLower(u.Path), ";jsessionid="); i >= 0 {
		u.Path, u.RawPath = u.Path[:i], ""
	}
	// Amazon writes where a visitor came from into the path.
	if i := strings.LastIndex(u.Path, "/ref="); i > 0 {
		u.Path, u.RawPath = u.Path[:i], ""
	}
	return u.String()
}

// sameAddress tells whether two URLs name the same page but for scheme, www,
// case, a trailing slash and tracking.
func sameAddress(a, b string) bool {
	return a == b || strings.EqualFold(Address(a), Address(b))
}

// Address is what tells two links apart: host, path and query without scheme,
// www, trailing slash, fragment, tracking parameters and their order. A link
// without host is its own address.
func Address(link string) string {
	u, err := url.Parse(cleanLink(link))
	if err != nil || u.Host == "" {
		return link
	}
	query := strings.Split(u.RawQuery, "&")
	slices.Sort(query)
	return strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.EscapedPath(), "/") + "?" + strings.Join(query, "&")
}

// sameDestination tells whether a redirect from asked led to another address of the
// same page. A page of another name is not taken for the one asked for, however
// alike the names are: a removed product often leads to its successor.
func sameDestination(asked, final string) bool {
	if sameAddress(asked, final) {
		return true
	}
	a, errA := url.Parse(asked)
	f, errF := url.Parse(final)
	if errA != nil || errF != nil {
		return false
	}
	if strings.Trim(a.Path, "/") == "" && a.RawQuery == "" {
		return true // a whole shop was asked for
	}
	if listingPath(f.Path) && !listingPath(a.Path) {
		return false
	}
	names := make(map[string]bool)
	for _, n := range pageNames(f) {
		names[n] = true
	}
	for _, n := range pageNames(a) {
		if names[n] {
			return true
		}
	}
	return false
}

// listingPath tells whether a path is that of a search or a category.
func listingPath(p string) bool {
	for part := range strings.SplitSeq(strings.ToLower(p), "/") {
		switch part {
		case "search", "s", "c", "category", "categories", "cat", "collections", "collection", "catalog", "catalogsearch", "suche", "recherche", "buscar", "b", "browse", "kategorie", "categorie", "categoria":
			return !strings.Contains(p, "/products/") // Shopify has products in collections
		}
	}
	return false
}

// pageNames are the parts of a URL that name its page: the last segment of the
// path, and whatever in path and query looks like an article number.
func pageNames(u *url.URL) []string {
	var names []string
	segments := strings.FieldsFunc(strings.ToLower(u.Path), func(r rune) bool { return r == '/' })
	for i, s := range segments {
		s = strings.TrimSuffix(s, path.Ext(s))
		if i == len(segments)-1 && !genericName(s) {
			names = append(names, s)
		}
		names = append(names, articleNumbers(s)...)
	}
	for key, values := range u.Query() {
		if trackingParam(key) {
			continue
		}
		for _, v := range values {
			if v = strings.ToLower(v); len(v) >= 3 && strings.ContainsFunc(v, unicode.IsDigit) {
				names = append(names, v)
			}
		}
	}
	return names
}

// genericName tells whether a segment is a script's or a section's name.
func genericName(s string) bool {
	if len(s) < 2 {
		return true
	}
	switch s {
	case "index", "product", "products", "item", "items", "detail", "details", "view", "show", "default", "home", "shop", "store", "main", "page", "dp", "en", "de", "fr", "es", "it", "nl", "us", "uk":
		return true
	}
	return false
}

// articleNumbers are the words of a segment that number an article: long, and
// with a digit. Shorter ones, such as 5090, name a model, which several
// products share.
func articleNumbers(segment string) []string {
	var numbers []string
	for _, w := range strings.FieldsFunc(segment, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(w) >= 6 && strings.ContainsFunc(w, unicode.IsDigit) {
			numbers = append(numbers, w)
		}
	}
	return numbers
}

// otherByCanonical tells whether the canonical URL says that the page is of
// another product: a sibling address without a word in common. Many canonical
// URLs are written otherwise than the one asked for, or wrong.
func otherByCanonical(asked, canonical *url.URL) bool {
	if canonical == nil || !strings.EqualFold(strings.TrimPrefix(asked.Host, "www."), strings.TrimPrefix(canonical.Host, "www.")) {
		return false
	}
	dirA, lastA := path.Split(strings.TrimSuffix(strings.ToLower(asked.Path), "/"))
	dirC, lastC := path.Split(strings.TrimSuffix(strings.ToLower(canonical.Path), "/"))
	if dirA != dirC || lastA == "" || lastC == "" || strings.Count(dirA, "/") < 2 || genericName(strings.TrimSuffix(lastA, path.Ext(lastA))) {
		return false
	}
	wordsA, wordsC := nameParts(lastA), nameParts(lastC)
	onlyA, onlyC := missing(wordsA, wordsC), missing(wordsC, wordsA)
	if len(onlyA) == len(wordsA) {
		return true // not a word in common
	}
	// kestrel-9 and kestrel-10: the same but for a number.
	return len(onlyA) == 1 && len(onlyC) == 1 && isNumber(onlyA[0]) && isNumber(onlyC[0])
}

func nameParts(s string) []string {
	return strings.FieldsFunc(strings.TrimSuffix(s, path.Ext(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// missing are the words that are not among others.
func missing(words, others []string) []string {
	var list []string
	for _, w := range words {
		if !slices.Contains(others, w) {
			list = append(list, w)
		}
	}
	return list
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// aboveProduct tells whether the canonical URL is that of the shop or of a
// category, and the one asked for is neither.
func aboveProduct(asked, canonical *url.URL) bool {
	if canonical == nil || strings.Trim(asked.Path, "/") == "" || listingPath(asked.Path) {
		return false
	}
	return strings.Trim(canonical.Path, "/") == "" && canonical.RawQuery == "" || listingPath(canonical.Path)
}

// sameSite tells whether two hosts are of one shop, as far as their names tell: any
// name in them but the last is the same, and is not one that any shop may have.
func sameSite(a, b string) bool {
	names := func(host string) []string {
		labels := strings.Split(strings.ToLower(host), ".")
		return slices.DeleteFunc(labels[:len(labels)-1], func(label string) bool {
			return len(label) < 4 || slices.Contains(commonLabels, label)
		})
	}
	own := names(b)
	return strings.EqualFold(a, b) || slices.ContainsFunc(names(a), func(name string) bool { return slices.Contains(own, name) })
}

// commonLabels say nothing of whose a host is.
var commonLabels = []string{"buy", "cart", "checkout", "online", "secure", "shop", "shopping", "store", "www2"}
