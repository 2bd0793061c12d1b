package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxReferred bounds how many nodes are read through itemref, by which many
// items may refer to one part of the page.
const maxReferred = 100_000

// maxThings bounds the items of a page.
const maxThings = 20_000

// microdata reads the items of a page by the rules of the HTML standard, and
// by what pages do besides: content on any element, and an offer that stands
// in its product without being named as its property.
func microdata(doc *tree) *graph {
	r := microdataReader{graph: &graph{source: "microdata", byID: map[string]*thing{}}, lines: &doc.lines, budget: maxReferred}
	if doc.items {
		r.visit(doc.root, nil, 0)
	}
	return r.graph
}

type microdataReader struct {
	*graph
	lines  *tagLines
	doc    *html.Node
	ids    map[string]*html.Node // of elements, made when first needed
	budget int                   // of nodes still to be read through itemref
}

func (r *microdataReader) visit(n *html.Node, scope *thing, refs int) {
	if r.doc == nil {
		r.doc = n
	}
	if refs > 0 {
		if r.budget--; r.budget < 0 {
			return
		}
	}
	if n.Type == html.ElementNode {
		names := strings.Fields(attr(n, "itemprop"))
		if hasAttr(n, "itemscope") || len(names) == 0 && schemaName(attr(n, "itemtype")) != "" {
			r.item(n, names, scope, refs)
			return
		}
		if scope != nil {
			for _, name := range names {
				if name = bareName(name); knownProps[name] {
					scope.add(elementValue(n, name, r.lines.of(n)))
				}
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.visit(c, scope, refs)
	}
}

func (r *microdataReader) item(n *html.Node, names []string, scope *thing, refs int) {
	if len(r.things) >= maxThings {
		return
	}
	t := &thing{ID: strings.TrimSpace(attr(n, "itemid")), Line: r.lines.of(n)}
	for s := range strings.FieldsSeq(attr(n, "itemtype")) {
		if name := schemaName(s); name != "" {
			t.Types = append(t.Types, name)
		}
	}
	r.things = append(r.things, t)
	r.place(t, names, scope)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.visit(c, t, refs)
	}
	for id := range strings.FieldsSeq(attr(n, "itemref")) {
		// An item may refer to a part of the page that it is in itself.
		if e := r.element(id); e != nil && refs < 4 {
			r.visit(e, t, refs+1)
		}
	}
	if t.ID != "" && len(t.Props) > 0 && r.byID[t.ID] == nil {
		r.byID[t.ID] = t
	}
}

// place puts a new thing where it belongs: a property of the thing around it,
// or a root.
func (g *graph) place(t *thing, names []string, scope *thing) {
	if scope != nil && len(names) == 0 && t.is(offerTypes) && scope.is(productTypes) {
		names = []string{"offers"}
	}
	placed := false
	for _, name := range names {
		if name = bareName(name); name != "" && scope != nil {
			scope.add(property{Name: name, Thing: t, Line: t.Line})
			placed = true
		}
	}
	if !placed {
		t.Outer = scope
		g.roots = append(g.roots, t)
	}
}

func (r *microdataReader) element(id string) *html.Node {
	if r.ids == nil {
		r.ids = map[string]*html.Node{}
		for n := range r.doc.Descendants() {
			if n.Type == html.ElementNode {
				if id := attr(n, "id"); id != "" && r.ids[id] == nil {
					r.ids[id] = n
				}
			}
		}
	}
	return r.ids[id]
}

// urlProps are properties whose value in a link is where it leads to; that of
// any other is its text.
var urlProps = []string{"url", "availability", "itemcondition", "mainentityofpage", "seller"}

// elementValue is the value of a property that an element gives.
func elementValue(n *html.Node, name string, line int) property {
	p := property{Name: name, Line: line}
	take := func(key string) bool {
		if !hasAttr(n, key) {
			return false
		}
		p.Text = strings.TrimSpace(attr(n, key))
		return true
	}
	wantsURL := slices.Contains(urlProps, name)
	switch n.DataAtom {
	case atom.Meta:
		take("content")
		return p
	case atom.Link:
		if take("href") || take("content") {
			return p
		}
	case atom.A, atom.Area:
		if take("content") || wantsURL && take("href") {
			return p
		}
	case atom.Audio, atom.Embed, atom.Iframe, atom.Img, atom.Source, atom.Track, atom.Video:
		if take("content") || take("src") {
			return p
		}
	case atom.Object:
		take("data")
		return p
	case atom.Data, atom.Meter, atom.Input, atom.Option, atom.Button:
		if take("content") || take("value") {
			return p
		}
	case atom.Time:
		if take("content") || take("datetime") {
			return p
		}
	default:
		if take("content") || wantsURL && take("href") {
			return p
		}
	}
	p.Text, p.Seen = elementText(n), true
	return p
}

// elementText is the text of an element, also of one that is not shown: data
// is often hidden. Past a bound it is no value any more.
func elementText(n *html.Node) string {
	const longest = 2000
	var b strings.Builder
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data[:min(len(n.Data), longest)])
		}
		if n.DataAtom == atom.Script || n.DataAtom == atom.Style {
			return
		}
		if n.DataAtom == atom.Br {
			b.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil && b.Len() < longest; c = c.NextSibling {
			visit(c)
		}
	}
	visit(n)
	return oneLine(strings.ToValidUTF8(b.String(), ""))
}
