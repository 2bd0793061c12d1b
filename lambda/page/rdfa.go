package page

import (
	"strings"

	"golang.org/x/net/html"
)

// rdfa reads the schema.org part of a page's RDFa: RDFa Lite, and of the whole
// what shops use (about, rel, prefixes declared with xmlns).
func rdfa(doc *tree) *graph {
	r := rdfaReader{graph: &graph{source: "rdfa", byID: map[string]*thing{}}, lines: &doc.lines}
	if !doc.typed {
		return r.graph
	}
	r.visit(doc.root, rdfaContext{prefixes: map[string]string{"schema": "http://schema.org/"}})
	return r.graph
}

type rdfaReader struct {
	*graph
	lines *tagLines
}

// rdfaContext is what an element has from those around it.
type rdfaContext struct {
	vocab    string
	prefixes map[string]string
	subject  *thing
	rel      []string // properties that wait for the thing below
}

// names are the local names, in schema.org, of an attribute's tokens.
func (c *rdfaContext) names(tokens string) []string {
	var names []string
	for s := range strings.FieldsSeq(tokens) {
		prefix, rest, ok := strings.Cut(s, ":")
		switch {
		case ok && strings.HasPrefix(rest, "//"):
		case ok:
			iri, known := c.prefixes[strings.ToLower(prefix)]
			if !known {
				continue
			}
			s = iri + rest
		case c.vocab == "": // left out by mistake: the types tell
			s = "schema:" + s
		default:
			s = c.vocab + s
		}
		if name := schemaName(s); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (r *rdfaReader) visit(n *html.Node, c rdfaContext) {
	if n.Type == html.ElementNode && len(n.Attr) > 0 {
		r.element(n, &c)
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		r.visit(k, c)
	}
}

func (r *rdfaReader) element(n *html.Node, c *rdfaContext) {
	c.declare(n)
	rel := c.rel
	if hasAttr(n, "rel") && c.subject != nil {
		// rel has a use of its own in HTML: only a name with its vocabulary,
		// or the one of offers, is meant here.
		rel = nil
		for _, name := range c.names(attr(n, "rel")) {
			if strings.Contains(attr(n, "rel"), ":") || name == "offers" {
				rel = append(rel, name)
			}
		}
	}
	properties := c.names(attr(n, "property"))
	if hasAttr(n, "typeof") {
		t := &thing{Types: c.names(attr(n, "typeof")), Line: r.lines.of(n)}
		for _, key := range []string{"resource", "about", "href"} {
			if id := strings.TrimSpace(attr(n, key)); id != "" && t.ID == "" {
				t.ID = id
			}
		}
		r.things = append(r.things, t)
		if t.ID != "" && r.byID[t.ID] == nil {
			r.byID[t.ID] = t
		}
		if len(properties) == 0 {
			properties = rel
		}
		r.place(t, properties, c.subject)
		c.subject, c.rel = t, nil
		return
	}
	c.rel = rel
	if c.subject == nil {
		return
	}
	for _, name := range properties {
		if !knownProps[name] {
			continue
		}
		p := elementValue(n, name, r.lines.of(n))
		if id := strings.TrimSpace(attr(n, "resource")); id != "" && !hasAttr(n, "content") {
			p.Text, p.Seen = id, false
			if name != "availability" && name != "itemcondition" && name != "url" {
				p.Thing = &thing{ID: id, Line: p.Line}
			}
		}
		c.subject.add(p)
	}
}

// declare takes over the vocabulary and prefixes that the element declares.
func (c *rdfaContext) declare(n *html.Node) {
	for _, a := range n.Attr {
		var pairs [][2]string
		switch {
		case a.Key == "vocab":
			c.vocab = strings.TrimSpace(a.Val)
			if schemaURL(c.vocab) {
				c.vocab = strings.TrimRight(c.vocab, "/#") + "/"
			}
		case a.Key == "prefix":
			words := strings.Fields(a.Val)
			for i := 0; i+1 < len(words); i += 2 {
				pairs = append(pairs, [2]string{strings.TrimSuffix(words[i], ":"), words[i+1]})
			}
		case strings.HasPrefix(a.Key, "xmlns:"):
			pairs = append(pairs, [2]string{strings.TrimPrefix(a.Key, "xmlns:"), a.Val})
		}
		if len(pairs) == 0 || len(pairs)+len(c.prefixes) > 100 {
			continue
		}
		own := make(map[string]string, len(c.prefixes)+len(pairs))
		for k, v := range c.prefixes {
			own[k] = v
		}
		for _, p := range pairs {
			iri := p[1]
			if schemaURL(iri) {
				iri = strings.TrimRight(iri, "/#") + "/"
			}
			own[strings.ToLower(p[0])] = iri
		}
		c.prefixes = own
	}
}
