package page

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"stockchecker/lambda/checker"
)

// Bounds on a page's tree: one of more nodes would not fit beside the rest in a
// small function's memory, and a deeper one not on the stack of who walks it.
const (
	maxNodes     = 250_000
	maxPageAttrs = 400_000
	maxNesting   = 512
)

// tree is a page's elements and texts, without what no reader ever looks at:
// comments, styles, drawings, templates and what is there for browsers without
// scripts. Scripts stay, as they hold data.
type tree struct {
	root     *html.Node
	body     *html.Node   // the root of a page that has none, but frames
	elements []*html.Node // in the order of the page
	kinds    []byte       // of each element: the id of its tag
	lines    tagLines
	names    nameSet
	items    bool // some have itemscope or itemtype: there may be microdata
	typed    bool // some have typeof: there may be RDFa

	space *space
	used  int // nodes of it
}

// slab is how many nodes are allocated at once.
const slab = 256

// space is what trees are made of, to be used again for the next page.
type space struct {
	nodes    []*[slab]html.Node
	elements []*html.Node
	kinds    []byte
}

var spaces = sync.Pool{New: func() any { return new(space) }}

// release gives back what the tree is made of. Nothing of it may be used after that.
func (t *tree) release() {
	for i := 0; i < t.used; i += slab {
		clear(t.space.nodes[i/slab][:min(slab, t.used-i)])
	}
	clear(t.elements)
	t.space.elements, t.space.kinds = t.elements[:0], t.kinds[:0]
	spaces.Put(t.space)
	*t = tree{}
}

// first is the first element of that tag, nil if there is none.
func (t *tree) first(name string) *html.Node {
	for n := range t.all(name) {
		return n
	}
	return nil
}

// find is the first element at or below a node that a selector matches, nil if none
// does; the node is the root or the body.
func (t *tree) find(s *checker.Selector, below *html.Node) *html.Node {
	var of [256]bool
	any, possible, bare := false, false, false
	for i := range s.Alternatives {
		a := &s.Alternatives[i]
		if !t.mayHave(a) {
			continue
		}
		possible = true
		id := byte(0)
		if a.Tag != "" {
			id = tagNamed(a.Tag).id
		}
		of[id] = true
		any, bare = any || a.Tag == "", bare || !a.Attr
	}
	if !possible {
		return nil
	}
	from := 0
	if below == t.body && below != t.root {
		from = slices.Index(t.elements, below)
	}
	for i, n := range t.elements[from:] {
		if (any || of[t.kinds[from+i]]) && (bare || len(n.Attr) > 0) && s.Match(n) {
			return n
		}
	}
	return nil
}

// mayMatch tells whether a selector may match anything of the page.
func (t *tree) mayMatch(s *checker.Selector) bool {
	for i := range s.Alternatives {
		if t.mayHave(&s.Alternatives[i]) {
			return true
		}
	}
	return false
}

// mayHave tells whether the page may have what an alternative needs.
func (t *tree) mayHave(a *checker.Alternative) bool {
	for _, class := range a.Classes {
		if !t.names.has('c', class) {
			return false
		}
	}
	for _, id := range a.IDs {
		if !t.names.has('i', id) {
			return false
		}
	}
	return true
}

// all are the elements of some tags, which the standard knows, in the order of the
// page.
func (t *tree) all(names ...string) func(yield func(*html.Node) bool) {
	var wanted [256]bool
	for _, name := range names {
		wanted[tagNamed(name).id] = true
	}
	return func(yield func(*html.Node) bool) {
		for i, id := range t.kinds {
			if wanted[id] && !yield(t.elements[i]) {
				return
			}
		}
	}
}

// parse builds the tree of a page as UTF-8.
func parse(body []byte) (*tree, error) {
	page := strings.ReplaceAll(string(body), "\r\n", "\n")
	page = strings.ReplaceAll(page, "\x00", "")
	b := &builder{tokens: tokens{page: page}, quirks: true}
	b.lines.page = page
	b.space = spaces.Get().(*space)
	b.elements, b.kinds = b.space.elements[:0], b.space.kinds[:0]
	b.root = b.node()
	b.root.Type = html.DocumentNode
	for b.failed == nil {
		switch b.read() {
		case textToken:
			b.addText(unescapeText(b.text))
			continue
		case startTag:
			b.start()
			continue
		case endTag:
			b.end()
			continue
		case noise:
			if b.mode == beforeHTML {
				b.doctype(page[b.at:b.next])
			}
			b.apart = true
			continue
		}
		break
	}
	if b.failed != nil {
		b.release()
		return nil, b.failed
	}
	b.toBody()
	for _, n := range b.leftOut {
		if n.Parent != nil {
			n.Parent.RemoveChild(n)
		}
	}
	if b.moved || len(b.leftOut) > 0 {
		b.reorder()
	}
	t := b.tree
	if t.body == nil {
		t.body = t.root
	}
	return &t, nil
}

// nameSet knows whether a page has an element of some class or id. It may say yes
// for one that is not there, and never no for one that is.
type nameSet [1 << 10]uint64

func (s *nameSet) add(key byte, value string) {
	h := uint32(key)
	for i := 0; i < len(value); i++ {
		if tagBytes[value[i]]&isBlank != 0 {
			s.set(h)
			h = uint32(key)
			continue
		}
		h = (h ^ uint32(value[i])) * hashPrime
	}
	s.set(h)
}

func (s *nameSet) set(h uint32) {
	h ^= h >> 16
	s[h>>6&(1<<10-1)] |= 1 << (h & 63)
}

func (s *nameSet) has(key byte, name string) bool {
	h := uint32(key)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint32(name[i])) * hashPrime
	}
	h ^= h >> 16
	return s[h>>6&(1<<10-1)]&(1<<(h&63)) != 0
}

// tagLines are the lines of the elements that structured data is written in.
type tagLines struct {
	page     string
	starts   map[*html.Node]int // where in the page
	newlines []int32            // where they are, found when first needed
}

func (l *tagLines) note(n *html.Node, at int) {
	if l.starts == nil {
		l.starts = map[*html.Node]int{}
	}
	l.starts[n] = at
}

func (l *tagLines) same(n, as *html.Node) {
	if at, ok := l.starts[as]; ok {
		l.starts[n] = at
	}
}

// of is the line of an element's tag, 0 if it is not known.
func (l *tagLines) of(n *html.Node) int {
	at, ok := l.starts[n]
	if !ok {
		return 0
	}
	if l.newlines == nil {
		l.newlines = make([]int32, 0, strings.Count(l.page, "\n"))
		for i := 0; ; i++ {
			j := strings.IndexByte(l.page[i:], '\n')
			if j < 0 {
				break
			}
			i += j
			l.newlines = append(l.newlines, int32(i))
		}
	}
	line, _ := slices.BinarySearch(l.newlines, int32(at))
	return line + 1
}
