package page

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"stockchecker/lambda/checker"
)

//go:embed blocks.json
var blocksJSON []byte

// blockRule knows one kind of page that stands in the way. All that it names
// must be there.
type blockRule struct {
	name       string
	kind       Kind
	status     int
	header     map[string]string     // a value of "" stands for any
	url        func() *regexp.Regexp // each compiled when it is first asked for, nil: any
	title      func() *regexp.Regexp
	text       func() *regexp.Regexp
	sel        func() *checker.Selector
	short      bool   // only pages of little text: others have such marks beside their own
	sells      bool   // also of a page that has something to buy, as a parked domain does
	advice     string // for people, "" for that of the kind
	redirected bool   // only a page that is not the one asked for
}

var blockRules = sync.OnceValue(func() []blockRule {
	var raw []struct {
		Name, Kind, URL, Title, Text, Select string
		Status                               int
		Header                               map[string]string
		Advice                               string
		Short, Redirected, Sells             bool
	}
	if err := json.Unmarshal(blocksJSON, &raw); err != nil {
		panic(err) // the file is part of the binary, and tested
	}
	fold := func(s string) func() *regexp.Regexp {
		if s == "" {
			return nil
		}
		return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("(?i)" + s) })
	}
	rules := make([]blockRule, len(raw))
	for i, r := range raw {
		rules[i] = blockRule{
			name: r.Name, kind: Kind(r.Kind), status: r.Status, header: r.Header,
			url: fold(r.URL), title: fold(r.Title), text: fold(r.Text),
			short: r.Short, redirected: r.Redirected, sells: r.Sells, advice: r.Advice,
		}
		if r.Select != "" {
			rules[i].sel = sync.OnceValue(func() *checker.Selector {
				s, err := checker.NewSelector(r.Select)
				if err != nil {
					panic(err) // as above
				}
				return s
			})
		}
	}
	return rules
})

// maxBlockText is how much text, in bytes, a page has at most that only stands in
// the way. Product pages have more.
const maxBlockText = 3000

// certain tells whether the rule holds even on a page that shows a product. A
// product's title or a form beside it may have the words of a robot check.
func (b *blockRule) certain() bool {
	return !b.short && b.title == nil && b.text == nil
}

// counts tells whether the rule holds on a page that shows a product. A robot check may
// have something to buy beside it, and then its title tells it.
func (b *blockRule) counts(shows showing) bool {
	return shows == showsNothing || b.certain() || shows == showsVisibly && (b.title != nil || b.sells)
}

// blockedBy tells what stands in the way of the page, or nil.
func blockedBy(r *Response, doc *tree, c *checker.Checker, store *checker.Store, shows showing) *Error {
	title := docTitle(doc)
	if s := c.Select.Blocked; s != nil {
		if n := doc.find(s, doc.root); n != nil {
			return blockError(Blocked, "the page that select.blocked tells", Evidence{Source: "select.blocked", Selector: s.String(), Text: spacedText(n)})
		}
	}
	if store != nil && store.Blocked != nil {
		if mark, found := storeMark(store.Blocked, r, doc, title); found {
			mark.Source = "store " + store.Name
			return blockError(Blocked, store.Name+"'s block page", mark)
		}
	}
	visible := visibleText(doc, maxBlockText+1)
	for i := range blockRules() {
		rule := &blockRules()[i]
		if !rule.counts(shows) {
			continue
		}
		if ev, ok := rule.match(r, doc, title, visible); ok {
			e := blockError(rule.kind, rule.name, ev)
			if rule.advice != "" {
				e.Message = fmt.Sprintf("the shop answered with %s; %s", rule.name, rule.advice)
			}
			return e
		}
	}
	return nil
}

// storeMark finds what a preset knows a block page by.
func storeMark(b *checker.BlockMarks, r *Response, doc *tree, title string) (Evidence, bool) {
	for _, x := range b.URL {
		if x.MatchString(r.Final) {
			return Evidence{Selector: "URL", Text: r.Final}, true
		}
	}
	for _, x := range b.Title {
		if x.MatchString(title) {
			return Evidence{Selector: "title", Text: title}, true
		}
	}
	for _, s := range b.Select {
		if n := doc.find(s, doc.root); n != nil {
			return Evidence{Selector: s.String(), Text: spacedText(n)}, true
		}
	}
	return Evidence{}, false
}

func blockError(kind Kind, name string, ev Evidence) *Error {
	ev.Text, ev.Says, ev.Won = cut(ev.Text), string(kind), true
	var advice string
	switch kind {
	case Queue:
		advice = "it is tried again later"
	case HTTP:
		advice = "it is tried again at the next check"
	case Moved:
		advice = "look at the URL in a browser, and correct it in checkers.json"
	default:
		advice = "the shop refuses automatic requests for now; a longer \"every\" helps"
	}
	return &Error{Kind: kind, Message: fmt.Sprintf("the shop answered with %s; %s", name, advice), Evidence: []Evidence{ev}}
}

func (b *blockRule) match(r *Response, doc *tree, title, visible string) (Evidence, bool) {
	ev := Evidence{Source: "block marks"}
	if b.status != 0 && b.status != r.Status || b.short && len(visible) > maxBlockText || b.redirected && sameAddress(r.URL, r.Final) {
		return ev, false
	}
	for key, want := range b.header {
		values := r.Header.Values(http.CanonicalHeaderKey(key))
		if len(values) == 0 || want != "" && !strings.EqualFold(values[0], want) {
			return ev, false
		}
		ev.Selector, ev.Text = "header "+key, values[0]
	}
	if b.url != nil {
		if !b.url().MatchString(r.Final) {
			return ev, false
		}
		ev.Selector, ev.Text = "URL", r.Final
	}
	if b.title != nil {
		if !b.title().MatchString(title) {
			return ev, false
		}
		ev.Selector, ev.Text = "title", title
	}
	if b.sel != nil {
		m := doc.find(b.sel(), doc.root)
		if m == nil {
			return ev, false
		}
		ev.Selector, ev.Text = selectorOf(m), spacedText(m)
	}
	if b.text != nil {
		found := b.text().FindString(visible)
		if found == "" {
			return ev, false
		}
		ev.Text = found
	}
	return ev, true
}

// docTitle is the document's title.
func docTitle(doc *tree) string {
	n := doc.first("title")
	if n == nil {
		return ""
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(c.Data[:min(len(c.Data), maxDocTitle)])
	}
	return oneLine(strings.ToValidUTF8(b.String(), ""))
}

// maxDocTitle is how much of a document's title is looked at, in bytes.
const maxDocTitle = 1 << 10

// visibleText is the text of the body that can be seen, at most about limit
// bytes of it.
func visibleText(doc *tree, limit int) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if b.Len() > limit || hidden(n) || n.DataAtom == atom.Title {
			return
		}
		if n.Type == html.TextNode {
			if s := oneLine(n.Data); s != "" {
				b.WriteString(s)
				b.WriteByte(' ')
			}
			return
		}
		for c := n.FirstChild; c != nil && b.Len() <= limit; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc.root)
	return b.String()
}
