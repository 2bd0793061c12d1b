package page

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The modes of the builder, as in the HTML standard.
type mode byte

const (
	beforeHTML mode = iota
	beforeHead
	inHead
	afterHead
	inBody
	inTable
	inCaption
	inColumns
	inTableBody
	inRow
	inCell
	inFrames
)

// opened is an element that is not ended yet.
type opened struct {
	node *html.Node
	tag  *tag
}

// builder makes a tree of a page's tokens. It follows the HTML standard in what
// pages have, well formed or not, with nodes that are allocated many at once and
// texts that are pieces of the page.
type builder struct {
	tokens
	tree
	mode    mode
	stack   []opened
	formats []opened // that go on, with an opened{} where those around end
	head    *html.Node
	form    *html.Node
	quirks  bool
	foster  bool // what is in a table and no part of it goes before it
	apart   bool // something was left out since the last text
	moved   bool // elements are not in the order in which they were made
	failed  error

	attrs   []html.Attribute // free ones
	made    int
	given   int // attributes
	leftOut []*html.Node
}

// reorder lists the elements anew, in the order in which they stand in the tree.
func (b *builder) reorder() {
	b.elements, b.kinds = b.elements[:0], b.kinds[:0]
	for n := range b.root.Descendants() {
		if n.Type == html.ElementNode {
			b.elements, b.kinds = append(b.elements, n), append(b.kinds, tagNamed(n.Data).id)
		}
	}
}

// doctype tells whether a page asks for the rules of old browsers, by which a table
// may stand in a paragraph.
func (b *builder) doctype(declaration string) {
	d := strings.ToLower(declaration)
	if !strings.HasPrefix(d, "<!doctype") {
		return
	}
	old := strings.Contains(d, "dtd html 4.0 ") || strings.Contains(d, "dtd html 3") || strings.Contains(d, "dtd html 2") || strings.Contains(d, "//ietf//") ||
		strings.Contains(d, "dtd html 4.01 ") && !strings.Contains(d, ".dtd") && !strings.Contains(d, "4.01//en")
	b.quirks = old || !strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(d, "<!doctype")), "html")
}

// node is a new one.
func (b *builder) node() *html.Node {
	if b.made++; b.made > maxNodes && b.failed == nil {
		b.failed = &Error{Kind: TooLarge, Message: fmt.Sprintf("the page has more than %d nodes, which is more than is read", maxNodes)}
	}
	if b.used == len(b.space.nodes)*slab {
		b.space.nodes = append(b.space.nodes, new([slab]html.Node))
	}
	n := &b.space.nodes[b.used/slab][b.used%slab]
	b.used++
	return n
}

// element is a new element of the start tag that was read last.
func (b *builder) element() *html.Node {
	n := b.bare(b.name, b.tag)
	if len(b.tokens.attrs) > 0 {
		b.takeAttrs(n)
	}
	return n
}

// bare is a new element without attributes.
func (b *builder) bare(name string, t *tag) *html.Node {
	n := b.node()
	n.Type = html.ElementNode
	if t.id != 0 {
		n.Data, n.DataAtom = t.name, t.atom
	} else {
		n.Data, n.DataAtom = name, atom.Lookup([]byte(name))
	}
	b.elements, b.kinds = append(b.elements, n), append(b.kinds, t.id)
	if t.flags&droppedTag != 0 {
		b.leftOut = append(b.leftOut, n)
	}
	return n
}

// takeAttrs gives an element the attributes of the tag, and notes what the page
// names so and where it says something of its data.
func (b *builder) takeAttrs(n *html.Node) {
	from := b.tokens.attrs
	if b.given += len(from); b.given > maxPageAttrs && b.failed == nil {
		b.failed = &Error{Kind: TooLarge, Message: fmt.Sprintf("the page has more than %d attributes, which is more than is read", maxPageAttrs)}
	}
	if len(b.attrs) < len(from) {
		b.attrs = make([]html.Attribute, max(len(from), min(512, 32+b.made)))
	}
	n.Attr = b.attrs[:len(from):len(from)]
	b.attrs = b.attrs[len(from):]
	data := n.DataAtom == atom.Meta || n.DataAtom == atom.Script
	for i := range from {
		a := &from[i]
		switch a.Key {
		case "class", "id":
			a.Val = shorten(a.Val)
			b.names.add(a.Key[0], a.Val)
		case "style", "role":
			a.Val = shorten(a.Val)
		case "itemprop", "property":
			data = true
		case "itemscope", "itemtype":
			data, b.items = true, true
		case "typeof":
			data, b.typed = true, true
		}
		n.Attr[i] = *a
	}
	if data {
		b.lines.note(n, b.at)
	}
}

// maxNames bounds the attributes that are looked at again and again, in bytes.
const maxNames = 4 << 10

// shorten cuts what a hostile page writes into such an attribute.
func shorten(value string) string {
	if len(value) <= maxNames {
		return value
	}
	return value[:strings.LastIndexByte(value[:maxNames], ' ')+1]
}

func (b *builder) top() *opened { return &b.stack[len(b.stack)-1] }

// push makes an element the one that what follows is put into.
func (b *builder) push(n *html.Node, t *tag) {
	if b.stack = append(b.stack, opened{n, t}); len(b.stack) > maxNesting {
		b.tooDeep()
	}
}

func (b *builder) tooDeep() {
	if b.failed == nil {
		b.failed = &Error{Kind: Unsupported, Message: fmt.Sprintf("the page is no HTML that can be read: it has elements more than %d deep in one another", maxNesting)}
	}
}

// put puts a node where it belongs: into the element at the top of the stack.
func (b *builder) put(n *html.Node) {
	if b.foster && partOfTable(b.top().tag.atom) {
		b.putBefore(n)
		return
	}
	link(b.top().node, n)
}

// partOfTable tells the elements whose own text goes before their table.
func partOfTable(a atom.Atom) bool {
	switch a {
	case atom.Table, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr:
		return true
	}
	return false
}

// link makes a node the last one in its parent.
func link(parent, n *html.Node) {
	n.Parent, n.PrevSibling = parent, parent.LastChild
	if n.PrevSibling != nil {
		n.PrevSibling.NextSibling = n
	} else {
		parent.FirstChild = n
	}
	parent.LastChild = n
}

// putBefore puts a node before the table that is open.
func (b *builder) putBefore(n *html.Node) {
	b.moved = true
	for i := len(b.stack) - 1; i >= 0; i-- {
		if b.stack[i].tag.atom != atom.Table {
			continue
		}
		table := b.stack[i].node
		parent := table.Parent
		if parent == nil {
			link(b.stack[i-1].node, n)
			return
		}
		if before := table.PrevSibling; before != nil && before.Type == html.TextNode && n.Type == html.TextNode && len(before.Data) < maxJoined {
			before.Data += n.Data
			return
		}
		parent.InsertBefore(n, table)
		return
	}
	link(b.stack[0].node, n)
}

// insert puts the element of a start tag where it belongs, and opens it where
// something may be in it.
func (b *builder) insert() *html.Node {
	n := b.element()
	b.put(n)
	if b.tag.flags&voidTag == 0 {
		b.push(n, b.tag)
	}
	return n
}

// implied inserts an element that the page has no tag of.
func (b *builder) implied(name string) *html.Node {
	t := tagNamed(name)
	n := b.bare(name, t)
	if len(b.stack) == 0 {
		link(b.root, n)
	} else {
		b.put(n)
	}
	b.push(n, t)
	return n
}

// toBody makes what the page has no tags of up to its body.
func (b *builder) toBody() {
	if b.mode == beforeHTML {
		b.implied("html")
		b.mode = beforeHead
	}
	if b.mode == beforeHead {
		b.head = b.implied("head")
		b.mode = inHead
	}
	if b.mode == inHead {
		b.stack = b.stack[:1]
		b.mode = afterHead
	}
	if b.mode == afterHead {
		b.body = b.implied("body")
		b.mode = inBody
	}
}

// blank is what HTML takes for white space.
const blank = " \t\n\f\r"

// addText puts a text where it belongs.
func (b *builder) addText(s string) {
	rest := s
	if b.mode < inBody || b.mode >= inTable && b.mode != inCell && b.mode != inCaption {
		rest = strings.TrimLeft(s, blank)
	}
	switch b.mode {
	case beforeHTML, beforeHead:
		if rest == "" {
			return
		}
		b.toBody()
		s = rest
	case inHead, afterHead:
		b.appendText(s[:len(s)-len(rest)])
		if rest == "" {
			return
		}
		b.toBody()
		s = rest
	case inColumns:
		b.appendText(s[:len(s)-len(rest)])
		if rest == "" {
			return
		}
		b.stack, b.mode = b.stack[:len(b.stack)-1], inTable
		b.addText(rest)
		return
	case inTable, inTableBody, inRow:
		if rest == "" && partOfTable(b.top().tag.atom) {
			b.appendText(s)
			return
		}
		b.foster = true
		b.reformat()
		b.appendText(s)
		b.foster = false
		return
	case inFrames:
		return
	}
	if top := b.top(); s[0] == '\n' && top.node.FirstChild == nil && (top.tag.atom == atom.Pre || top.tag.atom == atom.Listing) {
		if s = s[1:]; s == "" {
			return
		}
	}
	b.reformat()
	b.appendText(s)
}

// appendText puts a text into the element that is opened, as a part of the one before
// it where nothing is between.
func (b *builder) appendText(s string) {
	if s == "" || s[0] <= ' ' && b.top().tag.flags&listTag != 0 && strings.TrimLeft(s, blank) == "" {
		return // between the parts of a table, or what is to be chosen
	}
	if last := b.top().node.LastChild; last != nil && last.Type == html.TextNode && !b.apart && !(b.foster && partOfTable(b.top().tag.atom)) {
		if len(last.Data) < maxJoined {
			last.Data += s
			return
		}
	}
	b.apart = false
	n := b.node()
	n.Type, n.Data = html.TextNode, s
	b.put(n)
}

// maxJoined is how long a text is at most, in bytes, to which the next is joined.
const maxJoined = 1 << 9

// index is where in the stack an element of that tag is open; -1: none, or
// something is between that its end does not reach beyond.
func (b *builder) index(a atom.Atom, stop tagFlags, stops ...atom.Atom) int {
	for i := len(b.stack) - 1; i >= 0; i-- {
		t := b.stack[i].tag
		if t.atom == a && a != 0 {
			return i
		}
		if t.flags&stop != 0 || slices.Contains(stops, t.atom) {
			break
		}
	}
	return -1
}

func (b *builder) inScope(a atom.Atom) int { return b.index(a, scopeTag) }

// inTableScope is where the innermost of the elements is open in the table.
func (b *builder) inTableScope(tags ...atom.Atom) int {
	for i := len(b.stack) - 1; i >= 0; i-- {
		a := b.stack[i].tag.atom
		if slices.Contains(tags, a) {
			return i
		}
		if a == atom.Html || a == atom.Table {
			break
		}
	}
	return -1
}

// endParagraph ends the paragraph that is opened, if one is.
func (b *builder) endParagraph() {
	if i := b.index(atom.P, scopeTag, atom.Button); i >= 0 {
		b.stack = b.stack[:i]
	}
}

// endImplied ends the elements whose end tags may be left out.
func (b *builder) endImplied(but atom.Atom) {
	for len(b.stack) > 1 {
		if t := b.top().tag; t.flags&impliedTag == 0 || t.atom == but {
			return
		}
		b.stack = b.stack[:len(b.stack)-1]
	}
}

// start takes a start tag.
func (b *builder) start() {
	t := b.tag
	if t.flags&rawTag != 0 {
		b.startRaw()
		return
	}
	for {
		switch b.mode {
		case beforeHTML:
			if t.atom == atom.Html {
				n := b.element()
				link(b.root, n)
				b.push(n, t)
				b.mode = beforeHead
				return
			}
			b.implied("html")
			b.mode = beforeHead
			continue
		case beforeHead:
			switch t.atom {
			case atom.Head:
				b.head = b.insert()
				b.mode = inHead
				return
			case atom.Html:
				b.merge(b.stack[0].node)
				return
			}
			b.head = b.implied("head")
			b.mode = inHead
			continue
		case inHead, afterHead:
			switch {
			case t.atom == atom.Html:
				b.merge(b.stack[0].node)
				return
			case t.atom == atom.Head:
				return
			case t.atom == atom.Template:
				b.skipTemplate()
				return
			case t.flags&headTag != 0:
				b.inHead(func() { b.insert() })
				return
			case t.atom == atom.Body:
				b.stack = b.stack[:1]
				b.body = b.insert()
				b.mode = inBody
				return
			case t.atom == atom.Frameset:
				b.stack = b.stack[:1]
				b.insert()
				b.mode = inFrames
				return
			}
			b.toBody()
			continue
		case inFrames:
			if t.atom == atom.Frameset || t.atom == atom.Frame {
				b.insert()
			}
			return
		}
		if b.mode == inBody || b.startInTable() {
			b.startInBody()
		}
		b.foster = false
		return
	}
}

// inHead puts something into the head, also after its end.
func (b *builder) inHead(put func()) {
	if b.mode == inHead {
		put()
		return
	}
	n := len(b.stack)
	b.stack = append(b.stack, opened{b.head, tagNamed("head")})
	put()
	b.stack = b.stack[:n]
}

// merge adds the attributes of a further html or body tag.
func (b *builder) merge(n *html.Node) {
	for _, a := range b.tokens.attrs {
		if !hasAttr(n, a.Key) {
			n.Attr = append(n.Attr, a)
			if a.Key == "class" || a.Key == "id" {
				b.names.add(a.Key[0], a.Val)
			}
		}
	}
}

// startRaw takes an element in which no tags are read.
func (b *builder) startRaw() {
	t := b.tag
	switch {
	case t.atom == atom.Style || t.atom == atom.Noscript:
		if b.mode < inHead {
			b.toHead()
		} else if b.mode == afterHead && t.atom == atom.Noscript || b.mode == inColumns {
			b.toBody()
		}
		b.readRaw(t.name)
		b.apart = true
		return
	case b.mode == inFrames:
		b.readRaw(t.name)
		return
	case b.mode < inHead && t.flags&headTag != 0:
		b.toHead()
	case b.mode < inBody && t.flags&headTag == 0:
		b.toBody()
	}
	if b.mode == inColumns {
		b.stack, b.mode = b.stack[:len(b.stack)-1], inTable
	}
	inTableParts := b.mode == inTable || b.mode == inTableBody || b.mode == inRow
	b.foster = inTableParts && t.atom != atom.Script
	put := func() {
		if t.atom == atom.Xmp {
			b.endParagraph()
			b.reformat()
		}
		n := b.element()
		b.put(n)
		text := b.readRaw(t.name)
		if t.atom == atom.Textarea {
			text = strings.TrimPrefix(text, "\n")
		}
		if t.atom == atom.Textarea || t.atom == atom.Title {
			text = unescapeText(text)
		}
		if text != "" {
			c := b.node()
			c.Type, c.Data = html.TextNode, text
			link(n, c)
		}
	}
	if b.mode < inBody {
		b.inHead(put)
	} else {
		put()
	}
	b.foster = false
}

// toHead makes what the page has no tags of up to its head.
func (b *builder) toHead() {
	if b.mode == beforeHTML {
		b.implied("html")
		b.mode = beforeHead
	}
	if b.mode == beforeHead {
		b.head = b.implied("head")
		b.mode = inHead
	}
}

// startInBody takes a start tag where any may stand.
func (b *builder) startInBody() {
	t := b.tag
	switch {
	case t.flags&formatTag != 0:
		switch t.atom {
		case atom.A:
			if i := b.format(atom.A); i >= 0 {
				old := b.formats[i].node
				b.endFormat(t)
				b.stack = without(b.stack, old)
				b.formats = without(b.formats, old)
			}
			b.reformat()
		case atom.Nobr:
			b.reformat()
			if b.inScope(atom.Nobr) >= 0 {
				b.endFormat(t)
				b.reformat()
			}
		default:
			b.reformat()
		}
		b.insert()
		b.addFormat(*b.top())
		return
	case t.flags&blockTag != 0:
		switch {
		case t.atom == atom.Li:
			b.endItem(atom.Li, 0)
		case t.atom == atom.Dd || t.atom == atom.Dt:
			b.endItem(atom.Dd, atom.Dt)
		case t.atom == atom.Form && b.form != nil:
			return
		}
		b.endParagraph()
		if t.flags&headingTag != 0 && b.top().tag.flags&headingTag != 0 {
			b.stack = b.stack[:len(b.stack)-1]
		}
		n := b.insert()
		if t.atom == atom.Form {
			b.form = n
		}
		return
	case t.flags&tableTag != 0:
		return
	}
	switch t.atom {
	case atom.Html:
		b.merge(b.stack[0].node)
		return
	case atom.Body:
		if b.body != nil {
			b.merge(b.body)
		}
		return
	case atom.Head, atom.Frame, atom.Frameset:
		return
	case atom.Template:
		b.skipTemplate()
		return
	case atom.Svg:
		b.reformat()
		b.skipDrawing()
		return
	case atom.Table:
		if !b.quirks {
			b.endParagraph()
		}
		b.insert()
		b.mode = inTable
		return
	case atom.Button:
		if i := b.inScope(atom.Button); i >= 0 {
			b.stack = b.stack[:i]
		}
	case atom.Select:
		if i := b.inScope(atom.Select); i >= 0 {
			b.stack = b.stack[:i]
			return
		}
	case atom.Input:
		if i := b.inScope(atom.Select); i >= 0 {
			b.stack = b.stack[:i]
		}
	case atom.Option, atom.Optgroup:
		if b.inScope(atom.Select) >= 0 {
			but := atom.Optgroup
			if t.atom == atom.Optgroup {
				but = 0
			}
			b.endImplied(but)
		} else if b.top().tag.atom == atom.Option {
			b.stack = b.stack[:len(b.stack)-1]
		}
	case atom.Hr:
		if i := b.index(atom.P, scopeTag, atom.Button); i >= 0 {
			b.stack = b.stack[:i]
		}
		if b.inScope(atom.Select) >= 0 {
			b.endImplied(0)
		}
	case atom.Rb, atom.Rtc, atom.Rp, atom.Rt:
		if b.inScope(atom.Ruby) >= 0 {
			but := atom.Rtc
			if t.atom == atom.Rb || t.atom == atom.Rtc {
				but = 0
			}
			b.endImplied(but)
		}
	case atom.Image:
		b.name, b.tag = "img", tagNamed("img")
		t = b.tag
	}
	if t.flags&(plainTag|headTag) == 0 {
		b.reformat()
	}
	b.insert()
	switch t.atom {
	case atom.Applet, atom.Marquee, atom.Object:
		b.formats = append(b.formats, opened{})
	case atom.Math:
		if b.closing {
			b.stack = b.stack[:len(b.stack)-1]
		}
	}
}

// endItem ends the item of the list before a new one.
func (b *builder) endItem(a, or atom.Atom) {
	for i := len(b.stack) - 1; i > 0; i-- {
		switch t := b.stack[i].tag; {
		case t.atom == a || or != 0 && t.atom == or:
			b.stack = b.stack[:i]
			return
		case t.flags&specialTag != 0 && t.atom != atom.Address && t.atom != atom.Div && t.atom != atom.P:
			return
		}
	}
}

// startInTable takes a start tag in a table; true means that it is none of a table's
// own and goes on as anywhere.
func (b *builder) startInTable() bool {
	t := b.tag
	for {
		switch b.mode {
		case inBody:
			return true
		case inCaption, inCell:
			if t.flags&tableTag == 0 || b.mode == inCaption && t.atom == atom.Th {
				return true
			}
			of := b.inTableScope(atom.Td, atom.Th)
			if b.mode == inCaption {
				of = b.inTableScope(atom.Caption)
			}
			if of < 0 {
				return false
			}
			b.stack = b.stack[:of]
			b.endFormats()
			if b.mode == inCaption {
				b.mode = inTable
			} else {
				b.mode = inRow
			}
		case inColumns:
			switch t.atom {
			case atom.Col:
				b.insert()
				return false
			case atom.Html:
				return true
			case atom.Template:
				b.skipTemplate()
				return false
			}
			if b.top().tag.atom != atom.Colgroup {
				return false
			}
			b.stack, b.mode = b.stack[:len(b.stack)-1], inTable
		case inRow:
			switch {
			case t.atom == atom.Td || t.atom == atom.Th:
				b.clearTo(atom.Tr)
				b.insert()
				b.formats = append(b.formats, opened{})
				b.mode = inCell
				return false
			case t.flags&tableTag != 0:
				if b.inTableScope(atom.Tr) < 0 {
					return false
				}
				b.clearTo(atom.Tr)
				b.stack, b.mode = b.stack[:len(b.stack)-1], inTableBody
				continue
			}
			return b.startInPart()
		case inTableBody:
			switch {
			case t.atom == atom.Tr:
				b.clearTo(atom.Tbody, atom.Tfoot, atom.Thead)
				b.insert()
				b.mode = inRow
				return false
			case t.atom == atom.Td || t.atom == atom.Th:
				b.clearTo(atom.Tbody, atom.Tfoot, atom.Thead)
				b.implied("tr")
				b.mode = inRow
				continue
			case t.flags&tableTag != 0:
				i := b.inTableScope(atom.Tbody, atom.Thead, atom.Tfoot)
				if i < 0 {
					return false
				}
				b.stack, b.mode = b.stack[:i], inTable
				continue
			}
			return b.startInPart()
		default:
			switch t.atom {
			case atom.Caption:
				b.clearTo(atom.Table)
				b.formats = append(b.formats, opened{})
				b.insert()
				b.mode = inCaption
				return false
			case atom.Colgroup:
				b.clearTo(atom.Table)
				b.insert()
				b.mode = inColumns
				return false
			case atom.Col:
				b.clearTo(atom.Table)
				b.implied("colgroup")
				b.mode = inColumns
				continue
			case atom.Tbody, atom.Tfoot, atom.Thead:
				b.clearTo(atom.Table)
				b.insert()
				b.mode = inTableBody
				return false
			case atom.Td, atom.Th, atom.Tr:
				b.clearTo(atom.Table)
				b.implied("tbody")
				b.mode = inTableBody
				continue
			}
			return b.startInPart()
		}
	}
}

// startInPart takes a start tag that is none of a table's parts, between its cells:
// all but some go before the table.
func (b *builder) startInPart() bool {
	switch b.tag.atom {
	case atom.Table:
		i := b.inTableScope(atom.Table)
		if i < 0 {
			return false
		}
		b.stack = b.stack[:i]
		b.resetMode()
		b.start()
		return false
	case atom.Template:
		b.skipTemplate()
		return false
	case atom.Input:
		for _, a := range b.tokens.attrs {
			if a.Key == "type" && strings.EqualFold(a.Val, "hidden") {
				b.insert()
				return false
			}
		}
	case atom.Form:
		if b.form == nil {
			b.form = b.insert()
			b.stack = b.stack[:len(b.stack)-1]
		}
		return false
	}
	b.foster = true
	return true
}

// clearTo ends all that is open within one of the parts of a table.
func (b *builder) clearTo(tags ...atom.Atom) {
	for i := len(b.stack) - 1; i > 0; i-- {
		if slices.Contains(tags, b.stack[i].tag.atom) {
			b.stack = b.stack[:i+1]
			return
		}
	}
	b.stack = b.stack[:1]
}

// resetMode finds the mode by what is open.
func (b *builder) resetMode() {
	for i := len(b.stack) - 1; i >= 0; i-- {
		switch b.stack[i].tag.atom {
		case atom.Td, atom.Th:
			b.mode = inCell
		case atom.Tr:
			b.mode = inRow
		case atom.Tbody, atom.Thead, atom.Tfoot:
			b.mode = inTableBody
		case atom.Caption:
			b.mode = inCaption
		case atom.Colgroup:
			b.mode = inColumns
		case atom.Table:
			b.mode = inTable
		case atom.Body, atom.Html:
			b.mode = inBody
		default:
			continue
		}
		return
	}
}

// end takes an end tag.
func (b *builder) end() {
	t := b.tag
	switch b.mode {
	case beforeHTML, beforeHead, inHead, afterHead:
		switch t.atom {
		case atom.Head:
			if b.mode < inHead {
				b.toHead()
			}
			if b.mode == inHead {
				b.stack, b.mode = b.stack[:1], afterHead
			}
			return
		case atom.Body, atom.Html, atom.Br:
			b.toBody()
		default:
			return
		}
	case inFrames:
		if t.atom == atom.Frameset && len(b.stack) > 1 {
			b.stack = b.stack[:len(b.stack)-1]
		}
		return
	}
	if b.mode == inBody || b.endInTable() {
		b.endInBody()
	}
	b.foster = false
}

// endInTable takes an end tag in a table; true means that it goes on as anywhere.
func (b *builder) endInTable() bool {
	t := b.tag
	for {
		switch b.mode {
		case inBody:
			return true
		case inCell:
			switch t.atom {
			case atom.Td, atom.Th:
				if i := b.inTableScope(t.atom); i >= 0 {
					b.stack = b.stack[:i]
					b.endFormats()
					b.mode = inRow
				}
				return false
			case atom.Body, atom.Caption, atom.Col, atom.Colgroup, atom.Html:
				return false
			case atom.Table, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr:
				if b.inTableScope(t.atom) < 0 {
					return false
				}
				if i := b.inTableScope(atom.Td, atom.Th); i >= 0 {
					b.stack = b.stack[:i]
					b.endFormats()
				}
				b.mode = inRow
				continue
			}
			return true
		case inCaption:
			switch t.atom {
			case atom.Caption, atom.Table:
				i := b.inTableScope(atom.Caption)
				if i < 0 {
					return false
				}
				b.stack = b.stack[:i]
				b.endFormats()
				b.mode = inTable
				if t.atom == atom.Caption {
					return false
				}
				continue
			case atom.Body, atom.Col, atom.Colgroup, atom.Html, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
				return false
			}
			return true
		case inColumns:
			if t.atom == atom.Col || b.top().tag.atom != atom.Colgroup {
				return false
			}
			b.stack, b.mode = b.stack[:len(b.stack)-1], inTable
			if t.atom == atom.Colgroup {
				return false
			}
		case inRow:
			switch t.atom {
			case atom.Tr, atom.Table, atom.Tbody, atom.Tfoot, atom.Thead:
				if b.inTableScope(atom.Tr) < 0 || t.atom != atom.Table && b.inTableScope(t.atom) < 0 {
					return false
				}
				b.clearTo(atom.Tr)
				b.stack, b.mode = b.stack[:len(b.stack)-1], inTableBody
				if t.atom == atom.Tr {
					return false
				}
				continue
			case atom.Body, atom.Caption, atom.Col, atom.Colgroup, atom.Html, atom.Td, atom.Th:
				return false
			}
			b.foster = true
			return true
		case inTableBody:
			switch t.atom {
			case atom.Tbody, atom.Tfoot, atom.Thead:
				if b.inTableScope(t.atom) >= 0 {
					b.clearTo(atom.Tbody, atom.Tfoot, atom.Thead)
					b.stack, b.mode = b.stack[:len(b.stack)-1], inTable
				}
				return false
			case atom.Table:
				i := b.inTableScope(atom.Tbody, atom.Thead, atom.Tfoot)
				if i < 0 {
					return false
				}
				b.stack, b.mode = b.stack[:i], inTable
				continue
			case atom.Body, atom.Caption, atom.Col, atom.Colgroup, atom.Html, atom.Td, atom.Th, atom.Tr:
				return false
			}
			b.foster = true
			return true
		default:
			switch t.atom {
			case atom.Table:
				if i := b.inTableScope(atom.Table); i >= 0 {
					b.stack = b.stack[:i]
					b.resetMode()
				}
				return false
			case atom.Body, atom.Caption, atom.Col, atom.Colgroup, atom.Html, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
				return false
			}
			b.foster = true
			return true
		}
	}
}

// endInBody takes an end tag where any may stand.
func (b *builder) endInBody() {
	t := b.tag
	switch {
	case t.flags&formatTag != 0:
		b.endFormat(t)
		return
	case t.flags&endsInScope != 0:
		if i := b.inScope(t.atom); i >= 0 {
			b.stack = b.stack[:i]
		}
		return
	case t.flags&headingTag != 0:
		for i := len(b.stack) - 1; i > 0; i-- {
			if b.stack[i].tag.flags&headingTag != 0 {
				b.stack = b.stack[:i]
				return
			}
			if b.stack[i].tag.flags&scopeTag != 0 {
				return
			}
		}
		return
	}
	switch t.atom {
	case atom.Body, atom.Html, atom.Template:
		return
	case atom.Form:
		form := b.form
		b.form = nil
		if i := b.inScope(atom.Form); form != nil && i >= 0 && b.stack[i].node == form {
			b.endImplied(0)
			b.stack = without(b.stack, form)
		}
		return
	case atom.P:
		if b.index(atom.P, scopeTag, atom.Button) < 0 {
			b.implied("p")
		}
		b.endParagraph()
		return
	case atom.Li:
		if i := b.index(atom.Li, scopeTag, atom.Ol, atom.Ul); i >= 0 {
			b.stack = b.stack[:i]
		}
		return
	case atom.Dd, atom.Dt:
		if i := b.inScope(t.atom); i >= 0 {
			b.stack = b.stack[:i]
		}
		return
	case atom.Applet, atom.Marquee, atom.Object:
		if i := b.inScope(t.atom); i >= 0 {
			b.stack = b.stack[:i]
			b.endFormats()
		}
		return
	case atom.Br:
		b.tokens.attrs = b.tokens.attrs[:0]
		b.reformat()
		b.insert()
		return
	}
	b.endOther(t, b.name)
}

// endOther ends the innermost element of that name.
func (b *builder) endOther(t *tag, name string) {
	for i := len(b.stack) - 1; i > 0; i-- {
		if s := b.stack[i]; s.tag == t && (t.id != 0 || s.node.Data == name) {
			b.stack = b.stack[:i]
			return
		} else if s.tag.flags&specialTag != 0 {
			return
		}
	}
}

func without(list []opened, n *html.Node) []opened {
	return slices.DeleteFunc(list, func(o opened) bool { return o.node == n })
}

func position(list []opened, n *html.Node) int {
	return slices.IndexFunc(list, func(o opened) bool { return o.node == n })
}

// format is where the format of that tag is that goes on last, -1 if none.
func (b *builder) format(a atom.Atom) int {
	for i := len(b.formats) - 1; i >= 0 && b.formats[i].node != nil; i-- {
		if b.formats[i].tag.atom == a {
			return i
		}
	}
	return -1
}

// addFormat makes a format go on in what follows. Of three alike the oldest is
// forgotten.
func (b *builder) addFormat(o opened) {
	alike := 0
	for i := len(b.formats) - 1; i >= 0 && b.formats[i].node != nil; i-- {
		if f := b.formats[i]; f.tag == o.tag && sameAttrs(f.node.Attr, o.node.Attr) {
			if alike++; alike >= 3 {
				b.formats = slices.Delete(b.formats, i, i+1)
				break
			}
		}
	}
	b.formats = append(b.formats, o)
}

func sameAttrs(a, b []html.Attribute) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

// endFormats forgets the formats since the last place around which none goes on.
func (b *builder) endFormats() {
	for len(b.formats) > 0 {
		last := b.formats[len(b.formats)-1]
		b.formats = b.formats[:len(b.formats)-1]
		if last.node == nil {
			return
		}
	}
}

// reformat openeds the formats again that go on and are not open.
func (b *builder) reformat() {
	i := len(b.formats)
	for i > 0 && b.formats[i-1].node != nil && position(b.stack, b.formats[i-1].node) < 0 {
		i--
	}
	for ; i < len(b.formats) && b.failed == nil; i++ {
		clone := b.again(b.formats[i])
		b.put(clone.node)
		b.push(clone.node, clone.tag)
		b.formats[i] = clone
	}
}

// again is an element like another, without what is in it.
func (b *builder) again(o opened) opened {
	n := b.bare(o.node.Data, o.tag)
	n.Attr = slices.Clone(o.node.Attr)
	b.lines.same(n, o.node)
	return opened{n, o.tag}
}

// endFormat ends a format, also where tags are not nested: what the standard calls
// the adoption agency.
func (b *builder) endFormat(t *tag) {
	if top := b.top(); top.tag == t && position(b.formats, top.node) < 0 {
		b.stack = b.stack[:len(b.stack)-1]
		return
	}
	for range 8 {
		at := b.format(t.atom)
		if at < 0 {
			b.endOther(t, t.name)
			return
		}
		format := b.formats[at]
		i := position(b.stack, format.node)
		if i < 0 {
			b.formats = slices.Delete(b.formats, at, at+1)
			return
		}
		if b.inScope(t.atom) < 0 {
			return
		}
		block := slices.IndexFunc(b.stack[i:], func(o opened) bool { return o.tag.flags&specialTag != 0 })
		if block < 0 {
			b.stack = b.stack[:i]
			b.formats = slices.Delete(b.formats, at, at+1)
			return
		}
		b.moved = true
		b.adopt(format, i, i+block)
	}
}

// adopt takes a block out of the format in which it begins and beyond which it goes.
func (b *builder) adopt(format opened, formatAt, blockAt int) {
	above, block := b.stack[formatAt-1], b.stack[blockAt]
	bookmark := position(b.formats, format.node)
	last := block.node
	for x, n := blockAt-1, 1; b.stack[x].node != format.node; x, n = x-1, n+1 {
		o := b.stack[x]
		at := position(b.formats, o.node)
		if n > 3 && at >= 0 {
			b.formats = slices.Delete(b.formats, at, at+1)
			if at <= bookmark {
				bookmark--
			}
			at = -1
		}
		if at < 0 {
			b.stack = slices.Delete(b.stack, x, x+1)
			continue
		}
		clone := b.again(o)
		b.formats[at], b.stack[x] = clone, clone
		if last == block.node {
			bookmark = at + 1
		}
		if last.Parent != nil {
			last.Parent.RemoveChild(last)
		}
		link(clone.node, last)
		last = clone.node
	}
	if last.Parent != nil {
		last.Parent.RemoveChild(last)
	}
	if partOfTable(above.tag.atom) {
		b.putBefore(last)
	} else {
		link(above.node, last)
	}
	clone := b.again(format)
	for c := block.node.FirstChild; c != nil; c = block.node.FirstChild {
		block.node.RemoveChild(c)
		link(clone.node, c)
	}
	link(block.node, clone.node)
	if at := position(b.formats, format.node); at >= 0 {
		if at < bookmark {
			bookmark--
		}
		b.formats = slices.Delete(b.formats, at, at+1)
	}
	b.formats = slices.Insert(b.formats, min(bookmark, len(b.formats)), clone)
	b.stack = without(b.stack, format.node)
	b.stack = slices.Insert(b.stack, position(b.stack, block.node)+1, clone)
}

// skipTemplate reads over a template and all that is in it.
func (b *builder) skipTemplate() {
	b.apart = true
	for depth := 1; depth > 0; {
		switch b.read() {
		case endOfPage:
			return
		case startTag:
			switch {
			case b.tag.flags&rawTag != 0:
				b.readRaw(b.tag.name)
			case b.tag.atom == atom.Template:
				depth++
			}
		case endTag:
			if b.tag.atom == atom.Template {
				depth--
			}
		}
	}
}

// breaksOut are the elements that end a drawing in which they begin.
const breaksOut = " b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var "

// skipDrawing reads over a drawing and all that is in it. One that is not ended
// ends where something begins that can be in none.
func (b *builder) skipDrawing() {
	b.apart = true
	if b.closing {
		return
	}
	names := []string{"svg"}
	holdsHTML := 0 // how many of the names are of parts with HTML in them
	for b.failed == nil {
		begin := b.next
		switch b.read() {
		case endOfPage:
			return
		case noise:
			if strings.HasPrefix(b.page[b.at:], "<![CDATA[") {
				b.next = len(b.page)
				if i := strings.Index(b.page[b.at:], "]]>"); i >= 0 {
					b.next = b.at + i + 3
				}
			}
		case startTag:
			if holdsHTML == 0 && strings.Contains(breaksOut, " "+b.name+" ") {
				b.next = begin
				return
			}
			if holdsHTML > 0 && b.tag.flags&rawTag != 0 {
				b.readRaw(b.tag.name)
				continue
			}
			if b.closing || b.tag.flags&voidTag != 0 && holdsHTML > 0 {
				continue
			}
			if len(names) > maxNesting {
				b.tooDeep()
				return
			}
			if names = append(names, b.name); integrates(b.name) {
				holdsHTML++
			}
		case endTag:
			i := len(names) - 1
			for i >= 0 && names[i] != b.name {
				i--
			}
			if i < 0 {
				if b.inScope(b.tag.atom) >= 0 {
					b.next = begin
					return
				}
				continue
			}
			for _, name := range names[i:] {
				if integrates(name) {
					holdsHTML--
				}
			}
			if names = names[:i]; len(names) == 0 {
				return
			}
		}
	}
}

// integrates tells the parts of a drawing that have HTML in them.
func integrates(name string) bool {
	return name == "foreignobject" || name == "desc" || name == "title"
}
