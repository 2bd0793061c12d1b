package page

import (
	"net/url"
	"sort"
	"strings"

	"golang.org/x/net/html"
)

// jsonLD reads the JSON-LD blocks of a page as one graph, as nodes of one block
// may refer to those of another.
func jsonLD(doc *tree, base *url.URL) *graph {
	r := jsonLDReader{
		graph:    &graph{source: "json-ld", byID: map[string]*thing{}},
		base:     base,
		prefixes: map[string]bool{"schema": true},
	}
	left := maxJSONLD
	for n := range doc.all("script") {
		if isJSONLD(attr(n, "type")) {
			text := scriptText(n)
			text = text[:min(len(text), left)]
			left -= len(text)
			r.block(text, doc.lines.of(n))
		}
	}
	return r.graph
}

// isJSONLD tells whether a script's type is that of JSON-LD, in any case and
// with any parameters.
func isJSONLD(mediaType string) bool {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "application/ld+json")
}

func scriptText(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			if c.NextSibling == nil && b.Len() == 0 {
				return c.Data
			}
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// maxJSONLD bounds the JSON-LD of a page, in bytes.
const maxJSONLD = 2 << 20

// maxMerged bounds what one id may gather: pages give one to all they have.
const maxMerged = 200

type jsonLDReader struct {
	*graph
	base     *url.URL
	prefixes map[string]bool // that stand for schema.org
	line     int             // where the block begins, 0: not known
	newlines []int           // their offsets in the block
}

func (r *jsonLDReader) block(text string, line int) {
	r.line, r.newlines = line, r.newlines[:0]
	for i := range len(text) {
		if text[i] == '\n' {
			r.newlines = append(r.newlines, i)
		}
	}
	for _, v := range parseJSON(text) {
		r.top(v)
	}
}

func (r *jsonLDReader) top(v *jsonValue) {
	switch v.Kind {
	case jsonArray:
		for _, e := range v.Elems {
			r.top(e)
		}
	case jsonObject:
		r.context(v)
		if t := r.thing(v); t != nil {
			r.roots = append(r.roots, t)
		}
	}
}

// context notes the prefixes that the block declares for schema.org.
func (r *jsonLDReader) context(v *jsonValue) {
	for _, m := range v.Members {
		if m.Key != "@context" {
			continue
		}
		for _, c := range append([]*jsonValue{m.Value}, m.Value.Elems...) {
			for _, d := range c.Members {
				if !strings.HasPrefix(d.Key, "@") && d.Value.Kind == jsonString && schemaURL(d.Value.Text) {
					r.prefixes[d.Key] = true
				}
			}
		}
	}
}

func schemaURL(s string) bool {
	s = strings.ToLower(strings.TrimRight(s, "/#"))
	_, s, _ = strings.Cut(s, "://")
	return strings.TrimPrefix(s, "www.") == "schema.org"
}

// localName is the name of a type or property without its vocabulary, ""
// where that is not schema.org's.
func (r *jsonLDReader) localName(s string) string {
	if prefix, name, ok := strings.Cut(s, ":"); ok && r.prefixes[prefix] {
		return strings.ToLower(strings.TrimSpace(name))
	}
	return bareName(s)
}

func (r *jsonLDReader) lineAt(offset int) int {
	if r.line == 0 {
		return 0
	}
	return r.line + sort.SearchInts(r.newlines, offset)
}

// thing is the node that an object describes. It may be one that another part
// of the page has begun to describe.
func (r *jsonLDReader) thing(v *jsonValue) *thing {
	t := &thing{Line: r.lineAt(v.At)}
	r.things = append(r.things, t)
	last := map[string]int{} // of a key that is there twice, the last counts, as in any JSON
	for i, m := range v.Members {
		last[m.Key] = i
	}
	for i, m := range v.Members {
		if last[m.Key] != i && m.Key != "@graph" {
			continue
		}
		switch m.Key {
		case "@id":
			if m.Value.Kind == jsonString {
				t.ID = r.id(m.Value.Text)
			}
		case "@type", "type":
			if _, ok := last["@type"]; ok && m.Key == "type" {
				break
			}
			for _, e := range append([]*jsonValue{m.Value}, m.Value.Elems...) {
				if e.Kind == jsonString {
					if name := r.localName(e.Text); name != "" {
						t.Types = append(t.Types, name)
					}
				}
			}
		case "@graph", "@reverse", "@included":
			r.property(t, m.Key, m.Value, 0)
		default:
			name := r.localName(m.Key)
			if name == "" || strings.HasPrefix(name, "@") {
				break
			}
			r.property(t, name, m.Value, 0)
		}
	}
	if t.ID == "" || len(t.Props) == 0 {
		return t
	}
	known := r.byID[t.ID]
	switch {
	case known == nil:
		r.byID[t.ID] = t
	case len(known.Props) < maxMerged && agree(known, t):
		known.Types = append(known.Types, t.Types...)
		has := map[string]bool{}
		for _, p := range known.Props {
			has[p.Name] = true
		}
		for _, p := range t.Props {
			if !has[p.Name] {
				known.add(p)
			}
		}
		r.things[len(r.things)-1].ID = t.ID
		return known
	}
	return t
}

// agree tells whether two descriptions of one id can be of one thing. Pages
// give one id to many products by mistake.
func agree(a, b *thing) bool {
	for _, name := range []string{"name", "sku", "url"} {
		x, y := a.all(name), b.all(name)
		if len(x) > 0 && len(y) > 0 && x[0].Text != y[0].Text {
			return false
		}
	}
	return true
}

// expand is a value with a prefix of schema.org's written out.
func (r *jsonLDReader) expand(s string) string {
	if prefix, name, ok := strings.Cut(s, ":"); ok && r.prefixes[prefix] && !strings.ContainsAny(name, " /") {
		return "https://schema.org/" + name
	}
	return s
}

// id is an identifier as an absolute one.
func (r *jsonLDReader) id(s string) string {
	s = r.expand(strings.TrimSpace(s))
	if u, err := url.Parse(s); err == nil && r.base != nil && s != "" && !strings.HasPrefix(s, "_:") {
		return r.base.ResolveReference(u).String()
	}
	return s
}

// property adds the values of one member, with lists and the wrappers of a
// value resolved.
func (r *jsonLDReader) property(t *thing, name string, v *jsonValue, depth int) {
	p := property{Name: name, Line: r.lineAt(v.At), Cut: v.Cut}
	switch v.Kind {
	case jsonString, jsonNumber, jsonBool:
		p.Text = r.expand(v.Text)
	case jsonArray:
		for _, e := range v.Elems {
			if depth < maxDepth {
				r.property(t, name, e, depth+1)
			}
		}
		if v.Cut {
			// Elements are missing: whoever needs them all must know.
			t.add(property{Name: name, Cut: true})
		}
		return
	case jsonObject:
		for _, m := range v.Members {
			switch m.Key {
			case "@value", "@list", "@set":
				if depth < maxDepth {
					r.property(t, name, m.Value, depth+1)
				}
				return
			}
		}
		p.Thing = r.thing(v)
	default:
		return
	}
	t.add(p)
}
