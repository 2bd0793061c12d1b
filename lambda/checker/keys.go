package checker

import (
	"fmt"
	"net/mail"
	"net/textproto"
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

const (
	namePattern     = `^[a-z0-9][a-z0-9-]{0,39}$`
	durationPattern = `^([0-9]+h([0-9]+m)?([0-9]+s)?|[0-9]+m([0-9]+s)?|[0-9]+s)$`
	durationWant    = "is no duration; write it like 30s, 5m or 1h30m"
	limitPattern    = `^[0-9]{1,12}(\.[0-9]{1,6})? [A-Z]{3}$`
	phonePattern    = `^\+[1-9][0-9]{6,14}$`

	shortestEvery   = 10 * time.Second
	longestEvery    = 24 * time.Hour
	longestCooldown = 30 * 24 * time.Hour
)

// Forms that several keys share.
var (
	someText     = form{kinds: stringKind}
	selectorText = someText
	pathText     = someText
	// No format "regex": that of JSON Schema is ECMA's, which is another language.
	expressions = form{kinds: listKind, item: &form{kinds: stringKind}}
)

// fileKeys are the keys of checkers.json itself. Parse reads defaults and
// checkers on its own, since one is merged into the other.
var fileKeys = []key{
	{
		name: "$schema", form: form{kinds: stringKind},
		about:    "The JSON Schema of this file, so that an editor completes and checks it.",
		examples: []string{`"./checkers.schema.json"`},
	},
	{
		name: "alerts", form: form{kinds: objectKind, keys: alertKeys},
		about:    "Who is told.",
		examples: []string{`{"email": ["you@example.com"]}`},
	},
	{
		name: "defaults", form: form{kinds: objectKind},
		about:    "Keys for all checkers that do not have them themselves. alarm, select, json and headers are replaced whole.",
		examples: []string{`{"every": "1m"}`},
	},
	{
		name: "shards", form: form{kinds: numberKind, whole: true, min: 1, max: 100}, initial: "1",
		about:    "On AWS, over how many stacks the products are split; about 240 products fit in one.",
		examples: []string{"2"},
		read:     func(v value, into *target) { into.file.Shards = v.whole() },
	},
	{
		name: "checkers", form: form{kinds: listKind, min: 1}, required: true,
		about:    "What is watched.",
		examples: []string{`[{"name": "ps5", "url": "https://shop.example/ps5"}]`},
	},
}

// checkerKeys are the keys of a checker, in alphabetical order.
var checkerKeys = []key{
	{
		name: "alarm", form: form{kinds: objectKind, keys: alarmKeys}, initial: "{}",
		about:    "When people are told that the checker is blind.",
		examples: []string{`{"failures": 3}`},
	},
	{
		name: "alertOn", form: form{kinds: listKind, unique: true, item: &form{kinds: stringKind, values: []string{
			string(AlertInStock), string(AlertGone), string(AlertSomeGone), string(AlertPriceDrop),
		}}},
		initial: `["inStock", "gone"]`,
		about: "Which changes are told: inStock (something is newly in stock), gone (nothing of what was in stock is left), " +
			"someGone (some of it is gone), priceDrop (an item in stock costs less).",
		examples: []string{`["inStock", "priceDrop"]`},
		read: func(v value, into *target) {
			into.checker.AlertOn = map[AlertKind]bool{}
			for _, s := range v.strings() {
				into.checker.AlertOn[AlertKind(s)] = true
			}
		},
	},
	{
		name: "channels", form: form{kinds: listKind, unique: true, item: &form{kinds: stringKind}},
		about: "Names of the entries of alerts.urls that tell of this checker; an entry without a name is called by its scheme, such as ntfy. " +
			"Without it: all of them.",
		examples: []string{`["phone"]`},
		read: func(v value, into *target) {
			into.checker.Channels = []string{}
			for e := range v.elements() {
				v.r.channelNamed(e)
				into.checker.Channels = append(into.checker.Channels, e.text)
			}
		},
	},
	{
		name: "condition", form: form{kinds: stringKind, values: []string{"new", "any"}}, initial: `"new"`,
		about:    "new: used and refurbished items do not count as in stock; an item whose condition cannot be read counts as new. any: they count.",
		examples: []string{`"any"`},
		read:     func(v value, into *target) { into.checker.Condition = v.text },
	},
	{
		name: "cooldown", form: form{kinds: stringKind, pattern: durationPattern, want: durationWant}, initial: `"0s"`,
		about:    "For this long after an item was told, its further changes are kept back; after it, one message tells what then differs. Up to 720h.",
		examples: []string{`"30m"`},
		read: func(v value, into *target) {
			into.checker.Cooldown = v.duration(0, longestCooldown, "from 0s to 720h")
		},
	},
	{
		name: "countAsInStock", form: form{kinds: listKind, unique: true, item: &form{kinds: stringKind, values: []string{
			string(InStock), string(Limited), string(OnlineOnly), string(InStoreOnly), string(PreOrder), string(PreSale), string(BackOrder),
		}}},
		initial:  `[]`,
		about:    "Further availabilities that count as in stock, besides in_stock, limited, online_only and in_store_only.",
		examples: []string{`["preorder"]`},
		read: func(v value, into *target) {
			counts := map[Availability]bool{InStock: true, Limited: true, OnlineOnly: true, InStoreOnly: true}
			for _, s := range v.strings() {
				counts[Availability(s)] = true
			}
			into.checker.CountAsInStock = counts
		},
	},
	{
		name: "enabled", form: form{kinds: boolKind}, initial: "true",
		about:    "false keeps the entry and its state, and stops the checks.",
		examples: []string{"false"},
		read:     func(v value, into *target) { into.checker.Enabled = v.bool },
	},
	{
		name: "every", form: form{kinds: stringKind, pattern: durationPattern, want: durationWant}, initial: `"1m"`,
		about:    "Time between two checks, 10s to 24h. On AWS 10s, 15s, 20s, 30s or whole minutes.",
		examples: []string{`"5m"`, `"30s"`, `"1h30m"`},
		read: func(v value, into *target) {
			into.checker.Every = v.duration(shortestEvery, longestEvery, "from 10s to 24h")
		},
	},
	{
		name: "exclude", form: expressions,
		about:    "Regular expressions (RE2; case does not matter): items whose title matches any of them are left out.",
		examples: []string{`["combo"]`},
		read:     func(v value, into *target) { into.checker.Exclude = v.expressions() },
	},
	{
		name: "headers", form: form{kinds: objectKind, item: &form{kinds: stringKind}},
		about:    "Extra request headers. They are readable for whoever may read the deployed rule: no secrets.",
		examples: []string{`{"Cookie": "region=us"}`},
		read:     readHeaders,
	},
	{
		name: "include", form: expressions,
		about:    "Regular expressions (RE2; case does not matter): only items whose title matches any of them are watched.",
		examples: []string{`["rtx 5090"]`},
		read:     func(v value, into *target) { into.checker.Include = v.expressions() },
	},
	{
		name: "json", form: form{kinds: objectKind, keys: jsonKeys},
		about:    "Where JSON that is embedded in the page has the answer: script, and inStock or price.",
		examples: []string{`{"script": "#__NEXT_DATA__", "inStock": "props.pageProps.product.available"}`},
		read: func(v value, into *target) {
			into.checker.JSON = &EmbeddedJSON{}
			if v.member("script") != nil && v.member("inStock") == nil && v.member("price") == nil {
				v.fault(`has neither inStock nor price, so it reads nothing; add a path, such as "inStock": "product.available"`)
			}
		},
	},
	{
		name: "maxPrice", form: form{kinds: numberKind | stringKind, above0: true, pattern: limitPattern, want: `is no price; write 650, or with a currency "650 USD"`},
		about: "Items above this price do not count as in stock. An item whose price cannot be read, or is in another currency than the one given, " +
			"is told with a note.",
		examples: []string{`650`, `"650 USD"`},
		read: func(v value, into *target) {
			p, err := parseLimit(v.text)
			switch {
			case err == nil:
				into.checker.MaxPrice = &p
			case v.kind == stringKind:
				v.refuse(err.Error())
			default:
				v.fault("%s %s", cut(v.text), err)
			}
		},
	},
	{
		name: "name", form: form{kinds: stringKind, pattern: namePattern, want: "is no name; write 1 to 40 of a-z, 0-9 and -, beginning with a letter or digit"},
		required: true, own: true,
		about:    "Unique name. The state is kept under it: a new name is a new checker.",
		examples: []string{`"ps5"`},
		read:     func(v value, into *target) { into.checker.Name = v.text },
	},
	{
		name: "pages", form: form{kinds: numberKind, whole: true, min: 1, max: 10}, initial: "1",
		about:    "How many pages of a listing are read, by its next link.",
		examples: []string{"3"},
		read:     func(v value, into *target) { into.checker.Pages = v.whole() },
	},
	{
		name: "select", form: form{kinds: objectKind, keys: selectKeys},
		about:    "CSS selectors of your own, for pages that are read wrongly without. They outrank all other evidence.",
		examples: []string{`{"price": ".buy-box .price"}`},
		read: func(v value, into *target) {
			into.checker.Select = Selectors{}
			if v.member("item") == nil && v.member("link") != nil {
				v.fault("has link but no item; link is read inside each item of a listing: add item, or leave link out")
			}
		},
	},
	{
		name: "sellers", form: form{kinds: listKind, unique: true, item: &someText},
		about:    "Only what these sellers sell counts as in stock. An item whose seller cannot be read is told with the note seller unknown.",
		examples: []string{`["Newegg"]`},
		read:     func(v value, into *target) { into.checker.Sellers = v.strings() },
	},
	{
		name: "sku", form: someText, own: true,
		about:    "The product's number at the shop. A page that shows another product is then unknown, not in stock.",
		examples: []string{`"N82E16814137900"`},
		read:     func(v value, into *target) { into.checker.SKU = v.text },
	},
	{
		name: "store", form: someText,
		about:    "Preset by which the page is read: " + storesPlaceholder + ". Without it: by the host or by marks in the page, else generically.",
		examples: []string{`"shopify"`},
		read: func(v value, into *target) {
			s, err := StoreNamed(v.text)
			if err != nil {
				v.fault("%s", err)
				return
			}
			into.checker.Store = s
		},
	},
	{
		name: "url", form: form{kinds: stringKind, format: "uri", pattern: `^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+\S*$`, want: "is no page's URL; write it whole, like https://shop.example/ps5"},
		required: true, own: true,
		about:    "The page of the product, or a listing of many, as the browser shows it.",
		examples: []string{`"https://shop.example/ps5"`},
		read: func(v value, into *target) {
			u, err := url.Parse(v.text)
			switch {
			case err != nil || u.Hostname() == "":
				v.refuse("is no page's URL; write it whole, like https://shop.example/ps5")
			case u.User != nil:
				// The URL is not shown: it has a password in it.
				v.fault("has a user name or password in it; leave them out, and use headers if the page needs them")
			case len(v.text) > 2000:
				v.fault("is longer than 2000 characters")
			default:
				into.checker.URL = v.text
			}
		},
	},
}

var alarmKeys = []key{{
	name: "failures", form: form{kinds: numberKind, whole: true, min: 1, max: 10}, initial: "3",
	about:    "Failed checks in a row before people are told that the checker is blind.",
	examples: []string{"3"},
	read:     func(v value, into *target) { into.checker.AlarmFailures = v.whole() },
}}

var jsonKeys = []key{
	{
		name: "inStock", form: pathText,
		about:    "Path of the availability: true or false, a quantity, or a word such as InStock.",
		examples: []string{`"product.offers[0].available"`},
		read:     func(v value, into *target) { into.checker.JSON.InStock = v.jsonPath() },
	},
	{
		name: "price", form: pathText,
		about:    "Path of the price.",
		examples: []string{`"product.price.amount"`},
		read:     func(v value, into *target) { into.checker.JSON.Price = v.jsonPath() },
	},
	{
		name: "script", form: selectorText, required: true,
		about:    "CSS selector of the script element that holds the JSON.",
		examples: []string{`"#__NEXT_DATA__"`},
		read:     func(v value, into *target) { into.checker.JSON.Script = v.selector() },
	},
	{
		name: "title", form: pathText,
		about:    "Path of the title.",
		examples: []string{`"product.name"`},
		read:     func(v value, into *target) { into.checker.JSON.Title = v.jsonPath() },
	},
}

var selectKeys = []key{
	selectKey("blocked", "An element that only a page in the way has, such as a captcha.", "#captcha",
		func(s *Selectors) **Selector { return &s.Blocked }),
	selectKey("inStock", "An element that is there only when the product is in stock.", "button.add-to-cart:not([disabled])",
		func(s *Selectors) **Selector { return &s.InStock }),
	selectKey("item", "One product of a listing; the other selectors are then read inside it.", "li.product",
		func(s *Selectors) **Selector { return &s.Item }),
	selectKey("link", "The link of an item to its page.", "a.product-link",
		func(s *Selectors) **Selector { return &s.Link }),
	selectKey("outOfStock", "An element that is there only when the product is out of stock.", ".sold-out",
		func(s *Selectors) **Selector { return &s.OutOfStock }),
	selectKey("price", "The price.", ".buy-box .price",
		func(s *Selectors) **Selector { return &s.Price }),
	selectKey("seller", "The seller's name.", ".sold-by",
		func(s *Selectors) **Selector { return &s.Seller }),
	selectKey("title", "The product's name.", "h1",
		func(s *Selectors) **Selector { return &s.Title }),
}

func selectKey(name, about, example string, place func(*Selectors) **Selector) key {
	return key{
		name: name, about: about, form: selectorText, examples: []string{`"` + example + `"`},
		read: func(v value, into *target) { *place(&into.checker.Select) = v.selector() },
	}
}

// ourHeaders are those that the fetcher sets itself, or that belong to the
// connection.
var ourHeaders = []string{
	"Accept-Encoding", "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func readHeaders(v value, into *target) {
	headers := map[string]string{}
	for _, m := range v.members {
		if m.value.faulty {
			continue
		}
		name, h := textproto.CanonicalMIMEHeaderKey(m.name), v.inside(m)
		h.path = shownKey(v.path, m.name)
		_, again := headers[name]
		switch {
		case !httpguts.ValidHeaderFieldName(m.name):
			v.r.fault(m.at, h.path, "is no header name; write letters, digits and -, such as Accept-Language")
		case slices.Contains(ourHeaders, name):
			v.r.fault(m.at, h.path, "is set by the checker itself; leave it out")
		case again:
			v.r.fault(m.at, h.path, "stands here a second time, in another writing; remove one of them")
		case !httpguts.ValidHeaderFieldValue(h.text):
			h.fault("has a character that no header can have, such as a line break; remove it")
		}
		headers[name] = h.text
	}
	into.checker.Headers = headers
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	domain := s[strings.LastIndexByte(s, '@')+1:]
	return strings.Contains(domain, ".") && !strings.HasSuffix(domain, ".")
}

// whole is the number; its form has been seen.
func (v value) whole() int {
	n := 0
	for _, c := range v.text {
		n = 10*n + int(c-'0')
	}
	return n
}

// duration is the duration; its form has been seen.
func (v value) duration(least, most time.Duration, span string) time.Duration {
	d, err := time.ParseDuration(v.text) // an error is an overflow
	if err != nil || d < least || d > most {
		v.refuse("is out of range; write a duration " + span)
		return 0
	}
	return d
}

func (v value) selector() *Selector {
	s, err := NewSelector(v.text)
	if err != nil {
		v.fault("%s is no CSS selector: %s; write it like .buy-box .price", quote(v.text), oneLine(err))
		return nil
	}
	return s
}

func (v value) jsonPath() Path {
	p, err := ParsePath(v.text)
	if err != nil {
		v.refuse(err.Error())
	}
	return p
}

func (v value) expressions() []*regexp.Regexp {
	list := make([]*regexp.Regexp, 0, len(v.list))
	for e := range v.elements() {
		if _, err := syntax.Parse(e.text, syntax.Perl); err != nil {
			e.fault("%s is no regular expression: %s; %s", quote(e.text), oneLine(err), expressionHint(e.text))
			continue
		}
		// No title tells more by its case.
		list = append(list, regexp.MustCompile("(?i)"+e.text))
	}
	return list
}

// expressionHint tells what RE2 does not have, to those who know another kind.
func expressionHint(source string) string {
	switch {
	case strings.Contains(source, "(?=") || strings.Contains(source, "(?!") || strings.Contains(source, "(?<=") || strings.Contains(source, "(?<!"):
		return "RE2 has no look-ahead or look-behind; use include and exclude together"
	case strings.HasPrefix(source, "*"):
		return "write .* for any text"
	}
	return `write it in RE2 syntax, like rtx 50[89]0 (case does not matter)`
}

func oneLine(err error) string {
	text := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
	text = strings.Join(strings.Fields(text), " ")
	return cut(text)
}

func cut(s string) string {
	if runes := []rune(s); len(runes) > 100 {
		return string(runes[:100]) + "…"
	}
	return s
}

// checkSpan sees that a CloudWatch alarm can look back over the failing checks:
// one day where its period is below an hour, else seven. An alarm needs
// failures of the last failures + 2 periods.
func checkSpan(c *Checker) error {
	period := max(c.Every, time.Minute)
	most := 24 * time.Hour
	if period >= time.Hour {
		most = 7 * 24 * time.Hour
	}
	if span := time.Duration(c.AlarmFailures+2) * period; c.Every > 0 && span > most {
		return fmt.Errorf("%d failures at every %s need an alarm over %s, and an alarm on AWS spans %s at most; write %d at most, or check more often",
			c.AlarmFailures, short(c.Every), short(span), short(most), most/period-2)
	}
	return nil
}

// short is the duration as it is written in checkers.json: 1h30m, not 1h30m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
