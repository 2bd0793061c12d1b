package page

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attr is the attribute's value, "" if there is none.
func attr(n *html.Node, key string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == key && n.Attr[i].Namespace == "" {
			return n.Attr[i].Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return true
		}
	}
	return false
}

// hidden tells whether the element itself, not one around it, is kept from
// being seen. Style sheets are not read.
func hidden(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.Script, atom.Head, atom.Iframe:
		return true
	case atom.Dialog:
		if !hasAttr(n, "open") {
			return true
		}
	case atom.I, atom.Span:
		if iconFont(n) {
			return true
		}
	}
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "inert":
			return true
		case "hidden":
			return a.Val != "until-found"
		case "aria-hidden":
			if a.Val == "true" && n.DataAtom != atom.Span {
				return true
			}
		case "style":
			if hidingStyle(a.Val) {
				return true
			}
		case "class":
			for class := range strings.FieldsSeq(a.Val) {
				switch strings.ToLower(class) {
				case "hidden", "invisible", "hide", "d-none", "is-hidden", "u-hidden", "display-none", "visually-hidden-all", "ng-hide", "x-hidden":
					return true
				}
			}
		case "type":
			if n.DataAtom == atom.Input && strings.EqualFold(a.Val, "hidden") {
				return true
			}
		}
	}
	return false
}

// iconFont tells whether the element's text is the name of an icon, which a font
// draws instead of it.
func iconFont(n *html.Node) bool {
	class := attr(n, "class")
	return strings.HasPrefix(class, "material-icons") || strings.HasPrefix(class, "material-symbols")
}

func hidingStyle(style string) bool {
	for decl := range strings.SplitSeq(style, ";") {
		prop, val, ok := strings.Cut(decl, ":")
		if !ok {
			continue
		}
		val, _, _ = strings.Cut(val, "!")
		switch strings.ToLower(strings.TrimSpace(prop)) {
		case "display":
			if strings.EqualFold(strings.TrimSpace(val), "none") {
				return true
			}
		case "visibility":
			if strings.EqualFold(strings.TrimSpace(val), "hidden") {
				return true
			}
		case "opacity":
			if strings.TrimSpace(val) == "0" {
				return true
			}
		case "left", "top", "right", "text-indent":
			if off, err := strconv.ParseFloat(strings.TrimRight(strings.TrimSpace(val), "pxrem%"), 64); err == nil && off <= -900 {
				return true // far outside of what a screen shows
			}
		}
	}
	return false
}

// untouchable tells whether a style lets clicks through.
func untouchable(style string) bool {
	return strings.Contains(style, "pointer-events") && strings.Contains(strings.ReplaceAll(style, " ", ""), "pointer-events:none")
}

// seen tells whether neither the element nor one around it is hidden.
func seen(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if hidden(n) {
			return false
		}
	}
	return true
}

// disabled tells whether a control can't be used.
func disabled(n *html.Node) bool {
	if hasAttr(n, "disabled") || strings.EqualFold(attr(n, "aria-disabled"), "true") || untouchable(attr(n, "style")) {
		return true
	}
	for class := range strings.FieldsSeq(attr(n, "class")) {
		switch class = strings.ToLower(class); {
		case class == "disabled", class == "inactive", class == "unavailable",
			strings.HasSuffix(class, "-disabled"), strings.HasSuffix(class, "--disabled"), strings.HasSuffix(class, "_disabled"),
			strings.HasPrefix(class, "disabled-") && !strings.Contains(class, ":"):
			return true
		}
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Fieldset && hasAttr(p, "disabled") {
			return true
		}
	}
	return false
}

// text is the text of the node that can be seen, on one line.
func text(n *html.Node) string {
	var space [256]byte
	return lineOf(n, appendText(space[:0], n, false))
}

// spacedText is text with a space wherever one element ends and another begins.
func spacedText(n *html.Node) string {
	var space [256]byte
	return lineOf(n, appendText(space[:0], n, true))
}

// lineOf is the text of a node on one line: a piece of the page where all of it is
// one piece.
func lineOf(n *html.Node, gathered []byte) string {
	line := foldSpace(gathered)
	for n.FirstChild != nil && n.FirstChild == n.LastChild {
		n = n.FirstChild
	}
	if n.Type == html.TextNode {
		if s := strings.TrimSpace(n.Data); s == string(line) {
			return s
		}
	}
	return string(line)
}

func appendText(b []byte, n *html.Node, spaced bool) []byte {
	if n.Type == html.TextNode {
		return append(b, n.Data...)
	}
	if hidden(n) {
		return b
	}
	if n.DataAtom == atom.Br {
		b = append(b, ' ')
	}
	apart := spaced || block(n)
	if apart {
		b = append(b, ' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b = appendText(b, c, spaced)
	}
	if apart {
		b = append(b, ' ')
	}
	return b
}

// foldSpace is oneLine of text that is changed for it.
func foldSpace(b []byte) []byte {
	out := b[:0]
	space := false
	for i := 0; i < len(b); {
		c := b[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(b[i:])
			switch {
			case unicode.IsSpace(r):
				space = len(out) > 0
			case noCharacter(r):
			default:
				if space {
					out, space = append(out, ' '), false
				}
				if r == utf8.RuneError && n == 1 {
					return []byte(oneLine(string(out) + string(b[i:]))) // it becomes longer
				}
				out = append(out, b[i:i+n]...)
			}
			i += n
			continue
		}
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			space = len(out) > 0
		case c < ' ' || c == 0x7f:
		default:
			if space {
				out, space = append(out, ' '), false
			}
			out = append(out, c)
		}
		i++
	}
	return out
}

// noCharacter tells what is nothing to be read.
func noCharacter(r rune) bool {
	return unicode.IsControl(r) || r == '\u200B' || r == '\uFEFF' || r == '\u00AD' || r == '\u2060'
}

// oneLine folds white space and takes out what is no character to be read.
func oneLine(s string) string {
	if s = strings.TrimSpace(s); clean(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
		case noCharacter(r):
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

func clean(s string) bool {
	prev := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7F || c == ' ' && prev == ' ' {
			return false
		}
		prev = c
	}
	return s == "" || prev != ' '
}

// block tells whether the element begins a line of its own.
func block(n *html.Node) bool {
	switch n.DataAtom {
	case atom.A, atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Cite, atom.Code, atom.Data, atom.Del, atom.Em, atom.Font, atom.I, atom.Ins,
		atom.Kbd, atom.Label, atom.Mark, atom.Q, atom.S, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub, atom.Sup, atom.Time, atom.U, atom.Var,
		atom.Img, atom.Wbr, atom.Meta, atom.Link:
		return false
	}
	return n.Type == html.ElementNode && n.DataAtom != 0
}

// selectorOf is a CSS selector of the element that a person can use: from the
// nearest ancestor with an id, with the classes that tell.
func selectorOf(n *html.Node) string {
	var parts []string
	for ; n != nil && n.Type == html.ElementNode && len(parts) < 4; n = n.Parent {
		if n.DataAtom == atom.Html || n.DataAtom == atom.Body && len(parts) > 0 {
			break
		}
		part := n.Data
		if id := attr(n, "id"); plainName(id) {
			parts = append(parts, part+"#"+id)
			break
		}
		count := 0
		for class := range strings.FieldsSeq(attr(n, "class")) {
			if plainName(class) {
				part += "." + class
				if count++; count == 2 {
					break
				}
			}
		}
		parts = append(parts, part)
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, " > ")
}

// plainName tells whether a class or id needs no escape in a selector, and is
// not a generated one.
func plainName(s string) bool {
	if s == "" || len(s) > 40 || !(s[0] == '_' || s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z') {
		return false
	}
	for _, r := range s {
		if !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return true
}

// cut shortens text for evidence.
func cut(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
