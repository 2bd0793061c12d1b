package watch

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// Message is an alert in words, in the forms that channels need.
type Message struct {
	Headline string // one line, Unicode
	Subject  string // the headline as 1 to 99 ASCII characters, the first a letter, digit or punctuation
	Body     string // the whole text, UTF-8; BodyWithin is for channels with a limit
	SMS      string // one part: at most 160 septets of GSM-7, the link whole or absent

	head string // of the body, up to the first item
	list []section
	foot string
}

// section is a part of the body that lists items.
type section struct {
	heading string
	entries []string
}

// What a message may take from a page, besides a title. A longer link than any
// browser follows is no link to offer.
const (
	maxLink    = 2048
	maxPhrase  = 200 // seller, note
	maxSubject = 99
	maxSMS     = 160
	// An SMS keeps at least this much of the title, or goes without its link.
	minSMSTitle = 12
)

// NewMessage writes the message of an alert. It takes every text in the alert as
// hostile: it comes from a page.
func NewMessage(a Alert) Message {
	a = cleaned(a)
	h := headlineOf(a)
	m := Message{
		Headline: h.unicode(),
		Subject:  h.subject(a.Checker),
		SMS:      h.sms(a.Checker, mainLink(a)),
	}
	m.head, m.list, m.foot = body(a)
	m.Body = m.BodyWithin(0)
	return m
}

// Subject is the subject of the alert's message.
func (a Alert) Subject() string { return NewMessage(a).Subject }

// cleaned is the alert with each of its texts as one visible line.
func cleaned(a Alert) Alert {
	a.Checker = oneLine(a.Checker, maxTitle)
	if toASCII(a.Checker) == "" {
		a.Checker = "stockcheck"
	}
	a.URL = cleanLink(a.URL)
	a.Reason = oneLine(a.Reason, maxReason)
	a.Items, a.Others = cleanedItems(a.Items), cleanedItems(a.Others)
	return a
}

func cleanedItems(items []AlertItem) []AlertItem {
	out := make([]AlertItem, len(items))
	for i, item := range items {
		item.Title = oneLine(item.Title, maxTitle)
		item.Link = cleanLink(item.Link)
		item.Seller = oneLine(item.Seller, maxPhrase)
		notes := make([]string, 0, len(item.Notes))
		for _, note := range item.Notes {
			if note = oneLine(note, maxPhrase); note != "" {
				notes = append(notes, note)
			}
		}
		item.Notes = notes
		out[i] = item
	}
	return out
}

// cleanLink is a web link with whatever could break a line or hide in it
// percent-encoded, or "" if it is no link to offer.
func cleanLink(link string) string {
	link = strings.TrimSpace(link)
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Host != oneLine(u.Host, maxLink) {
		return ""
	}
	var b strings.Builder
	for i, r := range link {
		_, width := utf8.DecodeRuneInString(link[i:])
		invalid := r == utf8.RuneError && width == 1
		if !invalid && visible(r) && !unicode.IsSpace(r) {
			b.WriteRune(r)
			continue
		}
		percent(&b, link[i:i+width])
	}
	if b.Len() > maxLink {
		return ""
	}
	return b.String()
}

// asciiLink is a clean link in ASCII, without the one ASCII character that GSM-7
// lacks, or "" if its host has no ASCII form.
func asciiLink(link string) string {
	u, err := url.Parse(link)
	if link == "" || err != nil {
		return ""
	}
	if before, after, found := strings.Cut(link, u.Host); found && !isASCII(u.Host) {
		host, err := idna.Lookup.ToASCII(u.Hostname())
		if err != nil {
			return ""
		}
		if port := u.Port(); port != "" {
			host += ":" + port
		}
		link = before + host + after
	}
	var b strings.Builder
	for i := range len(link) {
		if c := link[i]; c > ' ' && c < 0x7f && c != '`' {
			b.WriteByte(c)
		} else {
			percent(&b, link[i:i+1])
		}
	}
	return b.String()
}

func percent(b *strings.Builder, bytes string) {
	for i := range len(bytes) {
		fmt.Fprintf(b, "%%%02X", bytes[i])
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// mainLink is the one link of a message: of its first item, else of the page.
func mainLink(a Alert) string {
	if len(a.Items) > 0 && a.Items[0].Link != "" {
		return a.Items[0].Link
	}
	return a.URL
}

// headline is the alert in one line. Where a line is too long, the title is
// shortened first: it is the part that a person knows anyway.
type headline struct {
	before string // "3 items in stock: "
	titles []string
	after  string // " in stock at $49.90"
	notes  string // " (price unknown)"; goes where there is no room
	shop   string // of one item; only a line of any length has it, since a short text has the link
}

func headlineOf(a Alert) headline {
	titles := make([]string, len(a.Items))
	for i, item := range a.Items {
		titles[i] = item.Title
	}
	several := func(what string) headline {
		return headline{before: fmt.Sprintf("%d items %s: ", len(a.Items), what), titles: titles}
	}
	var first AlertItem
	if len(a.Items) > 0 {
		first = a.Items[0]
	}
	switch a.Status {
	case ItemsInStock:
		if len(a.Items) > 1 {
			return several("in stock")
		}
		return headline{titles: titles, after: " " + offer(first), notes: inBrackets(first.Notes), shop: shop(first.Link)}
	case ItemsGone, ItemsSomeGone:
		rest := ""
		if a.InStock > 0 {
			rest = fmt.Sprintf(" (%s still in stock)", count(a.InStock, "other"))
		}
		if len(a.Items) > 1 {
			h := several("no longer in stock")
			h.after = rest
			return h
		}
		return headline{titles: titles, after: " " + goneWord(first) + rest, shop: shop(first.Link)}
	case PriceDrop:
		if len(a.Items) > 1 {
			return several("cheaper")
		}
		return headline{titles: titles, after: " " + cheaper(first), notes: inBrackets(first.Notes), shop: shop(first.Link)}
	case Initialized:
		works := " works"
		if a.Reason != "" {
			works = " begins anew"
		}
		switch {
		case len(a.Items) == 1:
			return headline{before: a.Checker + works + ": ", titles: titles, after: " " + offer(first), notes: inBrackets(first.Notes)}
		case len(a.Items) > 1:
			return headline{before: fmt.Sprintf("%s%s: %d items in stock: ", a.Checker, works, len(a.Items)), titles: titles}
		}
		if a.InStock > 0 { // which another message has told
			return headline{before: fmt.Sprintf("%s%s: %s in stock", a.Checker, works, count(a.InStock, "item"))}
		}
		return headline{before: a.Checker + works + ": nothing in stock yet"}
	case CheckFailed:
		return headline{before: a.Checker + " is blind: " + failure(a.Kind).what, after: inBrackets([]string{failedChecks(a.Failures)})}
	case CheckRecovered:
		after := ""
		if d := blindFor(a); d != "" {
			after = " after " + d
		}
		return headline{before: a.Checker + " sees its page again" + after}
	}
	return headline{before: a.Checker + ": " + strings.ToLower(strings.ReplaceAll(string(a.Status), "_", " "))}
}

// unicode is the whole headline, with as many titles as a line bears.
func (h headline) unicode() string {
	titles := make([]string, 0, len(h.titles))
	n := 0
	for i, title := range h.titles {
		if n += utf8.RuneCountInString(title); n > maxTitle && i > 0 {
			titles = append(titles, "…")
			break
		}
		if title == "" {
			title = "(no title)"
		}
		titles = append(titles, title)
	}
	line := h.before + strings.Join(titles, ", ") + h.after + h.notes
	if h.shop != "" {
		line += " · " + h.shop
	}
	return oneLine(line, 2*maxTitle)
}

// subject is the headline for SNS.
func (h headline) subject(name string) string {
	s := h.fit(maxSubject, maxSubject/3, name, toASCII, func(s string) int { return len(s) }, func(s string, n int) string {
		return strings.TrimRight(s[:min(n, len(s))], " ")
	})
	if !beginsWell(s) {
		name = toASCII(name)
		if !beginsWell(name) {
			name = "stockcheck"
		}
		s = name + ": " + s
	}
	return strings.TrimRight(s[:min(maxSubject, len(s))], " ")
}

// beginsWell tells whether SNS takes the text's first character. The signs of
// ASCII that Unicode counts as symbols, such as "$", are not sure to pass.
func beginsWell(s string) bool { return s != "" && !strings.ContainsRune(" $+<=>^`|~", rune(s[0])) }

// sms is the headline as one text message, with the link if it has room.
func (h headline) sms(name, link string) string {
	fit := func(room int) string { return h.fit(room, minSMSTitle, name, toGSM7, septets, cutSeptets) }
	if link = asciiLink(link); link != "" {
		room := maxSMS - septets(link) - len(" ")
		if text := h.shortest(name); room >= septets(text) {
			return fit(room) + " " + link
		}
	}
	return fit(maxSMS)
}

// shortest is about what must be read of a text message beside its link.
func (h headline) shortest(name string) string {
	title := ""
	if len(h.titles) > 0 {
		title = cutSeptets(joinTitles(h.titles, name, toGSM7), minSMSTitle)
	}
	return toGSM7(h.before + title + h.after)
}

// fit writes the headline in an alphabet, in at most room units of it. The notes
// go first, then the title is cut down to keep units, then the end is cut.
func (h headline) fit(room, keep int, name string, alphabet func(string) string, size func(string) int, cut func(string, int) string) string {
	titles := ""
	if len(h.titles) > 0 {
		titles = joinTitles(h.titles, name, alphabet)
	}
	before, after, notes := alphabet(h.before), alphabet(h.after), alphabet(h.notes)
	write := func(titles, notes string) string {
		parts := make([]string, 0, 4)
		for _, part := range []string{before, titles, after, notes} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, " ")
	}
	text := write(titles, notes)
	if size(text) <= room {
		return text
	}
	const dots = "..."
	for _, notes := range []string{notes, ""} {
		rest := size(write("", notes))
		if left := room - rest - len(" ") - len(dots); titles != "" && left >= min(keep, size(titles)) {
			return write(shortened(titles, left, size, cut, dots), notes)
		}
	}
	if titles != "" {
		text = write(shortened(titles, keep, size, cut, dots), "")
	} else {
		text = write("", "")
	}
	return shortened(text, max(room-len(dots), 0), size, cut, dots)
}

// shortened is text, or its beginning of at most n units with dots after it.
func shortened(text string, n int, size func(string) int, cut func(string, int) string, dots string) string {
	if size(text) <= n+len(dots) {
		return text
	}
	return cut(text, n) + dots
}

// joinTitles writes titles in an alphabet. A title of which nothing is left is
// called by the checker's name.
func joinTitles(titles []string, name string, alphabet func(string) string) string {
	out := make([]string, 0, min(len(titles), maxSMS))
	for _, title := range titles[:min(len(titles), maxSMS)] { // no more have room
		title = alphabet(title)
		if !strings.ContainsFunc(title, func(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' }) {
			title = alphabet(name)
		}
		out = append(out, title)
	}
	return strings.Join(out, ", ")
}

func inBrackets(phrases []string) string {
	text := strings.Join(phrases, ", ")
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// offer says that an item can be had, and for how much.
func offer(item AlertItem) string {
	words := map[checker.Availability]string{
		checker.Limited:     "in stock (few left)",
		checker.InStoreOnly: "in stock (in store only)",
		checker.OnlineOnly:  "in stock (online only)",
		checker.PreOrder:    "open for pre-order",
		checker.PreSale:     "in pre-sale",
		checker.BackOrder:   "open for back-order",
	}[item.Availability]
	if words == "" {
		words = "in stock"
	}
	if price := money(item.Price); price != "" {
		words += " at " + price
	}
	return words
}

func goneWord(item AlertItem) string {
	if item.Availability == checker.Discontinued {
		return "discontinued"
	}
	return "no longer in stock"
}

func cheaper(item AlertItem) string {
	words := "cheaper"
	if price := money(item.Price); price != "" {
		words = "now " + price
	}
	if was := money(item.WasPrice); was != "" {
		words += ", was " + was
	}
	return words
}

// money writes a price as people do: with the sign of the most common
// currencies, with the code of others. It is "" for none.
func money(p *checker.Price) string {
	// Digits by the million are no price, and would fill the message.
	const most = 30
	if p == nil || p.Amount.Exponent() > most || p.Amount.Exponent() < -most || p.Amount.NumDigits() > most {
		return ""
	}
	text := oneLine(p.String(), maxPhrase)
	for code, sign := range map[string]string{"USD": "$", "EUR": "€", "GBP": "£"} {
		if p.Currency == code && !p.Amount.IsNegative() {
			return sign + strings.TrimSuffix(text, " "+code)
		}
	}
	return text
}

// body writes the parts of the message's body.
func body(a Alert) (head string, list []section, foot string) {
	switch a.Status {
	case CheckFailed:
		head = failureHead(a)
	case CheckRecovered:
		head = recoveredHead(a)
	case Initialized:
		head = initializedHead(a)
	default:
		if link := mainLink(a); link != "" {
			head = link + "\n\n"
		}
	}
	if len(a.Items) > 0 {
		list = append(list, items(a))
	}
	if len(a.Others) > 0 {
		others := section{heading: "Also changed:\n"}
		for _, item := range a.Others {
			others.entries = append(others.entries, entry(item, change(item), item.Link))
		}
		list = append(list, others)
	}
	return head, list, footOf(a)
}

func initializedHead(a Alert) string {
	link := ""
	if l := mainLink(a); l != "" {
		link = l + "\n\n"
	}
	told := "You will be told what comes in stock."
	if a.InStock > 0 {
		told = "You will be told what else comes in stock."
	}
	if a.Reason != "" {
		return fmt.Sprintf("%s%s begins anew: %s. What it knew is lost: what came or went meanwhile is not told, nor is an alert that was still to be sent. %s\n\n",
			link, a.Checker, a.Reason, told)
	}
	return fmt.Sprintf("%s%s works: its page was read for the first time. %s\n\n", link, a.Checker, told)
}

func items(a Alert) section {
	say := func(item AlertItem) string { return offer(item) }
	heading := fmt.Sprintf("%d items in stock:\n", len(a.Items))
	switch a.Status {
	case ItemsGone, ItemsSomeGone:
		say = goneWord
		heading = fmt.Sprintf("%d items no longer in stock:\n", len(a.Items))
	case PriceDrop:
		say = cheaper
		heading = fmt.Sprintf("%d items cheaper:\n", len(a.Items))
	}
	if len(a.Items) == 1 {
		// Its link stands in the first line already.
		return section{entries: []string{single(a.Items[0], say(a.Items[0]))}}
	}
	s := section{heading: heading}
	for _, item := range a.Items {
		s.entries = append(s.entries, entry(item, say(item), item.Link))
	}
	return s
}

// single writes the one item of a message, a fact a line.
func single(item AlertItem, says string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", titleOf(item), says)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, text)
		}
	}
	line("Seller", item.Seller)
	line("Shop", shop(item.Link))
	if item.Quantity != nil {
		fmt.Fprintf(&b, "Quantity: %d\n", *item.Quantity)
	}
	for _, note := range item.Notes {
		line("Note", note)
	}
	return b.String()
}

// entry writes one item of a list.
func entry(item AlertItem, says, link string) string {
	facts := []string{says}
	if item.Seller != "" {
		facts = append(facts, "seller "+item.Seller)
	}
	if item.Quantity != nil {
		facts = append(facts, fmt.Sprintf("quantity %d", *item.Quantity))
	}
	facts = append(facts, item.Notes...)
	text := fmt.Sprintf("- %s\n  %s\n", titleOf(item), strings.Join(facts, "; "))
	if link != "" {
		text += "  " + link + "\n"
	}
	return text
}

func titleOf(item AlertItem) string {
	if item.Title == "" {
		return "(no title)"
	}
	return item.Title
}

// change says what happened to an item beside those that the alert is about.
func change(item AlertItem) string {
	switch item.Change {
	case "gone":
		return goneWord(item)
	case "price_drop":
		return cheaper(item)
	}
	return offer(item)
}

func shop(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Host, "www.")
}

// footOf says where the message comes from.
func footOf(a Alert) string {
	var b strings.Builder
	if a.Late != nil {
		b.WriteString(late(*a.Late))
	}
	if a.Total > 0 && a.Status != CheckFailed {
		fmt.Fprintf(&b, "In stock now: %d of %s\n", a.InStock, count(a.Total, "item"))
	}
	fmt.Fprintf(&b, "Checker: %s\n", a.Checker)
	if a.URL != "" {
		fmt.Fprintf(&b, "Page: %s\n", a.URL)
	}
	if !a.At.IsZero() {
		fmt.Fprintf(&b, "Checked: %s\n", moment(a.At))
	}
	return b.String()
}

// late says what messages could not be sent in time.
func late(l Late) string {
	text := "This message comes late, and says what holds now."
	if l.Messages > 1 {
		text = fmt.Sprintf("%d messages did not get through since %s; this one stands for them, and says what holds now.", l.Messages, moment(l.Since))
	}
	if l.More > 0 {
		text += fmt.Sprintf(" It leaves out %s more.", count(l.More, "item"))
	}
	return text + "\n"
}

func failureHead(a Alert) string {
	f := failure(a.Kind)
	since := ""
	if a.Since != nil && !a.Since.IsZero() {
		since = ", since " + moment(*a.Since)
	}
	reason := a.Reason
	if reason == "" {
		reason = f.what
	}
	return fmt.Sprintf("%s cannot read its page: %s\n\nWhat to do: %s\n\nBlind for %s%s. What it knows of the items stays as it was. "+
		"The checks go on, and you are told when it sees again.\n\n", a.Checker, reason, adviceFor(a), failedChecks(a.Failures), since)
}

// adviceFor is what to do about a failure.
func adviceFor(a Alert) string {
	return strings.ReplaceAll(failure(a.Kind).advice, "EXPLAIN", "stockcheck explain"+quoted(a.URL)+" --checker "+a.Checker)
}

// quoted is a link as a word for the shell.
func quoted(link string) string {
	if link == "" {
		return " URL"
	}
	return " '" + strings.ReplaceAll(link, "'", "%27") + "'"
}

func recoveredHead(a Alert) string {
	blind := ""
	if d := blindFor(a); d != "" {
		blind = fmt.Sprintf(" It was blind for %s, since %s.", d, moment(*a.Since))
	}
	return fmt.Sprintf("%s sees its page again.%s What changed meanwhile is told in a message of its own.\n\n", a.Checker, blind)
}

// blindFor is how long the checker was blind, in words, or "".
func blindFor(a Alert) string {
	if a.Since == nil || a.Since.IsZero() || a.At.Before(*a.Since) {
		return ""
	}
	d := a.At.Sub(*a.Since)
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

func failedChecks(n int) string {
	if n < 1 {
		n = 1
	}
	if n == 1 {
		return "1 failed check"
	}
	return fmt.Sprintf("%d failed checks in a row", n)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// failureWords is what a kind of failure means to a person.
type failureWords struct{ what, advice string }

// failure says what is wrong and what to do about it. EXPLAIN stands for the
// command that shows how the page is read.
func failure(kind string) failureWords {
	if f, ok := failures[page.Kind(kind)]; ok {
		return f
	}
	return failures[page.Unsure]
}

var failures = map[page.Kind]failureWords{
	page.Network: {"page not reached",
		"open the page in a browser. If it opens, look whether the machine that runs the checks reaches the internet; if not, the shop is down: wait."},
	page.HTTP: {"the shop answers with an error",
		`open the page in a browser. If it is gone there too, correct "url"; if it opens, wait: the shop had a fault, or turns programs away.`},
	page.Blocked: {"blocked by the shop",
		`mostly nothing: the checker waits longer after each block. If it stays blocked, set a longer "every", or watch the product at another shop.`},
	page.Queue: {"waiting room before the page",
		"if you want the product now, queue in a browser. The checker sees again when the shop takes the waiting room away."},
	page.Moved: {"the address leads to another page",
		`open the page in a browser, find the product, and correct "url".`},
	page.SKU: {"the page shows another product",
		`open the page in a browser, and correct "url" or "sku".`},
	page.Layout: {"the page's layout is not known",
		"the shop has changed its page. Run\n    EXPLAIN\nto see how it is read, then set \"select\" for this checker, or get a newer release."},
	page.Unsupported: {"the address gives no web page",
		`open the address in a browser, and set "url" to that of the product's page.`},
	page.TooLarge: {"the page is too large",
		`set "url" to a smaller page: that of one product, or a narrower search.`},
	page.Unsure: {"the page does not say what is in stock",
		"run\n    EXPLAIN\nto see how the page is read, then set \"select\" for this checker."},
}

// BodyWithin is the body in at most limit bytes (0: no limit). What does not fit
// is left out item by item, with "and N more" in its place.
func (m Message) BodyWithin(limit int) string {
	var b strings.Builder
	left := limit - len(m.head) - len(m.foot)
	fits := func(n int) bool { return limit <= 0 || n <= left }
	b.WriteString(m.head)
	for _, s := range m.list {
		// Room is kept for the line that says how many were left out.
		reserve := len(more(len(s.entries))) + len("\n")
		if !fits(len(s.heading) + reserve) {
			break
		}
		b.WriteString(s.heading)
		left -= len(s.heading) + len("\n")
		for i, e := range s.entries {
			need := len(e)
			if i < len(s.entries)-1 {
				need += len(more(len(s.entries)))
			}
			if !fits(need) {
				rest := more(len(s.entries) - i)
				b.WriteString(rest)
				left -= len(rest)
				break
			}
			b.WriteString(e)
			left -= len(e)
		}
		b.WriteString("\n")
	}
	b.WriteString(m.foot)
	text := b.String()
	if limit > 0 && len(text) > limit {
		return strings.ToValidUTF8(text[:limit], "")
	}
	return text
}

func more(n int) string { return fmt.Sprintf("and %d more\n", n) }
